"""Decision tables: their own checks, told in the words of this report, within bounds."""

from dataclasses import dataclass, replace
from decimal import Decimal
from math import prod

from lxml import etree

from workflows.engine.bundle import Bundle
from workflows.engine.decisions import Decision, DecisionFault, check_decision, parse_dmn
from workflows.engine.feel import Expression
from workflows.engine.feel.parser import walk
from workflows.engine.feel.syntax import Literal
from workflows.engine.validation.faults import Report
from workflows.engine.validation.reading import Unreadable, read_xml

RULES = {
    "decision-refused": (
        "判定表有误。",
        "The decision table has a fault.",
    ),
    "decision-too-big": (
        "判定表的文字合计过长。",
        "The texts of the decision tables are too long altogether.",
    ),
}

# Reading takes some 40 µs for each character.
MOST_CHARACTERS = 30_000
# Overlaps and gaps are sought by trying each piece of each column on each cell; each character
# of a cell costs up to half a microsecond every time. Beyond this only the types are checked,
# and a UNIQUE table that overlaps is refused when it decides.
MOST_TRIALS = 6_000_000


@dataclass
class Budget:
    """What the tables of one bundle may still take."""

    characters: int = MOST_CHARACTERS
    trials: int = MOST_TRIALS


def check_tables(bundle: Bundle, report: Report) -> dict[str, frozenset[str]]:
    """Check every table of a bundle; return the outputs of each decision."""
    outputs: dict[str, frozenset[str]] = {}
    done: set[bytes] = set()
    budget = Budget()
    for name, data in bundle.decisions.items():
        if data not in done:
            done.add(data)
            outputs |= check_table(f"{name}.dmn", data, report, budget)
    return outputs


def check_table(
    file: str, data: bytes, report: Report, budget: Budget | None = None
) -> dict[str, frozenset[str]]:
    """Check the tables of one file; return the outputs of each decision."""
    budget = budget or Budget()
    try:
        budget.characters -= sum(len(xml.text or "") for xml in read_xml(data).iter("*"))
        if budget.characters < 0:
            report.add(file, "decision-too-big", detail=f"> {MOST_CHARACTERS}")
            return {}
        decisions = parse_dmn(data)
    except Unreadable as fault:
        report.add(file, fault.rule, detail=fault.detail)
        return {}
    except DecisionFault as fault:
        _tell(file, fault, report)
        return {}
    for decision in decisions:
        for found in check_decision(_affordable(decision, budget)):
            _tell(file, found, report)
    return {decision.id: _outputs(decision) for decision in decisions}


def _affordable(decision: Decision, budget: Budget) -> Decision:
    """Return the decision, or when trying it out costs too much, its columns without the rules."""
    cost = _trials(decision)
    if cost > budget.trials:
        return replace(decision, rules=(), hit_policy="C")
    budget.trials -= cost
    return decision


def _trials(decision: Decision) -> int:
    """Return how much is tried out: values of all columns together, times the cells."""
    combinations = prod(_pieces(decision, place) for place in range(len(decision.inputs)))
    tests = [test for rule in decision.rules for test in rule.tests]
    return combinations * sum(1 if test is None else 1 + len(test.text) for test in tests)


def _pieces(decision: Decision, place: int) -> int:
    """Return how many values stand for a column: each one named, and those between."""
    column = decision.inputs[place]
    if column.values is not None:
        return len(_literals([column.values])) or 1
    tests = [rule.tests[place] for rule in decision.rules]
    literals = _literals([test for test in tests if test is not None])
    if column.type == "boolean" or literals <= {True, False}:
        return 2
    is_number = all(isinstance(value, Decimal) for value in literals)
    return 2 * len(literals) + 1 if is_number else len(literals) + 1


def _literals(cells: list[Expression]) -> set[object]:
    return {
        node.value
        for cell in cells
        for node, _depth in walk(cell.tree)
        if isinstance(node, Literal) and not isinstance(node.value, list | dict)
    }


def _outputs(decision: Decision) -> frozenset[str]:
    return frozenset(output.name for output in decision.outputs)


def _tell(file: str, fault: DecisionFault, report: Report) -> None:
    where = etree.Element("decision", id=fault.element) if fault.element else None
    report.add(file, "decision-refused", where, detail=(fault.zh, fault.en))
