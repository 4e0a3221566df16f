// What the server finds in the table as it stands here: faults with their places, gaps, overlaps,
// and how the test cases come out.
import { t } from '../i18n.js';
import { post } from '../modeler/server.js';

const PAUSE = 1200;

export class Found {
  constructor(root, tables, given) {
    Object.assign(this, { root, tables, url: given.urls.check, list: [] });
  }

  // After saving the whole draft is told of; of that only this table's own is shown here.
  show() {
    this.check();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE);
  }

  async check() {
    const { xml } = await this.tables.saveXML({ format: false });
    const asked = (this.last = {});
    const { status, faults, found, told } = await post(this.url, { content: xml });
    if (asked !== this.last) return; // a newer question is on its way
    if (status === 200) this._show(faults, found);
    else if (told) this._show([{ text: told }], '');
  }

  _show(faults, found) {
    this.list = faults;
    const lines = faults.map((fault) => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'plain';
      button.textContent = fault.text;
      button.addEventListener('click', () => this._choose(fault));
      item.append(button);
      return item;
    });
    this.root.querySelector('[data-faults]').replaceChildren(...lines);
    const count = this.root.querySelector('[data-count]');
    count.textContent = lines.length ? t('{count} faults', { count: lines.length }) : t('No faults');
    count.dataset.some = lines.length ? 'yes' : '';
    if (found) this.root.querySelector('[data-found]').innerHTML = found;
  }

  _choose({ row, column }) {
    if (!row) return this._focus(this.tables.container.querySelector('td[data-element-id]'));
    const { input = [], output, rule } = this.tables.table;
    const labels = [...input.map((one) => one.label || one.inputExpression?.text || one.id), ...output.map((one) => one.label || one.name)];
    const cells = [...(rule[row - 1]?.inputEntry || []), ...(rule[row - 1]?.outputEntry || [])];
    const cell = cells[Math.max(0, labels.indexOf(column))];
    return cell && this._focus(this.tables.node(cell.id));
  }

  // An address may end with the element that a fault was told of.
  chooseElement(id) {
    const row = (this.tables.table.rule || []).findIndex((one) => one.id === id) + 1;
    const fault = this.list.find((one) => one.element === id);
    if (fault || row) this._choose(fault || { row });
  }

  _focus(node) {
    if (!node) return;
    node.scrollIntoView({ block: 'center', inline: 'center' });
    (node.querySelector('[contenteditable]') || node).focus();
  }
}
