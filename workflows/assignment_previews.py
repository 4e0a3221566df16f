"""A rule of who acts, tried on real posts before any case runs by it.

Told are offices and who holds them on that day, nothing of any case; only of units that the
process administrator's own role covers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Case, Holding, Post, Role, Seat, Unit, User
from workflows import access, assignment, calendars
from workflows.access import Rights
from workflows.assignment import Rule
from workflows.assignment_posts import ids_in
from workflows.deadlines import ZONE, Calendar
from workflows.engine import feel
from workflows.engine.who import TERMS, Term, check
from workflows.errors import NotFound
from workflows.registry import Act

MORNING = time(9)
MOST_UNITS = 30
# What only a running case can say.
OF_THE_CASE = frozenset({"case", "item", "chosen", "starter_choice", "same", "min"})


@dataclass(frozen=True)
class Given:
    """For what a rule is tried: the case's unit, whose post is its subject's, whose the opener's
    (ids of posts; none: the organisation itself is the subject, the system opened it)."""

    unit_id: int
    subject: int | None = None
    starter: int | None = None
    on: date | None = None  # none: today


@dataclass(frozen=True)
class Office:
    """A post, a role or a person, with who holds it on the day."""

    kind: str  # the kind of post or the role; empty: a person
    unit: str
    names: tuple[str, ...]
    is_role: bool = False


@dataclass(frozen=True)
class Left:
    """Who would have been asked and may not do it, and why (see assignment.exclusions)."""

    name: str
    why: str


@dataclass(frozen=True)
class Preview:
    unit: str
    on: date
    depends: tuple[str, ...]  # terms that only a running case fills
    assumed: tuple[str, ...]  # variables that were taken to be the unit
    by: str  # how they were found: rule, superior, above, process_admin, nobody
    found: tuple[Office, ...]
    left_out: tuple[Left, ...]


def units(session: Session, words: str, *, rights: Rights) -> list[tuple[int, str]]:
    """Units that the process administrator's role covers and whose name or code has the words."""
    found = select(Unit.id, Unit.name).where(
        access.within(rights.paths({Role.PROCESS_ADMIN}, posts=False)),
        Unit.abolished_on.is_(None),
        or_(Unit.name.contains(words, autoescape=True), Unit.code == words),
    )
    rows = session.execute(found.order_by(Unit.path).limit(MOST_UNITS))
    return [(row.id, row.name) for row in rows]


def unit_for(session: Session, unit_id: int, *, rights: Rights) -> Unit:
    """The unit; raises NotFound where there is none or the admin's role does not cover it."""
    unit = session.get(Unit, unit_id)
    if unit is None or not rights.covers(unit, {Role.PROCESS_ADMIN}, posts=False):
        raise NotFound("There is no such unit, or it is not yours to see.")
    return unit


def offices(
    session: Session, unit_id: int, *, rights: Rights, now: datetime
) -> list[tuple[int, str, str]]:
    """The posts of the unit and of those below it that somebody holds: id, kind, holder."""
    unit = unit_for(session, unit_id, rights=rights)
    day = now.astimezone(ZONE).date()
    held = (
        select(Post.id, Post.kind, User.name)
        .join(Holding, Holding.post_id == Post.id)
        .join(User, User.id == Holding.user_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Unit.path.startswith(unit.path), *_on(day))
        .order_by(Unit.path, Post.id)
        .limit(MOST_UNITS)
    )
    return [(one, kind, name) for one, kind, name in session.execute(held)]


def _on(day: date) -> tuple[Any, ...]:
    return (Holding.since <= day, or_(Holding.until.is_(None), Holding.until > day))


def preview(
    session: Session,
    properties: Mapping[str, str],
    given: Given,
    *,
    rights: Rights,
    now: datetime,
) -> Preview:
    """Whom the rule would name; raises Unreadable where it cannot be read, NotFound for a unit or
    post that is not there or not within the admin's role."""
    unit = unit_for(session, given.unit_id, rights=rights)
    rule = Rule.of(properties)
    terms = check(rule.text)
    on = given.on or now.astimezone(ZONE).date()
    act = _act(session, unit, given, rights, datetime.combine(on, MORNING, ZONE))
    depends = tuple(_depends(terms, act))
    if terms[0].name in depends:
        return Preview(unit.name, on, depends, (), assignment.RULE, (), ())
    assigned = assignment.resolve(act, rule)
    return Preview(
        unit.name,
        on,
        depends,
        tuple(_assumed(terms)),
        assigned.by,
        tuple(_office(act, one) for one in assigned.principals),
        tuple(_left_out(act, rule, assigned)),
    )


