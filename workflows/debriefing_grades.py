"""述后: grades are proposed, decided by the committee, fed back, objected to, published, used."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from models import DebriefingRound, Unit
from workflows import assignment, documents, rectifications
from workflows.deadlines import day_of
from workflows.debriefing_sessions import quota
from workflows.debriefings import all_of, of_person, require_each_once
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import ids_of, names
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import person
from workflows.weak_grades import Weak, answer_of, propose

WORDS = {"good": "好", "fair": "较好", "average": "一般", "poor": "差"}
WEAK = ("average", "poor")


def _graded(act: Act) -> list[int]:
    return ids_of(act.vars["graded"])


@guard("debriefing", "propose_grades")
def the_proposal_is_whole(act: Act) -> None:
    """One line each; a reason where it differs; a note where good is over the quota."""
    rows = act.answers["items"]
    require_each_once(act, rows, _graded(act))
    for row in rows:
        debriefing = of_person(act, int(row["secretary"]))
        if row["proposed"] != debriefing.suggested and not row.get("reason", "").strip():
            raise Refused(
                "{name}: a grade other than the suggested one needs a reason.",
                name=names(act, row["secretary"])[0],
                guard="reason",
            )
    over = Counter(row["proposed"] for row in rows)["good"] - quota(act)
    if over > 0 and not act.answers.get("quota_note", "").strip():
        raise Refused(
            "{over} more are proposed as good than the quota of {most}: say why.",
            over=over,
            most=quota(act),
            guard="quota",
            fields={"quota_note": Fault("Please fill this in.")},
        )


@guard("debriefing", "decide_grades")
def the_decision_holds(act: Act) -> None:
    """One line each, and no more good than the quota: the conflict ends in this decision."""
    if act.answers["verdict"] != "approve":
        return
    rows = act.answers["grades"]
    require_each_once(act, rows, _graded(act))
    good = Counter(row["grade"] for row in rows)["good"]
    if good > quota(act):
        raise Refused(
            "At most {most} of {size} may be good; {good} are decided. Lower {over} of them: "
            "{names}.",
            most=quota(act),
            size=len(rows),
            good=good,
            over=good - quota(act),
            names="、".join(
                names(act, [row["secretary"] for row in rows if row["grade"] == "good"])
            ),
            guard="quota",
            fields={"grades": Fault("More are good than the quota allows.")},
        )
    _require_reason(act)
    if date.fromisoformat(act.answers["held_on"]) > day_of(act.now):
        raise Invalid("Please mend what is marked.", fields={"held_on": Fault("Not yet held.")})


def _require_reason(act: Act) -> None:
    """Where more were proposed than may be good, the decision says why it chose as it did."""
    proposed = (act.vars.get("propose_grades") or {}).get("items") or []
    good = Counter(row["proposed"] for row in proposed)["good"]
    if good > quota(act) and not act.answers.get("quota_reason", "").strip():
        raise Refused(
            "{good} were proposed as good and at most {most} may be: say why the choice fell as "
            "it did.",
            good=good,
            most=quota(act),
            guard="quota",
            fields={"quota_reason": Fault("Please fill this in.")},
        )


@effect("debriefing", "decide_grades")
def graded(act: Act) -> None:
    """The committee's grade, the vote being one input of several, stands on each debriefing."""
    if act.answers["verdict"] != "approve":
        return
    for row in act.answers["grades"]:
        debriefing = of_person(act, int(row["secretary"]))
        debriefing.grade, debriefing.comment = row["grade"], row["comment"]
        debriefing.problems = row.get("problems", "")
        debriefing.requests = row.get("requests", "")
        debriefing.decided_at = act.now


@operation("prepare_feedback")
def prepare_feedback(act: Act) -> None:
    """Each hears his own; after a review only who had objected, and without objecting again."""
    again = act.vars.get("objectors")
    chosen = [str(one) for one in (again or _graded(act))]
    act.vars["feedback_for"] = {key: act.vars["graded"][key] for key in chosen}
    for key in chosen:
        _letter(act, int(key))


def _letter(act: Act, user_id: int) -> None:
    row = of_person(act, user_id)
    documents.issue(
        act,
        Paper(
            "feedback_letter",
            {
                "subject": names(act, [user_id])[0],
                "addressee": names(act, [user_id])[0],
                "year": act.vars["year"],
                "grade": WORDS[row.grade or "poor"],
                "comment": row.comment,
                "problems": row.problems,
                "requests": row.requests,
                "days": act.days("confirm_feedback"),
            },
            about=f"user-{user_id}",
            serve=[user_id],
        ),
    )


