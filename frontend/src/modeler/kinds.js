// What we execute, and nothing else is offered: in the palette, beside an element, in its menu.
const activity = (type, icon, label, more = {}) => ({ family: 'activity', type, icon, label, ...more });
const gateway = (type, icon, label) => ({ family: 'gateway', type, icon, label });
const event = (type, icon, label, eventDefinitionType, more = {}) => ({ family: type, type, icon, label, ...(eventDefinitionType && { eventDefinitionType }), ...more });
const TIMER = 'bpmn:TimerEventDefinition';
const MESSAGE = 'bpmn:MessageEventDefinition';

export const KINDS = {
  start: event('bpmn:StartEvent', 'start-event-none', 'Start'),
  person: activity('bpmn:UserTask', 'user-task', 'Step for a person'),
  service: activity('bpmn:ServiceTask', 'service-task', 'Automatic step'),
  decision: activity('bpmn:BusinessRuleTask', 'business-rule-task', 'Decision table'),
  call: activity('bpmn:CallActivity', 'call-activity', 'Called process'),
  part: activity('bpmn:SubProcess', 'subprocess-expanded', 'Part process', { isExpanded: true }),
  exclusive: gateway('bpmn:ExclusiveGateway', 'gateway-xor', 'One way of several'),
  parallel: gateway('bpmn:ParallelGateway', 'gateway-parallel', 'All ways at once'),
  inclusive: gateway('bpmn:InclusiveGateway', 'gateway-or', 'One or more ways'),
  first: gateway('bpmn:EventBasedGateway', 'gateway-eventbased', 'Whatever comes first'),
  timer: event('bpmn:IntermediateCatchEvent', 'intermediate-event-catch-timer', 'Wait for a time', TIMER),
  message: event('bpmn:IntermediateCatchEvent', 'intermediate-event-catch-message', 'Wait for a message', MESSAGE),
  end: event('bpmn:EndEvent', 'end-event-none', 'End'),
  terminate: event('bpmn:EndEvent', 'end-event-terminate', 'End of everything', 'bpmn:TerminateEventDefinition'),
  timeOver: event('bpmn:BoundaryEvent', 'intermediate-event-catch-timer', 'At a time: ends the step', TIMER, { cancelActivity: true }),
  timeBeside: event('bpmn:BoundaryEvent', 'intermediate-event-catch-non-interrupting-timer', 'At a time: the step goes on', TIMER, { cancelActivity: false }),
  actOver: event('bpmn:BoundaryEvent', 'intermediate-event-catch-message', 'Act that ends the step', MESSAGE, { cancelActivity: true }),
  actBeside: event('bpmn:BoundaryEvent', 'intermediate-event-catch-non-interrupting-message', 'Act beside the step', MESSAGE, { cancelActivity: false }),
};

export const PALETTE = [
  ['event', ['start', 'timer', 'message', 'end']],
  ['activity', ['person', 'service', 'decision', 'call', 'part']],
  ['gateway', ['exclusive', 'parallel', 'inclusive', 'first']],
];
export const APPEND = ['person', 'service', 'decision', 'exclusive', 'timer', 'end'];
export const AFTER_EVENT_GATEWAY = ['timer', 'message'];

export const target = ({ type, eventDefinitionType, isExpanded, cancelActivity }) => ({
  type,
  ...(eventDefinitionType && { eventDefinitionType }),
  ...(isExpanded !== undefined && { isExpanded }),
  ...(cancelActivity !== undefined && { cancelActivity }),
});

// The kind that an element is, if it is one of ours.
export function kindOf({ businessObject: bo }) {
  const definition = bo.eventDefinitions?.[0]?.$type;
  return Object.keys(KINDS).find((name) => {
    const kind = KINDS[name];
    return kind.type === bo.$type && kind.eventDefinitionType === definition
      && (kind.cancelActivity === undefined || kind.cancelActivity === (bo.cancelActivity !== false));
  });
}

// What an element may be turned into.
export function others(element) {
  const own = kindOf(element);
  const family = own ? KINDS[own].family : familyOf(element.businessObject.$type);
  return Object.keys(KINDS).filter((name) => name !== own && KINDS[name].family === family);
}

function familyOf(type) {
  if (/Task$|:SubProcess$|:Transaction$|:AdHocSubProcess$/.test(type)) return 'activity';
  if (/Gateway$/.test(type)) return 'gateway';
  if (type === 'bpmn:IntermediateThrowEvent') return 'bpmn:IntermediateCatchEvent';
  return type;
}
