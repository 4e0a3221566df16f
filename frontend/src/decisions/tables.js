// dmn-js with decision tables alone, spoken to as the editor of diagrams is (see modeler/saving.js).
import DecisionTableEditor from 'dmn-js-decision-table/lib/Editor';
import DecisionTableViewer from 'dmn-js-decision-table/lib/Viewer';
import EditingManager from 'dmn-js-shared/lib/base/EditingManager';
import { is } from 'dmn-js-shared/lib/util/ModelUtil';
import { t, translateModule } from '../i18n.js';

export const TYPES = ['string', 'number', 'boolean', 'date', 'dateTime', 'time', 'dayTimeDuration', 'yearMonthDuration'];

class Manager extends EditingManager {
  _getViewProviders() {
    const opens = (element) => is(element, 'dmn:Decision') && is(element.decisionLogic, 'dmn:DecisionTable');
    return [{ id: 'decisionTable', constructor: this._options.mine ? DecisionTableEditor : DecisionTableViewer, opens }];
  }

  // Of a file with several tables, the one that the page is about.
  _getInitialView(views, preferred) {
    return views.find(({ element }) => element.id === this._options.wanted) || super._getInitialView(views, preferred);
  }

  _init(options) {
    this._options = options;
    super._init(options);
  }
}

export class Tables {
  constructor(container, given, modules) {
    this.container = container;
    this.manager = new Manager({
      container,
      mine: given.mine,
      wanted: given.name,
      common: { dataTypes: TYPES, feelLanguageContext: { builtins: given.functions.map((name) => ({ name, type: 'function' })) } },
      decisionTable: { additionalModules: [translateModule, ...(given.mine ? modules : [])] },
    });
  }

  get viewer() {
    return this.manager.getActiveViewer();
  }

  get(name) {
    return name === 'faults' ? this.faults : this.viewer.get(name, false);
  }

  on(event, listener) {
    this.viewer.on(event, listener);
  }

  async importXML(xml) {
    await this.manager.importXML(xml);
    if (!this.viewer) throw new Error(t('It is not drawn as a table.'));
    const scrolled = this.container.querySelector('.tjs-table-container'); // by keyboard too, where no cell takes the focus
    if (!this.viewer.get('editorActions', false)) Object.assign(scrolled, { tabIndex: 0, role: 'region', ariaLabel: this.table.$parent.name });
  }

  saveXML(options) {
    return this.manager.saveXML(options);
  }

  get table() {
    return this.viewer.get('sheet').getRoot().businessObject;
  }

  node(id) {
    return this.container.querySelector(`td[data-element-id="${CSS.escape(id)}"]`);
  }
}
