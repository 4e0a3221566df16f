"""交接: a post goes from one person to another with its open work; both names stay on record.

Tasks wait for the post, so they go over with it; the list is made out anew, to be signed for. What
is personal (opinion, own report, appeal) stays with the person (processes.md, 离任).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

from models import (
    Case,
    Holding,
    Inbox,
    PlanItem,
    Post,
    PostHandover,
    ResponsibilityList,
    ResponsibilityRound,
    Role,
    Task,
    Unit,
    User,
)
from workflows import audit, cases, documents, plan_owners, posts, responsibility_papers
from workflows.access import Rights, within
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.forms import Fault
from workflows.responsibility_lists import followed
from workflows.responsibility_rounds import (
    STANDING,
    Start,
    add_round,
    copy_of,
    may_begin,
    new_list,
    open_case,
    organ_of,
)

LIVE = ("draft", "issued", *STANDING)
MOST = 200


@dataclass(frozen=True)
class Asked:
    """Who takes the post over, from which day on."""

    to_user_id: int
    since: date
    note: str = ""


@dataclass(frozen=True)
class Preview:
    """What would move and what would stay; looking changes nothing."""

    post: Post
    unit: Unit
    leaving: User
    present: Holding | None  # who holds the post today; none: it is vacant
    tasks: Sequence[Task]  # wait for the post
    lists: Sequence[ResponsibilityList]  # made out to who leaves
    items: Sequence[PlanItem]  # of plans that run, owned by the post
    personal: Sequence[Task]  # wait for the person himself

    @property
    def is_replaced(self) -> bool:
        """The post is in another's hands already: only what is open goes over."""
        return self.present is not None and self.present.user_id != self.leaving.id


def may_hand_over(session: Session, post: Post, rights: Rights) -> bool:
    """The system admin, who keeps the posts, and who draws up the organ's lists."""
    if rights.has_role(Role.SYSTEM_ADMIN):
        return True
    try:
        return may_begin(rights, organ_of(session, post.unit))
    except NotFound:
        return False


def look(session: Session, post_id: int, *, rights: Rights, now: datetime) -> Preview:
    """The dry run: NotFound where there is nobody to hand over, or it is not this person's."""
    post = session.get(Post, post_id)
    if post is None or not may_hand_over(session, post, rights):
        raise NotFound("There is no such post, or it is not yours to hand over.")
    present = _holding(session, post.id, day_of(now))
    lists = session.scalars(
        select(ResponsibilityList)
        .where(
            ResponsibilityList.post_id == post.id,
            ResponsibilityList.state.in_(LIVE),
            ResponsibilityList.year >= day_of(now).year,
            ~followed(),
        )
        .order_by(ResponsibilityList.year, ResponsibilityList.number)
    ).all()
    leaving = _leaving(session, post, present, lists)
    items = plan_owners.handed_over(
        session, leaving, leaving, by=None, now=now, post_id=post.id, dry_run=True
    )
    return Preview(
        post=post,
        unit=post.unit,
        leaving=leaving,
        present=present,
        tasks=_waiting(session, post.id),
        lists=[one for one in lists if one.user_id == leaving.id],
        items=items,
        personal=_waiting(session, leaving.id),
    )


def _holding(session: Session, post_id: int, day: date) -> Holding | None:
    return session.scalar(
        select(Holding)
        .where(
            Holding.post_id == post_id,
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
        .order_by(Holding.since.desc())
        .limit(1)
    )


def _leaving(
    session: Session, post: Post, present: Holding | None, lists: Sequence[ResponsibilityList]
) -> User:
    """Whose list it is although he left; else who holds the post; else who held it last."""
    for one in lists:
        if present is None or one.user_id != present.user_id:
            return one.user
    if present is not None:
        return present.user
    last = session.scalar(
        select(Holding).where(Holding.post_id == post.id).order_by(Holding.since.desc()).limit(1)
    )
    if last is None:
        raise NotFound("Nobody ever held this post.")
    return last.user


def _waiting(session: Session, principal: int) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Inbox, Inbox.task_id == Task.id)
        .join(Task.case)
        .options(contains_eager(Task.case))
        .where(Inbox.principal == principal, Task.done_at.is_(None))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
        .limit(MOST)
    ).all()


