// Expressions: read by the server as they are written, with the place of a fault; and a helper
// that writes a comparison from the fields of the forms.
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { TextAreaEntry, isTextAreaEntryEdited } from '@bpmn-io/properties-panel';
import { said, t } from '../i18n.js';
import { useAsked, useServices } from './fields.jsx';
import { read } from './settings.js';

const OPERATORS = ['=', '!=', '<', '<=', '>', '>='];

// The names that may stand in an expression of this diagram.
function names(given, registry, extra = []) {
  const ids = registry.filter((one) => one.businessObject?.$instanceOf?.('bpmn:FlowNode')).map((one) => one.id);
  const root = registry.find((one) => one.businessObject?.$instanceOf?.('bpmn:Participant') || one.businessObject?.$instanceOf?.('bpmn:Process'));
  const bo = root?.businessObject.processRef || root?.businessObject;
  const declared = bo ? read({ businessObject: bo }, 'variables').split(/[\s,]+/) : [];
  return new Set([...ids, ...declared, ...given.names, 'days', 'due', 'rule', 'item', ...extra]);
}

export function Verdict({ answer, known }) {
  if (!answer) return null;
  if (!answer.ok) {
    return <div class="said said-fault" role="status">{answer.told}
      {answer.line && <pre>{answer.line}{'\n'}{' '.repeat(Math.max(0, answer.column - 1))}▲</pre>}</div>;
  }
  const strange = answer.names.filter((name) => !known.has(name));
  if (strange.length) return <div class="said said-warn" role="status">{t('No step, variable or output has this name: {names}', { names: strange.join('、') })}</div>;
  return <div class="said said-good" role="status">{t('The expression can be read.')}</div>;
}

export function Expression(entry) {
  const services = useServices();
  const { given, registry, debounce } = services;
  const { element, get, set } = entry;
  const text = get(element);
  const answer = useAsked(given.urls.expression, { text }, Boolean(text.trim()));
  const help = <>{entry.help && <div>{t(entry.help)}</div>}<Verdict answer={answer} known={names(given, registry, entry.extra)} />
    {entry.builder && given.mine && <Builder onUse={(part) => set(element, text.trim() ? `${text.trim()} and ${part}` : part, services)} />}</>;
  return <TextAreaEntry id={entry.id} element={element} label={t(entry.label)} description={help} debounce={debounce} monospace autoResize rows={2}
    disabled={!given.mine} getValue={() => text} setValue={(value) => set(element, (value || '').trim(), services)} />;
}

export const expression = (id, label, more) => ({ id, label, component: Expression, isEdited: isTextAreaEntryEdited, ...more });

// Step, field, comparison, value: picked from lists, written as an expression.
function Builder({ onUse }) {
  const { given, registry } = useServices();
  const [picked, pick] = useState({ step: '', field: '', operator: '=', value: '' });
  const steps = registry.filter((one) => one.businessObject?.$instanceOf?.('bpmn:UserTask') && !one.labelTarget);
  const form = given.forms.find((one) => one.key === formOf(steps.find((one) => one.id === picked.step)));
  const field = form?.fields.find((one) => one.name === picked.field);
  const change = (name) => ({ target }) => pick({ ...picked, ...(name === 'step' && { field: '' }), ...(name !== 'operator' && name !== 'value' && { value: '' }), [name]: target.value });
  const use = () => onUse(`${picked.step}.${picked.field} ${picked.operator} ${literal(field, picked.value)}`);
  return <details class="builder"><summary>{t('Write a comparison')}</summary>
    <Pick label={t('Answer of the step')} value={picked.step} onChange={change('step')} options={steps.map((one) => ({ value: one.id, label: one.businessObject.name || one.id }))} />
    <Pick label={t('Field')} value={picked.field} onChange={change('field')} options={(form?.fields || []).map((one) => ({ value: one.name, label: said(one.title) || one.name }))} />
    <Pick label={t('Comparison')} value={picked.operator} onChange={change('operator')} options={OPERATORS.map((one) => ({ value: one, label: one }))} bare />
    {field?.choices
      ? <Pick label={t('Value')} value={picked.value} onChange={change('value')} options={field.choices.map((one) => ({ value: one.value, label: said(one) || one.value }))} />
      : <label>{t('Value')}<input class="bio-properties-panel-input" value={picked.value} onInput={change('value')} /></label>}
    <button type="button" class="btn btn-sm btn-outline-primary" disabled={!field || picked.value === ''} onClick={use}>{t('Put it in')}</button>
  </details>;
}

export function Pick({ label, value, onChange, options, bare, disabled }) {
  return <label>{label}<select class="bio-properties-panel-input" value={value} onChange={onChange} disabled={disabled}>
    {!bare && <option value="">{t('Please choose')}</option>}
    {options.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
  </select></label>;
}

const formOf = (element) => element && (read(element, 'formKey') || element.id);

function literal(field, value) {
  if (['number', 'integer', 'boolean'].includes(field.type)) return value.trim();
  if (field.format === 'date') return `date("${value}")`;
  return JSON.stringify(value);
}
