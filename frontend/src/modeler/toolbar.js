// The bar above the diagram, and the list of faults below it.
import { t } from '../i18n.js';
import { exportAs } from './exporting.js';

const PALETTE = 132; // pixels that stand before the picture

// The whole picture beside the palette; a small one stays at its size.
export function fit(modeler) {
  const canvas = modeler.get('canvas');
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !outer.width) return;
  const left = modeler.get('palette', false) ? PALETTE : 16;
  const scale = Math.min(1, (outer.width - left - 16) / inner.width, (outer.height - 24) / inner.height);
  canvas.viewbox({ x: inner.x - left / scale, y: inner.y - (outer.height / scale - inner.height) / 2, width: outer.width / scale, height: outer.height / scale });
}

export function toolbar(root, modeler, given, saving) {
  const actions = modeler.get('editorActions', false);
  const canvas = modeler.get('canvas');
  const acts = {
    save: () => saving.save(),
    fit: () => fit(modeler),
    larger: () => canvas.zoom(canvas.zoom() * 1.25),
    smaller: () => canvas.zoom(canvas.zoom() * 0.8),
    find: () => setTimeout(() => actions.trigger('find')), // this press itself would close it again
    map: () => modeler.get('minimap').toggle(),
    simulate: () => modeler.get('toggleMode').toggleMode(),
    lint: () => modeler.get('linting').toggle(),
    bpmn: () => exportAs(modeler, 'bpmn', given.name),
    svg: () => exportAs(modeler, 'svg', given.name),
    png: () => exportAs(modeler, 'png', given.name),
  };
  const press = (act) => {
    document.activeElement?.blur(); // what was typed into the panel comes first
    return acts[act] ? acts[act]() : actions.trigger(act);
  };
  root.querySelector('[data-bar]').addEventListener('click', ({ target }) => {
    const button = target.closest('[data-do]');
    if (button) press(button.dataset.do);
  });
  modeler.on('tokenSimulation.toggleMode', ({ active }) => {
    root.querySelector('[data-panel]').inert = active; // it is tried out as it stands
    root.querySelector('[data-do="simulate"]').setAttribute('aria-pressed', String(active));
  });
  if (!given.mine) return;
  addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
    event.preventDefault();
    saving.save();
  });
  const update = () => {
    root.querySelector('[data-do="undo"]').disabled = !modeler.get('commandStack').canUndo();
    root.querySelector('[data-do="redo"]').disabled = !modeler.get('commandStack').canRedo();
  };
  modeler.on('commandStack.changed', update);
  update();
}

// Each fault with the name of its element; a press shows it.
export function faultList(root, modeler, saving) {
  const faults = modeler.get('faults');
  const list = root.querySelector('[data-faults]');
  const lines = faults.list.map((fault) => {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'plain';
    button.textContent = `${fault.name || fault.element || t('The whole diagram')}：${fault.text}`;
    button.dataset.element = fault.element || '';
    button.dataset.rule = fault.rule;
    button.addEventListener('click', () => faults.choose(fault));
    item.append(button);
    return item;
  });
  list.replaceChildren(...lines);
  faultCount(root, modeler, saving);
}

// How many the last check found; what was changed since is checked when it is saved.
export function faultCount(root, modeler, saving) {
  const { length } = modeler.get('faults').list;
  const found = length ? t('{count} faults', { count: length }) : t('No faults');
  const count = root.querySelector('[data-count]');
  count.textContent = saving?.isDirty ? t('{found} (when last saved)', { found }) : found;
  count.dataset.some = length ? 'yes' : '';
}
