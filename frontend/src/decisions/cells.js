// Cells are held against their column by the server while one types; what is wrong with one is
// shown in it.
import { createVNode } from 'inferno';
import DecisionRulesCellEditorComponent from 'dmn-js-decision-table/lib/features/decision-rules/components/DecisionRulesCellEditorComponent';
import { post } from '../modeler/server.js';

const PAUSE = 350;

// What stands in each cell, and in the heads of the columns, with what decides whether it fits.
function cellsOf(table) {
  const inputs = (table.input || []).map((one) => ({
    column: one.label || one.inputExpression?.text || one.id, type: one.inputExpression?.typeRef || '', allowed: one.inputValues?.text || '',
  }));
  const outputs = table.output.map((one) => ({ column: one.label || one.name || one.id, type: one.typeRef || '', allowed: one.outputValues?.text || '' }));
  const rules = (table.rule || []).flatMap((rule) => [
    ...(rule.inputEntry || []).map(({ id, text }, at) => ({ id, text: text || '', part: 'test', ...inputs[at] })),
    ...rule.outputEntry.map(({ id, text }, at) => ({ id, text: text || '', part: 'answer', ...outputs[at] })),
  ]);
  return rules;
}

export class Cells {
  constructor(tables, given) {
    Object.assign(this, { tables, url: given.urls.cells, asked: new Map() });
    this.marks = tables.get('markedCells');
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE);
  }

  async check() {
    const cells = cellsOf(this.tables.table);
    const wanted = cells.filter((one) => this.asked.get(one.id) !== JSON.stringify(one));
    if (!wanted.length || !this.marks) return;
    for (const one of wanted) this.asked.set(one.id, JSON.stringify(one));
    const { status, faults } = await post(this.url, { cells: wanted });
    if (status === 200) this.marks.set(wanted.map(({ id }) => id), faults);
    else for (const one of wanted) this.asked.delete(one.id); // asked again with the next change
  }
}

class MarkedCells {
  constructor(components, elementRegistry, eventBus) {
    Object.assign(this, { told: new Map(), registry: elementRegistry, events: eventBus });
    const cell = (props) => props.cellType === 'rule' && this._cell();
    components.onGetComponent('cell', 2000, cell);
  }

  set(ids, faults) {
    const changed = ids.filter((id) => (this.told.get(id) || '') !== (faults[id] || ''));
    for (const id of changed) this.told.set(id, faults[id] || '');
    const elements = changed.map((id) => this.registry.get(id)).filter(Boolean);
    if (elements.length) this.events.fire('elements.changed', { elements });
  }

  // dmn-js's own cell with one line more; always there, so that what is being edited is not drawn anew.
  _cell() {
    const { told } = this;
    this.component ||= class extends DecisionRulesCellEditorComponent {
      render() {
        const drawn = super.render();
        const { id } = this.props.cell;
        const text = told.get(id) || '';
        drawn.props.className += text ? ' at-fault' : '';
        drawn.props.children = [drawn.props.children, createVNode(1, 'div', 'cell-told', text, 0, { id: `told-${id}`, role: 'status', hidden: !text })];
        return drawn;
      }
    };
    return this.component;
  }
}
MarkedCells.$inject = ['components', 'elementRegistry', 'eventBus'];

export const markedCells = { __init__: ['markedCells'], markedCells: ['type', MarkedCells] };
