"""述职评议会: one speaks, one comments; the sealed ballot; what all of it makes together."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select

from models import Box, Debriefing, DebriefingRound, Holding, Post, Unit, UnitKind
from workflows import ballots, debriefing_quota, documents, measures
from workflows.ballots import Question, Voter
from workflows.deadlines import day_of
from workflows.debriefings import all_of, of_person, require_each_once
from workflows.documents import Paper
from workflows.engine import Outcome
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import ids_of, local, names
from workflows.registry import Act, decided, effect, guard, inputs, operation
from workflows.year_facts import exact

CHOICES = ("good", "fair", "average", "poor")
CATEGORIES = ("leaders", "secretaries", "delegates")
CENT = Decimal("0.01")


@guard("debriefing", "hold_session")
def the_record_is_whole(act: Act) -> None:
    """Each secretary once; last year's problems told first; nobody comments on himself."""
    said = act.answers
    rows = said["items"]
    require_each_once(act, rows, ids_of(act.vars["secretaries"]))
    if datetime.fromisoformat(said["held_at"]) > act.now:
        raise Invalid("Please mend what is marked.", fields={"held_at": Fault("Not yet held.")})
    if not said["last_year_told"]:
        raise Refused("Last year's problems are told before anybody speaks.", guard="last_year")
    for row in rows:
        if row["by"] == row["secretary"]:
            raise Refused("Nobody comments on himself.", guard="recusal")
        if row.get("score") is not None and not 0 <= float(row["score"]) <= 100:
            raise Invalid("A score lies between 0 and 100.")


@effect("debriefing", "hold_session")
def session_held(act: Act) -> None:
    """一述一评 is on record, and its minutes are issued."""
    for row in act.answers["items"]:
        debriefing = of_person(act, int(row["secretary"]))
        if row["spoke"] == "absent":
            debriefing.state = "absent"
        elif row.get("score") is not None:
            debriefing.session = exact(row["score"])
    documents.issue(act, Paper("session_minutes", _minutes(act)))


def _minutes(act: Act) -> dict[str, Any]:
    said = act.answers
    return {
        "subject": act.case.title,
        "at": local(said["held_at"]),
        "place": said["place"],
        "present": "、".join(names(act, said["present"])),
        "items": [
            {
                "name": names(act, row["secretary"])[0],
                "comment": row["comment"],
                "by": names(act, row["by"])[0],
                "question": row.get("question", ""),
                "answer": row.get("answer", ""),
            }
            for row in said["items"]
        ],
    }


@operation("open_ballot")
def open_ballot(act: Act) -> None:
    """开箱: those present vote, by category; under five electors no ballot is held."""
    if not act.vars["plan_round"].get("ballot"):
        act.vars["ballot"] = {"held": False}
        return
    secretaries = act.vars["secretaries"]
    present = ids_of(act.vars["hold_session"]["present"])
    box = ballots.prepare(
        act.session,
        Question(
            act.case.title, [(key, item["name"]) for key, item in secretaries.items()], CHOICES
        ),
        [_voter(act, user_id) for user_id in sorted({*present, *ids_of(secretaries)})],
        ids_of(act.vars["scrutineers"]),
        case_id=act.case.id,
        now=act.now,
    )
    act.vars["ballot"] = {"held": box.state != "not_held", "box": str(box.id)}


def _voter(act: Act, user_id: int) -> Voter:
    key = str(user_id)
    if key in act.vars["secretaries"]:
        return Voter(user_id, "secretaries", key)
    return Voter(user_id, "leaders" if _leads(act, user_id) else "delegates")


def _leads(act: Act, user_id: int) -> bool:
    """True for who holds a leading post at the organiser's level or above."""
    kinds = (UnitKind.WORK_COMMITTEE, UnitKind.COMMITTEE, UnitKind.PARTY_GROUP)
    held = act.session.scalar(
        select(Post.id)
        .join(Holding, Holding.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Holding.user_id == user_id,
            Unit.kind.in_(kinds),
            Post.kind.not_in(["联络员"]),
            Holding.since <= day_of(act.now),
        )
        .limit(1)
    )
    return held is not None


@guard("debriefing", "close_ballot")
def the_box_is_counted(act: Act) -> None:
    """The urn is opened on its own page, by two codes; here it is only put on record."""
    box = _box(act)
    if not act.answers["closed"]:
        raise Invalid("Please mend what is marked.", fields={"closed": Fault("Not closed yet.")})
    if box.state != "counted":
        raise Refused(
            "The ballot is counted first: two scrutineers enter their codes under Ballots.",
            guard="two_keys",
        )


