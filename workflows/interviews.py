"""约谈: soft supervision, no form of 问责; who approves it carries it out (processes.md §4)."""

from datetime import datetime

from workflows import cases, codes, documents, grounds, measures, numbers
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import (
    about,
    ids_of,
    live_findings,
    local,
    names,
    recipients,
    require_standing,
)
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import from_vars

COPIES = {"discipline": "纪检监察机关", "organization": "组织部门"}


@guard("interview", "prepare_interview")
def plan_holds(act: Act) -> None:
    """Enough talkers, none of them the subject; the subject has time to prepare."""
    require_standing(act, act.answers["facts"], own=True)
    talkers, least = ids_of(act.answers["talkers"]), act.rule("talkers_min")
    if len(talkers) < least:
        raise Refused(
            "An interview is held by at least {least}.",
            guard="talkers",
            least=least,
            fields={"talkers": Fault("Name at least {least}.", least=least)},
        )
    subjects = {int(one) for one in act.vars.get("subject_users") or []}
    if subjects & {*talkers, *ids_of(act.answers["recorder"])}:
        raise Refused("Nobody talks to himself, nor records it.", guard="G2")
    _require_notice(act, act.answers["planned_at"], field="planned_at")


def _require_notice(act: Act, planned: str, *, field: str) -> None:
    days = act.days("interview_notice")
    earliest = act.calendar.start_of_day(act.calendar.add_workdays(day_of(act.now), days))
    if datetime.fromisoformat(planned) < earliest:
        raise Invalid(
            "The notice is served at least {days} working days before the talk.",
            days=days,
            fields={field: Fault("Choose a later time.")},
        )


@effect("interview", "prepare_interview")
def planned(act: Act) -> None:
    """Who talks, records and, having prepared it, will check what is rectified."""
    act.vars["talkers"] = [str(one) for one in ids_of(act.answers["talkers"])]
    act.vars["recorder"] = str(ids_of(act.answers["recorder"])[0])
    act.vars["reviewer"] = str(act.by.id) if act.by else ""
    act.vars["due"]["planned_at"] = act.answers["planned_at"]


@operation("check_interview")
def check_interview(act: Act) -> None:
    """Facts stand and carry no other open interview; the measure is in preparation."""
    live = live_findings(act)
    measures.begin(act, from_vars(act.vars["subject"]), "interview", [one.id for one in live])
    if act.case.number is None:
        act.case.number = numbers.next_number(act.session, "约", now=act.now)


@guard("interview", "approve_interview")
def approver_is_no_party(act: Act) -> None:
    """Guard 2: neither the subject nor who planned it approves."""
    if act.by and str(act.by.id) in (act.vars.get("subject_users") or []):
        raise Refused("The subject of a case does not decide in it.", guard="G2")


@effect("interview", "approve_interview")
def approved(act: Act) -> None:
    if act.answers["verdict"] == "approve":
        measure = measures.the_one(act)
        measure.decided_on = day_of(act.now)
        measures.move(act, measure, "approved")
        act.vars["approved_by"] = str(act.by.id) if act.by else ""
        for user_id in ids_of(act.vars["talkers"]):
            cases.take_part(act.session, act.case, user_id, "talker", now=act.now)


@operation("record_declined")
def record_declined(act: Act) -> None:
    """不予约谈: the reason is kept."""
    reason = act.vars["approve_interview"].get("opinion", "")
    measures.move(act, measures.the_one(act), "declined", note=reason)


@operation("notify_interview")
def notify_interview(act: Act) -> None:
    """The notice is served; a new date is noticed anew."""
    plan = act.vars["prepare_interview"]
    planned_at = act.vars["due"]["planned_at"]
    documents.issue(
        act,
        Paper(
            "interview_notice",
            {
                **about(act),
                "ground": plan["ground"],
                "basis": codes.named("basis", plan["basis"]),
                "planned_at": local(planned_at),
                "place": plan["place"],
                "talkers": "、".join(names(act, plan["talkers"])),
                "attendees": "、".join(names(act, plan.get("attendees"))),
                "bring": plan.get("bring", ""),
            },
            serve=recipients(act),
        ),
    )


@guard("interview", "review_target")
def new_date_leaves_time(act: Act) -> None:
    if act.answers["verdict"] == "reschedule":
        _require_notice(act, act.answers["new_at"], field="new_at")


