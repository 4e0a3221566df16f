"""申诉与纠正: a case of its own beside the execution, which it never stops (条例 20, 21).

What was decided is corrected by a new act; both stay in the file, and the circle that was told
before is told again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Case, Delivery, Document, Measure, Participant
from workflows import cases, corrections, documents, forms, grounds, measures
from workflows.access import Rights
from workflows.corrections import the_measure
from workflows.deadlines import day_of
from workflows.definitions import form_of, latest
from workflows.documents import Paper
from workflows.errors import Code, Conflict, Invalid, NotFound, Refused
from workflows.forms import Fault
from workflows.parties import ids_of
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import Subject
from workflows.verdicts import FORMS, WEIGHT

APPEALABLE = frozenset({"in_force", "executed", "closed", "expired"})
CORRECTIONS = frozenset({"own_correction", "superior_correction"})  # 条例 21: at any time


def of_measure(session: Session, measure: Measure) -> Sequence[Case]:
    """The appeals against a measure, the newest first."""
    return session.scalars(
        select(Case).where(Case.key.like(f"appeal:{measure.id}:%")).order_by(Case.id.desc())
    ).all()


def may_appeal(session: Session, measure: Measure, rights: Rights) -> bool:
    """True for the subject of a measure in force, while no appeal of his is open."""
    is_open = any(case.is_open for case in of_measure(session, measure))
    return concerns(measure, rights) and measure.state in APPEALABLE and not is_open


def concerns(measure: Measure, rights: Rights) -> bool:
    """True for the person held to account; for an organisation, for who holds a post in it."""
    if measure.subject_user_id is not None:
        return measure.subject_user_id == rights.user.id
    return any(
        place.unit_id == measure.subject_unit_id and not place.is_role for place in rights.places
    )


def file(
    session: Session, measure_id: int, answers: dict[str, Any], *, rights: Rights, now: datetime
) -> Case:
    """The subject's appeal lies before the deciding organ; execution goes on."""
    measure = session.get(Measure, measure_id)
    if measure is None or not concerns(measure, rights):
        raise NotFound("There is no such measure, or it is not yours to appeal against.")
    if not may_appeal(session, measure, rights):
        raise Conflict("An appeal against this measure is open, or it is not in force.")
    form = form_of(session, latest(session, "appeal", now=now).id, "appeal_request")
    forms.require(form.schema, form.ui, answers)
    return _begin(session, measure, answers, rights=rights, now=now)


def _begin(
    session: Session, measure: Measure, answers: Mapping[str, Any], *, rights: Rights, now: datetime
) -> Case:
    first = cases.load(session, measure.case_id)
    decided = cases.look(session, first, now=now).execution.vars
    number = 1 + len(of_measure(session, measure))
    subject = Subject(
        kind=measure.subject_kind,
        unit_id=measure.subject_unit_id or first.unit_id,
        user_id=measure.subject_user_id,
        name=measure.subject_name,
        post=measure.post_then,
        managed_by=str((decided.get("subject") or {}).get("managed_by", "work_committee")),
        principal=False,
    )
    level = decided.get("decided_min") or {"org": "work_committee", "rank": "principal"}
    return cases.begin(
        session,
        cases.Opening(
            process="appeal",
            key=f"appeal:{measure.id}:{number}",
            title=f"申诉：{measure.subject_name}",
            unit_id=first.unit_id,
            subject_id=subject.id,
            parent=first,
            restricted=True,
            variables={
                "subject": subject.as_vars(),
                "subject_users": [str(rights.user.id)],
                "recused": [str(one) for one in _first_hands(session, first)],
                "appealed": {"org": level["org"], "rank": level["rank"]},
                "measure": str(measure.id),
                "findings": [str(one.id) for one in measures.findings_of(session, measure)],
                "appeal_request": dict(answers),
                "filed_on": day_of(now).isoformat(),
            },
        ),
        by=rights.user,
        now=now,
    )


def _first_hands(session: Session, first: Case) -> list[int]:
    """Who investigated the first case: other people review it [D]."""
    return list(
        session.scalars(
            select(Participant.user_id)
            .where(Participant.case_id == first.id, Participant.part == "team")
            .distinct()
        )
    )


