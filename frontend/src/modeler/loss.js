// What the reader would drop is kept: a reference to something that is not in the file, and a text
// where the standard has a reference (the collection of a multi-instance).
import { placeholder } from './repeating.jsx';

export class Lossless {
  constructor(eventBus, moddle) {
    eventBus.on('import.parse.complete', ({ references, elementsById, definitions }) => {
      if (!definitions) return;
      for (const { element, property, id } of references) {
        if (!elementsById[id]) keep(moddle, element, property, id);
      }
    });
  }
}
Lossless.$inject = ['eventBus', 'moddle'];

function keep(moddle, element, name, id) {
  const property = element.$descriptor.propertiesByName[name];
  const stands = placeholder(moddle, id);
  if (!property.isMany) element.set(name, stands);
  else element.get(name).push(stands);
}
