"""结果运用: grades, effect periods and 党务经历 become recommendations to those who appoint.

The committee recommends, the appointing bodies decide (机关条例 29, 32).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Assessment,
    CareerEntry,
    Case,
    Debriefing,
    DebriefingRound,
    Holding,
    Post,
    Role,
    Unit,
    UnitSheet,
)
from workflows import assignment, cases, documents, effects, subjects
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
PARTY_POSTS = frozenset({"机关党委书记", "专职副书记", "支部书记", "组织委员", "党务干部"})


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
    year = int(act.vars["year"])
    people = act.session.execute(
        select(Debriefing.user_id, Debriefing.unit_id, Debriefing.grade)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .where(DebriefingRound.year == year, Debriefing.grade.is_not(None))
        .order_by(Debriefing.unit_id)
    )
    found = [
        (subjects.person(act.session, user_id, unit_id, now=act.now), grade or "")
        for user_id, unit_id, grade in people
    ]
    organs = act.session.execute(
        select(UnitSheet.unit_id, UnitSheet.grade)
        .join(Assessment, Assessment.id == UnitSheet.assessment_id)
        .where(Assessment.year == year, UnitSheet.grade.is_not(None))
        .order_by(UnitSheet.unit_id)
    )
    return found + [
        (subjects.organisation(act.session, unit_id), grade or "") for unit_id, grade in organs
    ]


@guard("result_use", "draft_uses")
def the_lines_hold(act: Act) -> None:
    """Each line names somebody graded, once per use."""
    seen = set()
    for row in act.answers["items"]:
        if row["subject"] not in act.vars["subjects"]:
            raise Invalid("Only who was graded this year can be named.")
        if (row["subject"], row["use"]) in seen:
            raise Invalid(
                "{name} is named twice for the same use.", name=_name(act, row["subject"])
            )
        seen.add((row["subject"], row["use"]))


def _name(act: Act, key: str) -> str:
    return str(act.vars["subjects"][key]["name"])


@operation("check_eligibility")
def check_eligibility(act: Act) -> None:
    """资格核对: who is under an effect period is flagged, never silently dropped."""
    act.vars["flags"] = [
        {
            "flag": f"{row['subject']}:{row['use']}:{bar}",
            "subject": row["subject"],
            "name": _name(act, row["subject"]),
            "use": row["use"],
            "bar": bar,
            "until": str(measure.effect_until),
        }
        for row in act.vars["draft_uses"]["items"]
        for bar, measure in _bars(act, row["subject"])
    ]


def _bars(act: Act, key: str) -> Sequence[tuple[str, Any]]:
    user = act.vars["subjects"][key].get("user")
    return effects.bars_of(act.session, int(user), now=act.now) if user else []


@guard("result_use", "answer_flags")
def every_flag_is_answered(act: Act) -> None:
    """A candidate under an effect period is barred (干部任用条例 24): keep is refused for him."""
    answers = {row["flag"]: row for row in act.answers["flags"]}
    for flag in act.vars["flags"]:
        answer = answers.get(flag["flag"])
        if answer is None:
            raise Invalid("The flag of {name} is not answered.", name=flag["name"])
        barred = flag["use"] == "promotion_reference" and flag["bar"] == "candidate"
        if barred and answer["verdict"] == "keep":
            raise Refused(
                "{name} is under an effect period until {until} and cannot be a candidate "
                "(Art 24 of the appointment regulations).",
                name=flag["name"],
                until=flag["until"],
                guard="candidate",
            )


@guard("result_use", "decide_uses")
def the_decision_holds(act: Act) -> None:
    """Deciders are recused for their own line; what is dropped has its reason."""
    if act.answers["next"] != "approve":
        return
    for row in act.answers["items"]:
        about = act.vars["subjects"].get(row["subject"])
        if about is None:
            raise Invalid("Only who was graded this year can be named.")
        if act.by is not None and about.get("user") == str(act.by.id):
            raise Refused("Nobody decides on his own line.", guard="recusal")
        if row["verdict"] == "drop" and not (row.get("reason") or "").strip():
            raise Refused("{name}: say why it is dropped.", name=about["name"], guard="reason")
    _require_not_dropped(act)
    if date.fromisoformat(act.answers["held_on"]) > day_of(act.now):
        raise Invalid("Please mend what is marked.", fields={"held_on": Fault("Not yet held.")})


def _require_not_dropped(act: Act) -> None:
    dropped = {
        row["flag"]
        for row in (act.vars.get("answer_flags") or {}).get("flags", [])
        if row["verdict"] == "drop"
    }
    lines = {
        (flag["subject"], flag["use"]) for flag in act.vars["flags"] if flag["flag"] in dropped
    }
    for row in act.answers["items"]:
        if (row["subject"], row["use"]) in lines and row["verdict"] == "approve":
            raise Refused(
                "{name}: the line was dropped with its flag.",
                name=_name(act, row["subject"]),
                guard="flag",
            )


@effect("result_use", "decide_uses")
def decided(act: Act) -> None:
    if act.answers["next"] == "approve":
        act.vars["approved"] = [
            {"subject": row["subject"], "use": row["use"]}
            for row in act.answers["items"]
            if row["verdict"] == "approve"
        ]


@operation("start_publicity")
def start_publicity(act: Act) -> None:
    """公示 of what is proposed for an award."""
    lines = [row for row in act.vars["approved"] if row["use"] == "award_priority"]
    until = act.calendar.add_workdays(day_of(act.now), act.days("publicity"))
    values = {
        "addressee": "各单位",
        "year": act.vars["year"],
        "names": "、".join(_name(act, row["subject"]) for row in lines),
        "from_day": chinese_date(day_of(act.now)),
        "until_day": chinese_date(until),
    }
    documents.issue(act, Paper("publicity_notice", values))


@effect("result_use", "settle_publicity")
def publicity_settled(act: Act) -> None:
    """What does not stand after the publicity leaves the list."""
    fallen = {row["subject"] for row in act.answers["items"] if not row.get("stands")}
    act.vars["approved"] = [
        row
        for row in act.vars["approved"]
        if not (row["use"] == "award_priority" and row["subject"] in fallen)
    ]


@operation("send_uses")
def send_uses(act: Act) -> None:
    """结果运用建议函: a recommendation with grades and flags; the appointing body decides."""
    flags = {(flag["subject"], flag["use"]): flag["until"] for flag in act.vars["flags"]}
    documents.issue(
        act,
        Paper(
            "use_letter",
            {
                "addressee": "组织人事部门",
                "year": act.vars["year"],
                "items": [
                    {
                        "name": _name(act, row["subject"]),
                        "use": USES[row["use"]],
                        "until": flags.get((row["subject"], row["use"]), ""),
                    }
                    for row in act.vars["approved"]
                ],
            },
        ),
    )


@guard("result_use", "record_outcome")
def every_line_has_its_outcome(act: Act) -> None:
    answered = {row["subject"]: row for row in act.answers["items"]}
    for line in act.vars["approved"]:
        answer = answered.get(line["subject"])
        if answer is None:
            raise Invalid("The outcome of {name} is missing.", name=_name(act, line["subject"]))
        if answer["adopted"] == "no" and not (answer.get("reason") or "").strip():
            raise Refused(
                "{name}: say why it is not adopted.",
                name=_name(act, line["subject"]),
                guard="reason",
            )


@operation("record_posts")
def record_posts(act: Act) -> None:
    """记党务经历: adopted lines alone reach a person's record, once each."""
    adopted = {
        row["subject"]: row
        for row in act.vars["record_outcome"]["items"]
        if row["adopted"] == "yes"
    }
    for line in act.vars["approved"]:
        about = act.vars["subjects"][line["subject"]]
        if line["subject"] in adopted and about.get("user"):
            _enter(act, line, about, adopted[line["subject"]])
    documents.issue(
        act,
        Paper(
            "post_record",
            {
                "subject": act.case.title,
                "items": [_name(act, key) for key in adopted],
                "year": act.vars["year"],
            },
        ),
    )


def _enter(
    act: Act, line: Mapping[str, str], about: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    user_id, unit_id = int(about["user"]), int(about["unit"])
    key = f"use:{act.case.id}:{user_id}:{line['use']}"
    if act.session.scalar(select(CareerEntry.id).where(CareerEntry.key == key)) is not None:
        return
    held = act.session.execute(
        select(Holding, Post)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id == user_id, Post.unit_id == unit_id)
        .order_by(Holding.since.desc())
        .limit(1)
    ).first()
    post = held[1] if held else None
    act.session.add(
        CareerEntry(
            key=key,
            user_id=user_id,
            unit_id=unit_id,
            kind=line["use"],
            line="party" if post is not None and post.kind in PARTY_POSTS else "business",
            title=(post.title or post.kind) if post else USES[line["use"]],
            full_time=post.kind == "专职副书记" if post else None,
            since=held[0].since if held else None,
            until=held[0].until if held else None,
            case_id=act.case.id,
            entered_at=act.now,
        )
    )
    act.session.flush()