@guard("debriefing", "confirm_feedback")
def objected_once(act: Act) -> None:
    """An objection is heard once."""
    if act.answers["answer"] == "object" and act.vars.get("objectors"):
        raise Refused("Your objection was reviewed already; it is heard once.", guard="once")


@guard("debriefing", "review_objections")
def every_objection_is_reviewed(act: Act) -> None:
    require_each_once(act, act.answers["items"], _objectors(act))


def _objectors(act: Act) -> list[int]:
    return [
        int(key)
        for key, said in (act.vars.get("feedback") or {}).items()
        if (said.get("confirm_feedback") or {}).get("answer") == "object"
    ]


@effect("debriefing", "review_objections")
def objections_reviewed(act: Act) -> None:
    act.vars["objectors"] = [str(one) for one in _objectors(act)]


@operation("publish_grades")
def publish_grades(act: Act) -> None:
    """通报 in scope, without a ranking; from now on the round's grades are final."""
    rows = [row for row in all_of(act) if row.graded and row.state != "removed"]
    for row in rows:
        row.state = "graded"
    round_ = act.session.scalars(
        select(DebriefingRound).where(DebriefingRound.case_id == act.case.id)
    ).one()
    round_.published_at = act.now
    documents.issue(
        act,
        Paper(
            "round_circular",
            {
                "addressee": "各述职党组织",
                "year": act.vars["year"],
                "grades": [
                    {"grade": word, "names": "、".join(_names_of(act, rows, code))}
                    for code, word in WORDS.items()
                    if _names_of(act, rows, code)
                ],
                "problems": [row.problems for row in rows if row.problems],
            },
            serve=[row.user_id for row in rows],
        ),
    )
    act.vars["weak"] = {
        str(row.user_id): {
            "person": str(row.user_id),
            "unit": str(row.unit_id),
            "grade": WORDS[row.grade or ""],
            "subject": person(act.session, row.user_id, row.unit_id, now=act.now).as_vars(),
        }
        for row in rows
        if row.grade in WEAK
    }


def _names_of(act: Act, rows: Any, grade: str) -> list[str]:
    return names(act, [row.user_id for row in rows if row.grade == grade])


@operation("debriefing_follow_up")
def follow_up(act: Act) -> None:
    """整改清单 for who has problems; a proposal for who is weak. Nobody is moved by it."""
    for row in all_of(act):
        if row.problems:
            case = rectifications.begin(act.session, _list_of(act, row), by=act.by, now=act.now)
            row.list_case_id = case.id
    for key, item in act.vars["weak"].items():
        propose(act, _weak(act, item), answer_of(act, "match_round", key))


def _list_of(act: Act, row: Any) -> rectifications.Listed:
    reviewers = set(assignment.people(act, "role(supervisor)")) - {row.user_id}
    return rectifications.Listed(
        origin="debriefing",
        key=f"rectification:debriefing:{row.id}",
        unit=act.session.get_one(Unit, row.unit_id),
        owner=[row.user_id],
        reviewer=sorted(reviewers),
        problems=_problems(row),
        days=act.days("debriefing_list"),
        parent=act.case,
    )


def _problems(row: Any) -> list[dict[str, str]]:
    """One problem a line, each with the request on the same line, else with all of them."""
    problems = [line.strip() for line in row.problems.splitlines() if line.strip()]
    requests = [line.strip() for line in row.requests.splitlines() if line.strip()]
    paired = requests if len(requests) == len(problems) else ["；".join(requests)] * len(problems)
    return [
        {"problem": problem, "basis": "述职评议考核反馈", "requirement": request}
        for problem, request in zip(problems, paired, strict=True)
    ]


def _weak(act: Act, item: Mapping[str, Any]) -> Weak:
    row = of_person(act, int(item["person"]))
    subject = person(act.session, row.user_id, row.unit_id, now=act.now)
    year, grade = act.vars["year"], item["grade"]
    return Weak(
        ground="debriefing",
        key=f"debriefing:{row.id}",
        subject=subject,
        grade=grade,
        fact=f"{subject.name}：{year}年度述职评议等次为“{grade}”",
    )
