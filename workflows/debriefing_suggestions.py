"""What stands in a debriefing's forms already: a row for each secretary, what was said before."""

from collections.abc import Mapping
from typing import Any

Vars = Mapping[str, Any]
Rows = list[dict[str, Any]]
WORDS = {"good": "好", "fair": "较好", "average": "一般", "poor": "差"}


def one_row_each(field: str, **more: Any) -> Any:
    """A row for each secretary of the round."""
    return lambda variables, _: {
        field: [{"secretary": key, **more} for key in variables.get("secretaries") or {}]
    }


def report(variables: Vars, item: str) -> dict[str, Any]:
    """A report that was sent back is written on, not anew; the signature is given anew."""
    said = _within(variables, "reporting", item, "write_report")
    return {name: value for name, value in said.items() if name != "signature"}


def disputes(variables: Vars, item: str) -> dict[str, Any]:
    said = _within(variables, "reporting", item, "write_report")
    return {"disputes": [{"fact": row["fact"]} for row in said.get("disputed") or []]}


def _within(variables: Vars, scope: str, item: str, node: str) -> Vars:
    found: Vars = ((variables.get(scope) or {}).get(item) or {}).get(node) or {}
    return found


def session_record(variables: Vars, _: str) -> dict[str, Any]:
    """Before a live record is taken over: who speaks, and who comments if it is one person."""
    by = list(variables.get("commentators") or {})
    row = {"spoke": "oral", **({"by": by[0]} if len(by) == 1 else {})}
    return {"items": [{"secretary": key, **row} for key in variables.get("secretaries") or {}]}


def proposals(variables: Vars, _: str) -> dict[str, Any]:
    """The suggested grade of each; after the committee sent it back, what was proposed."""
    before = variables.get("propose_grades")
    if before:
        return dict(before)
    rows: Rows = []
    for key, one in (variables.get("graded") or {}).items():
        grade = one.get("suggested")
        known = {"suggested": WORDS[grade], "proposed": grade} if grade else {}
        rows.append({"secretary": key, **known})
    return {"items": rows}


def grades(variables: Vars, _: str) -> dict[str, Any]:
    """What was proposed, with the commentators' words; after a review, what was decided."""
    decided = (variables.get("decide_grades") or {}).get("grades")
    if decided:
        return {"grades": decided}
    told = _comments(variables)
    rows = (variables.get("propose_grades") or {}).get("items") or []
    return {
        "grades": [
            {
                "secretary": row["secretary"],
                "grade": row["proposed"],
                **told.get(row["secretary"], {}),
            }
            for row in rows
        ]
    }


def _comments(variables: Vars) -> dict[str, dict[str, str]]:
    """By secretary: what was good, the problems and the requests, a line for each."""
    found: dict[str, dict[str, list[str]]] = {}
    for said in (variables.get("prepare_comments") or {}).values():
        for row in (said.get("prepare_comments") or said).get("comments") or []:
            here = found.setdefault(
                row["secretary"], {"comment": [], "problems": [], "requests": []}
            )
            for name, part in (
                ("comment", "strength"),
                ("problems", "problem"),
                ("requests", "request"),
            ):
                if row.get(part) and row[part] not in here[name]:
                    here[name].append(row[part])
    return {
        key: {name: "\n".join(lines) for name, lines in parts.items() if lines}
        for key, parts in found.items()
    }


def objections(variables: Vars, _: str) -> dict[str, Any]:
    said = variables.get("feedback") or {}
    return {
        "items": [
            {"secretary": key}
            for key, one in said.items()
            if (one.get("confirm_feedback") or {}).get("answer") == "object"
        ]
    }


def plan(variables: Vars, _: str) -> dict[str, Any]:
    """The year of the round; after the plan was sent back, what it said."""
    return {"year": variables.get("year"), "ballot": True, **(variables.get("plan_round") or {})}


SUGGEST = {
    "plan_round": plan,
    "check_year": one_row_each("daily_score"),
    "write_report": report,
    "check_report": disputes,
    "prepare_comments": one_row_each("comments"),
    "hold_session": session_record,
    "propose_grades": proposals,
    "decide_grades": grades,
    "review_objections": objections,
}
