"""调研 (重大问题研究): what was gathered, claims that rest on it, a report.

No claim without at least one piece of evidence; what is concluded is frozen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    Claim,
    Inspection,
    Research,
    Researcher,
    ResearchSource,
    Role,
    Survey,
    Unit,
    User,
)
from workflows import audit, citations, field_notes, numbers, research_reports, surveys
from workflows.access import Rights, require_role, visible_cases, within
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.field_notes import Holder
from workflows.forms import Fault

KINDS = ("problem", "cause", "suggestion")
PAGE = 50
LONGEST = 10_000
SERIES = "研"  # with the reports of surveys


@dataclass(frozen=True)
class Plan:
    """What a research is about, and who does it."""

    title: str
    question: str
    team: Sequence[int] = field(default_factory=tuple)
    surveys: Sequence[int] = field(default_factory=tuple)
    inspections: Sequence[int] = field(default_factory=tuple)


@dataclass(frozen=True)
class Said:
    """A claim as it was typed."""

    kind: str
    text: str
    evidence: Sequence[str]


@dataclass(frozen=True)
class Filter:
    words: str = ""
    state: str = ""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Research]
    after: int | None  # the id to go on from; none: this was the last page


def visible(rights: Rights) -> ColumnElement[bool]:
    """A condition on Research: its team, and whoever supervises or leads the unit that does it."""
    mine = exists().where(
        Researcher.research_id == Research.id, Researcher.user_id == rights.user.id
    )
    there = exists().where(Unit.id == Research.unit_id, within(rights.paths((Role.SUPERVISOR,))))
    return or_(mine.correlate(Research), there.correlate(Research))


def page(
    session: Session, rights: Rights, chosen: Filter, *, after: int | None = None, size: int = PAGE
) -> Page:
    """The latest first."""
    conditions = [visible(rights)]
    if chosen.words:
        conditions.append(Research.title.contains(chosen.words, autoescape=True))
    if chosen.state:
        conditions.append(Research.state == chosen.state)
    if after is not None:
        conditions.append(Research.id < after)
    wanted = select(Research).where(*conditions).order_by(Research.id.desc()).limit(size + 1)
    rows = session.scalars(wanted).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def get(session: Session, research_id: int, *, rights: Rights) -> Research:
    """The research, for who may see it; NotFound else."""
    found = session.scalar(select(Research).where(Research.id == research_id, visible(rights)))
    if found is None:
        raise NotFound("There is no such research, or it is not yours to see.")
    return found


def holder(session: Session, research: Research) -> Holder:
    """Its talks and visits, with the team that records them."""
    members = select(Researcher.user_id).where(Researcher.research_id == research.id)
    return Holder(team=frozenset(session.scalars(members)), research=research)


def team_of(session: Session, research: Research) -> Sequence[User]:
    return session.scalars(
        select(User)
        .join(Researcher, Researcher.user_id == User.id)
        .where(Researcher.research_id == research.id)
        .order_by(User.name, User.id)
    ).all()


def sources_of(session: Session, research: Research) -> Mapping[str, list[int]]:
    """The surveys and inspections that it takes in, by kind."""
    rows = session.scalars(
        select(ResearchSource).where(ResearchSource.research_id == research.id)
    ).all()
    return {
        kind: sorted(one.source_id for one in rows if one.kind == kind)
        for kind in ("survey", "inspection")
    }


def offered(session: Session, *, rights: Rights) -> dict[str, list[tuple[str, str]]]:
    """The surveys and inspections that this person may take in: (id, title), the latest first."""
    asked = session.execute(
        select(Survey.id, Survey.title)
        .where(surveys.visible(rights), Survey.state.in_(("open", "settled")))
        .order_by(Survey.id.desc())
        .limit(200)
    )
    looked = session.execute(
        select(Inspection.id, Inspection.topic)
        .join(Case, Case.id == Inspection.case_id)
        .where(visible_cases(rights))
        .order_by(Inspection.id.desc())
        .limit(200)
    )
    return {
        "survey": [(str(one), title) for one, title in asked],
        "inspection": [(str(one), topic) for one, topic in looked],
    }


def begin(session: Session, plan: Plan, *, rights: Rights, now: datetime) -> Research:
    """A supervisor's research is open; he belongs to its team."""
    require_role(rights, Role.SUPERVISOR)
    _require_plan(session, plan, rights)
    place = next(one for one in rights.places if one.is_role and one.name == Role.SUPERVISOR)
    research = Research(
        title=plan.title.strip(),
        question=plan.question.strip(),
        unit_id=place.unit_id,
        state="running",
        opened_by=rights.user.id,
        opened_at=now,
        changed_by=rights.user.id,
        changed_at=now,
    )
    session.add(research)
    session.flush()
    _keep(session, research, plan)
    _note(session, research, "research_begun", rights.user, now)
    return research


def change(
    session: Session,
    research: Research,
    plan: Plan,
    *,
    version: int,
    rights: Rights,
    now: datetime,
) -> None:
    """Question, team and sources are as said; Conflict where somebody was faster."""
    require_team(session, research, rights)
    if research.version != version:
        raise field_notes.overtaken(session, research.changed_by, research.changed_at)
    _require_plan(session, plan, rights)
    research.title, research.question = plan.title.strip(), plan.question.strip()
    if _cited_surveys(session, research) - set(plan.surveys):
        raise Refused("A claim rests on a survey that would be left out.", guard="evidence")
    research.changed_by, research.changed_at = rights.user.id, now
    _keep(session, research, plan)
    _note(session, research, "research_changed", rights.user, now)


