"""The library's parser and serializer with our classes in them."""

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import EventBasedGatewayParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.util import first
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.event_definition import (
    TimerConditionalEventDefinitionConverter,
)
from SpiffWorkflow.bpmn.serializer.default.task_spec import (
    ConditionalGatewayConverter,
    EventConverter,
    ExclusiveGatewayConverter,
    ParallelGatewayConverter,
)
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffIntermediateCatchEventParser,
)
from SpiffWorkflow.spiff.parser.task_spec import (
    CallActivityParser,
    SpiffTaskParser,
    SubWorkflowParser,
    UserTaskParser,
)
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.spiff.serializer.task_spec import (
    ServiceTaskConverter,
    SpiffBpmnTaskConverter,
    SpiffMultiInstanceConverter,
)
from SpiffWorkflow.spiff.specs.defaults import CallActivity, SubWorkflowTask, UserTask
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition

from workflows.engine.activities import (
    DecisionTask,
    OperationTask,
    ParallelItems,
    SequentialItems,
)
from workflows.engine.gateways import (
    ExclusiveChoice,
    FirstEventGateway,
    LoopSafeInclusiveGateway,
    LoopSafeParallelGateway,
)
from workflows.engine.nodes import message_name
from workflows.engine.timers import CycleTimer, DueTimer
from workflows.engine.xml import OPERATOR


class _WithItems:
    PARALLEL_MI_CLASS = ParallelItems
    SEQUENTIAL_MI_CLASS = SequentialItems


class _UserTasks(_WithItems, UserTaskParser):  # type: ignore[misc]
    pass


class _Subprocesses(_WithItems, SubWorkflowParser):  # type: ignore[misc]
    pass


class _Calls(_WithItems, CallActivityParser):  # type: ignore[misc]
    pass


class _Operations(_WithItems, SpiffTaskParser):  # type: ignore[misc]
    """A service task without an operator calls the operation of its own name."""

    def create_task(self) -> Any:
        operator = self.parse_extensions().get("serviceTaskOperator") or {}
        return self.spec_class(
            self.spec,
            self.bpmn_id,
            operation_name=str(operator.get("name", "")).removeprefix(OPERATOR) or self.bpmn_id,
            operation_params=operator.get("parameters") or {},
            result_variable=None,
            **self.bpmn_attributes,
        )


class _Decisions(_WithItems, SpiffTaskParser):  # type: ignore[misc]
    @staticmethod
    def get_decision_ref(node: Any) -> str:
        """The library notes it as a dependency; the table itself comes from our bundle."""
        return str(node.get("id"))


class _OurEvents:
    """Timers of ours; messages are known by their name and nothing else."""

    node: Any
    CYCLES = False

    def parse_timer_event(self, event: Any) -> DueTimer:
        name = self.node.get("name") or self.node.get("id")
        texts = [first(event.xpath(f"./*[local-name()='{kind}']")) for kind in _TIMES]
        written = next(text for text in texts if text is not None)
        repeats = self.CYCLES and written is texts[-1] and not self._interrupts()
        return (CycleTimer if repeats else DueTimer)(name, (written.text or "").strip())

    def _interrupts(self) -> bool:
        return bool(self.node.get("cancelActivity", "true") != "false")

    def parse_message_event(self, event: Any) -> Any:
        reference = event.get("messageRef")
        if not reference:
            return MessageEventDefinition(self.node.get("id"))
        for message in event.getroottree().getroot().iter(full_tag("message")):
            if message.get("id") == reference:
                return MessageEventDefinition(message_name(message))
        raise KeyError(reference)


_TIMES = ("timeDate", "timeDuration", "timeCycle")


class _Boundaries(_OurEvents, SpiffBoundaryEventParser):  # type: ignore[misc]
    CYCLES = True


class _Catches(_OurEvents, SpiffIntermediateCatchEventParser):  # type: ignore[misc]
    pass


class Parser(SpiffBpmnParser):  # type: ignore[misc]
    """Makes specs of our classes. Give it only what `refuse_unsupported` let through."""

    OVERRIDE_PARSER_CLASSES = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("userTask"): (_UserTasks, UserTask),
        full_tag("serviceTask"): (_Operations, OperationTask),
        full_tag("businessRuleTask"): (_Decisions, DecisionTask),
        full_tag("subProcess"): (_Subprocesses, SubWorkflowTask),
        full_tag("callActivity"): (_Calls, CallActivity),
        full_tag("exclusiveGateway"): (ConditionalGatewayParser, ExclusiveChoice),
        full_tag("parallelGateway"): (GatewayParser, LoopSafeParallelGateway),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, LoopSafeInclusiveGateway),
        full_tag("eventBasedGateway"): (EventBasedGatewayParser, FirstEventGateway),
        full_tag("boundaryEvent"): (_Boundaries, BoundaryEvent),
        full_tag("intermediateCatchEvent"): (_Catches, IntermediateCatchEvent),
    }

    def add(self, root: etree._Element) -> None:
        """Add one diagram; keep its root alive, the library finds lanes by its identity."""
        self.__dict__.setdefault("_roots", []).append(root)
        self.add_bpmn_xml(root)


SERIALIZER = BpmnWorkflowSerializer(
    BpmnWorkflowSerializer.configure(
        {
            **SPIFF_CONFIG,
            OperationTask: ServiceTaskConverter,
            DecisionTask: SpiffBpmnTaskConverter,
            ParallelItems: SpiffMultiInstanceConverter,
            SequentialItems: SpiffMultiInstanceConverter,
            ExclusiveChoice: ExclusiveGatewayConverter,
            LoopSafeParallelGateway: ParallelGatewayConverter,
            LoopSafeInclusiveGateway: ConditionalGatewayConverter,
            FirstEventGateway: EventConverter,
            DueTimer: TimerConditionalEventDefinitionConverter,
            CycleTimer: TimerConditionalEventDefinitionConverter,
        }
    )
)