def _box(act: Act) -> Box:
    return act.session.get_one(Box, int(act.vars["ballot"]["box"]))


@operation("count_ballot")
def count_ballot(act: Act) -> None:
    """Each secretary's ballot score: the mean of each category, weighted."""
    result = _box(act).result or {}
    points = {choice: Decimal(str(act.rule(f"ballot_{choice}"))) for choice in CHOICES}
    weights = {name: Decimal(str(act.rule(f"ballot_{name}"))) for name in CATEGORIES}
    for key, groups in result.items():
        of_person(act, int(key)).ballot = ballot_score(groups, points, weights)


def ballot_score(
    groups: Mapping[str, Mapping[str, int]],
    points: Mapping[str, Decimal],
    weights: Mapping[str, Decimal],
) -> Decimal | None:
    """The weighted mean of the categories that may be shown; merged ones add their weights."""
    total = weight = Decimal(0)
    for name, marks in groups.items():
        own = sum((weights.get(part, Decimal(0)) for part in name.split("+")), Decimal(0))
        count = sum(marks.values())
        mean = sum((points[choice] * n for choice, n in marks.items()), Decimal(0)) / count
        total, weight = total + own * mean, weight + own
    return _rounded(total / weight) if weight else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


@operation("compose_result")
def compose_result(act: Act) -> None:
    """综合测算: daily, session and ballot by weight; what was not held spreads over the rest."""
    weights = {
        part: Decimal(str(act.rule(f"debriefing_{part}")))
        for part in ("daily", "session", "ballot")
    }
    rows = [row for row in all_of(act) if row.graded and row.state != "removed"]
    for row in rows:
        row.total = composed(row, weights)
    round_ = act.session.scalars(
        select(DebriefingRound).where(DebriefingRound.case_id == act.case.id)
    ).one()
    round_.weights = {part: str(weight) for part, weight in weights.items()}
    act.vars["graded"] = {
        str(row.user_id): {"person": str(row.user_id), "unit": str(row.unit_id)} for row in rows
    }


def composed(row: Debriefing, weights: Mapping[str, Decimal]) -> Decimal:
    """The weighted mean of the parts that are there; nothing there: nothing earned."""
    parts = {"daily": row.daily, "session": row.session, "ballot": row.ballot}
    there = {name: value for name, value in parts.items() if value is not None}
    weight = sum((weights[name] for name in there), Decimal(0))
    if not weight:
        return Decimal("0.00")
    total = sum((weights[name] * value for name, value in there.items()), Decimal(0))
    return _rounded(total / weight)


@inputs("debriefing_grade")
def grade_inputs(act: Act) -> Mapping[str, Any]:
    """The table's inputs for one secretary, from the record alone."""
    row = of_person(act, int((act.item or {})["person"]))
    facts = row.facts
    return {
        "score": float(row.total or 0),
        "held_to_account": bool(facts.get("measures")),
        "absent": row.state == "absent",
        "interviewed": _was_interviewed(act, row),
        "last_list_open": _open_of_last_list(act, row),
        "quota_left": _place(act, row) <= quota(act),
    }


def _was_interviewed(act: Act, row: Debriefing) -> bool:
    return measures.taken_within(
        act.session, kind="interview", subject_id=row.user_id, months=12, now=act.now
    )


def _open_of_last_list(act: Act, row: Debriefing) -> int:
    facts = row.facts.get("rectifications", [])
    return sum(1 for fact in facts if "不合格" in fact["text"])


def _place(act: Act, row: Debriefing) -> int:
    """One more than how many have a higher total."""
    return 1 + sum(
        1 for other in all_of(act) if other.graded and (other.total or 0) > (row.total or 0)
    )


def quota(act: Act) -> int:
    """How many of those graded may be good."""
    graded = sum(1 for row in all_of(act) if row.graded and row.state != "removed")
    return debriefing_quota.most_of(act.rule("debriefing_quota"), graded)


@decided("debriefing_grade")
def grade_suggested(act: Act, outcome: Outcome) -> None:
    row = of_person(act, int((act.item or {})["person"]))
    value = outcome.value
    if isinstance(value, Mapping):
        row.suggested = str(value["grade"])
        row.suggested_why = str(value.get("note") or "")
        act.vars["graded"][str(row.user_id)]["suggested"] = row.suggested
