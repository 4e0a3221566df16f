"""提醒: by letter or talk, by the line superior (主体责任规定 16); no form of 问责."""

from datetime import date

from workflows import codes, documents, grounds, measures, numbers, refutations
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import about, live_findings, local, recipients, require_standing
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import from_vars


@operation("check_reminder")
def check_reminder(act: Act) -> None:
    """The facts stand, and none of them carries another open reminder (guards 5 and 7)."""
    live = live_findings(act)
    measures.begin(act, from_vars(act.vars["subject"]), "reminder", [one.id for one in live])
    act.case.number = numbers.next_number(act.session, "提", now=act.now)


@guard("reminder", "decide_reminder")
def facts_are_the_case_s(act: Act) -> None:
    """What the letter names must be facts of this case that stand."""
    live_findings(act)
    require_standing(act, act.answers.get("facts", []), own=True)
    due = act.answers.get("reply_due")
    if due and date.fromisoformat(due) <= day_of(act.now):
        raise Invalid(
            "The reply is due after today.",
            fields={"reply_due": Fault("Choose a day after today.")},
        )


@effect("reminder", "decide_reminder")
def decided(act: Act) -> None:
    """The chosen form is the measure's; a letter's reply is due on the day that was named."""
    measure = measures.the_one(act)
    measure.form = act.answers["form"] if act.answers["form"] != "none" else None
    measure.decided_on = day_of(act.now)
    if act.answers.get("reply_due"):
        _set_reply_due(act, date.fromisoformat(act.answers["reply_due"]))


def _set_reply_due(act: Act, day: date) -> None:
    act.vars["due"]["reply"] = act.calendar.end_of_day(day).isoformat()


@operation("record_no_reminder")
def record_no_reminder(act: Act) -> None:
    """不提醒: the reason is kept."""
    reason = act.vars["decide_reminder"].get("reason", "")
    measures.move(act, measures.the_one(act), "declined", note=reason)


@operation("issue_letter")
def issue_letter(act: Act) -> None:
    """The letter is issued and served; who reported is never named in it."""
    said = act.vars["decide_reminder"]
    documents.issue(
        act,
        Paper(
            "reminder_letter",
            {
                **about(act),
                "ground": said["ground"],
                "basis": codes.named("basis", said["basis"]),
                "request": said.get("request", ""),
                "reply_due": said.get("reply_due", ""),
                "facts": [one.fact for one in live_findings(act) if str(one.id) in said["facts"]],
            },
            serve=recipients(act),
        ),
    )
    measure = measures.the_one(act)
    measure.received_on = day_of(act.now)
    measures.move(act, measure, "in_force")


@effect("reminder", "hold_talk")
def talked(act: Act) -> None:
    """提醒谈话: its record is in the file, read by the subject, and the measure is in force."""
    said = act.answers
    documents.issue(
        act,
        Paper(
            "talk_record",
            {
                **about(act),
                "talker": act.by.name if act.by else "",
                "at": local(said["at"]),
                "place": said["place"],
                "record": said["record"],
                "statement": said["statement"],
            },
            serve=recipients(act),
        ),
    )
    measures.move(act, measures.the_one(act), "in_force")
    if said["reply_needed"]:
        days = int(act.vars["days"]["reply_reminder"])
        _set_reply_due(act, act.calendar.add_workdays(day_of(act.now), days))


@guard("reminder", "assess_reminder")
def again_only_once(act: Act) -> None:
    """A further answer may be asked for so often and no oftener (once), with a new date."""
    if act.answers["verdict"] != "again":
        return
    if act.vars.get("asked_again", 0) >= act.rule("reply_again_max"):
        raise Refused("A second answer has been asked for already.", guard="again_once")
    if date.fromisoformat(act.answers["new_reply_due"]) <= day_of(act.now):
        raise Invalid(
            "The reply is due after today.",
            fields={"new_reply_due": Fault("Choose a day after today.")},
        )


@effect("reminder", "assess_reminder")
def assessed(act: Act) -> None:
    """Untrue facts leave every count and the subject is told (澄清)."""
    if act.answers["verdict"] == "again":
        act.vars["asked_again"] = int(act.vars.get("asked_again", 0)) + 1
        _set_reply_due(act, date.fromisoformat(act.answers["new_reply_due"]))
    if act.answers["facts_found"] == "untrue":
        for finding in live_findings(act):
            refutations.refute(act.session, finding, act.answers["note"], by=act.by, now=act.now)
        for user_id in recipients(act):
            documents.tell(
                act, user_id, kind="cleared", subject="澄清告知", text=act.answers["note"]
            )


@operation("propose_after_reminder")
def propose_after_reminder(act: Act) -> None:
    grounds.propose(act, "match_after_reminder", grounds.finding_for(act, "reminder_escalated"))


@operation("record_reminder")
def record_reminder(act: Act) -> None:
    """提醒办结: closed with what was found; it carries no effect period and no bar."""
    said = act.vars["assess_reminder"]
    result = "unfounded" if said["facts_found"] == "untrue" else said["verdict"]
    measures.move(act, measures.the_one(act), "closed", result=result, note=said["note"])
