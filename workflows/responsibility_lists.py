"""责任清单 as the pages show them: within rights, by unit and post, with who has left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select
from sqlalchemy.orm import Session, aliased

from models import (
    Case,
    Holding,
    Post,
    ResponsibilityList,
    ResponsibilityRound,
    Task,
    Unit,
    User,
)
from workflows.access import Rights, unit_for, visible_cases, within
from workflows.deadlines import day_of
from workflows.errors import NotFound
from workflows.responsibility_rounds import BEGINS, ISSUED, STANDING, organ_of, own_units
from workflows.responsibility_templates import charges, to_choose

PAGE = 50
MOST_ROWS = 10_000  # of an export
STATES = ("draft", "issued", "signed", "silent", "replaced", "withdrawn")
After = tuple[str, int]


@dataclass(frozen=True)
class Filter:
    """What narrows the lists down; `gone`: made out to somebody who holds the post no more."""

    year: int | None = None
    state: str = ""
    post: str = ""
    words: str = ""
    unit: Unit | None = None
    gone: bool = False


@dataclass(frozen=True)
class Row:
    """One list with what names it."""

    row: ResponsibilityList
    unit: Unit
    post: Post
    user: User
    gone: bool  # the person holds the post no more, or his account is disabled

    @property
    def key(self) -> After:
        return self.unit.code, self.row.id


def followed() -> ColumnElement[bool]:
    """On ResponsibilityList: a later edition of the same year was issued already."""
    later = aliased(ResponsibilityList)
    return exists().where(
        later.post_id == ResponsibilityList.post_id,
        later.year == ResponsibilityList.year,
        later.number > ResponsibilityList.number,
        later.state.in_(ISSUED),
    )


def is_gone(now: datetime) -> ColumnElement[bool]:
    """On ResponsibilityList and User: the person holds the post no more."""
    day = day_of(now)
    holds = exists().where(
        Holding.post_id == ResponsibilityList.post_id,
        Holding.user_id == ResponsibilityList.user_id,
        Holding.since <= day,
        or_(Holding.until.is_(None), Holding.until > day),
    )
    return or_(not_(holds), User.enabled.is_(False))


def organ_paths(session: Session, rights: Rights) -> list[str]:
    """The organs whose lists the person draws up or decides, by their paths."""
    found = set()
    for place in rights.places:
        if not place.is_role and place.name in BEGINS:
            found.add(organ_of(session, session.get_one(Unit, place.unit_id)).path)
    return sorted(found)


def readable_unit(session: Session, unit_id: int, *, rights: Rights) -> Unit:
    """The unit, if it is in reach or of an organ whose lists the person draws up."""
    unit = session.get(Unit, unit_id)
    own = organ_paths(session, rights)
    if unit is not None and any(unit.path.startswith(path) for path in own):
        return unit
    return unit_for(session, unit_id, rights=rights)


def _query(
    session: Session, rights: Rights, now: datetime
) -> Select[ResponsibilityList, Unit, Post, User, bool]:
    """Lists of the units in reach and one's own; drafts for who draws them up or watches."""
    drafts = within([*rights.paths(posts=False), *organ_paths(session, rights)])
    mine = ResponsibilityList.user_id == rights.user.id
    reach = or_(and_(ResponsibilityList.state != "draft", within(rights.paths())), drafts)
    return (
        select(ResponsibilityList, Unit, Post, User, is_gone(now))
        .join(Unit, Unit.id == ResponsibilityList.unit_id)
        .join(Post, Post.id == ResponsibilityList.post_id)
        .join(User, User.id == ResponsibilityList.user_id)
        .where(or_(and_(mine, ResponsibilityList.state != "draft"), reach))
    )


def page(
    session: Session,
    rights: Rights,
    wanted: Filter,
    *,
    now: datetime,
    after: After | None = None,
    limit: int = PAGE,
) -> tuple[list[Row], After | None]:
    """The lists by unit; and after which one the next page goes on (none: it is the last)."""
    query = _query(session, rights, now).where(*_conditions(wanted, now))
    if after is not None:
        code, list_id = after
        query = query.where(
            or_(Unit.code > code, and_(Unit.code == code, ResponsibilityList.id > list_id))
        )
    query = query.order_by(Unit.code, ResponsibilityList.id).limit(limit + 1)
    rows = [Row(*row) for row in session.execute(query)]
    return rows[:limit], rows[limit - 1].key if len(rows) > limit else None


