"""The escalation model is drawn: each row with its holders, deadlines, ways up and ways out."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from itertools import chain
from typing import Any

import pytest
from lxml import etree

from tests.bpmn.escalation_map import CODES, ESCALATION, State
from tests.bpmn.test_drawings import (
    DECISIONS,
    FILES,
    ROOT,
    nodes_of,
    parameters,
    process_file,
    properties_of,
)
from workflows import operations
from workflows.registry import GUARDS

each_state = pytest.mark.parametrize("state", ESCALATION, ids=lambda state: state.code)


def is_there(process: str, place: str) -> bool:
    """A node, a field of its form, or a choice of that field."""
    path, _, choice = place.partition("=")
    node, *fields = path.split(".")
    drawn = nodes_of(process_file(process)).get(node)
    if drawn is None or not fields:
        return drawn is not None
    form = ROOT / process / "forms" / f"{properties_of(drawn)['formKey']}.schema.json"
    level: Mapping[str, Any] = json.loads(form.read_text())
    for name in fields:
        level = level.get("items", level)["properties"].get(name, {})
    return choice in level["enum"] if choice else bool(level)


def is_read(name: str) -> bool:
    """Named where it runs; of a figure by grade, the stem is."""
    by_grade = name.replace("urgent", "{").replace("normal", "{").replace("complex", "{")
    return bool(re.search(rf"[\".]({re.escape(name)}\b|{re.escape(by_grade)})", sources()))


assert operations.names()  # the registry is filled


@cache
def sources() -> str:
    """Where a figure may be read: the drawings, their tables, and the domain behind them."""
    domain = (ROOT.parent / "workflows").glob("*.py")
    return "".join(path.read_text() for path in chain(FILES, DECISIONS, sorted(domain)))


def test_every_row_of_the_model_is_mapped_in_its_order() -> None:
    assert tuple(state.code.split()[0] for state in ESCALATION) == CODES


@each_state
def test_a_state_its_ways_up_and_its_ways_out_are_drawn(state: State) -> None:
    places = [*state.nodes, *chain(*state.exits.values(), *state.rises.values())]
    assert [place for place in places if not is_there(state.process, place)] == []


@each_state
def test_a_deadline_is_a_parameter_that_runs_at_a_node(state: State) -> None:
    for key, value, node in state.deadlines:
        assert parameters()[key]["value"] == value
        assert is_there(state.process, node)
        assert is_read(key.partition(".")[2]), f"nothing reads {key}"


# Reckoned before its node is reached, by another module than that of the node.
RECKONED = {
    "days.result_urgent": "matters",
    "days.result_normal": "matters",
    "days.result_complex": "matters",
    "days.rect_interview": "interviews",
    "days.investigate": "accountability",
    "rule.appeal_file_months": "verdicts",
}


def said_at(process: str, node: str) -> str:
    """What is drawn at the node, on its border and in its table, and the modules that name it."""
    nodes = nodes_of(process_file(process))
    drawn = [nodes[node], *(e for e in nodes.values() if e.get("attachedToRef") == node)]
    asked = [name.text for name in nodes[node].iter("{*}calledDecisionId")]
    tables = [path.read_text() for path in DECISIONS if path.stem in asked]
    domain = [path.read_text() for path in (ROOT.parent / "workflows").glob("*.py")]
    named = [text for text in domain if f'"{node}"' in text]
    return "".join([*(etree.tostring(one, encoding="unicode") for one in drawn), *tables, *named])


@each_state
def test_a_deadline_is_reckoned_where_the_map_says(state: State) -> None:
    for key, _, node in state.deadlines:
        where = said_at(state.process, node)
        if module := RECKONED.get(key):
            where = (ROOT.parent / "workflows" / f"{module}.py").read_text()
        name = key.partition(".")[2]
        by_grade = name.replace("urgent", "{").replace("normal", "{").replace("complex", "{")
        assert re.search(rf"[\".]({re.escape(name)}\b|{re.escape(by_grade)})", where), (key, node)


@each_state
def test_what_no_token_waits_for_is_done_by_the_clock(state: State) -> None:
    for name in state.clock:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function))


@each_state
def test_what_is_bounded_is_guarded_at_its_node(state: State) -> None:
    for process, node, name in state.guards.values():
        assert name in {guard.__name__ for guard in GUARDS[process, node]}
        assert is_there(process, node)


@each_state
def test_there_is_a_way_out_until_it_is_decided(state: State) -> None:
    """What is decided is served and announced; it is left by an appeal only."""
    assert bool(state.exits) != state.code.startswith("P7")
