"""月度通报: drafted from the city's figures, issued by a leader of the work committee, then frozen.

What is issued never changes; where later facts would show other figures, the next month's circular
says so. A month is over before its circular is issued, and who drafted it does not issue it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CityCircular, Holding, Post, Role, Unit, UnitKind, User
from workflows import audit, city_circular_papers, city_picture, definitions, documents, notices
from workflows import numbers as numbering
from workflows.access import Place, Rights
from workflows.city_picture import Figures, Scope
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.forms import Fault
from workflows.periods import Period, period_of

SERIES = "市直工通报"
ISSUE = ("工委书记", "工委分管领导")
READERS = ("党组书记", "机关党委书记", "专职副书记")
PAGE = 50
LONGEST = 5000


@dataclass(frozen=True)
class Row:
    circular: CityCircular
    issuer: str


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row]
    after: int | None  # the month to go on from; none: this was the last page


def may_draft(rights: Rights) -> bool:
    return rights.has_role(Role.SUPERVISOR)


def may_issue(rights: Rights, circular: CityCircular) -> bool:
    """A leader of the work committee, and not who drafted or last changed it."""
    me = rights.user.id
    return rights.holds(*ISSUE) and me not in (circular.drafted_by, circular.changed_by)


def _reads_drafts(rights: Rights) -> bool:
    return may_draft(rights) or rights.holds(*ISSUE)


def page(session: Session, rights: Rights, *, after: int | None = None) -> Page:
    """The newest month first; drafts only for who works on them."""
    wanted = select(CityCircular).order_by(CityCircular.month.desc()).limit(PAGE + 1)
    require_reader(rights)
    if not _reads_drafts(rights):
        wanted = wanted.where(CityCircular.state == "issued")
    if after is not None:
        wanted = wanted.where(CityCircular.month < after)
    found = session.scalars(wanted).all()
    ids = {one.issued_by for one in found}
    names: dict[int, str] = dict(
        session.execute(select(User.id, User.name).where(User.id.in_(ids))).all()
    )
    rows = [Row(one, names.get(one.issued_by or 0, "")) for one in found[:PAGE]]
    return Page(rows, rows[-1].circular.month if len(found) > PAGE else None)


def require_reader(rights: Rights) -> None:
    """Raises NotAllowed for who leads no organ and does not work for the committee."""
    if not city_picture.may_see(rights):
        raise NotAllowed("This is not among your duties.")


def get(session: Session, circular_id: int, *, rights: Rights) -> CityCircular:
    """The circular, if the person may read it; else NotFound."""
    row = session.get(CityCircular, circular_id)
    opened = row is not None and (row.state == "issued" or _reads_drafts(rights))
    if row is None or not opened or not city_picture.may_see(rights):
        raise NotFound("There is no such circular, or it is not yours to see.")
    return row


def name_of(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id else None
    return user.name if user else ""


def span_of(month: int) -> Period:
    return period_of("month", date(month // 100, month % 100, 1))


def draft(session: Session, month: int, *, rights: Rights, now: datetime) -> CityCircular:
    """The month's circular is open with the figures of now. Refused for a month to come;
    Conflict where there is one already."""
    if not may_draft(rights):
        raise NotAllowed("This is not among your duties.")
    today = day_of(now)
    if not 1 <= month % 100 <= 12 or not 2000 <= month // 100 <= today.year:
        raise Invalid("Please mend what is marked.", fields={"month": Fault("Choose a month.")})
    if span_of(month).first > today:
        raise Refused("The month has not begun.", guard="month")
    unit = _committee(session)
    session.refresh(unit, with_for_update=True)  # two at once: the second sees the first
    known = _of_month(session, unit, month)
    if known is not None:
        who = name_of(session, known.drafted_by)
        raise Conflict("{who} drafted the circular of this month already.", who=who)
    row = CityCircular(
        unit_id=unit.id,
        month=month,
        state="draft",
        figures=_figures(session, unit, month, now),
        drafted_by=rights.user.id,
        changed_by=rights.user.id,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "circular_drafted", rights.user, now)
    return row


def _committee(session: Session) -> Unit:
    found = session.scalars(
        select(Unit).where(Unit.kind == UnitKind.WORK_COMMITTEE).order_by(Unit.code)
    ).first()
    if found is None:
        raise NotFound("There is no work committee that issues circulars.")
    return found


def _of_month(session: Session, unit: Unit, month: int) -> CityCircular | None:
    return session.scalar(
        select(CityCircular).where(CityCircular.unit_id == unit.id, CityCircular.month == month)
    )


def _scope(session: Session, unit: Unit) -> Scope:
    """The city with what every organ may be told, whoever drafts."""
    nobody = User(id=0, login="", name="")
    place = Place(0, Role.SUPERVISOR, unit.id, unit.path, is_role=True)
    return city_picture.for_all(city_picture.scope_of(session, Rights(nobody, (place,))))


def _figures(session: Session, unit: Unit, month: int, now: datetime) -> Figures:
    scope, span = _scope(session, unit), span_of(month)
    year = period_of("year", span.first)
    return {
        "month": city_picture.figures(session, scope, span, now=now),
        "year": city_picture.figures(session, scope, year, now=now),
        "past": city_picture.past(session, scope, span),
        "changes": _changes(session, scope, month),
    }


def _changes(session: Session, scope: Scope, month: int) -> list[dict[str, Any]]:
    """What the last issued circular said and is otherwise by now."""
    last = session.scalars(
        select(CityCircular)
        .where(CityCircular.month < month, CityCircular.state == "issued")
        .order_by(CityCircular.month.desc())
        .limit(1)
    ).first()
    if last is None:
        return []
    said = last.figures["month"]
    by_now = city_picture.counted(session, scope, span_of(last.month))
    return [
        {"number": last.number, "figure": name, "kind": kind, "was": was, "is": now_is}
        for kind in ("duties", "findings", "rectified")
        for name in dict.fromkeys([*said[kind], *by_now[kind]])
        if (was := said[kind].get(name, 0)) != (now_is := by_now[kind].get(name, 0))
    ]


def change(
    session: Session,
    circular: CityCircular,
    remarks: str,
    *,
    version: int,
    anew: bool,
    rights: Rights,
    now: datetime,
) -> None:
    """The remarks are kept; `anew`: the figures are taken as they stand now."""
    if not _reads_drafts(rights):
        raise NotAllowed("This is not among your duties.")
    _require_draft(session, circular, version)
    if len(remarks) > LONGEST:
        fault = Fault("At most {most} characters.", most=LONGEST)
        raise Invalid("Please mend what is marked.", fields={"remarks": fault})
    circular.remarks = remarks
    if anew:
        unit = session.get_one(Unit, circular.unit_id)
        circular.figures = _figures(session, unit, circular.month, now)
    circular.changed_by, circular.changed_at = rights.user.id, now
    session.flush()
    _note(session, circular, "circular_changed", rights.user, now)


def _require_draft(session: Session, circular: CityCircular, version: int) -> None:
    """Conflict where somebody issued or changed it since the page was shown."""
    session.refresh(circular, with_for_update=True)  # two at once: the second sees the first
    if circular.state == "issued":
        who, when = name_of(session, circular.issued_by), circular.issued_at
        raise Conflict("{who} issued it on {when}; it is frozen.", who=who, when=when)
    if circular.version != version:
        who, when = name_of(session, circular.changed_by), circular.changed_at
        raise Conflict("{who} changed it on {when}. Please look again.", who=who, when=when)


def issue(
    session: Session, circular: CityCircular, *, version: int, rights: Rights, now: datetime
) -> None:
    """It has its number, its figures are frozen, and the organs' leaders hear of it."""
    if not rights.holds(*ISSUE):
        raise NotAllowed("This is not among your duties.")
    _require_draft(session, circular, version)
    if not may_issue(rights, circular):
        raise Refused("Who drafted or changed it last does not issue it.", guard="second_person")
    taken = datetime.fromisoformat(circular.figures["month"]["at"])
    if day_of(taken) <= span_of(circular.month).last:
        raise Refused(
            "The month was not over when the figures were taken: take them anew.", guard="month"
        )
    circular.number = numbering.next_number(session, SERIES, now=now)
    circular.state, circular.issued_by, circular.issued_at = "issued", rights.user.id, now
    session.flush()
    _note(session, circular, "circular_issued", rights.user, now)
    for user_id in _readers(session, circular, now):
        notices.notify(
            session,
            key=f"city_circular:{circular.id}:{user_id}",
            recipient_id=user_id,
            kind="city_circular",
            facts={"title": title_of(circular), "number": circular.number},
            now=now,
        )


