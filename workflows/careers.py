"""党务工作经历: the posts a person held for the party, awards and moves; who may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from models import CareerEntry, Case, Holding, Post, ResultUse, Role, Unit, User
from workflows.access import Rights, within
from workflows.deadlines import day_of
from workflows.errors import NotFound
from workflows.registry import Act

PARTY_POSTS = frozenset(
    {"机关党委书记", "机关党委副书记", "专职副书记", "支部书记", "组织委员", "党务干部"}
)
GRADES = {"good": "好", "fair": "较好", "average": "一般", "poor": "差"}
# Who manages cadres reads their record: the organiser in his subtree, heads in theirs (条例 32).
READING_POSTS = frozenset({"工委书记", "工委分管领导", "党组书记", "机关党委书记"})
PAGE = 50


@dataclass(frozen=True)
class Term:
    """A post and how long it was held; full time or beside another."""

    holding: Holding
    post: Post
    unit: Unit

    @property
    def is_party(self) -> bool:
        return self.post.kind in PARTY_POSTS

    @property
    def is_full_time(self) -> bool:
        return self.holding.full_time or self.post.kind == "专职副书记"


@dataclass(frozen=True)
class Record:
    """What stands in a person's record."""

    user: User
    unit: Unit | None
    terms: Sequence[Term]
    entries: Sequence[tuple[CareerEntry, Case]]


def paths(rights: Rights) -> tuple[str, ...]:
    """The subtrees whose people's records the person may read."""
    return tuple(
        place.path
        for place in rights.places
        if (place.name == Role.ORGANISER if place.is_role else place.name in READING_POSTS)
    )


def of(session: Session, user_id: int, *, rights: Rights) -> Record:
    """The person's record: one's own, or one of the subtree; else NotFound."""
    user = session.get(User, user_id)
    if user is None or not (user.id == rights.user.id or _reaches(session, user, rights)):
        raise NotFound("There is no such record, or it is not yours to see.")
    terms = session.execute(
        select(Holding, Post, Unit)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.user_id == user.id)
        .order_by(Holding.since.desc(), Holding.id.desc())
    )
    entries = session.execute(
        select(CareerEntry, Case)
        .join(Case, Case.id == CareerEntry.case_id)
        .where(CareerEntry.user_id == user.id)
        .order_by(CareerEntry.happened_on.desc(), CareerEntry.id.desc())
    )
    return Record(
        user,
        session.get(Unit, user.unit_id) if user.unit_id else None,
        [Term(*row) for row in terms],
        [(entry, case) for entry, case in entries],
    )


def _reaches(session: Session, user: User, rights: Rights) -> bool:
    query = select(User.id).where(User.id == user.id, in_reach(rights))
    return session.scalar(query) is not None


def in_reach(rights: Rights) -> ColumnElement[bool]:
    """A condition on User: he belongs to, or holds a post in, a subtree that is open."""
    open_to = within(paths(rights))
    of_unit = select(Unit.id).where(Unit.id == User.unit_id, open_to).correlate(User).exists()
    in_post = _held().join(Unit, Unit.id == Post.unit_id).where(open_to).exists()
    return or_(of_unit, in_post)


def _held() -> Select[int]:
    """The posts that the person of the query around it holds or held."""
    return (
        select(Holding.id)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id == User.id)
        .correlate(User)
    )


@dataclass(frozen=True)
class Listed:
    """One person of the list, with the party post held now, if any."""

    user: User
    unit: str
    post: str
    since: date | None
    full_time: bool | None


def search(
    session: Session, rights: Rights, *, words: str = "", after: int = 0, limit: int = PAGE
) -> tuple[Sequence[Listed], int]:
    """Who does or did party work, or has an entry; and after whom the next page goes on (or 0)."""
    worked = _held().where(Post.kind.in_(PARTY_POSTS)).exists()
    noted = select(CareerEntry.id).where(CareerEntry.user_id == User.id).correlate(User).exists()
    query = select(User, Unit.name).outerjoin(Unit, Unit.id == User.unit_id)
    query = query.where(in_reach(rights), or_(worked, noted), User.id > after)
    for word in words.split():
        query = query.where(
            or_(
                User.name.contains(word, autoescape=True), Unit.name.contains(word, autoescape=True)
            )
        )
    rows = session.execute(query.order_by(User.id).limit(limit + 1)).all()
    people = [(user, unit or "") for user, unit in rows[:limit]]
    return _listed(session, people), rows[limit - 1][0].id if len(rows) > limit else 0


def _listed(session: Session, people: Sequence[tuple[User, str]]) -> list[Listed]:
    newest: dict[int, tuple[Holding, Post]] = {}
    held = session.execute(
        select(Holding, Post)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id.in_([user.id for user, _ in people]))
        .where(Post.kind.in_(PARTY_POSTS))
        .order_by(Holding.since)
    )
    for holding, post in held:
        newest[holding.user_id] = (holding, post)
    return [_line(user, unit, newest.get(user.id)) for user, unit in people]


def _line(user: User, unit: str, held: tuple[Holding, Post] | None) -> Listed:
    if held is None:
        return Listed(user, unit, "", None, None)
    holding, post = held
    full = holding.full_time or post.kind == "专职副书记"
    title = post.title or post.kind
    return Listed(user, unit, title, holding.since, full)


def does_party_work(session: Session, user_id: int, *, now: datetime) -> bool:
    """True for who holds a party post on the organisation's day of `now`."""
    day = day_of(now)
    held = and_(Holding.since <= day, or_(Holding.until.is_(None), Holding.until > day))
    query = (
        select(Holding.id)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id == user_id, Post.kind.in_(PARTY_POSTS), held)
    )
    return session.scalar(query.limit(1)) is not None


def enter(act: Act, line: ResultUse, on: date) -> None:
    """The adopted line stands in the person's record, once; with the party post held, if any."""
    key = f"use:{act.case.id}:{line.user_id}:{line.use}"
    if act.session.scalar(select(CareerEntry.id).where(CareerEntry.key == key)) is not None:
        return
    held = act.session.execute(
        select(Holding, Post)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id == line.user_id, Holding.since <= on)
        .where(or_(Holding.until.is_(None), Holding.until > on))
        .order_by(Post.kind.in_(PARTY_POSTS).desc(), Holding.since.desc(), Holding.id.desc())
        .limit(1)
    ).first()
    post = held[1] if held else None
    is_party = post is not None and post.kind in PARTY_POSTS
    full = (held[0].full_time or held[1].kind == "专职副书记") if held and is_party else None
    act.session.add(
        CareerEntry(
            key=key,
            user_id=line.user_id,
            unit_id=line.unit_id,
            kind=line.use,
            award=line.award,
            line="party" if is_party else "business",
            title=(post.title or post.kind) if post else line.post_then or line.name,
            full_time=full,
            since=held[0].since if held else None,
            until=held[0].until if held else None,
            happened_on=on,
            case_id=act.case.id,
            entered_at=act.now,
        )
    )
    act.session.flush()
