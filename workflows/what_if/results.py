"""What a trial keeps: the counts of both ladders, who is affected, whose load changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Holding, Post, Seat, Unit, User
from workflows.deadlines import day_of
from workflows.what_if.crowd import Part
from workflows.what_if.facts import Organ
from workflows.what_if.tally import MEASURES, merged, totals

MOST_NAMED = 5_000
Result = dict[str, Any]


def made(
    session: Session, parts: Sequence[Part], organs: Iterable[Organ], *, now: datetime
) -> Result:
    """The result as it is kept with the trial."""
    old, new = (merged(sides) for sides in ([one[1] for one in parts], [one[2] for one in parts]))
    affected = _affected(old.pop("subjects"), new.pop("subjects"))
    known = list(organs)
    months = sorted({month for side in (old, new) for month in _months(side)})
    return {
        "old": {**old, "totals": totals(old)},
        "new": {**new, "totals": totals(new)},
        "months": months,
        "organs": {str(one.id): one.name for one in known},
        "facts": {
            "organs": len(known),
            "overdue": sum(len(one.overdue) for one in known),
            "matters": sum(len(one.matters) for one in known),
            "asked": sum(len(one.asked) for one in known),
        },
        "counts": {
            kind: sum(one["kind"] == kind for one in affected) for kind in ("new", "gone", "other")
        },
        "affected": _named(session, affected[:MOST_NAMED]),
        "who": _who(session, {*old["load"], *new["load"]}, now=now),
    }


def _months(side: Mapping[str, Any]) -> Iterable[str]:
    for months in side["cells"].values():
        yield from months
    yield from side["rungs"]
    for months in side["load"].values():
        yield from months


def _affected(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The subjects whose proposals differ: newly affected first, then those no longer."""
    found = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, {}), new.get(key, {})
        was, would = before.get("counts", {}), after.get("counts", {})
        if was == would:
            continue
        one = after or before
        reached = any(would.get(measure) and not was.get(measure) for measure in MEASURES)
        left = any(was.get(measure) and not would.get(measure) for measure in MEASURES)
        kind = "new" if reached else "gone" if left else "other"
        first = min({**before.get("first", {}), **after.get("first", {})}.values())
        found.append(
            {
                "key": key,
                "name": one["name"],
                "unit": one["unit"],
                "organ": one["organ"],
                "old": was,
                "new": would,
                "first": first,
                "kind": kind,
            }
        )
    order = {"new": 0, "gone": 1, "other": 2}
    return sorted(found, key=lambda one: (order[one["kind"]], one["organ"], one["key"]))


def _named(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = _names(session, {int(one["unit"]) for one in rows})
    return [{**one, "unit": names.get(int(one["unit"]), "")} for one in rows]


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found |= dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(some))).all())
    return found


def _who(session: Session, ids: set[str], *, now: datetime) -> dict[str, list[str]]:
    """The post or role behind each principal, its unit, and who holds it now."""
    wanted, day = [int(one) for one in ids], day_of(now)
    found: dict[str, list[str]] = {}
    posts = session.execute(
        select(Post, Unit.name).join(Unit, Unit.id == Post.unit_id).where(Post.id.in_(wanted))
    )
    for post, unit in posts:
        found[str(post.id)] = [post.title or post.kind, unit, ""]
    seats = session.execute(
        select(Seat, Unit.name).join(Unit, Unit.id == Seat.unit_id).where(Seat.id.in_(wanted))
    )
    for seat, unit in seats:
        found[str(seat.id)] = [f"role:{seat.role}", unit, ""]
    held = session.execute(
        select(Holding, User.name)
        .join(User, User.id == Holding.user_id)
        .where(Holding.post_id.in_(wanted))
    )
    for holding, name in held:
        if holding.holds_on(day):
            found[str(holding.post_id)][2] = name
    return found
