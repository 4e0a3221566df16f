"""问卷与访谈 as its diagram runs it: designed, approved, sent out, settled, concluded, released.

It finds out how things are and finds nobody guilty (processes.md §11).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, FieldNote, Questionnaire, Role, Survey, Task, Unit, User
from models.ids import new_id
from workflows import (
    cases,
    citations,
    field_notes,
    matters,
    survey_papers,
    survey_populations,
    survey_repeats,
    survey_settling,
    surveys,
)
from workflows.access import Rights, require_role
from workflows.deadlines import day_of
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import ids_of
from workflows.registry import Act, effect, guard, operation
from workflows.survey_populations import FEWEST

ANONYMOUS = "anonymous"


def begin(session: Session, *, rights: Rights, now: datetime) -> Task:
    """A supervisor's survey waits for its design; NotAllowed for anybody else."""
    require_role(rights, Role.SUPERVISOR)
    place = next(one for one in rights.places if one.is_role and one.name == Role.SUPERVISOR)
    opening = cases.Opening(
        process="survey",
        key=f"survey:{new_id()}",
        title="调研",
        unit_id=place.unit_id,
        variables={"survey": None, "known": "", "results": {}},
    )
    case = cases.begin(session, opening, by=rights.user, now=now)
    return session.scalars(select(Task).where(Task.case_id == case.id)).one()