def _conditions(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if wanted.year is not None:
        given.append(ResponsibilityList.year == wanted.year)
    if wanted.state == "in_force":
        given.append(ResponsibilityList.state.in_(STANDING))
    elif wanted.state:
        given.append(ResponsibilityList.state == wanted.state)
    else:
        given.append(ResponsibilityList.state.not_in(("replaced", "withdrawn")))
    if wanted.post:
        given.append(Post.kind == wanted.post)
    if wanted.unit is not None:
        given.append(Unit.path.startswith(wanted.unit.path, autoescape=True))
    if wanted.gone:
        given += [is_gone(now), ResponsibilityList.state.in_(ISSUED), ~followed()]
    for word in wanted.words.split():
        either = (Unit.name, User.name, ResponsibilityList.post_then)
        given.append(or_(*(column.contains(word, autoescape=True) for column in either)))
    return given


def get(session: Session, list_id: int, *, rights: Rights, now: datetime) -> Row:
    """The list; NotFound where it is not the person's to see."""
    found = session.execute(
        _query(session, rights, now).where(ResponsibilityList.id == list_id)
    ).first()
    if found is None:
        raise NotFound("There is no such list, or it is not yours to see.")
    return Row(*found)


def editions(session: Session, row: Row, *, rights: Rights, now: datetime) -> list[Row]:
    """All lists of the same post that the person may see, the newest first."""
    query = _query(session, rights, now).where(ResponsibilityList.post_id == row.post.id)
    query = query.order_by(ResponsibilityList.year.desc(), ResponsibilityList.number.desc())
    return [Row(*one) for one in session.execute(query.limit(PAGE))]


def of_person(session: Session, rights: Rights, year: int, *, now: datetime) -> list[Row]:
    """The person's own lists of the year: of each post the newest edition that was issued."""
    query = _query(session, rights, now).where(
        ResponsibilityList.user_id == rights.user.id,
        ResponsibilityList.year == year,
        ResponsibilityList.state.in_(("issued", *STANDING)),
    )
    rows = [Row(*one) for one in session.execute(query.order_by(Unit.path, ResponsibilityList.id))]
    newest = {one.post.id: one for one in sorted(rows, key=lambda one: one.row.number)}
    return [one for one in rows if one is newest[one.post.id]]


def case_of(session: Session, row: ResponsibilityList, rights: Rights) -> Case | None:
    """The case by which the list came, if there is one and the person may see it."""
    if row.round_id is None:
        return None
    return session.scalar(
        select(Case)
        .join(ResponsibilityRound, ResponsibilityRound.case_id == Case.id)
        .where(ResponsibilityRound.id == row.round_id, visible_cases(rights))
    )


def task_to_sign(session: Session, row: ResponsibilityList) -> Task | None:
    """The open task by which the list is signed for."""
    if row.round_id is None or row.state != "issued":
        return None
    return session.scalar(
        select(Task)
        .join(ResponsibilityRound, ResponsibilityRound.case_id == Task.case_id)
        .where(
            ResponsibilityRound.id == row.round_id,
            Task.node == "sign_list",
            Task.item_key == str(row.id),
            Task.done_at.is_(None),
        )
    )


@dataclass(frozen=True)
class Vacancy:
    """A post of a template that has no list of the year: nobody holds it, or none was issued."""

    unit: Unit
    kind: str
    holder: str  # empty: nobody


@dataclass(frozen=True)
class OfUnit:
    """One unit's page: its lists of the year, what is missing, and what is under way."""

    lists: Sequence[Row]
    missing: Sequence[Vacancy]
    rounds: Sequence[tuple[ResponsibilityRound, Case | None]]


def of_unit(session: Session, unit: Unit, year: int, *, rights: Rights, now: datetime) -> OfUnit:
    """The lists of the unit and of what is below it, in the tree's order."""
    wanted = Filter(year=year, unit=unit)
    lists, _more = page(session, rights, wanted, now=now, limit=MOST_ROWS)
    rounds = session.execute(
        select(ResponsibilityRound, Case)
        .outerjoin(Case, and_(Case.id == ResponsibilityRound.case_id, visible_cases(rights)))
        .where(ResponsibilityRound.organ_id == unit.id, ResponsibilityRound.year == year)
        .order_by(ResponsibilityRound.number.desc())
    ).all()
    return OfUnit(
        lists=sorted(lists, key=_as_in_tree),
        missing=_missing(session, unit, {one.post.id for one in lists}, day_of(now)),
        rounds=[(round_, case) for round_, case in rounds],
    )


def _as_in_tree(one: Row) -> tuple[int, str, int, int]:
    return len(one.unit.path), one.unit.code, one.post.id, one.row.number


def _missing(session: Session, unit: Unit, known: set[int], today: date) -> list[Vacancy]:
    kinds = {
        (one.kind, one.post)
        for template in to_choose(session)[:1]
        for one in charges(template.content)
    }
    units = {one.id: one for one in own_units(session, unit, today=today)}
    rows: Any = session.execute(
        select(Post, User.name)
        .outerjoin(
            Holding,
            and_(
                Holding.post_id == Post.id,
                Holding.since <= today,
                or_(Holding.until.is_(None), Holding.until > today),
            ),
        )
        .outerjoin(User, User.id == Holding.user_id)
        .where(Post.unit_id.in_(units) if units else false(), Post.id.not_in(known))
        .order_by(Post.unit_id, Post.kind)
    )
    return [
        Vacancy(units[post.unit_id], post.title or post.kind, name or "")
        for post, name in rows
        if (units[post.unit_id].kind, post.kind) in kinds
    ]


def years(session: Session, *, now: datetime) -> list[int]:
    """The years that have lists, and this one, the newest first."""
    found = session.scalars(select(ResponsibilityList.year).distinct())
    return sorted({*found, day_of(now).year}, reverse=True)
