"""Where a debriefing stands: its steps with their dates, what was sent back, what became of lists.

All of it is read from the tasks of the case and from the round; nothing is kept twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Case, Debriefing, DebriefingRound, Draft, Proposal, Task, Unit, User

DONE, NOW, WAITS = "done", "now", "wait"


@dataclass(frozen=True)
class Step:
    """One step on a secretary's way: done on a day, going on until a day, or still to come."""

    key: str
    state: str
    at: datetime | None = None  # done
    due: datetime | None = None
    times: int = 1  # how often it was gone through: a report sent back is written again


@dataclass(frozen=True)
class Returned:
    """A report that was sent back: when, by whom, and what is to be mended."""

    at: datetime
    by: str
    comments: str


@dataclass(frozen=True)
class Report:
    """What the secretary has of his report: the step that waits, a draft, what was handed in."""

    task: Task | None
    draft: Draft | None
    handed_in: Task | None
    returned: Sequence[Returned]


@dataclass(frozen=True)
class Point:
    """One problem of a list and what the last check said of it: pass, fail, excused or nothing."""

    problem: str
    verdict: str


@dataclass(frozen=True)
class ListState:
    """A rectification list: its case, its problems, when it is due, what it led to."""

    case: Case
    points: Sequence[Point]
    due: datetime | None
    proposals: Sequence[Proposal]


@dataclass(frozen=True)
class LastYear:
    """The problems that one secretary, or whoever was before him, was told a year ago."""

    row: Debriefing
    name: str
    unit: str
    before: Debriefing | None
    state: ListState | None


def tasks_for(session: Session, row: Debriefing, case: Case) -> Sequence[Task]:
    """The steps of the case that are everybody's, and this secretary's own."""
    mine = or_(Task.item_key.is_(None), Task.item_key == "", Task.item_key == str(row.user_id))
    return session.scalars(
        select(Task).where(Task.case_id == case.id, mine).order_by(Task.opened_at, Task.id)
    ).all()


def steps(
    row: Debriefing, round_: DebriefingRound, tasks: Sequence[Task], found: ListState | None
) -> list[Step]:
    """From the plan to the list, in order."""
    there: dict[str, list[Task]] = {}
    for task in tasks:
        there.setdefault(task.node, []).append(task)
    made = [
        _step("approve_round", there),
        _step("check_year", there),
        _report_step(row, there),
        _checked(there),
        _step("hold_session", there, due=round_.session_at),
        _step("close_ballot", there),
        _decided(row, there),
        _step("confirm_feedback", there),
        Step("published", DONE if round_.published_at else WAITS, round_.published_at),
    ]
    if found or (row.problems and round_.published_at):
        made.append(_list_step(found))
    return made


def _step(node: str, there: Mapping[str, Sequence[Task]], due: datetime | None = None) -> Step:
    tasks = there.get(node, ())
    if not tasks:
        return Step(node, WAITS, due=due)
    last = tasks[-1]
    if last.done_at is None:
        return Step(node, NOW, due=due or last.due_at, times=len(tasks))
    return Step(node, DONE, last.done_at, times=len(tasks))


def _checked(there: Mapping[str, Sequence[Task]]) -> Step:
    """A report that was sent back is not checked: it comes again."""
    made = _step("check_report", there)
    sent_back = _step("write_report", there).state == NOW
    return Step("check_report", WAITS) if sent_back else made


def _report_step(row: Debriefing, there: Mapping[str, Sequence[Task]]) -> Step:
    """Not handed in is said as such: the step ended without an answer."""
    made = _step("write_report", there)
    absent = made.state == DONE and row.state == "absent" and made.times == 1
    return Step("report_missing", DONE, made.at) if absent and _lapsed(there) else made


def _lapsed(there: Mapping[str, Sequence[Task]]) -> bool:
    return there["write_report"][-1].ending == "lapsed"


def _decided(row: Debriefing, there: Mapping[str, Sequence[Task]]) -> Step:
    """The grade itself is shown once it is out; that it is decided may be seen before."""
    waiting = _step("decide_grades", there)
    if row.decided_at is not None and waiting.state == DONE:
        return Step("decide_grades", DONE, row.decided_at)
    proposed = _step("propose_grades", there)
    return waiting if waiting.state == NOW else Step("decide_grades", _earlier(proposed))


