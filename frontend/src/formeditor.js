// The form editor: the server makes each page, here are undo, keys, and what keeps unsaved work.
import htmx from 'htmx.org';
import './formeditor.css';

const STEPS = 50; // that can be undone
const page = () => document.getElementById('editing');
const form = () => document.getElementById('edit');
const place = () => `form:${page().dataset.person}:${page().dataset.key}`;
const content = () => {
  const { schema, ui, selected, tab } = form().elements;
  return { schema: schema.value, ui: ui.value, selected: selected.value, tab: tab.value };
};
const same = (a, b) => a.schema === b.schema && a.ui === b.ui;

const undone = [];
const done = [];
let shown = null; // what stands on the page
let pressed = false; // a button is held: the page must not change under it
let waiting = null;

// ---- what is not saved is kept in this browser
const kept = () => JSON.parse(localStorage.getItem(place()) ?? 'null');

function keep() {
  try {
    if (page().hasAttribute('data-changed')) localStorage.setItem(place(), JSON.stringify({ ...content(), seen: form().elements.seen.value }));
    else if (page().hasAttribute('data-saved') || undone.length) localStorage.removeItem(place());
  } catch { /* no room: the work stays on the page */ }
}

function offer() {
  let found = null;
  try { found = kept(); } catch { found = null; }
  if (!found || page().hasAttribute('data-changed') || same(found, content())) return;
  page().querySelector('[data-kept]').hidden = false;
}

addEventListener('beforeunload', (event) => {
  if (page()?.hasAttribute('data-changed')) event.preventDefault();
});

// ---- undo and redo: an earlier page is asked for by its content alone
function show(wanted) {
  const { csrf_token, seen, step } = form().elements;
  const values = { ...wanted, op: 'look', csrf_token: csrf_token.value, seen: seen.value, step: step?.value ?? '' };
  return htmx.ajax('POST', form().getAttribute('action'), { source: page(), target: '#editing', select: '#editing', swap: 'outerHTML', values });
}

function back(from, to) {
  const wanted = from.pop();
  if (!wanted) return;
  to.push(shown);
  shown = wanted;
  show(wanted);
}

function settle() {
  if (!page() || !form()) return;
  const now = content();
  if (shown && !same(shown, now)) {
    undone.push(shown);
    if (undone.length > STEPS) undone.shift();
    done.length = 0;
  }
  shown = now;
  for (const [name, list] of [['undo', undone], ['redo', done]]) {
    const button = page().querySelector(`[data-do="${name}"]`);
    if (button) button.disabled = !list.length;
  }
  keep();
  toFault();
}

// ---- a fault of a text is shown at its line
function toFault() {
  const area = page().querySelector('textarea[data-line]');
  if (!area) return;
  const lines = area.value.split('\n');
  const line = Math.min(Number(area.dataset.line), lines.length) - 1;
  const from = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(from, from + lines[line].length);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(line - 5, 0);
}

// ---- what is typed while an answer is on its way stays
const typed = () => [...form().elements].filter((one) => one.id && one.matches('input:not([type=hidden]), select, textarea'));
const state = (one) => (one.type === 'checkbox' ? one.checked : one.value);
const sent = new WeakMap();

document.addEventListener('htmx:beforeRequest', ({ detail }) => {
  if (detail.target?.id === 'editing') sent.set(detail.xhr, new Map(typed().map((one) => [one.id, state(one)])));
});

document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  if (detail.target?.id !== 'editing') return;
  const isChange = !detail.requestConfig.elt.matches('#edit, #editing');
  if (pressed && isChange) { // the button that is held sends all of it anyway
    detail.shouldSwap = false;
    return;
  }
  const then = sent.get(detail.xhr) ?? new Map();
  const active = document.activeElement;
  if (isChange && then.has(active?.id) && then.get(active.id) !== state(active)) waiting = { id: active.id, value: state(active), at: active.selectionStart };
});

document.addEventListener('htmx:afterSwap', () => {
  if (!page()) return;
  htmx.process(page()); // at once: a button pressed before would send the form past us, and undo with it
  if (waiting) {
    const field = document.getElementById(waiting.id);
    if (field && field.type !== 'checkbox') {
      field.value = waiting.value;
      if (waiting.at !== null && waiting.at !== undefined) field.setSelectionRange?.(waiting.at, waiting.at);
    }
    waiting = null;
  }
  settle();
});

addEventListener('pointerdown', ({ target }) => { pressed = Boolean(target.closest?.('#edit button')); });
addEventListener('pointerup', () => setTimeout(() => { pressed = false; }));
document.addEventListener('change', (event) => { if (event.target.matches?.('[data-quiet]')) event.stopPropagation(); }, true);

document.addEventListener('click', ({ target }) => {
  const wanted = target.closest?.('#editing [data-do]')?.dataset.do;
  if (wanted === 'undo') back(undone, done);
  if (wanted === 'redo') back(done, undone);
  if (wanted === 'bring') show(kept());
  if (wanted === 'drop') {
    localStorage.removeItem(place());
    page().querySelector('[data-kept]').hidden = true;
  }
});

// ---- keys
const press = (id) => document.getElementById(id)?.click();
document.addEventListener('keydown', (event) => {
  if (!page()) return;
  const isText = event.target.matches('textarea, input:not([type=checkbox])');
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const act = {
    s: () => press('e-op-save'),
    z: () => !isText && back(event.shiftKey ? done : undone, event.shiftKey ? undone : done) !== false,
    y: () => !isText && back(done, undone) !== false,
  }[ctrl && !event.altKey ? key : ''];
  const move = event.altKey && !ctrl ? { arrowup: 'e-op-move-up', arrowdown: 'e-op-move-down' }[key] : undefined;
  if (move) press(move);
  else if (!act || act() === false) return;
  event.preventDefault();
});

settle();
offer();
