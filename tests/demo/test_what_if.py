"""What-if on the city's year: a changed ladder differs, and SQL counts the same."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from models import LightEvent, Trial
from tests.demo.days import NOW
from tests.trying import counted, stricter
from workflows import draft_files, operations
from workflows.engine import Bundle, load_spec
from workflows.what_if import crowd, ladders, reading, results
from workflows.what_if.cases import World
from workflows.what_if.facts import Common, Organ
from workflows.what_if.lights import Watch
from workflows.what_if.reading import Wanted

assert operations.names()  # the registry is filled: diagrams find their operations

WANTED = Wanted(NOW - timedelta(days=365), NOW)


@pytest.fixture
def facts(session: Session) -> tuple[Common, list[Organ]]:
    return reading.read(session, WANTED)


def pair(session: Session, **figures: int) -> ladders.Pair:
    """The shipped reminder with the stricter table, beside what is published."""
    bundle = Bundle.from_folder(ROOT / "bpmn" / "reminder")
    bundle = Bundle(
        bundle.process,
        bundle.diagrams,
        {**bundle.decisions, "measure_proposal": stricter()},
        bundle.forms,
        bundle.documents,
    )
    tried = {name.replace("__", "."): value for name, value in figures.items()}
    files = draft_files.pack(bundle)
    return ladders.pair(session, Trial(process="reminder", files=files, figures=tried), now=NOW)


def test_a_changed_ladder_differs_as_sql_counts(
    session: Session, facts: tuple[Common, list[Organ]]
) -> None:
    common, organs = facts
    two = pair(session, days__red_over=1)
    parts = list(crowd.replayed(organs, common, two.old, two.new, processes=1))
    made = results.made(session, parts, organs, now=NOW)
    by_sql = counted(session, WANTED.since, WANTED.until)
    assert made["new"]["rungs"] == by_sql
    assert sum(sum(rungs.values()) for rungs in by_sql.values()) == made["facts"]["overdue"] > 100
    assert made["old"]["rungs"] == {
        month: {"reminder": sum(rungs.values())} for month, rungs in by_sql.items()
    }
    old, new = made["old"]["totals"], made["new"]["totals"]
    assert new["reminder"] < old["reminder"]
    assert new["interview"] > old["interview"]
    assert made["counts"]["new"] > 0
    assert made["who"]
    assert not made["old"]["stood"]


def test_the_lights_turn_as_they_did(session: Session, facts: tuple[Common, list[Organ]]) -> None:
    """Under the published table every matter's light turns at the moments on record."""
    common, organs = facts
    ladder = pair(session).old
    specs = {name: load_spec(blob) for name, blob in ladder.specs.items()}
    world = World(specs, ladder.forms, ladder.days, ladder.rule, common.calendar, common.until)
    turned = 0
    for matter in (one for organ in organs for one in organ.matters):
        watch = Watch(matter, world, lambda since: 0)
        turns = [
            (turn[0], turn[2])
            for at in watch.moments(common.until)
            for turn in watch.at(at)
            if isinstance(turn, tuple)
        ]
        wanted = select(LightEvent.at, LightEvent.after).where(LightEvent.matter_id == matter.id)
        rows = session.execute(wanted.order_by(LightEvent.at, LightEvent.id))
        assert turns == [tuple(row) for row in rows]
        turned += len(turns)
    assert turned > 20
