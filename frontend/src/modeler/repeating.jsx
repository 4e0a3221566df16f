// A step for several people or items: at once or in order, and when the vote is decided.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { isSelectEntryEdited } from '@bpmn-io/properties-panel';
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { said, t } from '../i18n.js';
import { Expression, Pick } from './expressions.jsx';
import { choice, useServices } from './fields.jsx';
import { read } from './settings.js';

const COUNTED = 'count\\(votes\\[(\\w+) = ("(?:[^"\\\\]|\\\\.)*"|true)\\]\\)';
const SHARE = new RegExp(`^${COUNTED} \\* (\\d+) >=? total \\* (\\d+) or \\(done - ${COUNTED}\\) \\* \\d+ >=? total \\* \\d+$`);
const SHARES = [['1', '2', 'More than half'], ['2', '3', 'Two thirds'], ['3', '4', 'Three quarters'], ['4', '5', 'Four fifths']];

const loop = (element) => getBusinessObject(element).loopCharacteristics;
const mode = (element) => (!loop(element) ? '' : loop(element).isSequential ? 'order' : 'once');
const until = (element) => loop(element)?.completionCondition?.body?.trim() || '';

// A vote as its expression: decided as soon as it is carried or can no longer be.
export function shareOf(text) {
  const [, field, value, whole, part] = text.match(SHARE) || [];
  return field ? { field, value, whole: Number(whole), part: Number(part) } : null;
}
function shareText({ field, value, part, whole }) {
  const yes = `count(votes[${field} = ${value}])`;
  const [enough, tooMany] = part * 2 === whole ? ['>', '>='] : ['>=', '>']; // half is not more than half
  return `${yes} * ${whole} ${enough} total * ${part} or (done - ${yes}) * ${whole} ${tooMany} total * ${whole - part}`;
}
// The way that is taken afterwards when the vote was carried.
export const carried = (step, { field, value, part, whole }) => `count(values(${step})[${field} = ${value}]) * ${whole} ${part * 2 === whole ? '>' : '>='} count(values(${step})) * ${part}`;

function setMode(element, value, { modeling, factory }) {
  const now = loop(element);
  if (!value) return modeling.updateProperties(element, { loopCharacteristics: undefined });
  if (now) return modeling.updateModdleProperties(element, now, { isSequential: value === 'order' });
  const made = factory.create('bpmn:MultiInstanceLoopCharacteristics', value === 'order' ? { isSequential: true } : {});
  made.$parent = getBusinessObject(element);
  return modeling.updateProperties(element, { loopCharacteristics: made });
}

function setOver(element, text, { settings, factory }) {
  const moddle = factory._model;
  settings.apply(element, [[loop(element), 'loopDataInputRef', text ? placeholder(moddle, text) : undefined]]);
}

// A text that the file holds where the standard has a reference: kept as a thing with that id.
export const placeholder = (moddle, id) => moddle.createAny('tongze:named', 'urn:tongze:named', { id });

function setUntil(element, body, { settings, factory }) {
  const made = body ? factory.create('bpmn:FormalExpression', { body }) : undefined;
  if (made) made.$parent = loop(element);
  settings.apply(element, [[loop(element), 'completionCondition', made]]);
}

const MODES = () => [{ value: '', label: t('Once') }, { value: 'once', label: t('For each, all at once') }, { value: 'order', label: t('For each, one after the other') }];

function Vote({ element, id }) {
  const services = useServices();
  const { given } = services;
  const text = until(element);
  const share = shareOf(text);
  const way = !text ? 'all' : text === 'done >= 1' ? 'any' : share ? 'share' : 'expression';
  const [meant, mean] = useState(null);
  const shown = meant?.for === element.id + text ? meant.way : way;
  const choose = ({ target }) => {
    if (target.value === 'all' || target.value === 'any') { mean(null); setUntil(element, target.value === 'any' ? 'done >= 1' : '', services); } else mean({ for: element.id + text, way: target.value });
  };
  const options = [['all', 'When all have acted'], ['any', 'When the first has acted'], ['share', 'By a share of votes'], ['expression', 'By an expression']].map(([value, label]) => ({ value, label: t(label) }));
  return <div class="bio-properties-panel-entry moment" data-entry-id={id}>
    <Pick label={t('It is decided')} value={shown} options={options} onChange={choose} bare disabled={!given.mine} />
    {shown === 'share' && <Share element={element} share={share} write={(one) => setUntil(element, shareText(one), services)} />}
    {shown === 'expression' && <label>{t('Expression')}<textarea class="bio-properties-panel-input mono" rows="2" value={text} disabled={!given.mine} onChange={({ target }) => setUntil(element, target.value.trim(), services)} />
      <span class="hint">{t('votes: the answers so far; done: how many; total: of how many')}</span></label>}
  </div>;
}

function Share({ element, share, write }) {
  const { given } = useServices();
  const form = given.forms.find((one) => one.key === (read(element, 'formKey') || element.id));
  const fields = (form?.fields || []).filter((one) => one.choices || one.type === 'boolean');
  const now = share || { field: '', value: '', part: 2, whole: 3 };
  const [kept, keep] = useState(now);
  const field = fields.find((one) => one.name === kept.field);
  const values = field?.choices ? field.choices.map((one) => ({ value: JSON.stringify(one.value), label: said(one) || one.value })) : [{ value: 'true', label: t('Yes') }];
  const change = (more) => {
    const next = { ...kept, ...more };
    keep(next);
    if (next.field && next.value) write(next);
  };
  const shares = SHARES.map(([part, whole, label]) => ({ value: `${part}/${whole}`, label: t(label) }));
  return <div class="beside-all">
    <Pick label={t('Field of the vote')} value={kept.field} disabled={!given.mine} options={fields.map((one) => ({ value: one.name, label: said(one.title) || one.name }))} onChange={({ target }) => change({ field: target.value, value: '' })} />
    <Pick label={t('Counts as yes')} value={kept.value} disabled={!given.mine || !field} options={values} onChange={({ target }) => change({ value: target.value })} />
    <Pick label={t('Share needed')} value={`${kept.part}/${kept.whole}`} disabled={!given.mine} bare options={shares} onChange={({ target }) => { const [part, whole] = target.value.split('/').map(Number); change({ part, whole }); }} />
    {share && <span class="hint">{t('On the way afterwards, this says that it was carried:')} <code>{carried(element.id, share)}</code></span>}
  </div>;
}

const Over = (entry) => (loop(entry.element) ? <Expression {...entry} /> : null);
const Decided = (entry) => (loop(entry.element) ? <Vote {...entry} /> : null);

export const repeating = () => [
  choice('repeat', 'How often', { get: mode, set: setMode, options: MODES }),
  { id: 'collection', label: 'For each of', component: Over, get: (element) => loop(element)?.loopDataInputRef?.id || '', set: setOver, help: 'A variable, a field with several people, or an expression.', isEdited: isSelectEntryEdited },
  { id: 'until', component: Decided, isEdited: () => false },
];
