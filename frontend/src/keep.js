// Forms that keep what is typed while it is typed (data-keep): first in this browser, then on the
// server. A lost connection or a server that restarts loses nothing: it is sent as soon as it can be.
const WAIT = 600; // ms without typing
const AGAIN = 3000;
const LONGEST = 24 * 3600 * 1000; // what nobody came back to is forgotten
const PREFIX = 'keep:';

const place = (form) => `${PREFIX}${form.dataset.keep}:${form.action}`;
const read = (key) => JSON.parse(localStorage.getItem(key) ?? 'null');
const write = (key, entry) => localStorage.setItem(key, JSON.stringify(entry));
const words = (form, name, time = '') => (form.dataset[name] ?? '').replace('{time}', time);
const forms = () => [...document.querySelectorAll('form[data-keep]')];
const timers = new WeakMap();
const sending = new Set();

const entriesOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && !/^(csrf_token|_version)$/.test(name));

function say(form, text, kind = '') {
  const at = form.querySelector('[data-kept]');
  if (!at) return;
  at.textContent = text;
  at.dataset.kept = kind;
}

function body(entry) {
  const data = new URLSearchParams(entry.fields);
  if (entry.seen !== undefined) data.set('_drafted', entry.seen);
  data.set('_draft', '1');
  return data;
}

const token = () => document.querySelector('meta[name="csrf-token"]').content;

async function post(entry) {
  const headers = { 'X-Keep': '1', 'X-CSRFToken': token() };
  const options = { method: 'POST', body: body(entry), headers, redirect: 'manual', keepalive: true };
  try {
    return await fetch(entry.action, options);
  } catch {
    return undefined; // nobody there: it is tried again
  }
}

// Sends what stands under the key; whoever typed on meanwhile is sent once more.
async function send(key) {
  const entry = read(key);
  if (!entry || entry.refused || sending.has(key)) return;
  sending.add(key);
  write(key, { ...entry, sent: entry.fields });
  const answer = await post(entry);
  sending.delete(key);
  const form = forms().find((one) => place(one) === key);
  const told = answer && answer.type !== 'opaqueredirect' && answer.headers.get('X-Seen') !== null;
  if (told && answer.status === 204) return kept(key, entry, form, answer.headers.get('X-Seen'));
  if (told && answer.status === 409) return overtaken(key, entry, form, answer);
  if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 401) return refused(key, entry, form, answer);
  if (form) say(form, words(form, 'keepLost'), 'lost');
  setTimeout(() => send(key), AGAIN);
}

function kept(key, entry, form, seen) {
  if (form) {
    const field = form.elements._drafted;
    if (field) field.value = seen;
  }
  const now = read(key);
  if (now && now.at !== entry.at) {
    write(key, { ...now, seen });
    return send(key);
  }
  localStorage.removeItem(key);
  if (form) say(form, words(form, 'keepDone', new Date().toTimeString().slice(0, 8)), 'done');
  return undefined;
}

// Somebody else wrote meanwhile: both texts stand, and the person at the page decides.
async function overtaken(key, entry, form, answer) {
  write(key, { ...entry, refused: true });
  if (!form) return;
  say(form, await answer.text(), 'overtaken');
  form.dataset.newest = answer.headers.get('X-Seen');
}

async function refused(key, entry, form, answer) {
  write(key, { ...entry, refused: true });
  if (form) say(form, answer.headers.get('X-Seen') !== null ? await answer.text() : words(form, 'keepRefused'), 'refused');
}

function note(form) {
  const seen = form.dataset.newest ?? form.elements._drafted?.value;
  delete form.dataset.newest; // who types on has read what was said
  write(place(form), { action: form.action, fields: entriesOf(form), seen, at: Date.now() + Math.random() });
  say(form, words(form, 'keepTyping'), 'typing');
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => send(place(form)), WAIT));
}

document.addEventListener('input', ({ target }) => {
  const form = target.closest?.('form[data-keep]');
  if (form && target.type !== 'file' && !/-find$/.test(target.name)) note(form);
});

// Handed in: what lies here is only needed if that does not arrive.
document.addEventListener('submit', ({ target }) => {
  if (!target.matches?.('form[data-keep]')) return;
  clearTimeout(timers.get(target));
  const entry = read(place(target));
  if (entry) write(place(target), { ...entry, handedIn: true });
});

const same = (one, other) => one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n');

// Each field with what it is to hold: [field, whether it differs, how to set it].
function* against(form, fields) {
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || /^(csrf_token|_.*)$/.test(field.name) || /^(file|submit|button)$/.test(field.type)) continue;
    if (isBox(field)) {
      const on = (values.get(field.name) ?? []).includes(field.value);
      yield [on !== field.checked, () => { field.checked = on; }];
    } else if (values.has(field.name)) {
      const [value] = values.get(field.name);
      yield [!same(field.value, value), () => { field.value = value; }];
    }
  }
}

const isBox = (field) => field.type === 'radio' || field.type === 'checkbox';
const differs = (form, fields) => [...against(form, fields)].some(([other]) => other);

function putBack(form, key, entry) {
  // The answer to what this page itself had sent was lost with the page: nobody else wrote.
  if (entry.sent && !differs(form, entry.sent)) entry.seen = form.elements._drafted?.value;
  if (!differs(form, entry.fields)) return localStorage.removeItem(key);
  delete entry.handedIn;
  delete entry.refused;
  for (const [, set] of [...against(form, entry.fields)]) set();
  write(key, entry);
  say(form, words(form, 'keepBack'), 'back');
  return send(key);
}

// What lies here since the connection broke: into its form if that is open, and to the server.
function comeBack() {
  const open = new Map(forms().map((form) => [place(form), form]));
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const entry = read(key);
    const form = open.get(key);
    if (Date.now() - entry.at > LONGEST || (entry.handedIn && !form)) localStorage.removeItem(key);
    else if (form) putBack(form, key, entry);
    else if (!entry.refused && sameUser(key)) send(key);
  }
}

const sameUser = (key) => forms().some((form) => key.startsWith(`${PREFIX}${form.dataset.keep}:`));

forms().forEach((form) => say(form, words(form, 'keepIdle')));
// The line is back: what waits is sent as it stands.
addEventListener('online', () => Object.keys(localStorage).filter((one) => one.startsWith(PREFIX)).forEach(send));
addEventListener('pagehide', () => forms().forEach((form) => {
  const entry = read(place(form));
  if (entry && !entry.handedIn && !entry.refused && !sending.has(place(form))) post(entry);
}));
comeBack();
