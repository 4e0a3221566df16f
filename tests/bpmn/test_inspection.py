"""督导检查 walked: plan and summary returned, a silent unit, one where nothing was found."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.bpmn.walker import Stub, Walk, end_of, loops_missed, not_walked, once, walked
from workflows.engine import Call

UNITS = {
    key: {"unit": key, "committee": key, "name": key, "team": ["5", "6"]} for key in ("11", "12")
}
SUBJECT = {"kind": "org", "unit": "11", "name": "11"}


def matched(call: Call) -> Mapping[str, object]:
    given = {"ground": "inspection", "origin": "inspection", "kind": "org", "serious": False}
    return given | {"reminded_6m": False, "grade": None, "severity": (call.item or {})["severity"]}


def opened() -> Walk:
    def established(call: Call) -> None:
        call.vars["found"] = {
            severity: {"unit": "11", "severity": severity, "subject": SUBJECT}
            for severity in ("sign", "general", "serious", "violation")
        }

    stub = Stub(
        operations={"establish_findings": established}, inputs={"measure_proposal": matched}
    )
    given = {
        "units": UNITS,
        "kind": "topical",
        "entry": "1",
        "led_by": {"org": "work_committee", "rank": "principal"},
    }
    walk = Walk("inspection", stub, given | {"due": {"field": end_of(stub.now, 10)}})
    assert walk.open == ["draft_inspection"]
    return walk


def approved(walk: Walk, rounds: int = 0) -> Walk:
    for _ in range(rounds):
        walk.do("draft_inspection").do("approve_inspection", verdict="return", opinion="再议")
    walk.do("draft_inspection").do("approve_inspection", verdict="approve")
    assert walk.stub.called[-1] == "notify_units"
    assert walk.open == ["field_work", "field_work"]
    return walk


def summed_up(walk: Walk, rounds: int = 0) -> Walk:
    for _ in range(rounds):
        walk.do("write_summary").do("approve_summary", verdict="return", opinion="再核")
    walk.do("write_summary").do("approve_summary", verdict="approve")
    assert walk.stub.called[-1] == "start_rectifications"
    return walk.do("report_up", done="reported")


def closes(rounds: int = 0) -> Walk:
    """N1, N2, N4: each loop as often as said; one unit has problems, the other none."""
    walk = approved(opened(), rounds)
    walk.do("field_work", "11", outcome="problems").do("field_work", "12", outcome="none")
    assert walk.open == ["hear_unit"]
    walk.do("hear_unit", "11", read=True).do("settle_findings", "11")
    return summed_up(walk, rounds)


def silent() -> Walk:
    """N3: who does not answer holds nothing up."""
    walk = approved(opened())
    for key in UNITS:
        walk.do("field_work", key, outcome="problems")
    walk.wait()
    assert walk.open == ["settle_findings", "settle_findings"]
    for key in UNITS:
        walk.do("settle_findings", key)
    return summed_up(walk)


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "straight": closes,
        "once": partial(closes, 1),
        "twice": partial(closes, 2),
        "silent": silent,
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "inspection_closed"


def test_each_severity_is_matched_by_itself() -> None:
    """移送线索 for a suspected violation, 约谈 for what is serious, 提醒 for a sign."""
    answers = WALKS["straight"]().vars["match_findings"]
    first = {key: (one or [{}])[0].get("measure") for key, one in answers.items()}
    assert first == {
        "violation": "lead", "serious": "interview", "sign": "reminder", "general": "none",
    }  # fmt: skip


def test_everything_drawn_was_walked() -> None:
    assert not_walked("inspection", walked(WALKS.values())) == []


def test_each_loop_was_taken_never_once_and_twice() -> None:
    assert loops_missed("inspection", WALKS.values()) == []
