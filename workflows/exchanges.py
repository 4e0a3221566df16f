"""干部交流: who has long been in party or in business posts may be proposed for the other line.

The rule proposes with its facts; the organiser takes a line into the draft, the committee decides
(机关条例 29: 双向交流).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    Debriefing,
    DebriefingRound,
    Holding,
    Inbox,
    Measure,
    Post,
    ResultUse,
    Task,
    Unit,
    User,
)
from workflows import careers, effects, parameters, tasks, use_lists
from workflows.access import Rights, within
from workflows.careers import PARTY_POSTS
from workflows.deadlines import day_of
from workflows.errors import Conflict, NotFound

PAGE = 50
TO = {"business": "party", "party": "business"}
YEARS = "rule.exchange_years"


@dataclass(frozen=True)
class Candidate:
    """A person who has held posts of one line for as long as the rule says."""

    user: User
    unit: Unit
    posts: Sequence[str]
    since: date
    line: str  # of the posts held now
    grade: str  # of the newest debriefing; none: he did not debrief
    graded_in: int | None
    measures: Sequence[Measure]
    use: ResultUse | None  # a line of this year's use that proposes it already

    @property
    def to(self) -> str:
        return TO[self.line]


def years_needed(session: Session) -> int:
    """How many years in posts of one line before an exchange is proposed."""
    return int(parameters.newest(session).values[YEARS]["value"])


def candidates(
    session: Session,
    rights: Rights,
    line: str,
    *,
    now: datetime,
    after: int = 0,
    limit: int = PAGE,
) -> tuple[Sequence[Candidate], int]:
    """Cadres of the reader's subtree in posts of one line alone for long; and where to go on."""
    use_lists.require_preparing(rights)
    since = years_before(day_of(now), years_needed(session))
    query = _in_line(line, now).where(User.id > after, within(careers.paths(rights)))
    query = query.group_by(User.id).having(func.min(Holding.since) <= since)
    rows = session.execute(query.order_by(User.id).limit(limit + 1)).all()
    found = _told(session, line, {row[0]: row[1] for row in rows[:limit]}, now)
    return found, rows[limit - 1][0] if len(rows) > limit else 0


def years_before(day: date, years: int) -> date:
    """The same day so many years before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _in_line(line: str, now: datetime) -> Select[int, date]:
    """Cadres with posts of that line on the day, and none of the other."""
    party = Post.kind.in_(PARTY_POSTS)
    wanted, other = (party, ~party) if line == "party" else (~party, party)
    holds_other = (
        select(Holding.id)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id == User.id, other, *_today(now))
        .correlate(User)
        .exists()
    )
    return (
        select(User.id, func.min(Holding.since))
        .join(Holding, Holding.user_id == User.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.cadre.is_(True), User.enabled.is_(True), wanted, ~holds_other, *_today(now))
    )


def _today(now: datetime) -> tuple[ColumnElement[bool], ...]:
    day = day_of(now)
    return (Holding.since <= day, or_(Holding.until.is_(None), Holding.until > day))


def _told(
    session: Session, line: str, since: dict[int, date], now: datetime
) -> Sequence[Candidate]:
    ids = list(since)
    people = {user.id: user for user in session.scalars(select(User).where(User.id.in_(ids)))}
    held = _posts(session, ids, now)
    grades = _grades(session, ids)
    measures = effects.running_of(session, ids, now=now)
    uses = _proposed(session, ids, day_of(now).year)
    return [
        Candidate(
            user=people[id_],
            unit=held[id_][0],
            posts=held[id_][1],
            since=since[id_],
            line=line,
            grade=grades.get(id_, ("", None))[0],
            graded_in=grades.get(id_, ("", None))[1],
            measures=measures.get(id_, ()),
            use=uses.get(id_),
        )
        for id_ in ids
    ]


def _posts(
    session: Session, ids: Sequence[int], now: datetime
) -> dict[int, tuple[Unit, list[str]]]:
    """The unit of the post held longest, and the names of all."""
    rows = session.execute(
        select(Holding.user_id, Post, Unit)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.user_id.in_(ids), *_today(now))
        .order_by(Holding.since, Holding.id)
    )
    found: dict[int, tuple[Unit, list[str]]] = {}
    for user_id, post, unit in rows:
        found.setdefault(user_id, (unit, []))[1].append(post.title or post.kind)
    return found


def _grades(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    rows = session.execute(
        select(Debriefing.user_id, Debriefing.grade, DebriefingRound.year)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .where(Debriefing.user_id.in_(ids), Debriefing.state == "graded")
        .order_by(DebriefingRound.year)
    )
    return {user_id: (grade or "", year) for user_id, grade, year in rows}


def _proposed(session: Session, ids: Sequence[int], year: int) -> dict[int, ResultUse]:
    rows = session.scalars(
        select(ResultUse)
        .where(ResultUse.user_id.in_(ids), ResultUse.use == "exchange")
        .where(ResultUse.year >= year - 1, ResultUse.state != "left_out")
        .order_by(ResultUse.id)
    )
    return {row.user_id: row for row in rows if row.user_id is not None}


def take(
    session: Session, line: str, ids: Sequence[int], *, rights: Rights, now: datetime
) -> tuple[int, Task]:
    """The chosen stand in the organiser's open draft of the year's use; how many were added.

    Raises Conflict where no draft waits for him, NotFound for who is no candidate.
    """
    task = _draft_task(session, rights)
    if task is None:
        raise Conflict("No draft of a use waits for you: begin the year's use of results first.")
    opened = tasks.get(session, task.id, rights=rights, now=now)
    draft = opened.draft
    rows = list((draft.answers if draft else opened.suggested).get("items") or ())
    taken = {row.get("person") or str(row.get("subject", "")).removeprefix("user-") for row in rows
             if row.get("use") == "exchange"}  # fmt: skip
    found = [_candidate(session, rights, line, id_, now) for id_ in ids if str(id_) not in taken]
    subjects = opened.run.execution.vars.get("subjects") or {}
    rows += [_row(one, now, f"user-{one.user.id}" in subjects) for one in found]
    answers = {**(draft.answers if draft else {}), "items": rows}
    tasks.save_draft(session, task.id, answers, rights=rights, now=now)
    return len(found), task


def _draft_task(session: Session, rights: Rights) -> Task | None:
    return session.scalar(
        select(Task)
        .join(Case, Case.id == Task.case_id)
        .join(Inbox, Inbox.task_id == Task.id)
        .where(Case.process == "result_use", Task.node == "draft_uses", Task.done_at.is_(None))
        .where(Inbox.principal.in_(rights.principals))
        .order_by(Task.id.desc())
        .limit(1)
    )


def _candidate(
    session: Session, rights: Rights, line: str, user_id: int, now: datetime
) -> Candidate:
    found, _ = candidates(session, rights, line, now=now, after=user_id - 1, limit=1)
    if not found or found[0].user.id != user_id:
        raise NotFound("There is no such candidate, or it is not yours to see.")
    return found[0]


def _row(one: Candidate, now: datetime, graded: bool) -> dict[str, str]:
    to, years = {"party": "党务", "business": "业务"}[one.to], day_of(now).year - one.since.year
    grade = f"，{one.graded_in}年度等次为{careers.GRADES[one.grade]}" if one.grade else ""
    reason = f"任{'、'.join(one.posts)}，至今约{years}年{grade}，建议交流到{to}岗位"
    who = {"subject": f"user-{one.user.id}"} if graded else {"person": str(one.user.id)}
    return {**who, "use": "exchange", "reason": reason}
