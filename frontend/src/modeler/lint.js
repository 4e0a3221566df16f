// Checks while drawing; the server's own checks on saving have the last word.
import endEventRequired from 'bpmnlint/rules/end-event-required.js';
import noDisconnected from 'bpmnlint/rules/no-disconnected.js';
import noDuplicateFlows from 'bpmnlint/rules/no-duplicate-sequence-flows.js';
import noImplicitSplit from 'bpmnlint/rules/no-implicit-split.js';
import singleBlankStart from 'bpmnlint/rules/single-blank-start-event.js';
import startEventRequired from 'bpmnlint/rules/start-event-required.js';
import superfluousGateway from 'bpmnlint/rules/superfluous-gateway.js';
import { decision, operation, read } from './settings.js';

const element = (node) => ({ businessObject: node });
const isPerson = (node) => node.$type === 'bpmn:UserTask'
  || (node.$type === 'bpmn:BoundaryEvent' && node.eventDefinitions?.[0]?.$type === 'bpmn:MessageEventDefinition');
const isChoice = (node) => ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway'].includes(node.$type);
const UNTYPED = ['bpmn:Task', 'bpmn:ManualTask', 'bpmn:ScriptTask', 'bpmn:SendTask', 'bpmn:ReceiveTask', 'bpmn:ComplexGateway', 'bpmn:Transaction', 'bpmn:AdHocSubProcess', 'bpmn:IntermediateThrowEvent'];

// Rule by rule: of which elements, what is wrong, and what is said.
const ours = (given) => ({
  'not-executed': [(node) => UNTYPED.includes(node.$type), 'This kind is not executed: change the kind.'],
  'name-missing': [(node) => isPerson(node) && !node.name?.trim(), 'The step has no name.'],
  'who-missing': [(node) => isPerson(node) && !read(element(node), 'who'), 'It does not say who does it.'],
  'form-missing': [(node) => isPerson(node) && !given.forms.some(({ key }) => key === (read(element(node), 'formKey') || node.id)), 'The step has no form.'],
  'operation-missing': [(node) => node.$type === 'bpmn:ServiceTask' && !operation(element(node)).name, 'The automatic step names no operation.'],
  'decision-missing': [(node) => node.$type === 'bpmn:BusinessRuleTask' && !decision(element(node)), 'It names no decision table.'],
  'called-missing': [(node) => node.$type === 'bpmn:CallActivity' && !node.calledElement, 'It names no process to call.'],
  'time-missing': [(node) => (node.eventDefinitions || []).some((one) => one.$type === 'bpmn:TimerEventDefinition' && !['timeDate', 'timeDuration', 'timeCycle'].some((kind) => one[kind]?.body?.trim())), 'The timer says no time.'],
  'way-missing': [(node) => node.$type === 'bpmn:SequenceFlow' && isChoice(node.sourceRef) && node.sourceRef.outgoing.length > 1 && node.sourceRef.default !== node && !node.conditionExpression?.body?.trim(), 'The way has no condition.'],
  'default-missing': [(node) => isChoice(node) && (node.outgoing || []).length > 1 && !node.default, 'No way is marked as the one taken when no other is open.'],
  'reserved-id': [(node) => /^bpmn:/.test(node.$type) && given.reserved.includes(node.id), 'The engine keeps this id for itself.'],
});

export function lintOf(given) {
  const own = Object.fromEntries(Object.entries(ours(given)).map(([name, [isWrong, said]]) => [name, () => ({
    check: (node, reporter) => node.id && isWrong(node) && reporter.report(node.id, said),
  })]));
  const standard = {
    'start-event-required': startEventRequired, 'end-event-required': endEventRequired, 'no-disconnected': noDisconnected,
    'no-duplicate-sequence-flows': noDuplicateFlows, 'no-implicit-split': noImplicitSplit,
    'single-blank-start-event': singleBlankStart, 'superfluous-gateway': superfluousGateway,
  };
  const rules = { ...Object.fromEntries(Object.keys(standard).map((name) => [name, 'error'])), 'superfluous-gateway': 'warn' };
  for (const name of Object.keys(own)) rules[`bpmnlint-plugin-tongze/${name}`] = 'error';
  const resolver = {
    resolveRule: (pkg, name) => (pkg === 'bpmnlint' ? standard : own)[name],
    resolveConfig: () => { throw new Error('no shared configurations'); },
  };
  return { resolver, config: { rules } };
}
