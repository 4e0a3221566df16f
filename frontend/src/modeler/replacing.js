// The menu that turns an element into another kind, and what of its settings goes along.
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { t } from '../i18n.js';
import { KINDS, others, target } from './kinds.js';

export class ReplaceMenuProvider {
  constructor(popupMenu, bpmnReplace) {
    this._replace = bpmnReplace;
    popupMenu.registerProvider('bpmn-replace', this);
  }

  getPopupMenuEntries(element) {
    if (!is(element, 'bpmn:FlowNode')) return {};
    return Object.fromEntries(others(element).map((name) => [`become.${name}`, {
      label: t(KINDS[name].label),
      className: `bpmn-icon-${KINDS[name].icon}`,
      action: () => this._replace.replaceElement(element, target(KINDS[name])),
    }]));
  }
}
ReplaceMenuProvider.$inject = ['popupMenu', 'bpmnReplace'];

// Which of our extension elements a kind reads, beside its settings.
const READS = { 'bpmn:ServiceTask': ['serviceTaskOperator'], 'bpmn:BusinessRuleTask': ['calledDecisionId'] };

// A copy takes extension elements along as they are; another kind keeps what it knows of them.
export class Copying {
  constructor(eventBus, moddle, settings, given) {
    eventBus.on('moddleCopy.canCopyProperty', 2000, ({ property, parent }) => {
      if (!property?.$descriptor?.isGeneric) return undefined;
      const copy = clone(moddle, property);
      copy.$parent = parent;
      return copy;
    });
    eventBus.on('commandStack.shape.replace.postExecuted', ({ context }) => {
      const { type } = context.newShape;
      const names = given.known[type.replace(/^bpmn:(.)/, (whole, first) => first.toLowerCase())];
      if (names && context.oldShape.type !== type) settings.keepOnly(context.newShape, names, READS[type] || []);
    });
  }
}
Copying.$inject = ['eventBus', 'moddle', 'settings', 'config.given'];

function clone(moddle, node) {
  const { $children, ...attributes } = node;
  const copy = moddle.createAny(node.$type, node.$descriptor.ns.uri, attributes);
  if ($children) copy.$children = $children.map((one) => clone(moddle, one));
  return copy;
}
