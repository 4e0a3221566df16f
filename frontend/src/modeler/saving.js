// Saving to the draft, and what is kept in this browser until that has happened.
import { t } from '../i18n.js';
import { post } from './server.js';

const time = (moment) => new Date(moment).toLocaleString(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'short' });

export class Saving {
  constructor(modeler, given, root) {
    Object.assign(this, { modeler, given, root, seen: given.seen });
    this.key = `tongze-draft:${given.url}`;
    this.clean = modeler.get('commandStack')._stackIdx;
    modeler.on('commandStack.changed', () => this._changed());
    addEventListener('beforeunload', (event) => { if (this.isDirty) event.preventDefault(); });
    this._offer();
  }

  get isDirty() {
    return this.modeler.get('commandStack')._stackIdx !== this.clean || Boolean(this.restored);
  }

  // What is typed and not taken over yet counts too: the field is left first.
  async save({ takeOver = false } = {}) {
    document.activeElement?.blur();
    await new Promise((done) => setTimeout(done));
    if (this.busy) return;
    this.busy = true;
    this._tell(t('Saving…'));
    const at = this.modeler.get('commandStack')._stackIdx;
    const { xml } = await this.modeler.saveXML({ format: true });
    const answer = await post(this.given.url, { content: xml, seen: this.seen, ...(takeOver && { take_over: true }) }, { background: false });
    this.busy = false;
    if (answer.status === 200) this._saved(answer, at);
    else this._refused(answer);
  }

  _saved({ seen, faults }, at) {
    this.seen = seen;
    this.clean = at;
    this.restored = false;
    this.modeler.get('faults').show(faults);
    if (!this.isDirty) this._forget();
    this._tell(t('Saved {time}', { time: time(Date.now()) }));
    this._hide('refused');
    this.root.dispatchEvent(new CustomEvent('saved'));
  }

  _refused({ status, told, seen, mine }) {
    this._tell(t('Not saved yet'));
    const away = status === 401 || status === 302;
    const silent = t(away ? 'You are signed out. Please sign in in another tab, then save again.' : 'Nothing could be saved: the server does not answer. What you did stays here; please try again.');
    const notice = this._show('refused', told || silent);
    if (status !== 409) return;
    const again = () => { this.seen = seen; this.save({ takeOver: !mine }); };
    notice.append(this._button(mine ? t('Save mine in its place') : t('Take over and save mine in its place'), again), this._button(t('Load what is stored'), () => this._reload()));
  }

  _reload() {
    this._forget();
    this.clean = this.modeler.get('commandStack')._stackIdx;
    this.restored = false;
    location.reload();
  }

  _changed() {
    this._tell(this.isDirty ? t('Not saved yet') : '');
    this.root.dispatchEvent(new CustomEvent('edited'));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this._keep(), 600);
  }

  // A browser that is closed has kept it; storage that is full or forbidden keeps nothing.
  async _keep() {
    if (!this.isDirty) return this._forget();
    const { xml } = await this.modeler.saveXML({ format: true });
    try {
      localStorage.setItem(this.key, JSON.stringify({ seen: this.seen, at: Date.now(), xml }));
    } catch { /* then only the page has it */ }
  }

  _forget() {
    try { localStorage.removeItem(this.key); } catch { /* nothing was kept */ }
  }

  _kept() {
    try { return JSON.parse(localStorage.getItem(this.key)); } catch { return null; }
  }

  _offer() {
    const kept = this._kept();
    if (!kept?.xml || kept.xml === this.given.xml) return;
    const since = t('Work that was not saved is kept in this browser since {time}.', { time: time(kept.at) });
    const late = kept.seen === this.given.seen ? '' : ` ${t('Since then the draft was changed by somebody else: it would be replaced by yours.')}`;
    const notice = this._show('kept', since + late);
    notice.append(
      this._button(t('Take it up again'), async () => { await this.modeler.importXML(kept.xml); this.restored = true; this._changed(); this._hide('kept'); }),
      this._button(t('Throw it away'), () => { this._forget(); this._hide('kept'); }),
    );
  }

  _tell(text) {
    this.root.querySelector('[data-state]').textContent = text;
  }

  _show(name, text) {
    const notice = this.root.querySelector(`[data-notice="${name}"]`);
    notice.hidden = false;
    notice.replaceChildren(document.createTextNode(`${text} `));
    return notice;
  }

  _hide(name) {
    this.root.querySelector(`[data-notice="${name}"]`).hidden = true;
  }

  _button(text, press) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm btn-outline-secondary ms-2';
    button.textContent = text;
    button.addEventListener('click', press);
    return button;
  }
}
