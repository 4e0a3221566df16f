"""责任清单 are drawn up for an organ and a year: from a template, or from the lists there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import (
    Case,
    CaseStatus,
    Holding,
    Post,
    ResponsibilityLine,
    ResponsibilityList,
    ResponsibilityRound,
    ResponsibilityTemplate,
    Role,
    Unit,
    UnitKind,
    User,
)
from workflows import cases, responsibility_templates
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.forms import Fault
from workflows.responsibility_templates import Charge, charges

ORGANS = (UnitKind.PARTY_GROUP, UnitKind.WORK_COMMITTEE)
BEGINS = ("专职副书记", "机关党委书记", "党组书记", "工委书记")
ENDED = (CaseStatus.FINISHED, CaseStatus.STOPPED)
STANDING = ("signed", "silent")  # in force, or about to be
ISSUED = ("issued", *STANDING)
NEXT = 1  # years ahead for which lists may be drawn up
LINE = ("area", "text", "personal", "duty_code", "plan_item_id", "source")


@dataclass(frozen=True)
class Start:
    """What is to be drawn up: from the template; with `carry` from the last lists, where any."""

    organ: Unit
    year: int
    template_id: int
    carry: bool = False


def organ_of(session: Session, unit: Unit) -> Unit:
    """The organ that the unit belongs to: itself, or the nearest above; else NotFound."""
    for part in reversed([int(one) for one in unit.path.split("/") if one]):
        found = session.get_one(Unit, part)
        if found.kind in ORGANS:
            return found
    raise NotFound("This unit belongs to no organ.")


def own_units(session: Session, organ: Unit, *, today: date) -> list[Unit]:
    """The organ and what is below it, without organs of their own, in the tree's order."""
    below = session.scalars(
        select(Unit)
        .where(Unit.path.startswith(organ.path, autoescape=True))
        .where(or_(Unit.abolished_on.is_(None), Unit.abolished_on > today))
        .order_by(Unit.path)
    ).all()
    others = [one.path for one in below if one.kind in ORGANS and one.id != organ.id]
    own = [one for one in below if not any(one.path.startswith(path) for path in others)]
    return sorted(own, key=lambda one: (len(one.path), one.code))


def may_begin(rights: Rights, organ: Unit) -> bool:
    """Who heads or does the organ's party work, and the organiser above it."""
    heads = any(
        not place.is_role and place.name in BEGINS and place.path.startswith(organ.path)
        for place in rights.places
    )
    return heads or rights.covers(organ, [Role.ORGANISER], posts=False)


def begin(session: Session, start: Start, *, rights: Rights, now: datetime) -> Case:
    """The organ's lists of the year wait to be drafted; of two who begin, the second is told."""
    organ, today = start.organ, day_of(now)
    if organ.kind not in ORGANS or not may_begin(rights, organ):
        raise NotAllowed("The lists of {unit} are not yours to draw up.", unit=organ.name)
    if not today.year - 1 <= start.year <= today.year + NEXT:
        raise Invalid("Please mend what is marked.", fields={"year": Fault("Choose a near year.")})
    responsibility_templates.get(session, start.template_id)
    # Two at once wait for each other here (PostgreSQL; on SQLite a writer is alone).
    session.scalars(select(Unit.id).where(Unit.id == organ.id).with_for_update()).all()
    _require_none_open(session, start)
    _require_kind(session, start)
    round_ = add_round(
        session, start, kind="adjustment" if start.carry else "template", by=rights.user, now=now
    )
    if not drafts(session, round_, start, now=now):
        raise Refused(
            "Nobody holds a post of the template in {unit}.", unit=organ.name, guard="holder"
        )
    return open_case(session, round_, organ, by=rights.user, now=now)


