"""Decision tables: their own checks, told in the words of this report."""

from lxml import etree

from workflows.engine.bundle import Bundle
from workflows.engine.decisions import Decision, DecisionFault, check_decision, parse_dmn
from workflows.engine.validation.faults import Report
from workflows.engine.validation.reading import Unreadable, read_xml

RULES = {
    "decision-refused": (
        "判定表有误。",
        "The decision table has a fault.",
    ),
}


def check_tables(bundle: Bundle, report: Report) -> dict[str, frozenset[str]]:
    """Check every table of a bundle; return the outputs of each decision."""
    outputs: dict[str, frozenset[str]] = {}
    done: set[bytes] = set()
    for name, data in bundle.decisions.items():
        if data not in done:
            done.add(data)
            outputs |= check_table(f"{name}.dmn", data, report)
    return outputs


def check_table(file: str, data: bytes, report: Report) -> dict[str, frozenset[str]]:
    """Check the tables of one file."""
    try:
        read_xml(data)
        decisions = parse_dmn(data)
    except Unreadable as fault:
        report.add(file, fault.rule, detail=fault.detail)
        return {}
    except DecisionFault as fault:
        _tell(file, fault, report)
        return {}
    for decision in decisions:
        for found in check_decision(decision):
            _tell(file, found, report)
    return {decision.id: _outputs(decision) for decision in decisions}


def _outputs(decision: Decision) -> frozenset[str]:
    return frozenset(output.name for output in decision.outputs)


def _tell(file: str, fault: DecisionFault, report: Report) -> None:
    where = etree.Element("decision", id=fault.element) if fault.element else None
    report.add(file, "decision-refused", where, detail=(fault.zh, fault.en))