def _readers(session: Session, circular: CityCircular, now: datetime) -> Sequence[int]:
    """Who leads an organ or its party work on that day."""
    unit, day = session.get_one(Unit, circular.unit_id), day_of(now)
    return session.scalars(
        select(Holding.user_id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Post.kind.in_(READERS),
            Unit.path.startswith(unit.path, autoescape=True),
            Holding.since <= day,
            Holding.until.is_(None) | (Holding.until > day),
        )
        .distinct()
        .order_by(Holding.user_id)
    ).all()


def title_of(circular: CityCircular) -> str:
    return f"{span_of(circular.month).label}机关党建责任落实情况通报"


def values(session: Session, circular: CityCircular, *, now: datetime) -> dict[str, Any]:
    """What the circular is told; a draft carries no number."""
    day = day_of(circular.issued_at or now)
    return {
        "number": circular.number or "（征求意见稿）",
        "title": title_of(circular),
        "issuer": session.get_one(Unit, circular.unit_id).name,
        "signed_on": documents.chinese_date(day),
        "addressee": "各市直单位党组（党委）、机关党委",
        **city_circular_papers.said(circular.figures, circular.remarks),
    }


def paper(session: Session, circular: CityCircular, *, now: datetime) -> bytes:
    """The circular as .docx."""
    process = definitions.latest(session, "supervision", now=now)
    said = values(session, circular, now=now)
    return documents.fill(session, process.id, "city_circular", said)


def _note(session: Session, circular: CityCircular, action: str, by: User, now: datetime) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=circular,
        now=now,
        unit_id=circular.unit_id,
        detail={"month": circular.month, "number": circular.number or ""},
    )
