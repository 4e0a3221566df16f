"""结果运用: grades, effect periods and 党务经历 become recommendations to those who appoint.

The committee recommends, the appointing bodies decide (机关条例 29, 32).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Assessment,
    Case,
    Debriefing,
    DebriefingRound,
    ResultUse,
    Role,
    Unit,
    UnitSheet,
    User,
)
from workflows import assignment, careers, cases, documents, registry, subjects, use_lines
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.documents import Paper, chinese_date
from workflows.errors import Invalid, NotAllowed, Refused
from workflows.forms import Fault
from workflows.registry import Act, effect, guard, operation

BODIES = ("discipline", "organization")
USES = {
    "award_priority": "评先评优",
    "promotion_reference": "任用参考",
    "exchange": "干部交流",
    "training": "培训",
    "post_record": "党务工作经历",
}
AWARDS = {"excellent_member": "优秀党员", "excellent_worker": "优秀党务干部", "other": "先进"}
Row = Mapping[str, Any]


def begin(session: Session, unit: Unit, year: int, *, rights: Rights, now: datetime) -> Case:
    """The year's results wait to be used; begun again, it is the same case."""
    if not rights.covers(unit, [Role.ORGANISER], posts=False):
        raise NotAllowed("Only the organiser of {unit} begins its round.", unit=unit.name)
    opening = cases.Opening(
        process="result_use",
        key=f"result_use:{unit.id}:{year}",
        title=f"{unit.name}{year}年度考核结果运用",
        unit_id=unit.id,
        variables={"organ": str(unit.id), "year": year},
    )
    return cases.begin(session, opening, by=rights.user, now=now)


@operation("collect_results")
def collect_results(act: Act) -> None:
    """Whoever was graded this year may be named; who is asked for an opinion is set."""
    act.vars["subjects"] = {
        one.key: one.as_vars() | {"grade": grade} for one, grade in _graded(act)
    }
    act.vars["bodies"] = {
        body: {
            "body": body,
            "who": [str(one) for one in assignment.people(act, f"external({body})")],
        }
        for body in BODIES
    }
    act.vars["flags"] = []


def _graded(act: Act) -> list[tuple[subjects.Subject, str]]:
    year, path = int(act.vars["year"]), act.session.get_one(Unit, act.case.unit_id).path
    within = Unit.path.startswith(path, autoescape=True)
    people = act.session.execute(
        select(Debriefing.user_id, Debriefing.unit_id, Debriefing.grade)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .join(Unit, Unit.id == Debriefing.unit_id)
        .where(DebriefingRound.year == year, Debriefing.state == "graded", within)
        .where(Debriefing.grade.is_not(None))
        .order_by(Unit.code)
    )
    found = [
        (subjects.person(act.session, user_id, unit_id, now=act.now), grade or "")
        for user_id, unit_id, grade in people
    ]
    organs = act.session.execute(
        select(UnitSheet.unit_id, UnitSheet.grade)
        .join(Assessment, Assessment.id == UnitSheet.assessment_id)
        .join(Unit, Unit.id == UnitSheet.unit_id)
        .where(Assessment.year == year, UnitSheet.grade.is_not(None), within)
        .order_by(Unit.code)
    )
    return found + [
        (subjects.organisation(act.session, unit_id), grade or "") for unit_id, grade in organs
    ]


@guard("result_use", "draft_uses")
def the_lines_hold(act: Act) -> None:
    """Each line names one person or organisation, once per use, and none its own drafter."""
    seen = set()
    for row in act.answers["items"]:
        about = _about(act, row)
        if act.by is not None and about.get("user") == str(act.by.id):
            raise Refused("Nobody proposes himself.", guard="recusal")
        if (about["key"], row["use"]) in seen:
            raise Invalid("{name} is named twice for the same use.", name=about["name"])
        seen.add((about["key"], row["use"]))
        _require_fit(act, row, about)


def _about(act: Act, row: Row) -> Row:
    """Who is named: somebody graded this year, or a person chosen beside them."""
    if bool(row.get("subject")) == bool(row.get("person")):
        raise Invalid("Each line names somebody graded this year, or another person; one of both.")
    if row.get("subject"):
        return _graded_one(act, str(row["subject"]))
    key = f"user-{row['person']}"
    if key in act.vars["subjects"]:
        found: Row = act.vars["subjects"][key]
        return found
    user_id = int(row["person"])
    user = act.session.get(User, user_id)
    if user is None:
        raise Invalid("There is no such person.")
    unit_id = subjects.unit_of_post(act.session, user_id, now=act.now) or user.unit_id
    path = act.session.get_one(Unit, act.case.unit_id).path
    unit = act.session.get(Unit, unit_id) if unit_id else None
    if unit is None or not unit.path.startswith(path):
        raise Invalid("{name} belongs to no unit of this round.", name=user.name)
    return subjects.person(act.session, user_id, unit.id, now=act.now).as_vars() | {"grade": ""}


def _graded_one(act: Act, key: str) -> Row:
    if key not in act.vars["subjects"]:
        raise Invalid("Only who was graded this year can be named.")
    found: Row = act.vars["subjects"][key]
    return found


