// The palette: tools, then what we execute, in the page's language.
import { t } from '../i18n.js';
import { KINDS, PALETTE, target } from './kinds.js';

const TOOLS = [
  ['hand-tool', 'hand-tool', 'Move the picture', (tools, event) => tools.hand.activateHand(event)],
  ['lasso-tool', 'lasso-tool', 'Select several', (tools, event) => tools.lasso.activateSelection(event)],
  ['space-tool', 'space-tool', 'Make or take room', (tools, event) => tools.space.activateSelection(event)],
  ['global-connect-tool', 'connection-multi', 'Connect', (tools, event) => tools.connect.start(event)],
];

export class PaletteProvider {
  constructor(palette, create, elementFactory, handTool, lassoTool, spaceTool, globalConnect) {
    this._create = create;
    this._factory = elementFactory;
    this._tools = { hand: handTool, lasso: lassoTool, space: spaceTool, connect: globalConnect };
    palette.registerProvider(this);
  }

  getPaletteEntries() {
    const entries = {};
    for (const [id, icon, title, click] of TOOLS) {
      entries[id] = { group: 'tools', className: `bpmn-icon-${icon}`, title: t(title), action: { click: (event) => click(this._tools, event) } };
    }
    for (const [group, names] of PALETTE) {
      entries[`${group}-above`] = { group, separator: true };
      for (const name of names) entries[`create.${name}`] = this._entry(group, name);
    }
    entries['artifact-above'] = { group: 'artifact', separator: true };
    entries['create.pool'] = this._made('artifact', 'participant', 'Pool with lanes', () => this._factory.createParticipantShape());
    entries['create.note'] = this._made('artifact', 'text-annotation', 'Remark', () => this._factory.createShape({ type: 'bpmn:TextAnnotation' }));
    return entries;
  }

  _entry(group, name) {
    const make = name === 'part' ? () => this._part() : () => this._factory.createShape(target(KINDS[name]));
    return this._made(group, KINDS[name].icon, KINDS[name].label, make);
  }

  _made(group, icon, title, make) {
    const start = (event) => this._create.start(event, make());
    return { group, className: `bpmn-icon-${icon}`, title: t(title), action: { dragstart: start, click: start } };
  }

  // A part process is born with its start.
  _part() {
    const part = this._factory.createShape({ type: 'bpmn:SubProcess', x: 0, y: 0, isExpanded: true });
    const start = this._factory.createShape({ type: 'bpmn:StartEvent', x: 40, y: 82, parent: part });
    return [part, start];
  }
}
PaletteProvider.$inject = ['palette', 'create', 'elementFactory', 'handTool', 'lassoTool', 'spaceTool', 'globalConnect'];
