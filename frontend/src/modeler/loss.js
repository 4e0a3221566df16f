// What the reader or the writer would drop is kept: a reference to something that is not in the
// file, a text where the standard has a reference (the collection of a multi-instance), and an
// attribute that says what would hold without it; what the modeler would add on its own is not
// written: that the cross of an exclusive gateway is shown.
import { placeholder } from './repeating.jsx';

export class Lossless {
  constructor(eventBus, moddle) {
    this._said = new Map(); // by element the attributes that the file says though they are the default
    this._unsaid = new Set(); // the shapes of gateways that say nothing of their cross
    readFormal(moddle);
    eventBus.on('saveXML.start', () => this._say());
    eventBus.on('saveXML.done', () => this._unsaid.forEach((shape) => { shape.isMarkerVisible ??= true; }));
    eventBus.on('import.parse.complete', ({ references, elementsById, definitions }) => {
      if (!definitions) return;
      for (const { element, property, id } of references) {
        if (!elementsById[id]) keep(moddle, element, property, id);
      }
      this._said.clear();
      this._unsaid = new Set(Object.values(elementsById).filter((one) => one.$type === 'bpmndi:BPMNShape'
        && one.bpmnElement?.$type === 'bpmn:ExclusiveGateway' && one.isMarkerVisible === undefined));
      this._note(definitions);
    });
  }

  _note(element) {
    const said = element.$descriptor.properties.filter((one) => one.isAttr && one.default !== undefined
      && Object.hasOwn(element, one.ns.localName) && element[one.ns.localName] === one.default);
    if (said.length) this._said.set(element, said);
    for (const one of element.$descriptor.properties) {
      if (one.isReference || one.isAttr) continue;
      for (const inner of [element[one.ns.localName]].flat()) {
        if (inner?.$descriptor?.properties && !inner.$descriptor.isGeneric && inner.$parent === element) this._note(inner);
      }
    }
  }

  // What still is the default is written all the same; what was changed is written anyway.
  _say() {
    for (const [element, said] of this._said) {
      for (const { ns: { localName }, default: usual } of said) {
        if (element[localName] === usual) element.$attrs[localName] = String(usual);
        else delete element.$attrs[localName];
      }
    }
    for (const shape of this._unsaid) if (shape.isMarkerVisible === true) delete shape.isMarkerVisible;
  }
}
Lossless.$inject = ['eventBus', 'moddle'];

function keep(moddle, element, name, id) {
  const property = element.$descriptor.propertiesByName[name];
  const stands = placeholder(moddle, id);
  if (!property.isMany) element.set(name, stands);
  else element.get(name).push(stands);
}

// Who does it, in BPMN's own words, stands in formalExpression: written back under that name.
function readFormal(moddle) {
  const type = moddle.registry.typeMap['bpmn:ResourceAssignmentExpression'];
  const ns = { name: 'bpmn:formalExpression', prefix: 'bpmn', localName: 'formalExpression' };
  if (type.properties.some((one) => one.name === ns.name)) return;
  type.properties.push({ name: ns.name, ns, type: 'bpmn:FormalExpression' });
}