def _require_fit(act: Act, row: Row, about: Row) -> None:
    """An appointment rests on a grade; each award has those whom it is for (条例 29, 32)."""
    user, name, award = about.get("user") or "", about["name"], row.get("award")
    if row["use"] == "promotion_reference" and not about.get("grade"):
        raise Invalid("{name} was not graded this year: no reference for appointment.", name=name)
    if row["use"] in ("exchange", "promotion_reference", "post_record") and not user:
        raise Invalid("{name} is an organisation: this use is for people.", name=name)
    if row["use"] != "award_priority":
        return
    if not award:
        raise Invalid("{name}: say which award.", name=name)
    if award != "other" and not user:
        raise Invalid("{name} is an organisation: this award is for people.", name=name)
    if award == "excellent_member" and act.session.get_one(User, int(user)).membership != "full":
        raise Invalid("{name} is no full member: this award is for members.", name=name)
    if award == "excellent_worker" and not careers.does_party_work(
        act.session, int(user), now=act.now
    ):
        raise Invalid("{name} holds no party post: this award is for party workers.", name=name)


@effect("result_use", "draft_uses")
def drafted(act: Act) -> None:
    """Each line is on record; a person named beside the graded is known to the case as well."""
    rows = []
    for row in act.answers["items"]:
        about = _about(act, row)
        act.vars["subjects"] = act.vars["subjects"] | {about["key"]: about}
        rows.append({**row, "subject": about["key"]})
    use_lines.draft(act, rows)
    act.vars["lines"] = [{"subject": row["subject"], "use": row["use"]} for row in rows]


def _name(act: Act, key: str) -> str:
    return str(act.vars["subjects"][key]["name"])


@operation("check_eligibility")
def check_eligibility(act: Act) -> None:
    """资格核对: who is under an effect period is flagged, never silently dropped."""
    act.vars["flags"] = use_lines.flag(act)
    if not act.vars["flags"]:
        act.vars.pop("answer_flags", None)  # of an earlier draft


@guard("result_use", "answer_flags")
def every_flag_is_answered(act: Act) -> None:
    """A candidate under an effect period is barred (干部任用条例 24): keep is refused for him."""
    answers = {row["flag"]: row for row in act.answers["flags"]}
    for flag in act.vars["flags"]:
        answer = answers.get(flag["flag"])
        if answer is None:
            raise Invalid("The flag of {name} is not answered.", name=flag["name"])
        barred = flag["use"] == "promotion_reference" and "candidate" in flag["bars"].split(",")
        if barred and answer["verdict"] == "keep":
            raise _barred(flag["name"], flag["until"])


def _barred(name: str, until: str) -> Refused:
    return Refused(
        "{name} is under an effect period until {until} and cannot be a candidate "
        "(Art 24 of the appointment regulations).",
        name=name,
        until=until,
        guard="candidate",
    )


@effect("result_use", "answer_flags")
def flags_answered(act: Act) -> None:
    """Beside each flagged line stands why it was kept, or not."""
    answers = {row["flag"]: row for row in act.answers["flags"]}
    lines = {(line.subject, line.use): line for line in use_lines.standing(act, "proposed")}
    for flag in act.vars["flags"]:
        answer = answers[flag["flag"]]
        state = "kept" if answer["verdict"] == "keep" else "dropped"
        use_lines.note(act, lines[flag["subject"], flag["use"]], state, answer["reason"])


@guard("result_use", "decide_uses")
def the_decision_holds(act: Act) -> None:
    """Every line is decided; deciders are recused for their own; what is dropped has its reason."""
    if act.answers["next"] != "approve":
        return
    lines = {(one.subject, one.use): one for one in use_lines.standing(act, "proposed", "dropped")}
    for row in act.answers["items"]:
        line = lines.pop((row["subject"], row["use"]), None)
        if line is None:
            raise Invalid("Only a line of the draft can be decided, and once.")
        _require_decidable(act, row, line)
    open_lines = [line for line in lines.values() if line.state == "proposed"]
    if open_lines:
        raise Invalid("The line of {name} is not decided.", name=open_lines[0].name)
    if date.fromisoformat(act.answers["held_on"]) > day_of(act.now):
        raise Invalid("Please mend what is marked.", fields={"held_on": Fault("Not yet held.")})


def _require_decidable(act: Act, row: Row, line: ResultUse) -> None:
    if act.by is not None and line.user_id == act.by.id:
        raise Refused("Nobody decides on his own line.", guard="recusal")
    if row["verdict"] == "drop":
        if not (row.get("reason") or "").strip() and line.state == "proposed":
            raise Refused("{name}: say why it is dropped.", name=line.name, guard="reason")
        return
    if line.state == "dropped":
        raise Refused("{name}: the line was dropped with its flag.", name=line.name, guard="flag")
    measure = use_lines.is_barred(act, line)
    if measure is not None:
        raise _barred(line.name, str(measure.effect_until))


