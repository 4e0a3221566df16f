// What the server's checks found: a mark on the element, a list to choose from, words in the panel.
import { t } from '../i18n.js';

export class Faults {
  constructor(eventBus, canvas, overlays, elementRegistry, selection, given) {
    Object.assign(this, { _events: eventBus, _canvas: canvas, _overlays: overlays, _registry: elementRegistry, _selection: selection, _given: given });
    this._all = [];
  }

  // The faults of this diagram, each with the shape that shows it.
  show(all) {
    const before = [...new Set(this._all.map(({ shape }) => shape).filter(Boolean))];
    this._all = all.filter(({ file }) => file === `${this._given.name}.bpmn`).map((one) => ({ ...one, shape: this._shape(one.element) }));
    this._overlays.remove({ type: 'fault' });
    for (const shape of before) if (this._registry.get(shape.id)) this._canvas.removeMarker(shape, 'at-fault');
    for (const [shape, count] of this._counts()) this._mark(shape, count);
    this._events.fire('propertiesPanel.providersChanged');
  }

  get list() {
    return this._all;
  }

  at(element) {
    const drawn = element.labelTarget || element;
    return this._all.filter(({ shape }) => shape === drawn);
  }

  choose({ shape }) {
    if (!shape) return;
    this._selection.select(shape);
    this._canvas.scrollToElement(shape, 100);
  }

  _shape(id) {
    const root = this._canvas.getRootElement();
    return this._registry.get(id) || root;
  }

  _counts() {
    const counts = new Map();
    for (const { shape } of this._all) if (shape.parent) counts.set(shape, (counts.get(shape) || 0) + 1);
    return counts;
  }

  _mark(shape, count) {
    this._canvas.addMarker(shape, 'at-fault');
    const badge = document.createElement('div');
    badge.className = 'fault-badge';
    badge.textContent = count;
    badge.title = t('{count} faults', { count });
    const position = shape.waypoints ? { top: -10, left: -4 } : { top: -10, left: -10 };
    this._overlays.add(shape, 'fault', { position, html: badge, show: { minZoom: 0.2 } });
  }
}
Faults.$inject = ['eventBus', 'canvas', 'overlays', 'elementRegistry', 'selection', 'config.given'];
