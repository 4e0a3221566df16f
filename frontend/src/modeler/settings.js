// Our settings of an element, as they stand in the file: <spiffworkflow:properties> and its kin.
// The elements are kept as the reader found them, so that nothing we do not know is lost.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

export const SPIFF = 'http://spiffworkflow.org/bpmn/schema/1.0/core';
const PREFIX = 'spiffworkflow';

const named = (node, name) => node.$descriptor?.ns?.uri === SPIFF && node.$descriptor.ns.localName === name;
const children = (node) => node?.$children || [];

// The element whose settings a shape shows: on a plane with pools, that is the one process.
export function owner(element) {
  const bo = getBusinessObject(element);
  if (is(bo, 'bpmn:Collaboration')) return (bo.participants || []).map((one) => one.processRef).find(Boolean) || bo;
  return bo;
}

const extension = (bo, name) => (bo.extensionElements?.get('values') || []).find((one) => named(one, name));
const property = (bo, name) => children(extension(bo, 'properties')).find((one) => named(one, 'property') && one.name === name);

export const read = (element, name) => property(owner(element), name)?.value || '';
export const decision = (element) => (extension(owner(element), 'calledDecisionId')?.$body || '').trim();

export function operation(element) {
  const found = extension(owner(element), 'serviceTaskOperator');
  const lists = children(found).filter((one) => named(one, 'parameters'));
  const parameters = lists.flatMap((list) => children(list).filter((one) => named(one, 'parameter')));
  return { name: found?.id || '', parameters: parameters.map(({ id, type, value }) => ({ id, type, value })) };
}

// One press of undo takes one of these back, whatever it touched.
class SetHandler {
  execute(context) {
    context.before = context.sets.map(([object, key]) => object[key]);
    for (const [object, key, value] of context.sets) assign(object, key, value);
    return context.changed;
  }

  revert(context) {
    context.sets.forEach(([object, key], place) => assign(object, key, context.before[place]));
    return context.changed;
  }
}

function assign(object, key, value) {
  if (value === undefined && !object.$descriptor?.isGeneric) object.set(key, undefined);
  else if (value === undefined) delete object[key];
  else object[key] = value;
}

export class Settings {
  constructor(moddle, injector) {
    this._moddle = moddle;
    this._commands = injector.get('commandStack', false); // none for who only looks on
    this._commands?.registerHandler('settings.set', SetHandler);
  }

  // Raw changes of the model, as one step.
  apply(element, sets, drawn = [element]) {
    const needed = sets.filter(([object, key, value]) => object[key] !== value);
    if (needed.length) this._commands.execute('settings.set', { sets: needed, changed: drawn });
  }

  // Settings by name; an empty one is taken out.
  write(element, values) {
    const bo = owner(element);
    const group = extension(bo, 'properties');
    const sets = [];
    let items = children(group);
    for (const [name, value] of Object.entries(values)) {
      const known = property(bo, name);
      const text = value === true ? 'yes' : value || '';
      if (known && text) sets.push([known, 'value', text]);
      else if (known) items = items.filter((one) => one !== known);
      else if (text) items = [...items, this._any('property', { name, value: text })];
    }
    if (items !== children(group)) sets.push(...this._put(bo, group, 'properties', items));
    this.apply(element, sets);
  }

  writeDecision(element, id) {
    const bo = owner(element);
    const found = extension(bo, 'calledDecisionId');
    if (found && id) this.apply(element, [[found, '$body', id]]);
    else if (found) this.apply(element, this._without(bo, found));
    else if (id) this.apply(element, this._with(bo, this._any('calledDecisionId', { $body: id }), true));
  }

  writeOperation(element, { name, parameters }) {
    const bo = owner(element);
    const found = extension(bo, 'serviceTaskOperator');
    const given = parameters.map((one) => this._any('parameter', one));
    const lists = given.length ? [this._any('parameters', {}, given)] : [];
    if (!name && !given.length) return found && this.apply(element, this._without(bo, found));
    const others = children(found).filter((one) => !named(one, 'parameters'));
    const inner = [...lists, ...others];
    if (!found) return this.apply(element, this._with(bo, this._any('serviceTaskOperator', { id: name }, inner), true));
    const sets = [[found, 'id', name]];
    if (given.length || children(found).length) sets.push([found, '$children', inner]);
    return this.apply(element, sets);
  }

  // What a change of kind leaves behind: settings that the new kind does not know.
  keepOnly(element, names, extensions) {
    const bo = owner(element);
    const group = extension(bo, 'properties');
    const rest = children(group).filter((one) => !named(one, 'property') || names.includes(one.name));
    const values = bo.extensionElements?.get('values') || [];
    const left = values.filter((one) => one === group || one.$descriptor?.ns?.uri !== SPIFF || extensions.some((name) => named(one, name)));
    const sets = [];
    if (rest.length < children(group).length) sets.push([group, '$children', rest]);
    if (left.length < values.length) sets.push([bo.extensionElements, 'values', left]);
    this.apply(element, sets);
  }

  _any(name, attributes, inner) {
    const node = this._moddle.createAny(`${PREFIX}:${name}`, SPIFF, { ...attributes });
    if (inner?.length) node.$children = inner;
    return node;
  }

  _put(bo, group, name, items) {
    if (!items.length) return group ? this._without(bo, group) : [];
    if (group) return [[group, '$children', items]];
    return this._with(bo, this._any(name, {}, items), false);
  }

  _with(bo, node, first) {
    const values = bo.extensionElements?.get('values') || [];
    const now = first ? [node, ...values] : [...values, node];
    if (bo.extensionElements) return [[bo.extensionElements, 'values', now]];
    const made = this._moddle.create('bpmn:ExtensionElements', { values: now });
    made.$parent = bo;
    return [[bo, 'extensionElements', made]];
  }

  _without(bo, node) {
    const rest = bo.extensionElements.get('values').filter((one) => one !== node);
    return rest.length ? [[bo.extensionElements, 'values', rest]] : [[bo, 'extensionElements', undefined]];
  }
}
Settings.$inject = ['moddle', 'injector'];