def hand_over(
    session: Session, post_id: int, asked: Asked, *, rights: Rights, now: datetime
) -> PostHandover:
    """The post and its open work are the successor's, and the list is his to sign for.

    Raises Conflict where somebody else holds the post or this was done before, Invalid by field.
    """
    # Two at once wait for each other here (PostgreSQL; on SQLite a writer is alone).
    session.scalars(select(Post.id).where(Post.id == post_id).with_for_update()).all()
    seen = look(session, post_id, rights=rights, now=now)
    _require_not_done(session, seen, asked)
    coming = _coming(session, seen, asked, now)
    _appoint(session, seen, coming, asked, rights=rights, now=now)
    moved = _move(session, seen, coming, rights=rights, now=now)
    made = PostHandover(
        post_id=seen.post.id,
        from_user_id=seen.leaving.id,
        to_user_id=coming.id,
        since=asked.since,
        moved=moved,
        note=asked.note[:2000],
        done_by=rights.user.id,
        done_at=now,
    )
    _keep(session, made, seen, coming)
    return made


def _move(
    session: Session, seen: Preview, coming: User, *, rights: Rights, now: datetime
) -> dict[str, Any]:
    """What went over, by id and name: tasks with the post, plan items and lists by this act."""
    items = plan_owners.handed_over(
        session, seen.leaving, coming, by=rights.user, now=now, post_id=seen.post.id
    )
    return {
        "tasks": [
            {"id": str(one.id), "name": one.name, "case": one.case.title} for one in seen.tasks
        ],
        "lists": [_make_out(session, one, coming, rights=rights, now=now) for one in seen.lists],
        "items": [{"id": str(one.id), "name": one.business_goal} for one in items],
    }


def _require_not_done(session: Session, seen: Preview, asked: Asked) -> None:
    done = session.execute(
        select(PostHandover, User.name)
        .outerjoin(User, User.id == PostHandover.done_by)
        .where(
            PostHandover.post_id == seen.post.id,
            PostHandover.to_user_id == asked.to_user_id,
            PostHandover.since == asked.since,
        )
    ).first()
    if done is not None:
        row, who = done
        raise Conflict("{who} handed this post over on {when}.", who=who or "-", when=row.done_at)


def _coming(session: Session, seen: Preview, asked: Asked, now: datetime) -> User:
    user = session.get(User, asked.to_user_id)
    faults: dict[str, str] = {}
    if user is None or not user.enabled:
        faults["to"] = Fault("Choose a person whose account is enabled.")
    elif user.id == seen.leaving.id:
        faults["to"] = Fault("Nobody hands over to himself.")
    elif seen.is_replaced and seen.present is not None and user.id != seen.present.user_id:
        faults["to"] = Fault("The post is held by {name}.", name=seen.present.user.name)
    if asked.since > day_of(now):
        faults["since"] = Fault("A post is handed over on its day, not before.")
    elif seen.present is not None and asked.since < seen.present.since:
        faults["since"] = Fault("This lies before the beginning.")
    if faults or user is None:
        raise Invalid("Please mend what is marked.", fields=faults)
    return user


def _appoint(
    session: Session, seen: Preview, coming: User, asked: Asked, *, rights: Rights, now: datetime
) -> None:
    """The holding changes hands, unless it has already: only the system admin keeps posts."""
    if seen.is_replaced:
        return
    if not rights.has_role(Role.SYSTEM_ADMIN):
        raise NotAllowed("Only the system administrator appoints; after that you hand over.")
    if seen.present is not None:
        posts.relieve(session, seen.present, until=asked.since, by=rights.user, now=now)
    posts.appoint(session, seen.post, coming, since=asked.since, by=rights.user, now=now)