def _act(session: Session, unit: Unit, given: Given, rights: Rights, now: datetime) -> Act:
    holder = _holder(session, given.subject, rights, now)
    subject: dict[str, Any] = {"kind": "org", "unit": str(unit.id), "name": unit.name}
    if holder is not None:
        subject = {"kind": "cadre", "unit": str(unit.id), "user": str(holder)}
    starter = _holder(session, given.starter, rights, now)
    return Act(
        session=session,
        case=Case(unit_id=unit.id, opened_by=starter),
        vars={
            "unit": str(unit.id),
            "subject": subject,
            "subject_users": ids_in(subject.get("user")),
        },
        by=None,
        now=now,
        calendar=Calendar(),
    )


def _holder(session: Session, post_id: int | None, rights: Rights, now: datetime) -> int | None:
    if post_id is None:
        return None
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound("There is no such post.")
    unit_for(session, post.unit_id, rights=rights)
    held = select(Holding.user_id).where(Holding.post_id == post_id, *_on(now.date()))
    user_id = session.scalar(held.limit(1))
    if user_id is None:
        raise NotFound("Nobody holds this post on that day.")
    return user_id


def _depends(terms: Sequence[Term], act: Act) -> Iterable[str]:
    for term in terms:
        looked_up = term.name == "level" and any("." in one for one in term.args)
        computed = term.name == "expression" and bool(feel.parse(term.args[0]).names)
        personal = term.name in ("line_superior", "superior") and term.args[:1]
        named = "starter" if term.name == "starter" else personal[0] if personal else "subject"
        unknown = named != "subject" and (named != "starter" or act.case.opened_by is None)
        if term.name in OF_THE_CASE or term.name == "not" or looked_up or computed or unknown:
            yield term.name


def _assumed(terms: Sequence[Term]) -> Iterable[str]:
    """Variables of the case that the rule takes a unit from."""
    for term in terms:
        for kind, value in zip(TERMS[term.name].args, term.args, strict=False):
            if kind == "unit" and value not in ("unit", "subject"):
                yield value


def _office(act: Act, principal: int) -> Office:
    session = act.session
    ids = sorted(assignment.holders_of(session, principal, now=act.now))
    names = tuple(session.scalars(select(User.name).where(User.id.in_(ids)).order_by(User.id)))
    post, seat = session.get(Post, principal), session.get(Seat, principal)
    if post is not None:
        return Office(post.kind, post.unit.name, names)
    if seat is not None:
        return Office(seat.role, seat.unit.name, names, is_role=True)
    return Office("", "", names)


def _left_out(act: Act, rule: Rule, assigned: assignment.Assignment) -> Iterable[Left]:
    """Of those who were asked before them: who may not, each once."""
    out = assignment.exclusions(act, rule)
    asked: list[int] = []
    for _, rung in assignment.rungs(act, rule):
        asked += rung
        if set(rung) & set(assigned.principals):
            break
    behind = (assignment.holders_of(act.session, one, now=act.now) for one in asked)
    for user_id in dict.fromkeys(one for users in behind for one in sorted(users)):
        if user_id in out:
            yield Left(act.session.get_one(User, user_id).name, out[user_id])


@dataclass(frozen=True)
class Day:
    """A day between a beginning and a deadline; `count`: the how-manieth working day it is."""

    day: date
    count: int | None
    name: str  # of a holiday or a working day that was moved


MOST_DAYS = 70


def days_counted(session: Session, start: datetime, end: datetime) -> tuple[list[Day], int]:
    """The days after the start up to the deadline's, at most MOST_DAYS of them, and how many
    working days they all are; the day of the start is not counted."""
    calendar = calendars.load(session)
    first, last = start.astimezone(ZONE).date(), end.astimezone(ZONE).date()
    total = calendar.workdays_between(first, last)
    shown: list[Day] = []
    count, day = 0, first
    names = {
        one: name
        for year in {first.year, min(last.year, first.year + 1)}
        for one, (_, name) in calendars.days_of(session, year).items()
    }
    while day < last and len(shown) < MOST_DAYS:
        day += timedelta(days=1)
        works = calendar.is_workday(day)
        count += works
        shown.append(Day(day, count if works else None, names.get(day, "")))
    return shown, total