@effect("interview", "review_target")
def target_reviewed(act: Act) -> None:
    if act.answers["verdict"] == "reschedule":
        act.vars["due"]["planned_at"] = act.answers["new_at"]


@operation("withdraw_interview")
def withdraw_interview(act: Act) -> None:
    """撤回约谈: whoever was told before is told again."""
    reason = act.vars["review_target"]["opinion"]
    measures.move(act, measures.the_one(act), "withdrawn", note=reason)
    for user_id in recipients(act):
        documents.tell(act, user_id, kind="withdrawn", subject="约谈撤回", text=reason)


@guard("interview", "hold_interview")
def two_were_there(act: Act) -> None:
    """Enough of the named talkers were present, and who enters it is one of them."""
    if act.answers["outcome"] == "postponed":
        _require_notice(act, act.answers["new_at"], field="new_at")
        return
    present = set(ids_of(act.answers["present"])) & set(ids_of(act.vars["talkers"]))
    least = act.rule("talkers_min")
    if len(present) < least:
        raise Refused(
            "An interview is held by at least {least} of the talkers named.",
            guard="talkers",
            least=least,
            fields={"present": Fault("Name at least {least} of the talkers.", least=least)},
        )


@effect("interview", "hold_interview")
def held(act: Act) -> None:
    """What was asked of the subject becomes the list that is rectified."""
    if act.answers["outcome"] == "postponed":
        act.vars["due"]["planned_at"] = act.answers["new_at"]
    if act.answers["outcome"] != "held":
        return
    subject = from_vars(act.vars["subject"])
    act.vars["rect"] = {
        "origin": "interview",
        "unit": str(subject.unit_id),
        "owner": [str(one) for one in recipients(act)],
        "reviewer": act.vars["reviewer"],
        "problems": [
            {
                "problem": act.answers["problems"],
                "requirement": one["requirement"],
                "due": one["due"],
            }
            for one in act.answers["requirements"]
        ],
        "days": act.days("rect_interview"),
        "extension_org": (act.vars.get("min") or {}).get("org", "work_committee"),
        "extension_rank": (act.vars.get("min") or {}).get("rank", "deputy"),
        "revisit": True,
    }


@operation("record_refusal")
def record_refusal(act: Act) -> None:
    """拒谈 is a fact; what follows from it is proposed, not done."""
    finding = grounds.finding_for(act, "interview_refused", basis="机关工委约谈规定 [D]")
    act.vars["refusal"] = str(finding.id)


@operation("propose_refusal")
def propose_refusal(act: Act) -> None:
    grounds.propose(act, "match_refusal", grounds.finding_for(act, "interview_refused"))


@effect("interview", "finish_minutes")
def minutes_finished(act: Act) -> None:
    """约谈纪要 is issued, with each signature or the note why it is missing: now in force."""
    talk = act.vars["hold_interview"]
    signed = act.vars.get("sign_minutes") or {}
    documents.issue(
        act,
        Paper(
            "interview_minutes",
            {
                **about(act),
                "approved_by": "、".join(names(act, act.vars.get("approved_by"))),
                "talkers": "、".join(names(act, act.vars["talkers"])),
                "recorder": "、".join(names(act, act.vars["recorder"])),
                "at": local(talk["at"]),
                "place": act.vars["prepare_interview"]["place"],
                "problems": talk["problems"],
                "statement": talk["statement"],
                "attitude": talk["attitude"],
                "requirements": talk["requirements"],
                "signature": signed.get("sign", "lapsed"),
                "remarks": signed.get("remarks", ""),
                "unsigned_note": act.answers.get("unsigned_note", ""),
                "copy_to": COPIES.get(act.vars["prepare_interview"]["copy_to"], ""),
            },
            serve=recipients(act),
        ),
    )
    measure = measures.the_one(act)
    measure.received_on = day_of(act.now)
    measures.move(act, measure, "in_force")


@operation("close_interview")
def close_interview(act: Act) -> None:
    """约谈办结, with the result of the rectification or the refusal."""
    refused = act.vars["hold_interview"]["outcome"] == "refused"
    result = "refused" if refused else (act.vars.get("rect") or {}).get("result", "stopped")
    measures.move(act, measures.the_one(act), "closed", result=result)
