// What the panel asks of each kind of element.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { said, t } from '../i18n.js';
import { expression } from './expressions.jsx';
import { choice, flag, line, lines, setting, tick } from './fields.jsx';
import { moment } from './moments.jsx';
import { operations } from './operations.jsx';
import { repeating } from './repeating.jsx';
import { decision, owner } from './settings.js';
import { peopleEntries } from './people.js';
import { documents, openers } from './people.jsx';

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const WHEN = ['timeDate', 'timeDuration', 'timeCycle'];
const ACTS = {
  decision: 'Decision', approval: 'Approval', meeting: 'Meeting or talk', signature: 'Signature', report: 'Report', opinion: 'Opinion',
  check: 'Check', review: 'Review', record: 'Record', service: 'Service of a paper', vote: 'Vote', score: 'Score',
};
const CLOCKS = { N: 'Light and reminder only', P: 'Something else begins, the step goes on', X: 'The step ends' };
const none = (label = 'None') => ({ value: '', label: t(label) });
const labelled = (words) => Object.entries(words).map(([value, label]) => ({ value, label: t(label) }));
const either = ({ zh, en }, code) => (said({ zh, en }) ? `${said({ zh, en })}（${code}）` : code);

const definition = (element, type) => getBusinessObject(element).eventDefinitions?.find((one) => is(one, type));
const isAct = (element) => is(element, 'bpmn:BoundaryEvent') && definition(element, 'bpmn:MessageEventDefinition');
const attribute = (name) => ({
  get: (element) => owner(element)[name] || '',
  set: (element, value, { settings, modeling }) => (owner(element) === getBusinessObject(element)
    ? modeling.updateProperties(element, { [name]: value || undefined })
    : settings.apply(element, [[owner(element), name, value || undefined]])),
});

export function groupsOf(element, given, registry) {
  const found = [['general', 'Name and id', general(element, registry)]];
  if (is(element, 'bpmn:Process') || is(element, 'bpmn:Collaboration')) found.push(['process', 'Process', processEntries()]);
  if (is(element, 'bpmn:UserTask')) found.push(['person', 'Who does what', person()], ['deadline', 'Time limit', deadline()], ['demands', 'What is asked for', demands(given)]);
  if (isAct(element)) found.push(['person', 'Who does what', person()], ['demands', 'What is asked for', demands(given)]);
  if (is(element, 'bpmn:ServiceTask')) found.push(['operation', 'Operation', operations()], ['demands', 'What is asked for', automatic(given)]);
  if (is(element, 'bpmn:BusinessRuleTask')) found.push(['decision', 'Decision table', deciding(given)]);
  if (is(element, 'bpmn:CallActivity')) found.push(['called', 'Called process', calling(given)]);
  if (is(element, 'bpmn:Activity')) found.push(['repeat', 'Several people or items', repeating()]);
  if (definition(element, 'bpmn:TimerEventDefinition')) found.push(['timer', 'When', timer(element)]);
  if (definition(element, 'bpmn:MessageEventDefinition')) found.push(['message', 'Message', message()]);
  if (is(element, 'bpmn:SequenceFlow')) found.push(['flow', 'Way', way(element)]);
  if (['bpmn:BusinessRuleTask', 'bpmn:CallActivity', 'bpmn:SubProcess'].some((type) => is(element, type))) found.push(['demands', 'What is asked for', [status(), basis()]]);
  if (['bpmn:IntermediateCatchEvent', 'bpmn:EndEvent'].some((type) => is(element, type))) found.push(['demands', 'What is asked for', [status()]]);
  return found.filter(([, , entries]) => entries.length);
}

function general(element, registry) {
  const fault = (value) => {
    if (!PLAIN.test(value)) return t('Letters, digits and _ only, no digit first.');
    return value !== element.id && registry.get(value) ? t('Another element has this id.') : null;
  };
  const entries = [];
  if (is(element, 'bpmn:TextAnnotation')) return [lines('text', 'Remark', attribute('text'))];
  entries.push(lines('name', 'Name', attribute('name')));
  if (is(element, 'bpmn:FlowElement') || is(element, 'bpmn:Lane') || is(element, 'bpmn:Process') || is(element, 'bpmn:Collaboration') || is(element, 'bpmn:Participant')) {
    entries.push(line('nameEn', 'English name', setting('nameEn')));
  }
  if (is(element, 'bpmn:FlowNode')) entries.push(line('id', 'Id', { ...attribute('id'), validate: fault, help: 'Expressions and rules name the step by it.' }));
  return entries;
}

function processEntries() {
  return [
    line('basis', 'Legal basis', setting('basis')),
    line('number', 'Number of its papers', setting('number', { help: 'For example 提〔{year}〕{n}号' })),
    line('key', 'What it may run once for', setting('key')),
    lines('variables', 'Variables that operations write', setting('variables', { help: 'Separated by commas; expressions may name them.' })),
    choice('requires', 'What must come before a decision', setting('requires', { options: () => [none('Nothing'), { value: 'meeting', label: t('A meeting with the person') }] })),
  ];
}

const status = () => line('status', 'State shown meanwhile', setting('status', { help: 'For example 待审批' }));
const basis = () => line('basis', 'Legal basis', setting('basis'));

