"""Decision tables by the DMN standard (1.3, §8), their cells in FEEL. They measure and propose."""

from workflows.engine.decisions.checks import check_decision
from workflows.engine.decisions.faults import DecisionFault
from workflows.engine.decisions.reading import parse_dmn
from workflows.engine.decisions.table import Decision, Input, Outcome, Output, Rule

__all__ = [
    "Decision",
    "DecisionFault",
    "Input",
    "Outcome",
    "Output",
    "Rule",
    "check_decision",
    "parse_dmn",
]
