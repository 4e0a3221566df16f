// Two versions of a diagram beside each other: what is gone, new, changed or moved is marked, both
// are looked at from the same place, and a press on [data-element] shows the step in both.
import './difference.css';
import { draw, fail, show } from './viewer.js';

const ZOOM = { in: 1.25, out: 0.8 };

// Whoever moves one drawing moves the other along.
function link(viewers) {
  let busy = false;
  for (const one of viewers) {
    one.on('canvas.viewbox.changed', () => {
      if (busy) return;
      busy = true;
      const { x, y, width, height } = one.get('canvas').viewbox();
      for (const other of viewers) if (other !== one) other.get('canvas').viewbox({ x, y, width, height });
      busy = false;
    });
  }
}

function tools(root, viewers) {
  const bar = root.querySelector('.viewer-tools');
  bar.hidden = false;
  bar.addEventListener('click', ({ target }) => {
    const canvas = viewers[0].get('canvas');
    const way = target.dataset.zoom;
    if (way === 'fit') canvas.zoom('fit-viewport', 'auto');
    else if (way) canvas.zoom(canvas.zoom() * ZOOM[way]);
  });
}

// The side that has the element leads; what is gone stands in the one before, what is new after.
function listen(root, sides) {
  for (const pointer of document.querySelectorAll(`[data-element][data-diagram="${root.dataset.pair}"]`)) {
    const id = pointer.dataset.element;
    const having = sides.filter(({ viewer }) => viewer.get('elementRegistry').get(id));
    pointer.disabled = !having.length;
    pointer.addEventListener('click', () => having.forEach(({ side, viewer }) => show(side, viewer, id)));
  }
}

async function mount(root) {
  const found = [...root.querySelectorAll('[data-side]')];
  const drawn = await Promise.all(found.map(async (side) => {
    try {
      return { side, viewer: await draw(side) };
    } catch (error) {
      fail(side, error);
      return undefined;
    }
  }));
  const sides = drawn.filter(Boolean);
  if (!sides.length) return;
  const viewers = sides.map(({ viewer }) => viewer);
  link(viewers);
  tools(root, viewers);
  listen(root, sides);
  viewers[0].get('canvas').zoom('fit-viewport', 'auto');
  root.dataset.ready = '1';
}

for (const root of document.querySelectorAll('[data-pair]')) mount(root);
