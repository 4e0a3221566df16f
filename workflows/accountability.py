"""问责, from the entry to the facts: who may be held to account, who starts it, who inquires.

Articles are those of 《中国共产党问责条例》(2019); guards are those of domain.md §12.
"""

from datetime import date
from typing import Any

from models import Measure, StoredFile, Unit, User
from models.ids import MAX_ID
from workflows import cases, documents, levels, measures, numbers, refutations, subjects
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import ids_of, live_findings, names, require_standing
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import Subject, from_vars

ORDERED = frozenset({"ordered", "designated"})
SERIOUS = frozenset({"serious", "violation"})
OTHER_TOOLS = "批评教育、责令检查、政务处分等"


@effect("accountability", "enter_case")
def entered(act: Act) -> None:
    """Each subject is the person or organisation of that day, with the post held then (条例 16)."""
    found = {one.key: (one, row) for one, row in _subjects(act)}
    act.vars["subjects"] = {
        key: {
            **one.as_vars(),
            "duty_class": row.get("duty_class"),
            "post": row.get("post_then") or one.post,
            "subject": _people_of(act, one),
        }
        for key, (one, row) in found.items()
    }
    act.vars["findings"] = [str(one) for one in act.answers["facts"]]
    act.vars["subject_users"] = sorted(
        {user for row in act.vars["subjects"].values() for user in row["subject"]}
    )


def _subjects(act: Act) -> list[tuple[Subject, dict[str, Any]]]:
    rows = act.answers["subjects"]
    if not rows:
        raise Refused("A case names whom it is about.", guard="G4")
    return [(_subject(act, row), row) for row in rows]


def _subject(act: Act, row: dict[str, Any]) -> Subject:
    ref = _id_in(str(row["ref"]))
    if row["kind"] == "org":
        return subjects.organisation(act.session, ref)
    user = act.session.get(User, ref)
    if user is None:
        raise Invalid("There is no such person.", fields={"subjects": Fault("Choose a person.")})
    return subjects.person(act.session, user.id, _unit_of(act, user), now=act.now)


def _id_in(ref: str) -> int:
    """The id in "unit-12" or "user-34"; Invalid for anything else."""
    text = ref.rpartition("-")[2]
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_ID):
        raise Invalid("There is no such person.", fields={"subjects": Fault("Choose a person.")})
    return int(text)


def _unit_of(act: Act, user: User) -> int:
    """Where the person holds his weightiest post; else his branch, else the case's unit."""
    held = subjects.unit_of_post(act.session, user.id, now=act.now)
    return held or user.unit_id or act.case.unit_id


def _people_of(act: Act, subject: Subject) -> list[str]:
    if subject.user_id:
        return [str(subject.user_id)]
    head = subjects.head_of(act.session, subject.unit_id, now=act.now)
    return [str(head.user_id)] if head else []


@guard("accountability", "enter_case")
def may_be_entered(act: Act) -> None:
    """Guard 5: its facts stand. Guard 8: directly only when serious, or on a superior's order."""
    facts = require_standing(act, act.answers["facts"])
    if act.answers["entry"] in ORDERED:
        _require_order(act)
    elif act.answers["entry"] == "own" and not any(one.severity in SERIOUS for one in facts):
        for one, _ in _subjects(act):
            _require_ladder(act, one)


def _require_order(act: Act) -> None:
    text = str(act.answers.get("order") or "")
    order = act.session.get(StoredFile, int(text)) if text.isdecimal() else None
    if order is None or order.case_id != act.case.id:
        raise Refused(
            "The superior's order or designation is not in the file of this case.",
            guard="G8",
            fields={"order": Fault("Attach the order.")},
        )


def _require_ladder(act: Act, subject: Subject) -> None:
    """A lesser matter was reminded of, or talked about, before."""
    months = act.rule("reminded_months")
    if not any(
        measures.taken_within(
            act.session, kind=kind, subject_id=subject.id, months=months, now=act.now
        )
        for kind in ("reminder", "interview")
    ):
        raise Refused(
            "{name} was neither reminded nor interviewed in the last {months} months, and none of "
            "the facts is serious.",
            guard="G8",
            name=subject.name,
            months=months,
            fields={
                "entry": Fault("Choose how it came in, or begin with a reminder or an interview.")
            },
        )


@operation("check_case")
def check_case(act: Act) -> None:
    """对象核对: guards 1, 4, 5 and 7; the measure of each subject is in preparation."""
    parties = all_subjects(act)
    act.vars.setdefault("acting", {"org": "work_committee"})
    for one in parties:
        _require_accountable(act, one)
    if any(one.kind == "org" for one in parties) and all(one.kind == "org" for one in parties):
        raise Refused(
            "Holding an organisation to account names a responsible member too (Art 6).",
            guard="G4",
        )
    live = [one.id for one in live_findings(act)]
    for one in parties:
        measure = measures.begin(act, one, "accountability", live)
        measure.duty_class = act.vars["subjects"][one.key]["duty_class"]
    weigh(act, parties)
    if act.case.number is None:
        act.case.number = act.case.number or numbers.next_number(act.session, "问", now=act.now)


def _require_accountable(act: Act, subject: Subject) -> None:
    if subject.kind == "other":
        raise Refused(
            "{name} is no leading cadre and no subject of accountability (Art 5); what fits: "
            "{tools}.",
            guard="G1",
            name=subject.name,
            tools=OTHER_TOOLS,
        )
    if subject.managed_by not in ("committee", "work_committee", "party_group"):
        act.vars["transfer_only"] = True


def all_subjects(act: Act) -> list[Subject]:
    return [from_vars(row) for row in act.vars["subjects"].values()]


