"""What stands in the forms of the joint plan already: a row for each item, what was said before."""

from collections.abc import Mapping
from typing import Any

Vars = Mapping[str, Any]


def pairs(variables: Vars, _: str) -> dict[str, Any]:
    """What was drafted before the 党组 sent it back; at first what a workbook brought in."""
    before = (variables.get("draft_pairs") or {}).get("pairs")
    return {"pairs": before or variables.get("known")}


def one_row_each(field: str, **more: Any) -> Any:
    """A row for each live item of the plan."""
    return lambda variables, _: {
        field: [{"item": key, **more} for key in variables.get("subjects") or {}]
    }


def tasks(variables: Vars, _: str) -> dict[str, Any]:
    """The branch that the plan links stands there already, in the order of its items."""
    drafted = (variables.get("draft_pairs") or {}).get("pairs") or []
    branches = [row.get("branch") for row in drafted]
    rows = [{"item": key} for key in variables.get("subjects") or {}]
    if len(branches) == len(rows):
        known = zip(rows, branches, strict=True)
        rows = [row | ({"branch": branch} if branch else {}) for row, branch in known]
    return {"tasks": rows}


def items(variables: Vars, _: str) -> dict[str, Any]:
    """How each item stood at the last check."""
    progress = variables.get("progress") or {}
    return {
        "items": [
            {"item": key} | {name: state for name, state in progress.get(key, {}).items() if state}
            for key in variables.get("subjects") or {}
        ]
    }


SUGGEST = {
    "draft_pairs": pairs,
    "deploy_plan": tasks,
    "check_items": items,
    "year_review": one_row_each("pairs"),
}
