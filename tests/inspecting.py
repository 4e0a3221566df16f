"""An inspection on its way: the acts of the cast, named once for the tests of all its parts."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Assessment,
    Case,
    DutyRule,
    Evidence,
    FieldFinding,
    Inspection,
    Recusal,
    Sample,
    Scheme,
    StoredFile,
    SupervisionPlanEntry,
    User,
    Visit,
)
from tests.cast import Cast, assemble, install
from workflows import inspection_plans, inspection_visits, inspections
from workflows.deadlines import day_of
from workflows.inspection_overlaps import Said
from workflows.inspection_visits import Noted, Problem, Verdict, Wanted

TEAM = ("supervisor2", "supervisor3")
TOPIC = "破解两张皮集中督导调研"
FACT = "第一季度支部党员大会记录与实际不符"


def city(session: Session, now: datetime) -> Cast:
    """The cast, with all that ships in force."""
    install(session, now)
    return assemble(session)


def said(cast: Cast, now: datetime, **more: Any) -> Said:
    """An item of the plan that visits 财政局 from today for three weeks."""
    today = day_of(now)
    given: dict[str, Any] = {
        "code": "DJ-01",
        "kind": "topical",
        "comprehensive": False,
        "topic": TOPIC,
        "from_day": today,
        "to_day": today + timedelta(days=20),
        "units": (cast.units["finance"].id,),
    }
    return Said(**(given | more))


def planned(cast: Cast, now: datetime, **more: Any) -> SupervisionPlanEntry:
    return inspection_plans.enter(
        cast.session, cast.units["work"], said(cast, now, **more), year=day_of(now).year,
        rights=cast.rights("supervisor", now), now=now,
    )  # fmt: skip


def filed(cast: Cast, now: datetime, **more: Any) -> SupervisionPlanEntry:
    """The item stands in the plan under its number."""
    entry = planned(cast, now, **more)
    rights = cast.rights("supervisor", now)
    inspection_plans.file(
        cast.session,
        cast.units["work"],
        entry.year,
        "备〔2026〕7号",
        on=day_of(now),
        rights=rights,
        now=now,
    )
    return entry


def begun(cast: Cast, now: datetime, **more: Any) -> Case:
    entry = filed(cast, now, **more)
    rights = cast.rights("supervisor", now)
    return inspections.begin(cast.session, entry, rights=rights, now=now)


def plan(cast: Cast, now: datetime, *units: str, team: tuple[str, ...] = TEAM) -> dict[str, Any]:
    """The form of the working plan."""
    today = day_of(now)
    members = [str(cast.users[name].id) for name in team]
    return {
        "topic": TOPIC,
        "basis": ["organs_33", "year_plan"],
        "methods": ["listen", "look", "ask", "visit", "check"],
        "from": today.isoformat(),
        "to": (today + timedelta(days=20)).isoformat(),
        "teams": [
            {"unit": str(cast.units[unit].id), "members": members} for unit in units or ("finance",)
        ],
    }


def running(cast: Cast, now: datetime, *units: str) -> Case:
    """The units have their notice, the field work is open."""
    chosen = units or ("finance",)
    case = begun(cast, now, units=tuple(cast.units[one].id for one in chosen))
    cast.do(case, "draft_inspection", "supervisor", now, plan(cast, now, *chosen))
    cast.do(case, "approve_inspection", "work_secretary", now, {"verdict": "approve"})
    return case


def visit_of(cast: Cast, case: Case, unit: str = "finance") -> Visit:
    wanted = (
        select(Visit)
        .join(Inspection, Inspection.id == Visit.inspection_id)
        .where(Inspection.case_id == case.id, Visit.unit_id == cast.units[unit].id)
    )
    return cast.session.scalars(wanted).one()


def records(cast: Cast, count: int, now: datetime, unit: str = "finance_branch") -> list[str]:
    """So many records of meetings of the last weeks are on file."""
    rule = cast.session.scalars(select(DutyRule).where(DutyRule.code == "DYDH")).one()
    made = [
        Evidence(
            rule_id=rule.id, period=20260101, unit_id=cast.units[unit].id,
            held_on=day_of(now) - timedelta(days=1 + at % 30), handed_in_at=now,
        )
        for at in range(count)
    ]  # fmt: skip
    cast.session.add_all(made)
    cast.session.flush()
    return [str(one.id) for one in made]


def drawn(cast: Cast, visit: Visit, now: datetime, size: int = 3, seed: str = "") -> Sample:
    wanted = Wanted("meeting", day_of(now) - timedelta(days=60), day_of(now), size)
    rights = cast.rights(TEAM[0], now)
    return inspection_visits.draw(cast.session, visit, wanted, rights=rights, now=now, seed=seed)


def found(
    cast: Cast, visit: Visit, now: datetime, severity: str = "general", **more: Any
) -> FieldFinding:
    """A piece of evidence, and a problem that cites it."""
    rights = cast.rights(TEAM[0], now)
    noted = Noted("check", day_of(now), "查阅会议记录原件")
    piece = inspection_visits.add_evidence(cast.session, visit, noted, rights=rights, now=now)
    given = {
        "fact": FACT,
        "severity": severity,
        "rule": "organs/2019",
        "evidence": (piece.id,),
        "requirement": "如实补正记录，健全会议记录审签制度",
    }
    return inspection_visits.add_problem(
        cast.session, visit, Problem(**(given | more)), rights=rights, now=now
    )


def hand_in(cast: Cast, case: Case, now: datetime, outcome: str, unit: str = "finance") -> None:
    """The team leaves the unit."""
    answers = {"visited_on": day_of(now).isoformat(), "outcome": outcome,
               "signature": TEAM[0]}  # fmt: skip
    cast.do(case, "field_work", TEAM[0], now, answers, str(cast.units[unit].id))


def heard(cast: Cast, case: Case, row: FieldFinding, now: datetime, unit: str = "finance") -> None:
    """The unit agrees and hands in its step; the team keeps the problem."""
    who, item = f"{unit}_secretary", str(cast.units[unit].id)
    inspection_visits.answer(cast.session, row, "agree", "", rights=cast.rights(who, now), now=now)
    cast.do(case, "hear_unit", who, now, {"read": True, "signature": who}, item)
    rights = cast.rights(TEAM[0], now)
    inspection_visits.settle(cast.session, row, Verdict("keep", "属实"), rights=rights, now=now)
    cast.do(case, "settle_findings", TEAM[0], now, {"signature": TEAM[0]}, item)


def concluded(cast: Cast, case: Case, now: datetime, minutes: str) -> None:
    """Summed up by a supervisor, approved by the committee."""
    summary = {"common": "重形式轻实效", "suggestions": "健全制度"}
    cast.do(case, "write_summary", "supervisor", now, summary)
    verdict = {"verdict": "approve", "held_on": day_of(now).isoformat(), "minutes": minutes}
    cast.do(case, "approve_summary", "work_secretary", now, verdict)


def paper(cast: Cast, case: Case, now: datetime) -> str:
    """The id of a file of the case, as minutes."""

    file = StoredFile(
        sha256="0" * 64, size=1, media_type="application/pdf", name="纪要.pdf", case_id=case.id,
        stored_at=now, stored_by=cast.users["work_secretary"].id,
    )  # fmt: skip
    cast.session.add(file)
    cast.session.flush()
    return str(file.id)


def declare(cast: Cast, user: str, unit: str, now: datetime) -> None:
    """The person has declared to be close to the unit."""

    scheme = Scheme(group="organs", year=2025, number=1, name="s", content={}, status="published",
                    made_at=now)  # fmt: skip
    cast.session.add(scheme)
    cast.session.flush()
    assessment = Assessment(group="organs", year=2025, scheme_id=scheme.id,
                            cutoff=date(2025, 12, 31))  # fmt: skip
    cast.session.add(assessment)
    cast.session.flush()
    person: User = cast.users[user]
    cast.session.add(
        Recusal(
            assessment_id=assessment.id,
            user_id=person.id,
            unit_id=cast.units[unit].id,
            ground="relative",
            declared_by=person.id,
            declared_at=now,
        )
    )
    cast.session.flush()