@guard("appeal", "register_appeal")
def may_be_registered(act: Act) -> None:
    """Received by today; sent back for completion once; admitted when it came in time."""
    received = date.fromisoformat(act.answers["received_on"])
    if received > day_of(act.now):
        raise Invalid(
            "Received no later than today.",
            fields={"received_on": Fault("Choose today or earlier.")},
        )
    asked_before = act.vars.get("completions", 0)
    if act.answers["verdict"] == "complete" and asked_before >= act.rule("completions_max"):
        raise Refused("An appeal is sent back for completion once.", guard="complete_once")
    if act.answers["kind"] == "appeal":
        _require_in_time(act, received)


def _require_in_time(act: Act, received: date) -> None:
    """条例 20: what comes later than a month is not admitted, but by the level that decided."""
    measure, filed = the_measure(act), _filed_on(act, received)
    timely = in_time(measure, filed)
    last = day_of(measure.appeal_until) if measure.appeal_until else filed
    if act.answers["in_time"] is not timely:
        raise Invalid(
            "Filed on {filed}; the time to appeal runs until {last} (Art 20).",
            filed=filed,
            last=last,
            fields={"in_time": Fault("The dates say otherwise.")},
        )
    if not timely and act.answers["verdict"] == "admit":
        raise Refused(
            "The time to appeal ended on {last} (Art 20): a late appeal is put forward as "
            "inadmissible; only the level that decided may take it all the same, with its reasons.",
            guard="late",
            last=last,
            fields={"verdict": Fault("Put it forward as inadmissible.")},
        )


def _filed_on(act: Act, received: date) -> date:
    """The day on which the subject handed it in, not that on which somebody registers it."""
    return min(date.fromisoformat(act.vars.get("filed_on") or received.isoformat()), received)


@effect("appeal", "register_appeal")
def registered(act: Act) -> None:
    """The time for the decision counts from the day of receipt (条例 20)."""
    received = date.fromisoformat(act.answers["received_on"])
    act.vars["in_time"] = in_time(the_measure(act), _filed_on(act, received))
    set_dates(act, received, corrects=act.answers["kind"] in CORRECTIONS)
    if act.answers["verdict"] == "complete":
        act.vars["completions"] = act.vars.get("completions", 0) + 1
    if act.answers["verdict"] == "admit":
        _tell_received(act, received)


def set_dates(act: Act, received: date, *, corrects: bool) -> None:
    """An appeal is decided within a month; a correction in good time (条例 20, 21)."""
    calendar = act.calendar
    last = calendar.add_months(received, act.rule("appeal_decide_months"))
    if corrects:
        last = calendar.add_workdays(day_of(act.now), act.days("correction"))
    discussed = calendar.add_workdays(last, -act.days("discuss_before"))
    reviewed = calendar.add_workdays(day_of(act.now), act.days("review_appeal"))
    days = {"appeal": last, "discussion": discussed, "review": min(reviewed, discussed)}
    act.vars["due"] |= {name: calendar.end_of_day(day).isoformat() for name, day in days.items()}


def _tell_received(act: Act, received: date) -> None:
    due = datetime.fromisoformat(act.vars["due"]["appeal"])
    documents.issue(
        act,
        Paper(
            "appeal_receipt",
            {
                "subject": the_measure(act).subject_name,
                "received_on": documents.chinese_date(received),
                "decide_until": documents.chinese_date(day_of(due)),
            },
            serve=appellants(act),
        ),
    )


def in_time(measure: Measure, filed: date) -> bool:
    """Within one month from receipt of the decision (条例 20)."""
    return measure.appeal_until is None or filed <= day_of(measure.appeal_until)


@effect("appeal", "decide_inadmissible")
def taken_all_the_same(act: Act) -> None:
    """Admitted with its reason, or taken up as a correction of the organ's own (条例 21)."""
    if act.answers["verdict"] == "refuse":
        return
    received = date.fromisoformat(act.vars["register_appeal"]["received_on"])
    set_dates(act, received, corrects=act.answers["verdict"] == "as_correction")
    _tell_received(act, received)


def appellants(act: Act) -> list[int]:
    return ids_of(act.vars["subject_users"])


@operation("reply_inadmissible")
def reply_inadmissible(act: Act) -> None:
    """不予受理: with the reason, and the superior named as the further way."""
    documents.issue(
        act,
        Paper(
            "inadmissible_notice",
            {
                "subject": the_measure(act).subject_name,
                "reason": act.vars["decide_inadmissible"]["reason"],
                "further": "可以向上一级党组织反映。",
            },
            serve=appellants(act),
        ),
    )


