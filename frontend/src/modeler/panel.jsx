// The panel of an element: first what is at fault with it, then our settings, nothing else.
import { t } from '../i18n.js';
import { groupsOf } from './groups.jsx';

// Which field a rule of the checks speaks of; the others stand above the fields alone.
const FIELDS = [
  [/^who-/, 'who'], [/^form-/, 'formKey'], [/^due-/, 'due'], [/^clock-/, 'clock'], [/^timer-/, 'when'], [/^name-/, 'name'],
  [/^operation-/, 'operation'], [/^parameter-/, 'parameters'], [/^decision-(missing|unknown)$/, 'decision'], [/^call-/, 'called'],
  [/^multi-instance-/, 'collection'], [/^document-/, 'documents'], [/^(condition-|default-with)/, 'condition'],
  [/^(reserved-id|id-not-plain|duplicate-id|missing-id)/, 'id'], [/^unknown-message$/, 'message'],
];
const fieldOf = (rule) => FIELDS.find(([pattern]) => pattern.test(rule))?.[1];

function Told({ faults, id }) {
  return <ul class="bio-properties-panel-entry told" data-entry-id={id}>{faults.map(({ text }) => <li key={text}>{text}</li>)}</ul>;
}

export class Provider {
  constructor(propertiesPanel, elementRegistry, faults, given) {
    Object.assign(this, { _registry: elementRegistry, _faults: faults, _given: given });
    propertiesPanel.registerProvider(this);
  }

  getGroups(element) {
    return () => [...this._told(element), ...this._settings(element)];
  }

  _told(element) {
    const faults = this._faults.at(element);
    if (!faults.length) return [];
    return [{ id: 'faults', label: t('Faults'), shouldOpen: true, entries: [{ id: 'told', component: Told, faults, isEdited: () => false }] }];
  }

  _settings(element) {
    const wrong = new Set(this._faults.at(element).map(({ rule }) => fieldOf(rule)));
    return groupsOf(element, this._given, this._registry).map(([id, label, entries]) => ({
      id, label: t(label), shouldOpen: true,
      entries: entries.map((entry) => ({ ...entry, element, isWrong: wrong.has(entry.id) })),
    }));
  }
}
Provider.$inject = ['propertiesPanel', 'elementRegistry', 'faults', 'config.given'];
