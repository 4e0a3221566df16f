// When something is due: by a figure of the parameters, by working days, or by an expression; and
// the day that it would be on the working calendar if it began now.
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { said, t } from '../i18n.js';
import { Pick } from './expressions.jsx';
import { useAsked, useServices } from './fields.jsx';
import { Counted } from './people.js';

const FIGURE = /^workdays\(days\.(\w+)\)$/;
const WORKDAYS = /^workdays\((\d+)\)$/;
const DURATION = /^P(\d+)([DWM])$/;
const ways = { timeDate: ['figure', 'workdays', 'expression'], timeDuration: ['length', 'expression'], timeCycle: ['length', 'expression'] };
const LABELS = { '': 'No date', figure: 'By the parameters', workdays: 'Working days', length: 'After a length of time', expression: 'By an expression' };

// Which of the ways a text is written in, and the part that one chooses.
function taken(text, kind) {
  if (!text) return ['', ''];
  if (kind === 'timeDate' && FIGURE.test(text)) return ['figure', text.match(FIGURE)[1]];
  if (kind === 'timeDate' && WORKDAYS.test(text)) return ['workdays', text.match(WORKDAYS)[1]];
  if (kind !== 'timeDate' && DURATION.test(text)) return ['length', text];
  return ['expression', text];
}

function Moment(entry) {
  const services = useServices();
  const { given } = services;
  const { element, get, set } = entry;
  const text = get(element);
  const kind = entry.kind ? entry.kind(element) : 'timeDate';
  const [way, part] = taken(text, kind);
  const [meant, mean] = useState(null); // a way that was picked and not filled in yet
  const shown = meant && meant.for === element.id + text ? meant.way : way;
  const asked = useAsked(given.urls.moment, { text, kind }, Boolean(text));
  const write = (value) => { mean(null); set(element, value, services); };
  const choose = ({ target }) => (target.value ? mean({ for: element.id + text, way: target.value }) : write(''));
  const options = [...(entry.needed ? [] : ['']), ...ways[kind]].map((value) => ({ value, label: t(LABELS[value]) }));
  return <div class="bio-properties-panel-entry moment" data-entry-id={entry.id}>
    <Pick label={t(entry.label)} value={shown} onChange={choose} options={options} bare={!entry.needed} disabled={!given.mine} />
    <Part way={shown} part={shown === way ? part : ''} write={write} services={services} />
    <Day asked={text ? asked : null} />
    {text && <Counted text={text} kind={kind} />}
  </div>;
}

export const moment = (id, label, more) => ({ id, label, component: Moment, isEdited: () => false, ...more });

function Part({ way, part, write, services }) {
  const { given } = services;
  const off = !given.mine;
  if (way === 'figure') {
    const figures = given.figures.map((one) => ({ value: one.name, label: t('{name}: {value} working days', { name: said(one), value: one.value }) }));
    return <Pick label={t('Parameter')} value={part} onChange={({ target }) => target.value && write(`workdays(days.${target.value})`)} options={figures} disabled={off} />;
  }
  if (way === 'workdays') {
    return <label>{t('Number of working days')}<input class="bio-properties-panel-input" type="number" min="1" max="5000" value={part} disabled={off}
      onChange={({ target }) => target.value && write(`workdays(${target.value})`)} /></label>;
  }
  if (way === 'length') return <Length part={part} write={write} off={off} />;
  if (way === 'expression') {
    return <label>{t('Expression')}<input class="bio-properties-panel-input mono" value={part} disabled={off} onChange={({ target }) => write(target.value.trim())} /></label>;
  }
  return null;
}

function Length({ part, write, off }) {
  const [, count = '', unit = 'D'] = part.match(DURATION) || [];
  const units = [['D', 'days'], ['W', 'weeks'], ['M', 'months']].map(([value, label]) => ({ value, label: t(label) }));
  return <div class="beside">
    <label>{t('How many')}<input class="bio-properties-panel-input" type="number" min="1" max="999" value={count} disabled={off} onChange={({ target }) => target.value && write(`P${target.value}${unit}`)} /></label>
    <Pick label={t('Unit')} value={unit} options={units} bare disabled={off || !count} onChange={({ target }) => write(`P${count}${target.value}`)} />
  </div>;
}

function Day({ asked }) {
  if (!asked) return null;
  if (!asked.ok) return <div class="said said-fault" role="status">{asked.told}</div>;
  return <div class={`said said-${asked.day ? 'good' : 'note'}`} role="status">{asked.told}</div>;
}
