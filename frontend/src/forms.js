// Forms that are fetched anew while somebody types: nothing typed is lost, no cursor jumps.
const asked = new WeakMap(); // request -> what stood in the form when it was sent

const typed = (form) => [...form.elements].filter((one) => one.name && !/hidden|submit|button/.test(one.type));
const isBox = (one) => one.type === 'radio' || one.type === 'checkbox';
const key = (one) => (isBox(one) ? `${one.name}=${one.value}` : one.name);
const state = (one) => (isBox(one) ? one.checked : one.value);
const states = (form) => new Map(typed(form).map((one) => [key(one), state(one)]));

// A choice that decides over other fields: they are shown or hidden where they stand.
function showWhatIsAsked(form, answer) {
  const fresh = new DOMParser().parseFromString(answer, 'text/html').getElementById(form.id);
  const here = [...form.querySelectorAll('[data-field]')];
  const there = fresh ? [...fresh.querySelectorAll('[data-field]')] : [];
  if (here.length !== there.length) return false;
  if (here.some((one, i) => one.dataset.field !== there[i].dataset.field)) return false;
  here.forEach((one, i) => one.toggleAttribute('data-off', there[i].hasAttribute('data-off')));
  return true;
}

// What was put in after the request left, files at any time, and where the cursor stands.
function since(form, then) {
  const isNew = (one) => then.has(key(one)) && then.get(key(one)) !== state(one);
  const changed = typed(form).filter((one) => (one.type === 'file' ? one.files.length : isNew(one)));
  const active = document.activeElement;
  const at = form.contains(active) ? { id: active.id, from: active.selectionStart, to: active.selectionEnd } : {};
  return { changed, at };
}

function putBack(form, { changed, at }) {
  const fields = new Map(typed(form).map((one) => [key(one), one]));
  for (const old of changed) {
    const field = fields.get(key(old));
    if (!field) continue;
    if (isBox(field)) field.checked = old.checked;
    else if (field.type === 'file') field.files = old.files;
    else field.value = old.value;
  }
  const field = at.id && document.getElementById(at.id);
  if (!field) return;
  field.focus({ preventScroll: true });
  if (at.from !== null && at.from !== undefined) field.setSelectionRange(at.from, at.to);
}

document.addEventListener('htmx:beforeRequest', ({ detail }) => {
  if (detail.target instanceof HTMLFormElement) asked.set(detail.xhr, states(detail.target));
});

document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  const then = asked.get(detail.xhr);
  if (!then || !(detail.target instanceof HTMLFormElement) || detail.xhr.status >= 400) return;
  const decides = detail.requestConfig.elt.matches('input, select');
  if (decides && showWhatIsAsked(detail.target, detail.serverResponse)) {
    detail.shouldSwap = false;
    return;
  }
  const { id } = detail.target;
  const kept = since(detail.target, then);
  addEventListener('htmx:afterSwap', () => putBack(document.getElementById(id), kept), { once: true });
});
