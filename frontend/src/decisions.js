// The editor of a decision table. Its page has [data-decisions] with the canvas, the bar, the
// notices and the lists; what it is about travels in the script #settings.
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import './decisions.css';
import { Cells, markedCells } from './decisions/cells.js';
import { Found } from './decisions/found.js';
import { toolbar } from './decisions/toolbar.js';
import { Tables } from './decisions/tables.js';
import { learn, missing, t } from './i18n.js';
import { Saving } from './modeler/saving.js';
import own from './words/dmn.json';

learn(own);

export async function mount(root) {
  const given = JSON.parse(document.getElementById('settings').textContent);
  const tables = new Tables(root.querySelector('[data-canvas]'), given, [markedCells]);
  root.tables = tables;
  root.missing = missing;
  await tables.importXML(given.xml);
  const cells = new Cells(tables, given);
  const found = new Found(root, tables, given);
  tables.faults = found;
  const saving = given.mine ? new Saving(tables, given, root) : null;
  toolbar(root, tables, saving);
  tables.on('elements.changed', () => { cells.later(); found.later(); });
  await Promise.all([cells.check(), found.check()]);
  found.chooseElement(decodeURIComponent(location.hash.slice(1)));
  root.dataset.ready = '1';
}

for (const root of document.querySelectorAll('[data-decisions]')) {
  mount(root).catch((error) => {
    root.dataset.failed = '1';
    const notice = root.querySelector('[data-notice="failed"]');
    notice.hidden = false;
    notice.textContent = `${t('This table cannot be shown.')} ${error.message}`;
  });
}