def weigh(act: Act, parties: list[Subject]) -> None:
    """The subject that needs the highest approval speaks for the case."""
    heaviest = max(parties, key=levels.weight)
    act.vars["weightiest"] = heaviest.as_vars()
    act.vars["subject"] = act.vars["subjects"][heaviest.key]


@guard("accountability", "approve_start")
def start_may_be_approved(act: Act) -> None:
    """Guard 2, and an organ without 管理权限 over a subject may only transfer."""
    refuse_party(act)
    if act.vars.get("transfer_only") and act.answers["verdict"] == "start":
        raise Refused(
            "A higher body manages a subject of this case: it can only be transferred.", guard="G1"
        )


def refuse_party(act: Act) -> None:
    """Guard 2: approver ≠ subject ≠ investigator."""
    me = str(act.by.id) if act.by else ""
    if me in (act.vars.get("subject_users") or []):
        raise Refused("The subject of a case does not decide in it.", guard="G2")
    if me in (act.vars.get("team") or {}):
        raise Refused("Who investigates a case does not decide it.", guard="G2")


@effect("accountability", "approve_start")
def started(act: Act) -> None:
    if act.answers["verdict"] == "start":
        _move_all(act, "investigating", note=act.answers["reason"])
        act.vars["started_by"] = str(act.by.id) if act.by else ""


def _move_all(act: Act, state: str, *, result: str | None = None, note: str = "") -> None:
    for measure in measures.of_case(act.session, act.case):
        if state in measures.NEXT.get(measure.state, ()):
            measures.move(act, measure, state, result=result, note=note)


@operation("record_not_started")
def record_not_started(act: Act) -> None:
    """不启动: the reasons are kept; a superior may order a start (条例 9)."""
    _move_all(act, "declined", note=act.vars["approve_start"]["reason"])


@operation("record_filed")
def record_filed(act: Act) -> None:
    """已立案审查: no second inquiry beside it (条例 9)."""
    _move_all(act, "under_review")


@effect("accountability", "transfer_lead")
def transferred(act: Act) -> None:
    documents.issue(
        act,
        Paper(
            "transfer_letter",
            {
                "kind": act.answers["kind"],
                "to": act.session.get_one(Unit, int(act.answers["to"])).name,
                "items": act.answers["items"],
                "attachments": [row["item"] for row in act.answers["items"]],
                "subject": "、".join(one.name for one in all_subjects(act)),
                "facts": [one.fact for one in live_findings(act)],
            },
        ),
    )
    _move_all(act, "transferred")


@guard("accountability", "form_team")
def team_holds(act: Act) -> None:
    """Enough in all (条例 10: two), none of them subject, approver or recused."""
    members, least = team_of(act.answers), act.rule("team_min")
    if len(members) < least:
        raise Refused(
            "An investigation team has at least {least} members (Art 10).",
            guard="team",
            least=least,
            fields={"members": Fault("Name at least {least}.", least=least)},
        )
    barred = {
        *ids_of(act.vars.get("subject_users")),
        *ids_of(act.vars.get("recused")),
        *ids_of(act.vars.get("started_by")),
    }
    if barred & set(members):
        raise Refused(
            "Subject, approver and investigator are different people: {names}.",
            guard="G2",
            names="、".join(names(act, sorted(barred & set(members)))),
        )


def team_of(answers: dict[str, Any]) -> list[int]:
    return list(dict.fromkeys([*ids_of(answers["leader"]), *ids_of(answers["members"])]))


@effect("accountability", "form_team")
def team_formed(act: Act) -> None:
    """The team may see the case; its clock for the inquiry runs."""
    members = team_of(act.answers)
    act.vars["team"] = {str(one): {"member": str(one)} for one in members}
    for one in members:
        cases.take_part(act.session, act.case, one, "team", now=act.now)
    set_inquiry_due(act, act.days("investigate"))


def set_inquiry_due(act: Act, days: int) -> None:
    day = act.calendar.add_workdays(day_of(act.now), days)
    act.vars["due"]["inquiry"] = act.calendar.end_of_day(day).isoformat()


@guard("accountability", "settle_inquiry")
def inquiry_may_be_settled(act: Act) -> None:
    refuse_party(act)
    if act.answers["verdict"] == "back":
        longest = act.days("inquiry_redo")
        latest = act.calendar.add_workdays(day_of(act.now), longest)
        if not day_of(act.now) < date.fromisoformat(act.answers["redo_due"]) <= latest:
            raise Invalid(
                "A new inquiry takes at most {days} working days.",
                days=longest,
                fields={"redo_due": Fault("Choose an earlier day.")},
            )


@effect("accountability", "settle_inquiry")
def inquiry_settled(act: Act) -> None:
    if act.answers["verdict"] == "back":
        due = date.fromisoformat(act.answers["redo_due"])
        act.vars["due"]["inquiry"] = act.calendar.end_of_day(due).isoformat()


@operation("clear_subject")
def clear_subject(act: Act) -> None:
    """澄清: the facts leave every count; the subject and all who were asked are told."""
    reason = act.vars["settle_inquiry"]["reason"]
    for finding in live_findings(act):
        refutations.refute(act.session, finding, reason, by=act.by, now=act.now)
    for one in all_subjects(act):
        documents.issue(
            act,
            Paper(
                "clearance_notice",
                {"subject": one.name, "reason": reason},
                about=one.key,
                serve=ids_of(act.vars["subjects"][one.key]["subject"]),
            ),
        )
    _move_all(act, "cleared", note=reason)


def measure_of(act: Act, subject_key: str) -> Measure:
    """The subject's measure in this case."""
    key = f"measure:{act.case.id}:{subject_key}"
    return next(one for one in measures.of_case(act.session, act.case) if one.key == key)
