"""述职评议会 live: who speaks when, and what the recorder types; the step's answers are made of it.

What is typed is kept at once and says nothing yet: on record it is when the step is handed in.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from models import (
    Box,
    Debriefing,
    DebriefingRound,
    Draft,
    Role,
    Scrutineer,
    Speech,
    Task,
    Unit,
    User,
)
from workflows import audit, debriefing_lists, tasks
from workflows.access import Rights
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.forms import Fault

STEP = "hold_session"
WAYS = ("oral", "written", "absent")
TOLD = {"last_year": "last_year_told_at", "inspection": "inspection_told_at"}
LONGEST = 10_000
POINTS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Turn:
    """One secretary in the order of speaking."""

    speech: Speech
    debriefing: Debriefing
    name: str
    unit: str

    @property
    def state(self) -> str:
        """waits, speaks or spoken."""
        if self.speech.begun_at is None:
            return "waits"
        return "spoken" if self.speech.ended_at else "speaks"


@dataclass(frozen=True)
class Typed:
    """What stands in the recorder's form for one secretary, as it was typed."""

    spoke: str
    comment: str
    by: str
    score: str
    question: str
    answer: str


def step(session: Session, round_: DebriefingRound) -> Task | None:
    """The waiting step of which this is the live record; none before it and after it."""
    return session.scalar(_waiting(round_))


def _waiting(round_: DebriefingRound) -> Select[Task]:
    return select(Task).where(
        Task.case_id == round_.case_id, Task.node == STEP, Task.done_at.is_(None)
    )


def may_record(unit: Unit, rights: Rights) -> bool:
    return rights.covers(unit, [Role.ORGANISER], posts=False)


def recording(session: Session, round_id: int, *, rights: Rights) -> DebriefingRound:
    """The round, for its organiser while the session is to be recorded.

    Raises NotFound for strangers, NotAllowed for other readers, Conflict before and after.
    """
    round_, unit = debriefing_lists.get(session, round_id, rights=rights)
    if not may_record(unit, rights):
        raise NotAllowed("Only the organiser records the session.")
    if step(session, round_) is None:
        raise Conflict("The session is not to be recorded now: its record is handed in, or earlier "
                       "steps are still open.")  # fmt: skip
    return round_


def turns(session: Session, round_: DebriefingRound) -> Sequence[Turn]:
    """The order of speaking; nothing until the record is opened."""
    rows = session.execute(
        select(Speech, Debriefing, User.name, Unit.name)
        .join(Debriefing, Debriefing.id == Speech.debriefing_id)
        .join(User, User.id == Debriefing.user_id)
        .join(Unit, Unit.id == Debriefing.unit_id)
        .where(Speech.round_id == round_.id)
        .order_by(Speech.place, Speech.id)
    )
    return [Turn(speech, debriefing, name, unit) for speech, debriefing, name, unit in rows]


def commentators(session: Session, round_: DebriefingRound) -> Sequence[tuple[str, str]]:
    """Who comments, as the plan has it: (id, name)."""
    plan = session.scalar(
        select(Task)
        .where(Task.case_id == round_.case_id, Task.node == "plan_round", Task.answers.is_not(None))
        .order_by(Task.id.desc())
        .limit(1)
    )
    ids = [int(one) for one in ((plan.answers or {}) if plan else {}).get("commentators", ())]
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)).order_by(User.id))
    return [(str(user_id), name) for user_id, name in rows]


def scrutineers(session: Session, box: Box | None) -> Sequence[tuple[str, bool]]:
    """The scrutineers of the round's ballot, and whether each has collected his code."""
    if box is None:
        return []
    rows = session.execute(
        select(User.name, Scrutineer.public_key.is_not(None))
        .join(User, User.id == Scrutineer.user_id)
        .where(Scrutineer.box_id == box.id)
        .order_by(User.id)
    )
    return [(name, has) for name, has in rows]


