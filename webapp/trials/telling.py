"""A trial's counts as the page shows and exports them: old beside new."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Trial
from webapp import exports
from webapp.role_words import ROLES
from webapp.terms import term
from workflows.what_if.tally import MEASURES

SHOWN = 200  # of those affected; all of them are in the export
ROLE = "role:"
DECIDE = "decide:"
Pair = tuple[int, int]
Organ = tuple[str, list[tuple[str, list[Pair], Pair]]]  # by measure: by month, and in all


def of(trial: Trial) -> dict[str, Any]:
    """What the page needs of the result."""
    result = trial.result or {}
    old, new = result["old"], result["new"]
    return {
        "result": result,
        "measures": [(one, term(one)) for one in MEASURES],
        "totals": [(one, old["totals"].get(one, 0), new["totals"].get(one, 0)) for one in MEASURES],
        "rows": _told_apart(matrix(result)),
        "load": load(result),
        "pictures": {measure: _picture(result, measure) for measure in MEASURES},
        "affected": result["affected"][:SHOWN],
        "kinds": {
            "new": gettext("newly"),
            "gone": gettext("no longer"),
            "other": gettext("otherwise"),
        },
        "assumed": named(new["assumed"]),
        "stood": named(new["stood"]),
        "stood_before": named(old["stood"]),
    }


def named(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Steps with how often, the most frequent first."""
    found = [(_step(name), count) for name, count in counts.items()]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _step(name: str) -> str:
    if name.startswith(DECIDE):
        return str(
            gettext("decision on a proposal (%(measure)s)", measure=term(name[len(DECIDE) :]))
        )
    return name


def matrix(result: Mapping[str, Any]) -> list[Organ]:
    """Each organ with its measures: old and new by month and in all; those without any left out."""
    rows = []
    for organ, name in result["organs"].items():
        lines = []
        for measure in MEASURES:
            pairs = [_pair(result, organ, month, measure) for month in result["months"]]
            total = (sum(one[0] for one in pairs), sum(one[1] for one in pairs))
            if any(total):
                lines.append((term(measure), pairs, total))
        if lines:
            rows.append((name, lines))
    return rows


def _told_apart(rows: list[Organ]) -> dict[str, list[Organ]]:
    """Organs with a difference, and the others."""
    found: dict[str, list[Organ]] = {"differ": [], "same": []}
    for name, lines in rows:
        differs = any(old != new for _, pairs, _ in lines for old, new in pairs)
        found["differ" if differs else "same"].append((name, lines))
    return found


def _pair(result: Mapping[str, Any], organ: str, month: str, measure: str) -> Pair:
    old, new = (
        result[side]["cells"].get(organ, {}).get(month, {}).get(measure, 0)
        for side in ("old", "new")
    )
    return old, new


def _picture(result: Mapping[str, Any], measure: str) -> dict[str, Any]:
    sides = (("old", gettext("as published")), ("new", gettext("with the draft")))
    return {
        "at": result["months"],
        "series": [
            {
                "name": name,
                "values": [month_total(result, side, one, measure) for one in result["months"]],
            }
            for side, name in sides
        ],
    }


def month_total(result: Mapping[str, Any], side: str, month: str, measure: str) -> int:
    months = result[side]["cells"].values()
    return sum(one.get(month, {}).get(measure, 0) for one in months)


def load(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each who supervises with his tasks a month, old and new, the heaviest new load first."""
    found = []
    count = max(1, len(result["months"]))
    for who, (post, unit, holder) in result["who"].items():
        old, new = (result[side]["load"].get(who, {}) for side in ("old", "new"))
        before, after = sum(old.values()), sum(new.values())
        found.append(
            {
                "post": ROLES.get(post[len(ROLE) :], post) if post.startswith(ROLE) else post,
                "unit": unit,
                "holder": holder if holder != post else "",
                "old": before,
                "new": after,
                "old_month": before / count,
                "new_month": after / count,
                "peak": max(new.values(), default=0),
                "months": [(old.get(m, 0), new.get(m, 0)) for m in result["months"]],
            }
        )
    return sorted(found, key=lambda one: (-one["new"], one["unit"], str(one["post"])))


def export(trial: Trial, kind: str) -> ResponseReturnValue:
    """One of the page's tables as a workbook: affected, matrix or load."""
    result = trial.result or {}
    name, heads, rows = {
        "matrix": _matrix_sheet,
        "load": _load_sheet,
    }.get(kind, _affected_sheet)(result)
    return exports.workbook(name, heads, rows)


Sheet = tuple[str, Sequence[str], Iterable[Sequence[object]]]


def _sides(heads: Iterable[str]) -> list[str]:
    return [f"{head} {side}" for head in heads for side in (gettext("old"), gettext("new"))]


def _affected_sheet(result: Mapping[str, Any]) -> Sheet:
    heads = [
        gettext("How"),
        gettext("Subject"),
        gettext("Unit"),
        gettext("Organ"),
        *_sides(term(one) for one in MEASURES),
        gettext("First on"),
    ]
    kinds = {"new": gettext("newly"), "gone": gettext("no longer"), "other": gettext("otherwise")}
    rows = (
        [
            kinds[one["kind"]],
            one["name"],
            one["unit"],
            result["organs"].get(one["organ"], ""),
            *(one[side].get(measure, 0) for measure in MEASURES for side in ("old", "new")),
            one["first"],
        ]
        for one in result["affected"]
    )
    return gettext("Affected"), heads, rows


def _matrix_sheet(result: Mapping[str, Any]) -> Sheet:
    heads = [gettext("Organ"), gettext("Measure"), *_sides([*result["months"], gettext("In all")])]
    rows = (
        [name, measure, *(count for pair in [*pairs, total] for count in pair)]
        for name, lines in matrix(result)
        for measure, pairs, total in lines
    )
    return gettext("By organ and month"), heads, rows


def _load_sheet(result: Mapping[str, Any]) -> Sheet:
    heads = [
        gettext("Post"),
        gettext("Unit"),
        gettext("Held by"),
        *_sides([*result["months"], gettext("In all")]),
    ]
    rows = (
        [
            one["post"],
            one["unit"],
            one["holder"],
            *(count for pair in [*one["months"], (one["old"], one["new"])] for count in pair),
        ]
        for one in load(result)
    )
    return gettext("Load"), heads, rows