def _earlier(step: Step) -> str:
    return NOW if step.state == NOW else WAITS


def _list_step(found: ListState | None) -> Step:
    if found is None:
        return Step("list", WAITS)
    if found.case.finished_at is not None:
        return Step("list", DONE, found.case.finished_at)
    return Step("list", NOW, due=found.due)


def report_of(session: Session, row: Debriefing, tasks: Sequence[Task]) -> Report:
    """The secretary's report as it stands: to be written, drafted, handed in, sent back."""
    writing = [one for one in tasks if one.node == "write_report"]
    waiting = next((one for one in writing if one.done_at is None), None)
    handed = [one for one in writing if one.answers and one.done_at]
    draft = session.get(Draft, (waiting.id, row.user_id)) if waiting else None
    return Report(waiting, draft, handed[-1] if handed else None, _returned(session, tasks))


def _returned(session: Session, tasks: Sequence[Task]) -> list[Returned]:
    back = [
        one
        for one in tasks
        if one.node == "check_report" and (one.answers or {}).get("verdict") == "return"
    ]
    made = []
    for task in back:
        by = session.get(User, task.done_by) if task.done_by else None
        comments = str((task.answers or {}).get("comments", ""))
        made.append(Returned(task.done_at or task.opened_at, by.name if by else "", comments))
    return made


def list_state(session: Session, case_id: int | None) -> ListState | None:
    """What became of a list: each problem with the verdict of the last check."""
    case = session.get(Case, case_id) if case_id else None
    if case is None:
        return None
    tasks = session.scalars(select(Task).where(Task.case_id == case.id).order_by(Task.id)).all()
    proposals = session.scalars(
        select(Proposal).where(Proposal.origin_case_id == case.id).order_by(Proposal.id)
    ).all()
    work = [one for one in tasks if one.node == "rect_work" and one.done_at is None]
    due = work[-1].due_at if work else next((o.due_at for o in tasks if not o.done_at), None)
    return ListState(case, _points(tasks), due, proposals)


def _points(tasks: Sequence[Task]) -> list[Point]:
    rows = {one.node: (one.answers or {}).get("items") or [] for one in tasks if one.answers}
    verdicts = {_text(row): str(row.get("verdict", "")) for row in rows.get("rect_verify", ())}
    named = [_text(row) for row in rows.get("rect_plan", ())] or list(verdicts)
    return [Point(text, verdicts.get(text, "")) for text in named]


def _text(row: Mapping[str, Any]) -> str:
    return str(row.get("problem") or row.get("item") or "")


def before(session: Session, row: Debriefing, round_: DebriefingRound) -> Debriefing | None:
    """The debriefing before this one: the person's own, else his predecessor's in the unit."""
    earlier = (
        select(Debriefing)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .where(DebriefingRound.year < round_.year)
        .where(or_(Debriefing.user_id == row.user_id, Debriefing.unit_id == row.unit_id))
        .order_by(DebriefingRound.year.desc(), (Debriefing.user_id == row.user_id).desc())
        .limit(1)
    )
    return session.scalar(earlier)


def last_year(session: Session, round_: DebriefingRound) -> list[LastYear]:
    """What is circulated first: last year's problems of each, and what became of them."""
    rows = session.execute(
        select(Debriefing, User.name, Unit.name)
        .join(User, User.id == Debriefing.user_id)
        .join(Unit, Unit.id == Debriefing.unit_id)
        .where(Debriefing.round_id == round_.id, Debriefing.state != "removed")
        .order_by(Unit.code, Debriefing.id)
    ).all()
    made = []
    for row, name, unit in rows:
        earlier = before(session, row, round_)
        state = list_state(session, earlier.list_case_id) if earlier else None
        made.append(LastYear(row, name, unit, earlier, state))
    return made


def lists_of(session: Session, round_: DebriefingRound) -> list[tuple[str, str, ListState]]:
    """The lists that came of a round: whose, the problems as they were told, the state."""
    rows = session.execute(
        select(User.name, Debriefing.problems, Debriefing.list_case_id)
        .join(User, User.id == Debriefing.user_id)
        .where(Debriefing.round_id == round_.id, Debriefing.list_case_id.is_not(None))
        .order_by(Debriefing.id)
    ).all()
    states = [(name, text, list_state(session, case_id)) for name, text, case_id in rows]
    return [(name, text, state) for name, text, state in states if state is not None]