def open_record(
    session: Session, round_id: int, place: str, *, rights: Rights, now: datetime
) -> DebriefingRound:
    """The record is open, its order of speaking drawn up by unit; again it changes the place."""
    round_ = recording(session, round_id, rights=rights)
    if not place.strip():
        fault = {"place": Fault("Please fill this in.")}
        raise Invalid("Please mend what is marked.", fields=fault)
    round_.place = place.strip()[:200]
    if round_.opened_at is None:
        round_.opened_at = now
        for number, line in enumerate(debriefing_lists.lines(session, round_), 1):
            if line.row.state != "removed":
                session.add(Speech(round_id=round_.id, debriefing_id=line.row.id, place=number))
        _note(session, round_, "session_opened", rights, now)
    session.flush()
    return round_


def tell(session: Session, round_id: int, what: str, *, rights: Rights, now: datetime) -> None:
    """Last year's problems, or the state of inspection's, have been told to everybody."""
    round_ = opened(session, round_id, rights)
    if what not in TOLD:
        raise Invalid("There is nothing of that kind to tell.")
    if getattr(round_, TOLD[what]) is None:
        setattr(round_, TOLD[what], now)
        session.flush()
        _note(session, round_, "session_told", rights, now, what=what)


def call(
    session: Session, round_id: int, debriefing_id: int, *, rights: Rights, now: datetime
) -> None:
    """This secretary speaks now; whoever spoke before has ended. Last year's problems go first."""
    round_ = opened(session, round_id, rights)
    if round_.last_year_told_at is None:
        raise Refused("Last year's problems are told before anybody speaks.", guard="last_year")
    turn = _turn(session, round_, debriefing_id)
    _end_current(session, round_, now)
    turn.speech.begun_at, turn.speech.ended_at = turn.speech.begun_at or now, None
    session.flush()
    _note(session, round_, "speaker_called", rights, now, name=turn.name)


def end(session: Session, round_id: int, *, rights: Rights, now: datetime) -> None:
    """Nobody speaks now: a break, or all have spoken."""
    round_ = opened(session, round_id, rights)
    _end_current(session, round_, now)
    session.flush()


def _end_current(session: Session, round_: DebriefingRound, now: datetime) -> None:
    for one in turns(session, round_):
        if one.state == "speaks":
            one.speech.ended_at = now


def move(session: Session, round_id: int, debriefing_id: int, by: int, *, rights: Rights) -> None:
    """One place up (-1) or down (+1) in the order of speaking."""
    round_ = opened(session, round_id, rights)
    order = [one.speech for one in turns(session, round_)]
    here = order.index(_turn(session, round_, debriefing_id).speech)
    there = here + by
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        _number(session, order)


def draw_lots(session: Session, round_id: int, *, rights: Rights, now: datetime) -> None:
    """抽签: those who have not spoken yet follow each other by lot."""
    round_ = opened(session, round_id, rights)
    every = turns(session, round_)
    rest = [one.speech for one in every if one.state == "waits"]
    secrets.SystemRandom().shuffle(rest)
    _number(session, [*(one.speech for one in every if one.state != "waits"), *rest])
    _note(session, round_, "order_drawn", rights, now)


def _number(session: Session, order: Sequence[Speech]) -> None:
    for number, speech in enumerate(order, 1):
        speech.place = number
    session.flush()


def keep(
    session: Session, round_id: int, debriefing_id: int, typed: Typed, *, seen: int, rights: Rights
) -> int:
    """What was typed is kept; returns its edition, for the next time.

    `seen` is the edition on which the page stood: Conflict where somebody else wrote since.
    """
    round_ = opened(session, round_id, rights)
    turn = _turn(session, round_, debriefing_id)
    values = _values(session, turn, typed)
    changed = session.execute(
        update(Speech)
        .where(Speech.id == turn.speech.id, Speech.edition == seen)
        .values(edition=seen + 1, **values)
        .returning(Speech.id)
    ).all()
    if not changed:
        session.refresh(turn.speech)
        if all(getattr(turn.speech, name) == value for name, value in values.items()):
            return turn.speech.edition  # the same once more: the answer was lost on its way
        raise Conflict(
            "Somebody else wrote about {name} meanwhile. What you typed here is below: keep it "
            "again to replace the other text.",
            name=turn.name,
        )
    return seen + 1