def _require_none_open(session: Session, start: Start) -> None:
    rows = session.execute(
        select(ResponsibilityRound, Case.status, User.name)
        .outerjoin(Case, Case.id == ResponsibilityRound.case_id)
        .outerjoin(User, User.id == ResponsibilityRound.begun_by)
        .where(
            ResponsibilityRound.organ_id == start.organ.id,
            ResponsibilityRound.year == start.year,
            ResponsibilityRound.state.in_(("drafting", "issued")),
            ResponsibilityRound.kind != "handover",
        )
    ).all()
    for round_, status, who in rows:
        if status not in ENDED:
            raise Conflict(
                "{who} began the lists of {unit} for {year} on {when}: they are not in force yet.",
                who=who or "-",
                unit=start.organ.name,
                year=start.year,
                when=round_.begun_at,
            )
        round_.state = "stopped"  # its case was stopped
        for one in lists_of(session, round_, "draft", "issued"):
            one.state = "withdrawn"
    session.flush()


def _require_kind(session: Session, start: Start) -> None:
    """A second set of lists is an adjustment of the first, and the first has none before it."""
    known = last_lists(session, start.organ, start.year)
    same = [one for one in known.values() if one.year == start.year]
    if same and not start.carry:
        raise Conflict(
            "{unit} has its lists for {year} since {day}: adjust them instead.",
            unit=start.organ.name,
            year=start.year,
            day=min((one.issued_on for one in same if one.issued_on), default="-"),
        )
    if start.carry and not known:
        raise Refused("There are no lists yet to be adjusted.", guard="first")


def last_lists(session: Session, organ: Unit, year: int) -> dict[int, ResponsibilityList]:
    """By post, the newest list of that year or the year before that was issued."""
    rows = session.scalars(
        select(ResponsibilityList)
        .join(Unit, Unit.id == ResponsibilityList.unit_id)
        .where(
            Unit.path.startswith(organ.path, autoescape=True),
            ResponsibilityList.year.in_((year, year - 1)),
            ResponsibilityList.state.in_(ISSUED),
        )
        .order_by(ResponsibilityList.year, ResponsibilityList.number)
    )
    return {one.post_id: one for one in rows if organ_of(session, one.unit).id == organ.id}


