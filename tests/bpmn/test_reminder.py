"""提醒 walked: by letter and by talk, answered or not, asked again none, once and twice."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest

from tests.bpmn.walker import (
    Stub,
    Walk,
    flows_of,
    loops_missed,
    not_walked,
    once,
    walked,
)
from workflows.engine import Call


def ground(call: Call) -> dict[str, object]:
    """What the ledger gives the rules when a reminder is escalated."""
    return {
        "ground": "reminder_escalated",
        "origin": "reminder",
        "kind": "cadre",
        "serious": False,
        "reminded_6m": True,
        "grade": None,
        "severity": None,
    }


def opened() -> Walk:
    walk = Walk("reminder", Stub(inputs={"measure_proposal": ground}), {"subject": {"id": "9"}})
    assert walk.stub.called == ["check_reminder"]
    assert walk.open == ["decide_reminder"]
    return walk


def reply_due(walk: Walk, day: date) -> Walk:
    """What the act's effect does before the case goes on."""
    due = f"{day.isoformat()}T23:59:59+08:00"
    return walk.change(lambda variables: variables["due"].update({"reply": due}))


def lettered() -> Walk:
    """M1: the letter is served; its reply is due on the day it names."""
    walk = reply_due(opened(), date(2026, 3, 9))
    walk.do("decide_reminder", form="letter", request="说明情况", reply_due="2026-03-09")
    assert walk.stub.called[-1] == "issue_letter"
    assert walk.open == ["reply_reminder"]
    assert walk.wake_at is not None
    assert walk.wake_at.date() == date(2026, 3, 9)
    return walk


def talked(*, reply_needed: bool) -> Walk:
    """M2, M3: talked to; an answer in writing is asked for, or not."""
    walk = opened().do("decide_reminder", form="talk", request="谈话")
    assert walk.open == ["hold_talk"]
    reply_due(walk, date(2026, 3, 9)).do("hold_talk", record="已谈", reply_needed=reply_needed)
    assert "issue_letter" not in walk.stub.called
    assert walk.open == (["reply_reminder"] if reply_needed else ["assess_reminder"])
    return walk


def replied(walk: Walk) -> Walk:
    walk.do("reply_reminder", facts_true="partly", explanation="已部署")
    assert walk.open == ["assess_reminder"]
    assert walk.wake_at is None
    return walk


def again(walk: Walk, day: date) -> Walk:
    """M4: a second answer with a new date (the domain asks for it once, the drawing may twice)."""
    reply_due(walk, day)
    new = day.isoformat()
    walk.do("assess_reminder", facts_found="partly", verdict="again", new_reply_due=new)
    assert walk.open == ["reply_reminder"]
    assert walk.wake_at is not None
    assert walk.wake_at.date() == day
    return walk


def assessed(walk: Walk, verdict: str = "explained", found: str = "true") -> Walk:
    walk.do("assess_reminder", facts_found=found, verdict=verdict, note="属实")
    assert walk.outcome == "reminder_closed"
    assert walk.stub.called[-1] == "record_reminder"
    return walk


def by_letter(rounds: int) -> Walk:
    walk = replied(lettered())
    for turn in range(rounds):
        replied(again(walk, date(2026, 3, 16 + turn)))
    return assessed(walk)


def by_talk(*, reply_needed: bool) -> Walk:
    walk = talked(reply_needed=reply_needed)
    if reply_needed:
        replied(walk)
    return assessed(walk, "corrected")


def silent() -> Walk:
    """M3: no answer by the end of the named day: assessed without, and recorded as silence."""
    walk = lettered().until(date(2026, 3, 9))
    assert walk.open == ["reply_reminder"]
    walk.wait()
    assert walk.open == ["assess_reminder"]
    assert "reply_reminder" not in walk.vars
    return assessed(walk, "corrected")


def silent_again() -> Walk:
    """The timer of the second answer runs as the first did."""
    walk = again(replied(lettered()), date(2026, 3, 16)).wait()
    assert walk.stub.now.date() == date(2026, 3, 16)
    assert walk.open == ["assess_reminder"]
    return assessed(walk)


def escalated() -> Walk:
    """M5: what follows is proposed to a person; the reminder itself closes."""
    walk = replied(lettered())
    walk.do("assess_reminder", facts_found="true", verdict="escalate", note="未整改")
    assert walk.vars["match_after_reminder"][0]["measure"] == "interview"
    assert walk.stub.called[-2:] == ["propose_after_reminder", "record_reminder"]
    assert walk.outcome == "reminder_closed"
    return walk


def not_reminded() -> Walk:
    """M6: nothing is served."""
    walk = opened().do("decide_reminder", form="none", reason="情况轻微")
    assert walk.stub.called == ["check_reminder", "record_no_reminder"]
    assert walk.outcome == "not_reminded"
    return walk


WALKS = once(
    {
        "by letter": partial(by_letter, 0),
        "asked again": partial(by_letter, 1),
        "asked twice again": partial(by_letter, 2),
        "by talk": partial(by_talk, reply_needed=False),
        "by talk and in writing": partial(by_talk, reply_needed=True),
        "silent": silent,
        "silent when asked again": silent_again,
        "escalated": escalated,
        "not reminded": not_reminded,
    }
)


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS.keys())
def test_a_walk_takes_drawn_flows_to_an_end(walk: Callable[[], Walk]) -> None:
    done = walk()
    assert done.outcome in ("reminder_closed", "not_reminded")
    assert (done.open, done.acts, done.wake_at) == ([], [], None)
    assert done.stub.taken.flows <= flows_of("reminder")


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("reminder", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("reminder", WALKS.values()) == []


def test_nothing_but_the_named_day_ends_the_wait_for_an_answer() -> None:
    """Until then the paper may come at any hour; afterwards the step is gone."""
    walk = lettered().until(date(2026, 3, 8))
    assert walk.open == ["reply_reminder"]
    walk.wait()
    with pytest.raises(AssertionError, match="reply_reminder is not open"):
        walk.do("reply_reminder", facts_true="yes", explanation="迟到")