def edition(session: Session, debriefing_id: int) -> int:
    """How often something was kept about this secretary."""
    found = select(Speech.edition).where(Speech.debriefing_id == debriefing_id)
    return session.scalar(found) or 0


def _values(session: Session, turn: Turn, typed: Typed) -> dict[str, Any]:
    by = int(typed.by) if typed.by.isdecimal() and len(typed.by) < 20 else None
    if by is not None and session.get(User, by) is None:
        by = None
    if by == turn.debriefing.user_id:
        fault = {"by": Fault("Choose somebody else.")}
        raise Invalid("Nobody comments on himself.", fields=fault)
    if typed.spoke not in WAYS:
        raise Invalid("Please mend what is marked.", fields={"spoke": Fault("Please choose.")})
    return {
        "spoke": typed.spoke,
        "comment": typed.comment[:LONGEST],
        "by_id": by,
        "score": _score(typed.score),
        "question": typed.question[:LONGEST],
        "answer": typed.answer[:LONGEST],
    }


def _score(text: str) -> Decimal | None:
    if not text.strip():
        return None
    score = Decimal(text.strip()) if POINTS.fullmatch(text.strip()) else Decimal(-1)
    if not 0 <= score <= 100:  # also what is no number at all
        fault = {"score": Fault("0 to 100; none for the absent.")}
        raise Invalid("A score lies between 0 and 100.", fields=fault)
    return score


def answers(session: Session, round_: DebriefingRound) -> dict[str, Any]:
    """The step's answers as the live record has them; what is missing is left out."""
    held_at = round_.last_year_told_at or round_.opened_at
    made = {
        "held_at": held_at.isoformat() if held_at else None,
        "place": round_.place,
        "present": list(round_.present),
        "last_year_told": round_.last_year_told_at is not None,
        "inspection_told": round_.inspection_told_at is not None,
        "items": [_item(one) for one in turns(session, round_)],
    }
    return {name: value for name, value in made.items() if value not in (None, "", [])}


def _item(turn: Turn) -> dict[str, Any]:
    speech = turn.speech
    row: Mapping[str, Any] = {
        "secretary": str(turn.debriefing.user_id),
        "spoke": speech.spoke,
        "comment": speech.comment,
        "by": str(speech.by_id) if speech.by_id else "",
        "score": float(speech.score) if speech.score is not None else None,
        "question": speech.question,
        "answer": speech.answer,
    }
    return {name: value for name, value in row.items() if value not in (None, "")}


def hand_over(session: Session, round_id: int, *, rights: Rights, now: datetime) -> Task:
    """The record stands as the person's draft of the step; the minutes are added there."""
    round_ = opened(session, round_id, rights)
    task = session.scalars(_waiting(round_)).one()
    draft = session.get(Draft, (task.id, rights.user.id))
    made = {**(draft.answers if draft else {}), **answers(session, round_)}
    tasks.save_draft(session, task.id, made, rights=rights, now=now)
    return task


def opened(session: Session, round_id: int, rights: Rights) -> DebriefingRound:
    """The round whose record the person writes at the moment; Conflict before it is opened."""
    round_ = recording(session, round_id, rights=rights)
    if round_.opened_at is None:
        raise Conflict("The record is not opened yet.")
    return round_


def _turn(session: Session, round_: DebriefingRound, debriefing_id: int) -> Turn:
    for one in turns(session, round_):
        if one.debriefing.id == debriefing_id:
            return one
    raise NotFound("There is no such debriefing, or it is not yours to see.")


def _note(
    session: Session,
    round_: DebriefingRound,
    action: str,
    rights: Rights,
    now: datetime,
    **detail: object,
) -> None:
    audit.record(
        session,
        actor=rights.user,
        action=action,
        subject=round_,
        now=now,
        case_id=round_.case_id,
        unit_id=round_.organiser_id,
        detail=dict(detail),
    )