function person() {
  const forms = (given) => [none('Please choose'), ...given.forms.map(({ key, title }) => ({ value: key, label: either(title, key) }))];
  return [
    choice('formKey', 'Form', setting('formKey', { options: forms })),
    openers('formKey-open', (given, element) => given.forms.find((one) => one.key === setting('formKey').get(element))),
    ...peopleEntries(),
    choice('act', 'Kind of act', setting('act', { options: () => [none(), ...labelled(ACTS)] })),
    status(),
  ];
}

function deadline() {
  return [
    moment('due', 'Due', setting('due')),
    choice('clock', 'When it is over', setting('clock', { options: () => [none('No clock'), ...labelled(CLOCKS)], help: 'The light follows the due date and the days set in the parameters.' })),
  ];
}

function demands(given) {
  return [
    basis(),
    tick('opinion', 'An opinion must be written', flag('opinion', 'required')),
    tick('signature', 'Must be signed', flag('signature', 'yes')),
    tick('batch', 'May be done for many at once', flag('batch', 'yes')),
    ...documents(given),
  ];
}

function automatic(given) {
  const often = () => [none('No bound'), ...Array.from({ length: 10 }, (one, place) => ({ value: String(place + 1), label: String(place + 1) }))];
  return [status(), basis(), choice('bounded', 'Runs at most so many times in a loop', setting('bounded', { options: often })), ...documents(given)];
}

function deciding() {
  const options = (given) => [none('Please choose'), ...given.decisions.map(({ id, label }) => ({ value: id, label: either(label, id) }))];
  return [
    choice('decision', 'Decision table', { options, get: decision, set: (element, value, { settings }) => settings.writeDecision(element, value) }),
    openers('decision-open', (given, element) => given.decisions.find((one) => one.id === decision(element))),
  ];
}

function calling() {
  const options = (given) => [none('Please choose'), ...given.diagrams.filter((one) => one.name !== given.name).map(({ name, label }) => ({ value: name, label: either(label, name) }))];
  return [
    choice('called', 'Called process', { ...attribute('calledElement'), options, help: 'It stands in the same draft and shares the variables of this case.' }),
    openers('called-open', (given, element) => given.diagrams.find((one) => one.name === getBusinessObject(element).calledElement)),
  ];
}

const timeKind = (element) => WHEN.find((kind) => definition(element, 'bpmn:TimerEventDefinition')[kind]) || 'timeDate';
const timeText = (element) => definition(element, 'bpmn:TimerEventDefinition')[timeKind(element)]?.body?.trim() || '';

function writeTime(element, kind, body, { settings, factory }) {
  const event = definition(element, 'bpmn:TimerEventDefinition');
  const known = event[kind];
  const made = known && body ? known : factory.create('bpmn:FormalExpression', { body });
  made.$parent = event;
  const sets = WHEN.map((one) => [event, one, one === kind ? made : undefined]);
  if (made === known) sets.push([known, 'body', body]);
  settings.apply(element, sets);
}

function timer(element) {
  const repeats = is(element, 'bpmn:BoundaryEvent') && getBusinessObject(element).cancelActivity === false;
  const words = { timeDate: 'At a date', timeDuration: 'After a length of time', ...(repeats && { timeCycle: 'Again and again' }) };
  return [
    choice('timeKind', 'Kind of time', { options: () => labelled(words), get: timeKind, set: (one, kind, services) => writeTime(one, kind, '', services) }),
    moment('when', 'When', { needed: true, kind: timeKind, get: timeText, set: (one, body, services) => writeTime(one, timeKind(one), body, services) }),
  ];
}

function message() {
  const event = (element) => definition(element, 'bpmn:MessageEventDefinition');
  const set = (element, name, { settings, factory }) => {
    let definitions = getBusinessObject(element);
    while (definitions.$parent) definitions = definitions.$parent;
    const roots = definitions.get('rootElements');
    const known = roots.find((one) => is(one, 'bpmn:Message') && one.name === name);
    const made = known || (name && factory.create('bpmn:Message', { name }));
    if (made) made.$parent = definitions;
    settings.apply(element, [[event(element), 'messageRef', made || undefined], [definitions, 'rootElements', made && !known ? [...roots, made] : roots]]);
  };
  return [line('message', 'Name of the message', { get: (element) => event(element).messageRef?.name || '', set, help: 'Another process or an operation sends it by this name; left empty it goes by the id.' })];
}

function way(element) {
  const flow = getBusinessObject(element);
  if (!['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway'].some((type) => flow.sourceRef && is(flow.sourceRef, type))) return [];
  const isDefault = () => flow.sourceRef.default === flow;
  const write = (one, body, { settings, factory }) => {
    const made = body ? factory.create('bpmn:FormalExpression', { body }) : undefined;
    if (made) made.$parent = flow;
    settings.apply(one, [[flow, 'conditionExpression', made]]);
  };
  const mark = (one, ticked, { settings, registry }) => settings.apply(one, [
    [flow.sourceRef, 'default', ticked ? flow : undefined],
    ...(ticked ? [[flow, 'conditionExpression', undefined]] : []),
  ], [one, one.source, ...registry.filter((other) => other.source === one.source && other !== one)]);
  const entries = [tick('default', 'Taken when no other way is open', { get: isDefault, set: mark })];
  if (!isDefault()) entries.push(expression('condition', 'Taken when', { get: () => flow.conditionExpression?.body || '', set: write, builder: true, help: 'For example decide_plan.verdict = "approve"' }));
  return entries;
}