def _make_out(
    session: Session, row: ResponsibilityList, coming: User, *, rights: Rights, now: datetime
) -> dict[str, str]:
    """A list not signed yet takes the new name; one in force is followed by a new edition."""
    told = {"id": str(row.id), "year": str(row.year), "edition": str(row.number)}
    if row.state not in STANDING:
        row.user_id = coming.id
        session.flush()
        if row.state == "issued":
            _serve(session, row, rights=rights, now=now)
        return told
    organ = organ_of(session, row.unit)
    before = session.get(ResponsibilityRound, row.round_id) if row.round_id else None
    start = Start(organ, row.year, (before.template_id if before else None) or 0)
    round_ = add_round(session, start, kind="handover", by=rights.user, now=now)
    if before is not None:
        round_.meeting, round_.held_on = before.meeting, before.held_on
    made = new_list(session, round_, row.post, coming)
    copy_of(session, row, made)
    open_case(session, round_, organ, by=rights.user, now=now)
    return told | {"made": str(made.id)}


def _serve(session: Session, row: ResponsibilityList, *, rights: Rights, now: datetime) -> None:
    """The paper is served anew, on the person to whom the list is made out now."""
    round_ = session.get_one(ResponsibilityRound, row.round_id)
    case = session.get_one(Case, round_.case_id)
    act = cases.look(session, case, by=rights.user, now=now).act
    session.expire(row, ["user"])
    values = responsibility_papers.values(session, row)
    documents.issue(
        act, Paper(responsibility_papers.TEMPLATE, values, about=str(row.id), serve=[row.user_id])
    )


def _keep(session: Session, made: PostHandover, seen: Preview, coming: User) -> None:
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise Conflict("This was done before.") from error
    by = session.get(User, made.done_by) if made.done_by else None
    audit.record(
        session,
        actor=by,
        action="handed_over",
        subject=made,
        now=made.done_at,
        unit_id=seen.unit.id,
        detail={
            "post": seen.post.title or seen.post.kind,
            "from": seen.leaving.name,
            "to": coming.name,
            "since": made.since.isoformat(),
            "tasks": [one["id"] for one in made.moved["tasks"]],
            "lists": [one["id"] for one in made.moved["lists"]],
            "items": [one["id"] for one in made.moved["items"]],
        },
    )


@dataclass(frozen=True)
class Done:
    """One hand-over with its names."""

    row: PostHandover
    post: Post
    unit: Unit
    leaving: str
    coming: str
    by: str


def history(session: Session, rights: Rights, *, before: int = 0, limit: int = 50) -> list[Done]:
    """Hand-overs of the posts in reach, the newest first; `before` an id for the next page."""
    reach = within(rights.paths((Role.SYSTEM_ADMIN, *rights.roles)))
    users = {name: User.__table__.alias(name) for name in ("leaving", "coming", "doer")}
    query = (
        select(
            PostHandover,
            Post,
            Unit,
            users["leaving"].c.name,
            users["coming"].c.name,
            users["doer"].c.name,
        )
        .join(Post, Post.id == PostHandover.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(users["leaving"], users["leaving"].c.id == PostHandover.from_user_id)
        .join(users["coming"], users["coming"].c.id == PostHandover.to_user_id)
        .outerjoin(users["doer"], users["doer"].c.id == PostHandover.done_by)
        .where(reach)
        .order_by(PostHandover.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(PostHandover.id < before)
    return [Done(row, post, unit, a, b, c or "") for row, post, unit, a, b, c in
            session.execute(query)]  # fmt: skip


def successors(session: Session, seen: Preview, *, limit: int = 300) -> Sequence[User]:
    """People of the organ who may take the post over: leading cadres first, then by name."""
    try:
        top = organ_of(session, seen.unit)
    except NotFound:
        top = seen.unit
    return session.scalars(
        select(User)
        .join(Unit, Unit.id == User.unit_id)
        .where(
            Unit.path.startswith(top.path, autoescape=True),
            User.enabled.is_(True),
            User.id != seen.leaving.id,
        )
        .order_by(User.cadre.desc(), Unit.code, User.name)
        .limit(limit)
    ).all()