@effect("result_use", "decide_uses")
def decided(act: Act) -> None:
    """Who decided, in which meeting, and why stands beside each line."""
    if act.answers["next"] != "approve":
        return
    lines = {(one.subject, one.use): one for one in use_lines.standing(act, "proposed", "dropped")}
    meeting = f"{act.answers['meeting']}（{act.answers['held_on']}）"
    for row in act.answers["items"]:
        line, why = lines[row["subject"], row["use"]], (row.get("reason") or "").strip()
        state = "approved" if row["verdict"] == "approve" else "dropped"
        use_lines.note(act, line, state, f"{meeting}{why and '：'}{why}")
    act.vars["approved"] = _told(act)


def _told(act: Act) -> list[dict[str, str]]:
    return [
        {"subject": line.subject, "use": line.use, "award": line.award}
        for line in use_lines.standing(act, "approved")
    ]


@operation("start_publicity", takes=(registry.WORKING_DAYS,))
def start_publicity(act: Act) -> None:
    """公示 of what is proposed for an award."""
    until = act.calendar.add_workdays(day_of(act.now), act.whole("days", act.days("publicity")))
    lines = [one for one in use_lines.standing(act, "approved") if one.use == "award_priority"]
    values = {
        "addressee": "各单位",
        "year": act.vars["year"],
        "names": "、".join(line.name for line in lines),
        "awards": [
            {"award": word, "names": "、".join(one.name for one in lines if one.award == code)}
            for code, word in AWARDS.items()
            if any(one.award == code for one in lines)
        ],
        "from_day": chinese_date(day_of(act.now)),
        "until_day": chinese_date(until),
    }
    documents.issue(act, Paper("publicity_notice", values))


@guard("result_use", "settle_publicity")
def every_award_is_settled(act: Act) -> None:
    """Whoever was shown to the public has an answer: nothing falls because it was forgotten."""
    answered = {row["subject"] for row in act.answers["items"]}
    for line in use_lines.standing(act, "approved"):
        if line.use == "award_priority" and line.subject not in answered:
            raise Invalid("The publicity of {name} is not settled.", name=line.name)


@effect("result_use", "settle_publicity")
def publicity_settled(act: Act) -> None:
    """What does not stand after the publicity leaves the list; the objections say why."""
    fallen = {row["subject"] for row in act.answers["items"] if not row.get("stands")}
    upheld = [row for row in act.answers.get("objections", ()) if row["verdict"] == "upheld"]
    why = "；".join(f"{row['objection']}：{row['reason']}" for row in upheld)
    for line in use_lines.standing(act, "approved"):
        if line.use == "award_priority" and line.subject in fallen:
            use_lines.note(act, line, "fallen", why[:10_000])
    act.vars["approved"] = _told(act)


@operation("send_uses")
def send_uses(act: Act) -> None:
    """结果运用建议函: a recommendation with grades and flags; the appointing body decides."""
    values = {
        "addressee": "组织人事部门",
        "year": act.vars["year"],
        "items": [
            {
                "name": line.name,
                "post": line.post_then,
                "use": AWARDS.get(line.award) or USES[line.use],
                "grade": careers.GRADES.get(line.grade, ""),
                "reason": line.reason,
                "until": line.flags[0]["until"] if line.flags else "",
            }
            for line in use_lines.standing(act, "approved")
        ],
    }
    documents.issue(act, Paper("use_letter", values))


@guard("result_use", "record_outcome")
def every_line_has_its_outcome(act: Act) -> None:
    """Adopted or not, each line is told; what is not adopted with its reason."""
    answered = {(row["subject"], row["use"]): row for row in act.answers["items"]}
    for line in use_lines.standing(act, "approved"):
        answer = answered.get((line.subject, line.use))
        if answer is None:
            raise Invalid("The outcome of {name} is missing.", name=line.name)
        if answer["adopted"] == "no" and not (answer.get("reason") or "").strip():
            raise Refused("{name}: say why it is not adopted.", name=line.name, guard="reason")


OUTCOMES = {"yes": "adopted", "no": "refused", "later": "later"}


@effect("result_use", "record_outcome")
def outcome_recorded(act: Act) -> None:
    """The appointing body's answer stands beside each line."""
    answered = {(row["subject"], row["use"]): row for row in act.answers["items"]}
    for line in use_lines.standing(act, "approved"):
        answer = answered[line.subject, line.use]
        use_lines.note(act, line, OUTCOMES[answer["adopted"]], answer.get("reason") or "")


@operation("record_posts")
def record_posts(act: Act) -> None:
    """记党务经历: adopted lines alone reach a person's record, once each."""
    days = {
        (row["subject"], row["use"]): row.get("on") for row in act.vars["record_outcome"]["items"]
    }
    adopted = use_lines.standing(act, "adopted")
    for line in adopted:
        if line.user_id is not None:
            on = days.get((line.subject, line.use))
            careers.enter(act, line, date.fromisoformat(on) if on else day_of(act.now))
    values = {
        "subject": act.case.title,
        "items": [f"{one.name}：{AWARDS.get(one.award) or USES[one.use]}" for one in adopted],
        "year": act.vars["year"],
    }
    documents.issue(act, Paper("post_record", values))