def _cited_surveys(session: Session, research: Research) -> set[int]:
    refs = [ref.split(":") for one in claims_of(session, research) for ref in one.evidence]
    return {int(ref[1]) for ref in refs if ref[0] == "survey"}


def _require_plan(session: Session, plan: Plan, rights: Rights) -> None:
    faults: dict[str, str] = {}
    for name, text, most in (("title", plan.title, 200), ("question", plan.question, LONGEST)):
        if not text.strip():
            faults[name] = Fault("Please fill this in.")
        elif len(text) > most:
            faults[name] = Fault("No more than {limit} characters, please.", limit=most)
    known = offered(session, rights=rights)
    for name, kind, ids in (
        ("surveys", "survey", plan.surveys),
        ("inspections", "inspection", plan.inspections),
    ):
        if {str(one) for one in ids} - {one for one, _ in known[kind]}:
            faults[name] = Fault("Please choose one of the list.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def _keep(session: Session, research: Research, plan: Plan) -> None:
    for model in (Researcher, ResearchSource):
        for row in session.scalars(select(model).where(model.research_id == research.id)):
            session.delete(row)
    session.flush()
    members = {*plan.team, research.opened_by}
    session.add_all(Researcher(research_id=research.id, user_id=one) for one in members)
    chosen = [("survey", one) for one in plan.surveys]
    chosen += [("inspection", one) for one in plan.inspections]
    session.add_all(
        ResearchSource(research_id=research.id, kind=kind, source_id=one) for kind, one in chosen
    )
    session.flush()


def require_team(session: Session, research: Research, rights: Rights) -> None:
    """Raises NotAllowed for who is not of the team, Conflict once it is concluded."""
    if rights.user.id not in holder(session, research).team:
        raise NotAllowed("Only its team works on this research.")
    if research.state != "running":
        raise Conflict("This research is concluded: its report is frozen.")


def claims_of(session: Session, research: Research) -> Sequence[Claim]:
    """Problems, then causes, then suggestions, each in the order in which they were made."""
    rows = session.scalars(select(Claim).where(Claim.research_id == research.id)).all()
    return sorted(rows, key=lambda one: (KINDS.index(one.kind), one.id))


def claim(session: Session, research: Research, claim_id: int) -> Claim:
    found = session.get(Claim, claim_id)
    if found is None or found.research_id != research.id:
        raise NotFound("There is no such claim.")
    return found


def put_claim(
    session: Session,
    research: Research,
    said: Said,
    *,
    row: Claim | None = None,
    version: int = 0,
    rights: Rights,
    now: datetime,
) -> Claim:
    """The claim stands, on its evidence; Invalid by field without any, Conflict with who and when
    where somebody was faster."""
    require_team(session, research, rights)
    _require_grounded(session, research, said)
    if row is not None and row.version != version:
        raise field_notes.overtaken(session, row.changed_by, row.changed_at)
    row = row or Claim(research_id=research.id, made_by=rights.user.id)
    row.kind, row.text, row.evidence = said.kind, said.text.strip(), list(said.evidence)
    row.changed_by, row.changed_at = rights.user.id, now
    session.add(row)
    session.flush()
    _note(session, research, "research_claimed", rights.user, now, claim=str(row.id))
    return row


def _require_grounded(session: Session, research: Research, said: Said) -> None:
    faults: dict[str, str] = {}
    if said.kind not in KINDS:
        faults["kind"] = Fault("Please choose one of the list.")
    if not said.text.strip():
        faults["text"] = Fault("Please fill this in.")
    elif len(said.text) > LONGEST:
        faults["text"] = Fault("No more than {limit} characters, please.", limit=LONGEST)
    sources = citations.of_research(session, research.id)
    if not said.evidence or citations.unknown(said.evidence, sources):
        faults["evidence"] = Fault("Cite at least one piece of evidence.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def drop_claim(
    session: Session, research: Research, row: Claim, *, rights: Rights, now: datetime
) -> None:
    """The claim is made no more; that it was stands in the trail."""
    require_team(session, research, rights)
    session.delete(row)
    session.flush()
    _note(session, research, "research_claim_dropped", rights.user, now, claim=str(row.id))


def _note(
    session: Session,
    research: Research,
    action: str,
    by: User,
    now: datetime,
    **detail: Any,
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=research,
        now=now,
        unit_id=research.unit_id,
        detail={"title": research.title, **detail},
    )


def conclude(session: Session, research: Research, *, rights: Rights, now: datetime) -> None:
    """The report has its number and is frozen as the claims and their evidence stand; Refused
    without a problem."""
    require_team(session, research, rights)
    claims = claims_of(session, research)
    if not any(one.kind == "problem" for one in claims):
        raise Refused("A research ends with at least one problem on its evidence.", guard="claims")
    number = numbers.next_number(session, SERIES, now=now)
    research.report = research_reports.of(session, research, claims, now=now, number=number)
    research.state = "concluded"
    research.concluded_by, research.concluded_at = rights.user.id, now
    session.flush()
    _note(session, research, "research_concluded", rights.user, now)


def named_sources(
    session: Session, sources: Mapping[str, Sequence[int]]
) -> dict[str, list[tuple[int, str]]]:
    """What it takes in, by kind: (id, title)."""
    asked = select(Survey.id, Survey.title).where(Survey.id.in_(sources["survey"]))
    looked = select(Inspection.id, Inspection.topic).where(Inspection.id.in_(sources["inspection"]))
    return {
        "survey": [(one, title) for one, title in session.execute(asked.order_by(Survey.id))],
        "inspection": [
            (one, topic) for one, topic in session.execute(looked.order_by(Inspection.id))
        ],
    }
