"""督导检查: from the filed item or the daily need to the units that are told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    Holding,
    Inspection,
    Post,
    SupervisionPlanEntry,
    Unit,
    UnitKind,
    User,
    Visit,
)
from workflows import cases, codes, conflicts, documents, inspection_overlaps, inspection_plans
from workflows.access import Rights
from workflows.assessment_rounds import committee_of
from workflows.deadlines import day_of
from workflows.documents import Paper, chinese_date
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.inspection_overlaps import DAILY, KINDS, Said
from workflows.parties import ids_of, names, posts_people
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import HEADS

TEAM_MIN = "team_min"


def begin(session: Session, entry: SupervisionPlanEntry, *, rights: Rights, now: datetime) -> Case:
    """The filed item runs: its plan waits in the supervisors' inbox; begun again, it is the same.

    Refused for an item that was not filed or was taken out of the plan.
    """
    organ = session.get_one(Unit, entry.organ_id)
    inspection_plans.require_planner(rights, organ)
    if entry.withdrawn_at is not None:
        raise Refused("“{name}” was taken out of the plan.", name=entry.topic, guard="withdrawn")
    if not entry.register_no:
        raise Refused(
            "“{name}” is not filed yet: enter the number under which the plan is filed.",
            name=entry.topic,
            guard="filed",
        )
    units = inspection_plans.units_of(session, [entry.id]).get(entry.id, [])
    said = {
        "entry": str(entry.id),
        "register_no": entry.register_no,
        "comprehensive": entry.comprehensive,
        "topic": entry.topic,
        "from": entry.from_day.isoformat(),
        "to": entry.to_day.isoformat(),
        "planned": [str(one.id) for one in units],
    }
    return _open(session, organ, entry.kind, entry.topic, said, rights=rights, now=now)


def begin_daily(
    session: Session, organ: Unit, topic: str, *, rights: Rights, now: datetime
) -> Case:
    """日常跟踪问效 needs no item of the plan; the same topic on the same day finds the first."""
    inspection_plans.require_planner(rights, organ)
    topic = topic.strip()[:100]
    if not topic:
        raise Invalid("Please mend what is marked.", fields={"topic": "Please fill this in."})
    said = {
        "entry": f"{DAILY}:{organ.id}:{day_of(now)}:{topic}",
        "register_no": "",
        "comprehensive": False,
        "topic": topic,
        "planned": [],
    }
    return _open(session, organ, DAILY, topic, said, rights=rights, now=now)


def _open(
    session: Session,
    organ: Unit,
    kind: str,
    topic: str,
    said: Mapping[str, Any],
    *,
    rights: Rights,
    now: datetime,
) -> Case:  # fmt: skip
    rank = "deputy" if kind == DAILY else "principal"
    opening = cases.Opening(
        process="inspection",
        key=f"inspection:{said['entry']}",
        title=f"{KINDS[kind]}：{topic}"[:200],
        unit_id=organ.id,
        variables={**said, "kind": kind, "led_by": {"org": "work_committee", "rank": rank}},
    )
    return cases.begin(session, opening, by=rights.user, now=now)


def of_case(act: Act) -> Inspection:
    """The inspection that the case at hand runs."""
    return act.session.scalars(select(Inspection).where(Inspection.case_id == act.case.id)).one()


def visits(session: Session, inspection: Inspection) -> Sequence[Visit]:
    """Its units, in the order in which they were named."""
    return session.scalars(
        select(Visit).where(Visit.inspection_id == inspection.id).order_by(Visit.id)
    ).all()


@dataclass(frozen=True)
class Party:
    """A unit and who goes there."""

    unit: Unit
    members: tuple[int, ...]


@guard("inspection", "draft_inspection")
def the_plan_holds(act: Act) -> None:
    """Teams of two or more that are free, days and units as they were filed, no overlap."""
    said = act.answers
    faults: dict[str, str] = {}
    parties = _parties(act, faults)
    start, end = date.fromisoformat(said["from"]), date.fromisoformat(said["to"])
    if end < start or day_of(act.now) > end:
        faults["to"] = Fault("The last day lies not before the first, nor before today.")
    if not faults.get("to"):
        _require_as_filed(act, parties, start, end, faults)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    organ = act.session.get_one(Unit, act.case.unit_id)
    act.session.refresh(organ, with_for_update=True)  # two at once: the second sees the first
    inspection_overlaps.require_free(
        act.session, organ, _as_said(act, parties, start, end), year=start.year, but=_own(act)
    )


def _as_said(act: Act, parties: Sequence[Party], start: date, end: date) -> Said:
    return Said(
        code="",
        kind=act.vars["kind"],
        comprehensive=False,  # counted when it was planned
        topic=act.answers["topic"],
        from_day=start,
        to_day=end,
        units=tuple(one.unit.id for one in parties),
    )


def _own(act: Act) -> int | None:
    """The item that the case runs, or for a daily one what was drafted before."""
    entry = str(act.vars["entry"])
    if entry.isdecimal():
        return int(entry)
    found = select(Inspection.id).where(Inspection.case_id == act.case.id)
    return act.session.scalar(found)


def _parties(act: Act, faults: dict[str, str]) -> list[Party]:
    parties: list[Party] = []
    for row in act.answers["teams"]:
        unit = act.session.get(Unit, int(row["unit"]))
        if unit is None or unit.id in {one.unit.id for one in parties}:
            faults["teams"] = Fault("Each unit has one line.")
            continue
        parties.append(Party(unit, tuple(ids_of(row["members"]))))
        if fault := _team_fault(act, parties[-1]):
            faults["teams"] = fault
    return parties


def _team_fault(act: Act, party: Party) -> Fault | None:
    """Too few, or somebody who has to keep out (回避), by name."""
    close = conflicts.of_unit(act.session, party.unit, party.members)
    if close:
        who = "、".join(one.user.name for one in close if one.ground == close[0].ground)
        unit = party.unit.name
        if close[0].ground == conflicts.SAME_UNIT:
            return Fault("{unit}: {names} belong to it and keep out.", unit=unit, names=who)
        return Fault(
            "{unit}: {names} have declared to be close to it and keep out.", unit=unit, names=who
        )
    least = int(act.rule(TEAM_MIN))
    if len(set(party.members)) < least:
        return Fault("{unit}: at least {least} go there.", unit=party.unit.name, least=least)
    return None


def _require_as_filed(
    act: Act, parties: Sequence[Party], start: date, end: date, faults: dict[str, str]
) -> None:
    """What was filed is what is done: topic, days within, units among those filed."""
    if not act.vars["register_no"]:
        return
    if act.answers["topic"] != act.vars["topic"]:
        faults["topic"] = Fault("It was filed as “{topic}”.", topic=act.vars["topic"])
    if start.isoformat() < act.vars["from"] or end.isoformat() > act.vars["to"]:
        faults["from"] = Fault(
            "It was filed for {start} to {end}.", start=act.vars["from"], end=act.vars["to"]
        )
    strange = [one.unit.name for one in parties if str(one.unit.id) not in act.vars["planned"]]
    if strange:
        faults["teams"] = Fault("{names}: not among the units filed.", names="、".join(strange))


@effect("inspection", "draft_inspection")
def drafted(act: Act) -> None:
    """Units, teams and days stand in the case, as the plan says."""
    parties = _parties(act, {})
    act.vars["units"] = {
        str(one.unit.id): {
            "unit": str(one.unit.id),
            "committee": str(committee_of(act.session, one.unit).id),
            "name": one.unit.name,
            "team": [str(user) for user in one.members],
        }
        for one in parties
    }
    end = act.calendar.end_of_day(date.fromisoformat(act.answers["to"]))
    act.vars["due"]["field"] = end.isoformat()


@operation("check_register")
def check_register(act: Act) -> None:
    """核计划登记: the inspection and its visits stand; drafted again, as they are drafted now."""
    said = act.vars["draft_inspection"]
    entry = str(act.vars["entry"])
    row = act.session.scalar(select(Inspection).where(Inspection.case_id == act.case.id))
    row = row or Inspection(
        case_id=act.case.id,
        organ_id=act.case.unit_id,
        entry_id=int(entry) if entry.isdecimal() else None,
        kind=act.vars["kind"],
        register_no=act.vars["register_no"],
    )
    row.topic, row.methods, row.state = said["topic"], said["methods"], "drafted"
    row.from_day, row.to_day = date.fromisoformat(said["from"]), date.fromisoformat(said["to"])
    act.session.add(row)
    act.session.flush()
    act.session.execute(delete(Visit).where(Visit.inspection_id == row.id))
    act.session.add_all(
        Visit(inspection_id=row.id, unit_id=int(key), team=item["team"])
        for key, item in act.vars["units"].items()
    )
    act.session.flush()


@operation("notify_units")
def notify_units(act: Act) -> None:
    """通知: each unit gets its own, with who comes, when and why; the teams may see the case."""
    row = of_case(act)
    row.state = "running"
    for visit in visits(act.session, row):
        unit = act.session.get_one(Unit, visit.unit_id)
        for user_id in ids_of(visit.team):
            cases.take_part(act.session, act.case, user_id, "team", now=act.now)
        about, serve = f"unit-{unit.id}", secretaries(act, unit)
        told = _notice(act, row, visit, unit)
        documents.issue(act, Paper("inspection_notice", told, about=about, serve=serve))


def _notice(act: Act, row: Inspection, visit: Visit, unit: Unit) -> dict[str, Any]:
    return {
        "subject": unit.name,
        "addressee": unit.name,
        "basis": codes.named("inspection_basis", act.vars["draft_inspection"]["basis"]),
        "kind": KINDS[row.kind],
        "topic": row.topic,
        "from_day": chinese_date(row.from_day),
        "to_day": chinese_date(row.to_day),
        "methods": methods(row),
        "team": "、".join(names(act, visit.team)),
        "register_no": row.register_no,
    }


def methods(row: Inspection) -> str:
    """听、看、问、访、查, as far as they are used."""
    return codes.named("survey_method", row.methods)


def secretaries(act: Act, unit: Unit) -> list[int]:
    """Who answers for the unit's party work today."""
    return posts_people(act, committee_of(act.session, unit), "机关党委书记")


def head_of(session: Session, unit: Unit, day: date) -> str:
    """Who headed the unit on that day, with the post held then; empty where nobody did."""
    rows = session.execute(
        select(User.name, Post.title, Post.kind)
        .join(Holding, Holding.user_id == User.id)
        .join(Post, Post.id == Holding.post_id)
        .where(
            Post.unit_id == unit.id,
            Post.kind == HEADS.get(UnitKind(unit.kind), ""),
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
        .order_by(User.id)
    )
    return "；".join(f"{name}（{title or kind}）" for name, title, kind in rows)[:200]