def add_round(
    session: Session, start: Start, *, kind: str, by: User | None, now: datetime
) -> ResponsibilityRound:
    """The next round of the organ and year; Conflict where another took its number meanwhile."""
    last = session.scalar(
        select(func.max(ResponsibilityRound.number)).where(
            ResponsibilityRound.organ_id == start.organ.id, ResponsibilityRound.year == start.year
        )
    )
    made = ResponsibilityRound(
        organ_id=start.organ.id,
        year=start.year,
        number=(last or 0) + 1,
        template_id=start.template_id or None,
        kind=kind,
        state="drafting",
        begun_by=by.id if by else None,
        begun_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise Conflict("Somebody began these lists meanwhile. Please look again.") from error
    return made


def drafts(
    session: Session, round_: ResponsibilityRound, start: Start, *, now: datetime
) -> list[ResponsibilityList]:
    """A draft list for each post of the template that somebody holds; vacant ones get none."""
    template = session.get_one(ResponsibilityTemplate, start.template_id)
    known = last_lists(session, start.organ, start.year) if start.carry else {}
    wanted = {(one.kind, one.post): one for one in charges(template.content)}
    made = []
    for post, unit, user in _held_in(session, start.organ, now=now):
        charge, last = wanted.get((unit.kind, post.kind)), known.get(post.id)
        if last is None and charge is None:
            continue
        row = new_list(session, round_, post, user)
        _describe(row, charge, last)
        session.add(row)
        session.flush()
        copied = lines_of(session, [last.id])[last.id] if last is not None else ()
        add_lines(session, row.id, (_as_said(one) for one in copied) if last else _said(charge))
        made.append(row)
    return made


def _describe(
    row: ResponsibilityList, charge: Charge | None, last: ResponsibilityList | None
) -> None:
    if last is not None:
        row.charge, row.title = last.charge, last.title
    elif charge is not None:
        row.charge, row.title = charge.charge, charge.title


def _held_in(session: Session, organ: Unit, *, now: datetime) -> Sequence[tuple[Post, Unit, User]]:
    day = day_of(now)
    units = {one.id: (place, one) for place, one in enumerate(own_units(session, organ, today=day))}
    rows = session.execute(
        select(Post, User)
        .join(Holding, Holding.post_id == Post.id)
        .join(User, User.id == Holding.user_id)
        .where(
            Post.unit_id.in_(units),
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
            User.enabled.is_(True),
        )
        .order_by(Post.kind, Post.title, Post.id)
    ).all()
    found = [(post, units[post.unit_id][1], user) for post, user in rows]
    return sorted(found, key=lambda one: units[one[1].id][0])


def new_list(
    session: Session, round_: ResponsibilityRound, post: Post, user: User
) -> ResponsibilityList:
    """The post's next edition of the round's year, made out to that person."""
    last = session.scalar(
        select(func.max(ResponsibilityList.number)).where(
            ResponsibilityList.post_id == post.id, ResponsibilityList.year == round_.year
        )
    )
    return ResponsibilityList(
        round_id=round_.id,
        unit_id=post.unit_id,
        post_id=post.id,
        year=round_.year,
        number=(last or 0) + 1,
        user_id=user.id,
        post_then=post.title or post.kind,
        charge="",
        state="draft",
    )


Said = Mapping[str, object]


def _said(charge: Charge | None) -> Iterable[Said]:
    for one in charge.duties if charge else ():
        yield {
            "area": one.area,
            "text": one.text,
            "personal": one.personal,
            "duty_code": one.duty,
            "source": one.source,
        }


def _as_said(line: ResponsibilityLine) -> Said:
    return {name: getattr(line, name) for name in LINE}


def add_lines(session: Session, list_id: int, lines: Iterable[Said]) -> None:
    """The lines stand in the list in this order."""
    for place, said in enumerate(lines, 1):
        session.add(ResponsibilityLine(list_id=list_id, place=place, **said))
    session.flush()


def copy_of(session: Session, row: ResponsibilityList, made: ResponsibilityList) -> None:
    """The new edition says what the old one said."""
    made.charge, made.title = row.charge, row.title
    session.add(made)
    session.flush()
    add_lines(session, made.id, map(_as_said, lines_of(session, [row.id])[row.id]))


def open_case(
    session: Session,
    round_: ResponsibilityRound,
    organ: Unit,
    *,
    by: User | None,
    now: datetime,
) -> Case:
    """The round runs through its diagram; handed over, it goes straight to be issued."""
    org = "work_committee" if organ.kind == UnitKind.WORK_COMMITTEE else "party_group"
    reissue = round_.kind == "handover"
    suffix = f"第{round_.number}版" if round_.number > 1 else ""
    opening = cases.Opening(
        process="responsibility",
        key=f"responsibility:{organ.id}:{round_.year}:{round_.number}",
        title=f"{organ.name}{round_.year}年度责任清单{'（交接重发）' if reissue else suffix}",
        unit_id=organ.id,
        variables={
            "organ": str(organ.id),
            "year": round_.year,
            "edition": round_.number,
            "reissue": reissue,
            "drafters": [],
            "decided_by": {"org": org, "rank": "collective"},
            "lists": {},
        },
    )
    return cases.begin(session, opening, by=by, now=now)


def of_case(session: Session, case_id: int) -> ResponsibilityRound:
    """The round that runs by this case; raises NotFound."""
    found = session.scalar(
        select(ResponsibilityRound).where(ResponsibilityRound.case_id == case_id)
    )
    if found is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return found


def lists_of(
    session: Session, round_: ResponsibilityRound, *states: str
) -> Sequence[ResponsibilityList]:
    """The lists of the round in these states, in the order in which they were made."""
    return session.scalars(
        select(ResponsibilityList)
        .where(ResponsibilityList.round_id == round_.id, ResponsibilityList.state.in_(states))
        .order_by(ResponsibilityList.id)
    ).all()


def lines_of(session: Session, list_ids: Iterable[int]) -> dict[int, list[ResponsibilityLine]]:
    """The lines of each list, in their order."""
    wanted = list(list_ids)
    found: dict[int, list[ResponsibilityLine]] = {one: [] for one in wanted}
    for line in session.scalars(
        select(ResponsibilityLine)
        .where(ResponsibilityLine.list_id.in_(wanted))
        .order_by(ResponsibilityLine.list_id, ResponsibilityLine.place)
    ):
        found[line.list_id].append(line)
    return found