@guard("appeal", "appoint_reviewers")
def reviewers_are_others(act: Act) -> None:
    """Enough of them, none of the first case, nor the appellant."""
    named, least = ids_of(act.answers["reviewers"]), act.rule("reviewers_min")
    if len(named) < least:
        raise Refused(
            "An appeal is reviewed by at least {least}.",
            guard="reviewers",
            least=least,
            fields={"reviewers": Fault("Name at least {least}.", least=least)},
        )
    barred = {*ids_of(act.vars.get("recused")), *appellants(act)}
    if barred & set(named):
        raise Refused("Who had a hand in the first case does not review it.", guard="G2")


@effect("appeal", "appoint_reviewers")
def reviewers_appointed(act: Act) -> None:
    first = cases.load(act.session, the_measure(act).case_id)
    for one in ids_of(act.answers["reviewers"]):
        cases.take_part(act.session, act.case, one, "team", now=act.now)
        cases.take_part(act.session, first, one, "reviewer", now=act.now)  # reads what it reviews


@guard("appeal", "decide_appeal")
def decider_is_no_party(act: Act) -> None:
    """Guard 2; and on the subject's own appeal nothing becomes heavier [D]."""
    me = str(act.by.id) if act.by else ""
    if me in act.vars["appoint_reviewers"]["reviewers"] or me in act.vars["subject_users"]:
        raise Refused("Appellant, reviewer and decider are different people.", guard="G2")
    if act.answers["verdict"] != "change":
        return
    measure, new = the_measure(act), corrections.new_form(act)
    if new not in FORMS[measure.subject_kind]:
        raise Refused(
            "“{form}” is no form for this kind of subject (Art 8).", guard="G1", form=Code(new)
        )
    own = act.vars["register_appeal"]["kind"] == "appeal" and act.rule("appeal_no_heavier")
    if own and WEIGHT.index(new) > WEIGHT.index(str(measure.form)):
        raise Refused("An appeal of one's own makes nothing heavier.", guard="no_heavier")


@operation("issue_reply")
def issue_reply(act: Act) -> None:
    """申诉处理决定, with the six tests, to be served within the month."""
    measure = the_measure(act)
    said = act.vars["decide_appeal"]
    documents.issue(
        act,
        Paper(
            "appeal_decision",
            {
                "subject": measure.subject_name,
                "request": act.vars["appeal_request"].get("request", ""),
                "grounds": act.vars["appeal_request"].get("grounds", ""),
                "tests": act.vars["review_appeal"]["tests"],
                "verdict": said["verdict"],
                "reason": said["reason"],
            },
            serve=appellants(act),
        ),
    )
    act.vars["circle"] = _circle(act, measure)


def _circle(act: Act, measure: Measure) -> list[dict[str, str]]:
    """Everybody on whom a paper of the first case about this subject was served."""
    rows = act.session.execute(
        select(Delivery.recipient_id, Delivery.recipient_name, func.min(Document.title))
        .join(Document, Document.id == Delivery.document_id)
        .where(Document.case_id == measure.case_id)
        .group_by(Delivery.recipient_id, Delivery.recipient_name)
    )
    return [
        {"user": str(user_id or ""), "who": name, "paper": title} for user_id, name, title in rows
    ]


@effect("appeal", "tell_again")
def told_again(act: Act) -> None:
    """更正通报: the same circle is told, and both papers are in the file."""
    measure = the_measure(act)
    told = {int(one["user"]) for one in act.vars["circle"] if one["user"]}
    documents.issue(
        act,
        Paper(
            "correction_circular",
            {
                "subject": measure.subject_name,
                "verdict": act.vars["decide_appeal"]["verdict"],
                "reason": act.vars["decide_appeal"]["reason"],
                "scope": act.answers["scope"],
            },
            serve=sorted(told | set(appellants(act))),
        ),
    )


@operation("propose_abuse")
def propose_abuse(act: Act) -> None:
    """滥用问责 is itself accountable (条例 21): reported to the superior."""
    grounds.propose(act, "match_abuse", grounds.finding_for(act, "abuse"))