@guard("survey", "design_survey")
def the_design_holds(act: Act) -> None:
    """It closes in time to come; what is asked is published; nobody is told by a small group."""
    said, faults = act.answers, dict[str, str]()
    if datetime.fromisoformat(said["closes"]) <= act.now:
        faults["closes"] = Fault("Choose a time to come.")
    if not said["asked"] and not (said.get("talks") or said.get("samples")):
        faults["talks"] = Fault("Plan talks or samples, or send out a questionnaire.")
    if said["asked"]:
        faults |= _asking_faults(act, said)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def _asking_faults(act: Act, said: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    chosen = str(said["questionnaire"])
    row = act.session.get(Questionnaire, int(chosen)) if chosen.isdecimal() else None
    if row is None or row.state != "published":
        faults["questionnaire"] = Fault("Please choose a published questionnaire.")
    told = survey_populations.faults_of(_population(said), said.get("attributes") or (), ())
    if faults | told:
        return faults | told
    if said["anonymity"] == ANONYMOUS and (number := _number_asked(act, said)) < FEWEST:
        faults["population"] = Fault(
            "{count} people would be asked: an anonymous survey needs five.", count=number
        )
    return faults


def _population(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"units": list(said.get("population") or ()), "who": said.get("who") or "everyone"}


def _number_asked(act: Act, said: Mapping[str, Any]) -> int:
    found = survey_populations.asked(act.session, _population(said), (), day=day_of(act.now))
    return sum(1 for _ in found)


@effect("survey", "design_survey")
def designed(act: Act) -> None:
    """The case bears the survey's title; its team may see it."""
    act.case.title = act.answers["title"]
    for user_id in ids_of(act.answers["team"]):
        cases.take_part(act.session, act.case, user_id, "team", now=act.now)


@operation("check_survey")
def check_survey(act: Act) -> None:
    """查重: questions that were asked lately, or that the system can answer, are named."""
    said = act.vars["design_survey"]
    if not said["asked"]:
        act.vars["known"] = ""
        return
    row = act.session.get_one(Questionnaire, int(said["questionnaire"]))
    lines = survey_repeats.found(act.session, row, _population(said), now=act.now)
    act.vars["known"] = "\n".join(lines) or "未发现重复提问，也没有系统已掌握的内容。"


@guard("survey", "approve_survey")
def nobody_is_told_by_a_small_group(act: Act) -> None:
    """What was five when it was designed may be fewer when it is approved."""
    said = act.vars["design_survey"]
    if act.answers["verdict"] != "approve" or not said["asked"]:
        return
    if said["anonymity"] == ANONYMOUS and (number := _number_asked(act, said)) < FEWEST:
        raise Refused(
            "{count} people would be asked: an anonymous survey needs five.",
            count=number,
            guard="survey_five",
        )
    if datetime.fromisoformat(said["closes"]) <= act.now:
        raise Refused("It would close before it opens: return the design.", guard="time")


@operation("open_survey")
def open_survey(act: Act) -> None:
    """发放: whoever is asked may answer from now on until it closes."""
    said = act.vars["design_survey"]
    if not said["asked"]:
        return
    draft = surveys.Draft(
        questionnaire_id=int(said["questionnaire"]),
        title=said["title"],
        purpose=said["purpose"],
        opens=act.now,
        closes=datetime.fromisoformat(said["closes"]),
        population=_population(said),
        anonymous=said["anonymity"] == ANONYMOUS,
        attributes=said.get("attributes") or (),
        case_id=act.case.id,
    )
    survey = surveys.prepare(act.session, draft, by=_designer(act), now=act.now)
    surveys.open_to_all(act.session, survey.id, by=act.by, now=act.now)
    act.vars["survey"] = str(survey.id)


def _designer(act: Act) -> User:
    """Who handed the design in last."""
    done = select(Task.done_by).where(Task.case_id == act.case.id, Task.node == "design_survey")
    user_id = act.session.scalars(done.order_by(Task.done_at.desc()).limit(1)).one()
    return act.session.get_one(User, user_id)


def survey_of(session: Session, case: Case) -> Survey | None:
    """The survey that was sent out in the case."""
    return session.scalar(select(Survey).where(Survey.case_id == case.id))


@guard("survey", "hold_talks")
def what_was_planned_was_held(act: Act) -> None:
    """Where talks or samples were planned, at least one stands on record, each on a day gone by."""
    said, planned = act.answers, act.vars["design_survey"]
    today = day_of(act.now)
    early = [
        place for place, row in enumerate(said.get("talks") or ()) if _day(row["date"]) > today
    ]
    if early:
        told = Fault("What is still to come cannot be recorded as held.")
        raise Invalid(
            "Please mend what is marked.",
            fields={f"talks-{place}-date": told for place in early},
        )
    typed = bool(said.get("talks") or said.get("samples"))
    if typed or not (planned.get("talks") or planned.get("samples")):
        return
    held = select(FieldNote.id).where(
        FieldNote.case_id == act.case.id, FieldNote.held_at.is_not(None)
    )
    if act.session.scalar(held.limit(1)) is None:
        raise Invalid(
            "Please mend what is marked.",
            fields={"talks": Fault("Talks or samples were planned: record at least one.")},
        )


@effect("survey", "hold_talks")
def talks_held(act: Act) -> None:
    """Each talk and sample is on record, by day and method; nobody types it twice."""
    if act.by is None:
        return
    rows = [
        {
            "method": row["method"],
            "subject": row["group"],
            "held_at": act.calendar.end_of_day(_day(row["date"])),
            "record": row["notes"],
            "confidential": bool(row["confidential"]),
            "readers": [],
        }
        for row in act.answers.get("talks") or ()
    ]
    rows += [
        {
            "method": "reading",
            "subject": row["kind"],
            "held_at": act.now,
            "record": row["note"],
            "looked": row["looked"],
            "readers": [],
        }
        for row in act.answers.get("samples") or ()
    ]
    field_notes.take_rows(act.session, act.case, rows, by=act.by, now=act.now)


def _day(text: str) -> date:
    return date.fromisoformat(text)


@operation("settle_answers")
def settle_answers(act: Act) -> None:
    """结卷统计: the answers are counted once and frozen."""
    survey = survey_of(act.session, act.case)
    if survey is None:
        return
    survey = survey_settling.settle(act.session, survey.id, by=act.by, now=act.now)
    act.vars["results"] = {"asked": survey.asked, "answered": survey.answered}


@guard("survey", "analyse")
def each_problem_has_its_evidence(act: Act) -> None:
    """A problem cites what this survey has: its questions, its talks, its samples."""
    sources = citations.of_case(act.session, act.case.id)
    faults: dict[str, str] = {}
    for place, row in enumerate(act.answers["problems"]):
        if not row.get("basis") or citations.unknown(row["basis"], sources):
            faults[f"problems-{place}-basis"] = Fault("Cite at least one piece of evidence.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


@operation("release_survey")
def release_survey(act: Act) -> None:
    """发布: the report is issued; a suggestion to follow up waits as a draft matter."""
    survey_papers.issue_report(act, survey_of(act.session, act.case))
    unit = act.session.get_one(Unit, act.case.unit_id)
    for place, row in enumerate(act.vars["analyse"]["suggestions"]):
        if row["follow_up"]:
            matters.open_matter(
                act.session,
                key=f"matter:survey:{act.case.id}-{place}:{unit.id}",
                draft={
                    "title": row["text"][:80],
                    "content": row["text"],
                    "source": "survey",
                    "grade": "normal",
                },
                unit=unit,
                by=_designer(act),
                now=act.now,
            )
