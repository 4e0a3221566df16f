// Tabs of one page: without JavaScript the parts stand below one another.

// What a part alone needs, such as the diagram's viewer, comes when it is first shown.
function bring(part) {
  const { module, style } = part.dataset;
  if (style) document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: style }));
  if (module) import(module).catch(console.error);
  delete part.dataset.module;
  delete part.dataset.style;
}

function show(links, id) {
  for (const link of links) {
    const part = document.querySelector(link.hash);
    const on = link.hash === id;
    link.classList.toggle('active', on);
    link.toggleAttribute('aria-current', on);
    part.hidden = !on;
    if (on) bring(part);
  }
}

for (const bar of document.querySelectorAll('[data-tabs]')) {
  const links = [...bar.querySelectorAll('a[href^="#"]')];
  const wanted = links.find((link) => link.hash === location.hash) ?? links[0];
  show(links, wanted.hash);
  bar.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    show(links, link.hash);
    history.replaceState(null, '', link.hash);
  });
}
