// Who does a step: chosen from the terms that there are, said in words, tried on real posts.
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';
import { learn, said, t } from '../i18n.js';
import words from '../words/people.json';
import { Pick } from './expressions.jsx';
import { useServices } from './fields.jsx';
import { parse, write } from './rules.js';
import { post } from './server.js';
import { read } from './settings.js';

learn(words);

const INPUTS = new Set(['unit', 'person', 'people', 'variable', 'item', 'body']); // a name may be typed
const POLICIES = ['ifNobody', 'ifStarter', 'ifTwice'];

// What the server says, with its status; asked again a moment after the question has changed.
function useTold(url, body) {
  const [answer, setAnswer] = useState(null);
  const key = url && body ? JSON.stringify(body) : '';
  useEffect(() => {
    if (!key) return setAnswer(null);
    let late = false;
    const timer = setTimeout(async () => {
      const found = await post(url, JSON.parse(key));
      if (!late) setAnswer(found);
    }, 300);
    return () => { late = true; clearTimeout(timer); };
  }, [url, key]);
  return answer;
}

const list = (options) => options.map((one) => ({ value: one.value, label: said(one) }));

// The steps that a person does, as they are drawn at the moment.
function persons(registry) {
  const steps = registry.filter((one) => !one.labelTarget && (one.type === 'bpmn:UserTask' || one.businessObject?.eventDefinitions?.[0]?.$type === 'bpmn:MessageEventDefinition'));
  return steps.map((one) => ({ value: one.id, label: one.businessObject.name || one.id }));
}

function fields(node, { given, registry }) {
  const element = registry.get(node);
  const key = element && (read(element, 'formKey') || element.id);
  const form = given.forms.find((one) => one.key === key);
  return (form?.fields || []).map((one) => ({ value: one.name, label: said(one.title) || one.name }));
}

function optionsOf(kind, term, services) {
  const { choices } = services.given.people;
  if (kind === 'node') return persons(services.registry);
  if (kind === 'field') return fields(term.args[0], services);
  if (kind === 'rank') return list(choices.rank.filter((one) => choices.levels.includes(`${term.args[0]}.${one.value}`)));
  return list(choices[kind] || []);
}

function Argument({ kind, place, term, change, services }) {
  const { given } = services;
  const value = term.args[place] || '';
  const label = said(given.people.arguments[kind]);
  const options = optionsOf(kind, term, services);
  const set = ({ target }) => change({ ...term, args: Object.assign([...term.args], { [place]: target.value.trim() }) });
  if (kind === 'feel') return <label>{label}<textarea class="bio-properties-panel-input mono" rows="2" value={value} disabled={!given.mine} onChange={set} /></label>;
  if (!INPUTS.has(kind)) {
    const known = options.some((one) => one.value === value) || !value ? options : [...options, { value, label: value }];
    return <Pick label={label} value={value} options={known} onChange={set} disabled={!given.mine} />;
  }
  const id = `names-${kind}-${term.name}-${place}`;
  const names = options.length ? [] : given.names.map((one) => ({ value: one, label: '' }));
  return <label>{label}<input class="bio-properties-panel-input" list={id} value={value} disabled={!given.mine} onChange={set} />
    <datalist id={id}>{[...options, ...names].map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}</datalist></label>;
}

// A term that is begun and not complete stays here until it is: the file never holds half a rule.
function Term({ term, takesAway, onChange, onRemove, services }) {
  const { given } = services;
  const kinds = given.people.terms.filter((one) => one.takesAway === takesAway);
  const [begun, begin] = useState(null);
  const shown = begun && begun.over === write([term]) ? begun.term : term;
  const kind = kinds.find((one) => one.name === shown.name);
  const change = (next) => {
    const wanted = kinds.find((one) => one.name === next.name);
    const enough = wanted && next.args.filter(Boolean).length >= wanted.args.length - wanted.optional;
    if (!enough) return begin({ over: write([term]), term: next });
    begin(null);
    return onChange(next);
  };
  return <div class="who-term">
    <Pick label={t(takesAway ? 'But not' : 'Who does it')} value={shown.name} options={kinds.map((one) => ({ value: one.name, label: said(one) }))}
      onChange={({ target }) => change({ name: target.value, args: [] })} disabled={!given.mine} />
    {(kind?.args || []).map((one, place) => <Argument key={`${shown.name}-${place}`} kind={one} place={place} term={shown} change={change} services={services} />)}
    {onRemove && given.mine && <button type="button" class="plain" onClick={onRemove}>{t('Leave this out')}</button>}
  </div>;
}

function Who({ element, id }) {
  const services = useServices();
  const { given, settings } = services;
  const text = read(element, 'who');
  const terms = text ? parse(text) : [{ name: '', args: [] }];
  const [adding, add] = useState('');
  const put = (next) => settings.write(element, { who: write(next) });
  const policies = Object.fromEntries(POLICIES.map((name) => [name, read(element, name)]));
  const names = Object.fromEntries(persons(services.registry).map((one) => [one.value, one.label]));
  const body = { who: text, names, ...policies };
  const asked = useTold(given.people.urls.preview, text && body);
  const more = terms && [...terms.slice(1), ...(adding === element.id + text ? [{ name: '', args: [] }] : [])];
  return <div class="bio-properties-panel-entry moment who" data-entry-id={`${id}-choice`}>
    {terms && <Term key={element.id} term={terms[0]} takesAway={false} onChange={(term) => put([term, ...terms.slice(1)])} services={services} />}
    {terms && more.map((term, place) => <Term key={`${element.id}-${place}`} term={term} takesAway services={services}
      onChange={(next) => { add(''); put([terms[0], ...Object.assign([...more], { [place]: next })]); }}
      onRemove={() => { add(''); put([terms[0], ...terms.slice(1).filter((one) => one !== term)]); }} />)}
    {terms?.[0].name && given.mine && <button type="button" class="plain" onClick={() => add(element.id + text)}>{t('Leave somebody out')}</button>}
    <label data-entry-id={id}>{t('The rule as it is written')}<textarea class="bio-properties-panel-input mono" rows="2" value={text} disabled={!given.mine} onInput={({ target }) => settings.write(element, { who: target.value.trim() })} /></label>
    <Verdict asked={text ? asked : null} />
    {text && asked?.status === 200 && <Trial body={body} people={given.people} />}
  </div>;
}

