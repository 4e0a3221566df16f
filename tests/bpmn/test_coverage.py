"""Every diagram that ships has its walks, and they take all of it; a new diagram asks for its own.

Each module of a process says the same of itself; here nothing can be left out by forgetting it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from tests.bpmn import test_assessment as assessment
from tests.bpmn.test_drawings import FILES, NS, each_process, nodes_of, root_of
from tests.bpmn.walker import Taken, Walk, flows_of, loops_missed, loops_of, not_walked, walked
from workflows.engine import Execution

OUTSIDE = {"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent"}


def walks_of(process: str) -> Mapping[str, Callable[[], Walk]]:
    walks: Mapping[str, Callable[[], Walk]] = import_module(f"tests.bpmn.test_{process}").WALKS
    return walks


@each_process
def test_every_flow_event_and_loop_of_what_ships_is_walked(path: Path) -> None:
    process, walks = path.stem, walks_of(path.stem)
    assert not_walked(process, walked(walks.values())) == []
    assert loops_missed(process, walks.values()) == []


@each_process
def test_no_two_flows_join_the_same_steps(path: Path) -> None:
    """A walk knows a flow by its ends; were there two, one of them might never be taken."""
    drawn = list(root_of(path).iter(f"{{{NS['bpmn']}}}sequenceFlow"))
    assert len(drawn) == len(flows_of(path.stem))
    assert all(flow.get("id") for flow in drawn)


@each_process
def test_a_part_that_no_walk_takes_is_missed(path: Path) -> None:
    """The measure itself: take any flow, any event or any loop out of the walks, and it is told."""
    process, taken = path.stem, walked(walks_of(path.stem).values())
    for source, target in flows_of(process):
        without = Taken(times=taken.times.copy(), nodes=taken.nodes)
        del without.times[source, target]
        assert not_walked(process, without) == [f"{source} → {target}"]
    events = [name for name, node in nodes_of(path).items() if node.tag.split("}")[1] in OUTSIDE]
    for event in events:
        left = Taken(times=taken.times, nodes=[name for name in taken.nodes if name != event])
        assert not_walked(process, left) == [event]
    told = {miss.rpartition(" ")[0].rpartition(" ")[0] for miss in loops_missed(process, [])}
    assert told == {f"{source} → {target}" for source, target in loops_of(process)}


def test_there_are_diagrams() -> None:
    assert len(FILES) >= 9


@pytest.mark.parametrize("act", ["complete", "advance"])
def test_each_act_of_a_walk_is_on_a_case_read_back(
    act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No two acts of a walk share anything in memory."""
    acted_on: list[Execution] = []
    done = getattr(Execution, act)

    def acting(run: Execution, *given: object) -> object:
        acted_on.append(run)
        return done(run, *given)

    monkeypatch.setattr(Execution, act, acting)
    assessment.silent()
    assert len(acted_on) > 2
    assert len({id(run) for run in acted_on}) == len(acted_on)
