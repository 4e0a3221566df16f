// The marks beside a chosen element: what may follow it, connect, change, remove.
import { is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { t } from '../i18n.js';
import { AFTER_EVENT_GATEWAY, APPEND, KINDS, others, target } from './kinds.js';

export class ContextPadProvider {
  constructor(contextPad, modeling, elementFactory, connect, create, autoPlace, popupMenu) {
    Object.assign(this, { _pad: contextPad, _modeling: modeling, _factory: elementFactory, _connect: connect, _create: create, _place: autoPlace, _menu: popupMenu });
    contextPad.registerProvider(this);
  }

  getMultiElementContextPadEntries() {
    return { delete: this._entry('edit', 'trash', 'Delete', (event, elements) => this._modeling.removeElements([...elements])) };
  }

  getContextPadEntries(element) {
    const remove = { delete: this._entry('edit', 'trash', 'Delete', (event, one) => this._modeling.removeElements([one])) };
    if (element.labelTarget) return remove;
    return { ...this._followers(element), ...this._lanes(element), ...this._edits(element), ...remove };
  }

  _followers(element) {
    if (!is(element, 'bpmn:FlowNode') || is(element, 'bpmn:EndEvent')) return {};
    const names = is(element, 'bpmn:EventBasedGateway') ? AFTER_EVENT_GATEWAY : APPEND;
    return Object.fromEntries(names.map((name) => [`append.${name}`, this._follower(name)]));
  }

  _follower(name) {
    const make = () => this._factory.createShape(target(KINDS[name]));
    return {
      group: 'model', className: `bpmn-icon-${KINDS[name].icon}`, title: t('Add after: {kind}', { kind: t(KINDS[name].label) }),
      action: {
        click: (event, source) => this._place.append(source, make()),
        dragstart: (event, source) => this._create.start(event, make(), { source }),
      },
    };
  }

  _lanes(element) {
    if (!isAny(element, ['bpmn:Lane', 'bpmn:Participant'])) return {};
    return {
      'lane-above': this._entry('lane', 'lane-insert-above', 'Lane above', (event, one) => this._modeling.addLane(one, 'top')),
      'lane-two': this._entry('lane', 'lane-divide-two', 'Divide into two lanes', (event, one) => this._divide(one)),
      'lane-below': this._entry('lane', 'lane-insert-below', 'Lane below', (event, one) => this._modeling.addLane(one, 'bottom')),
    };
  }

  _divide(lane) {
    this._modeling.splitLane(lane, 2);
    this._pad.open(lane, true);
  }

  _edits(element) {
    const entries = {};
    if (isAny(element, ['bpmn:FlowNode', 'bpmn:TextAnnotation'])) {
      const start = (event, one) => this._connect.start(event, one);
      entries.connect = { group: 'connect', className: 'bpmn-icon-connection-multi', title: t('Connect with another element'), action: { click: start, dragstart: start } };
    }
    if (is(element, 'bpmn:FlowNode')) {
      const note = () => this._factory.createShape({ type: 'bpmn:TextAnnotation' });
      entries.note = this._entry('connect', 'text-annotation', 'Remark', (event, one) => this._place.append(one, note()));
      if (others(element).length) entries.replace = this._entry('edit', 'screw-wrench', 'Change the kind', (event, one) => this._open(event, one));
    }
    return entries;
  }

  _open(event, element) {
    const at = this._pad.getPad(element).html.getBoundingClientRect();
    const position = { x: at.left, y: at.bottom + 5, cursor: { x: event.x, y: event.y } };
    this._menu.open(element, 'bpmn-replace', position, { title: t('Change the kind'), width: 260 });
  }

  _entry(group, icon, title, click) {
    return { group, className: `bpmn-icon-${icon}`, title: t(title), action: { click } };
  }
}
ContextPadProvider.$inject = ['contextPad', 'modeling', 'elementFactory', 'connect', 'create', 'autoPlace', 'popupMenu'];