function Verdict({ asked }) {
  if (!asked) return null;
  if (asked.status === 200) return <div class="said said-note" role="status" data-who-words>{asked.words}</div>;
  if (!asked.told) return null;
  return <div class="said said-fault" role="status">{asked.column ? t('Place {column}: {told}', asked) : asked.told}</div>;
}

// Unit, subject, who opens the case, day: and the answer for these.
function Trial({ body, people }) {
  const [given, give] = useState({ q: '', unit: '', subject: '', starter: '', on: '' });
  const [units, setUnits] = useState([]);
  const [offices, setOffices] = useState([]);
  const asked = useTold(people.urls.preview, given.unit && { ...body, ...given });
  const set = (name) => ({ target }) => give({ ...given, [name]: target.value });
  const search = async ({ target }) => {
    const q = target.value;
    give((now) => ({ ...now, q }));
    const found = await get(`${people.urls.units}?q=${encodeURIComponent(q)}`);
    if (target.value === q) setUnits((found.units || []).map((one) => ({ value: one.id, label: one.name })));
  };
  const choose = async ({ target }) => {
    give({ ...given, unit: target.value, subject: '', starter: '' });
    const found = target.value ? await get(`${people.urls.units}?unit=${target.value}`) : {};
    setOffices((found.offices || []).map((one) => ({ value: one.id, label: one.label })));
  };
  return <details class="who-trial"><summary>{t('Try it on real posts')}</summary>
    <label>{t('Look for a unit')}<input class="bio-properties-panel-input" type="search" value={given.q} onInput={search} onFocus={units.length ? undefined : search} /></label>
    <Pick label={t('Unit of the case')} value={given.unit} options={units} onChange={choose} />
    <Pick label={t('Subject')} value={given.subject} options={[{ value: '', label: t('the unit itself') }, ...offices]} bare onChange={set('subject')} disabled={!given.unit} />
    <Pick label={t('Opened by')} value={given.starter} options={[{ value: '', label: t('the system') }, ...offices]} bare onChange={set('starter')} disabled={!given.unit} />
    <label>{t('On the day')}<input class="bio-properties-panel-input" type="date" value={given.on} onChange={set('on')} /></label>
    <Answer asked={asked} />
  </details>;
}

async function get(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: 'application/json', 'X-Background': '1' } });
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

function Answer({ asked }) {
  if (!asked) return null;
  if (asked.status !== 200) return <div class="said said-fault" role="status">{asked.told}</div>;
  const good = asked.by === 'rule' && asked.found.length;
  return <div class={`said said-${good ? 'good' : 'note'}`} role="status" data-who-found><div>{asked.head}</div>
    <ul>{asked.found.map((one) => <li key={one.office + one.names}>{one.office}{one.office && ' '}<strong>{one.names.join('、') || t('nobody')}</strong></li>)}</ul>
    {asked.leftOut.length > 0 && <div>{t('Left out:')} {asked.leftOut.map((one) => `${one.name}（${one.why}）`).join('；')}</div>}
    {[asked.how, asked.depends, asked.assumed].filter(Boolean).map((one) => <div key={one}>{one}</div>)}
  </div>;
}

function Policy({ element, id, name }) {
  const { given, settings } = useServices();
  const policy = given.people.policies.find((one) => one.name === name);
  const chosen = read(element, name) || policy.options[0].value;
  const set = ({ target }) => settings.write(element, { [name]: target.value === policy.options[0].value ? '' : target.value });
  return <div class="bio-properties-panel-entry moment" data-entry-id={id}>
    <Pick label={said(policy)} value={chosen} options={list(policy.options)} bare onChange={set} disabled={!given.mine} /></div>;
}

// The entries of the panel for a step that a person does.
export const peopleEntries = () => [
  { id: 'who', component: Who, isEdited: () => false },
  ...POLICIES.map((name) => ({ id: name, name, component: Policy, isEdited: () => false })),
];

// The days that are counted up to a deadline, one by one.
export function Counted({ text, kind }) {
  const { given } = useServices();
  const [on, setOn] = useState('');
  const [open, setOpen] = useState(false);
  const asked = useTold(given.people.urls.when, open && text && { text, kind, on });
  return <details onToggle={({ target }) => setOpen(target.open)}><summary>{t('Count the days')}</summary>
    {open && <label>{t('Begun on the day')}<input class="bio-properties-panel-input" type="date" value={on} onChange={({ target }) => setOn(target.value)} /></label>}
    {asked?.told && <div class={`said said-${asked.status === 200 ? 'note' : 'fault'}`} role="status">{asked.told}</div>}
    {asked?.days && <table class="who-days"><caption>{t('{workdays} working days, due {at}', asked)}</caption><tbody>
      {asked.days.map((one) => <tr key={one.day}><td>{one.day}</td><td>{one.weekday}</td><td>{one.count || '—'}</td><td>{one.name}</td></tr>)}</tbody></table>}
  </details>;
}
