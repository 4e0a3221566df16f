"""The posts and seats that a who rule names today: rung by rung, the nearest first.

A rung is a list of principals; the first one on which somebody is left has the task. Each rung is
asked for only when those before it have nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from models import Grant, Holding, Post, Seat, Unit, UnitKind, User
from workflows.deadlines import day_of
from workflows.registry import Act

Rungs = Iterator[list[int]]
# Rank by rank upwards; a higher one may always act (问责条例 23).
LEVELS: tuple[tuple[str, str, str, str], ...] = (
    ("party_group", "deputy", UnitKind.PARTY_GROUP, "班子成员"),
    ("party_group", "principal", UnitKind.PARTY_GROUP, "党组书记"),
    ("party_group", "collective", UnitKind.PARTY_GROUP, "党组书记"),
    ("work_committee", "deputy", UnitKind.WORK_COMMITTEE, "工委分管领导"),
    ("work_committee", "principal", UnitKind.WORK_COMMITTEE, "工委书记"),
    ("work_committee", "collective", UnitKind.WORK_COMMITTEE, "工委书记"),
    ("committee", "principal", UnitKind.COMMITTEE, "党委书记"),
    ("committee", "collective", UnitKind.COMMITTEE, "党委书记"),
    ("superior", "collective", UnitKind.COMMITTEE, "党委书记"),
)
# Whose line superior is which post, nearest first (主体责任规定 16).
SUPERIORS = {
    "支部书记": ("机关党委书记", "专职副书记"),
    "专职副书记": ("机关党委书记", "党组书记"),
    "机关党委书记": ("党组书记", "工委分管领导"),
    "班子成员": ("党组书记",),
    "党组书记": ("工委书记",),
    "工委分管领导": ("工委书记",),
    "工委书记": ("党委书记",),
}
OF_A_MEMBER = ("支部书记", "机关党委书记")  # the superiors of who holds none of these posts
DISCIPLINE = "纪检组长"
WITHIN_AN_ORGAN = frozenset({UnitKind.ORGAN_COMMITTEE, UnitKind.BRANCH, UnitKind.DEPARTMENT})

_TODAY = bindparam("day", type_=Date)
_SEATS = (
    select(Seat.id, Unit.path)
    .join(Unit, Unit.id == Seat.unit_id)
    .join(Grant, Grant.seat_id == Seat.id)
    .where(
        Seat.role == bindparam("role"),
        Unit.id.in_(bindparam("units", expanding=True)),
        Grant.since <= _TODAY,
        or_(Grant.until.is_(None), Grant.until > _TODAY),
    )
    .distinct()
)
_FILLED = (
    select(Post.id, Post.kind, Unit.path, Post.oversees)
    .join(Unit, Unit.id == Post.unit_id)
    .join(Holding, Holding.post_id == Post.id)
    .where(Holding.since <= _TODAY, or_(Holding.until.is_(None), Holding.until > _TODAY))
    .distinct()
)
_POSTS = _FILLED.where(
    Post.kind.in_(bindparam("kinds", expanding=True)),
    Unit.id.in_(bindparam("units", expanding=True)),
)
_OVERSEERS = _FILLED.where(
    Post.kind != DISCIPLINE, Post.oversees != "", Unit.id.in_(bindparam("units", expanding=True))
)
_DISCIPLINE = _FILLED.where(Post.kind == DISCIPLINE)


def look_up(variables: Mapping[str, Any], path: str) -> Any:
    """`rect.owner` → variables["rect"]["owner"], None where a step is missing."""
    value: Any = variables
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def holders_of(session: Session, principal: int, *, now: datetime) -> set[int]:
    """The users behind a principal on the organisation's day of `now`."""
    day = day_of(now)
    posts = select(Holding.user_id).where(
        Holding.post_id == principal,
        Holding.since <= day,
        or_(Holding.until.is_(None), Holding.until > day),
    )
    seats = select(Grant.user_id).where(
        Grant.seat_id == principal,
        Grant.since <= day,
        or_(Grant.until.is_(None), Grant.until > day),
    )
    found = set(session.scalars(posts.union_all(seats)))
    return found or set(session.scalars(select(User.id).where(User.id == principal)))


def path_ids(path: str) -> list[int]:
    """The ids along a unit's path, root first."""
    return [int(part) for part in path.split("/") if part]


def path_of(act: Act) -> str:
    unit = act.session.get(Unit, act.case.unit_id)
    return unit.path if unit else ""


def unit_named(act: Act, where: str) -> Unit | None:
    """The unit that a variable, or the item at hand, names; none: it names none."""
    unit_id = look_up(act.vars, where) or (act.item or {}).get(where.removeprefix("item."))
    if isinstance(unit_id, Mapping):  # a subject, or units chosen in a form: keyed by id
        unit_id = unit_id.get("unit") or next(iter(unit_id), None)
    text = str(unit_id or "")
    return act.session.get(Unit, int(text)) if text.isascii() and text.isdecimal() else None


def path_at(act: Act, where: str) -> str:
    unit = unit_named(act, where)
    return unit.path if unit else path_of(act)


# --- roles and posts -----------------------------------------------------------------------------


def role_over(act: Act, role: str, where: str = "") -> Rungs:
    """The seats of the role above the unit that somebody holds; each covers its subtree."""
    yield from seats_along(act, role, path_at(act, where) if where else path_of(act))


def seats_along(act: Act, role: str, path: str) -> Rungs:
    wanted = {"role": role, "units": path_ids(path), "day": day_of(act.now)}
    rows = act.session.execute(_SEATS, wanted).all()
    yield from ([row[0]] for row in sorted(rows, key=lambda row: -len(row[1])))


def seats_of(act: Act, role: str, *_: str) -> list[int]:
    """The seat of the role nearest above the case's unit that somebody holds."""
    return next(seats_along(act, role, path_of(act)), [])


def post_at(act: Act, where: str, kind: str) -> Rungs:
    """The post of that kind at the unit, then at the units above that have it filled."""
    path = path_at(act, where)
    rungs = list(_post_rungs(act, path, [kind]))
    if not rungs or rungs[0][0] != path:
        yield []  # at the unit itself there is nobody
    yield from (ids for _, ids in rungs)


def _post_rungs(act: Act, path: str, kinds: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Filled posts along the path: the first kind first, and of each the nearest first."""
    wanted = {"kinds": kinds, "units": path_ids(path), "day": day_of(act.now)}
    rows = act.session.execute(_POSTS, wanted).all()
    for kind in kinds:
        of_kind = [row for row in rows if row[1] == kind]
        for near in sorted({row[2] for row in of_kind}, key=len, reverse=True):
            yield near, [row[0] for row in of_kind if row[2] == near]


def posts_above(act: Act, path: str, kinds: Sequence[str]) -> list[int]:
    """Filled posts of the first of these kinds that any exist of, nearest to the path's end."""
    return next((ids for _, ids in _post_rungs(act, path, kinds)), [])


def posts_held(act: Act, user_id: int) -> list[tuple[str, str]]:
    """The kinds of the person's posts today, each with the path of its unit."""
    day = day_of(act.now)
    held = (
        select(Post.kind, Unit.path)
        .join(Holding, Holding.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Holding.user_id == user_id,
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
    )
    return [(kind, path) for kind, path in act.session.execute(held)]


def leader(act: Act, where: str) -> Rungs:
    """分管领导: the post above that oversees the unit; else the principal above it."""
    unit = unit_named(act, where) or act.session.get(Unit, act.case.unit_id)
    path = unit.path if unit else ""
    codes = _codes(act, path)
    wanted = {"units": path_ids(path), "day": day_of(act.now)}
    rows = act.session.execute(_OVERSEERS, wanted).all()
    for code in codes:
        if found := [row[0] for row in rows if code in row[3].split(",")]:
            yield found
    within = unit is not None and unit.kind in WITHIN_AN_ORGAN
    kinds = ["党组书记", "工委分管领导"] if within else ["工委分管领导", "工委书记"]
    yield from (ids for _, ids in _post_rungs(act, path, kinds))


def discipline(act: Act, where: str) -> Rungs:
    """对口纪检组: the group that sits at the unit or watches over it, then those above."""
    path = path_at(act, where)
    rows = act.session.execute(_DISCIPLINE, {"day": day_of(act.now)}).all()
    ids = path_ids(path)
    for depth, code in enumerate(_codes(act, path)):
        here = "/" + "/".join(map(str, ids[: len(ids) - depth])) + "/"
        if found := [row[0] for row in rows if row[2] == here or code in row[3].split(",")]:
            yield found


def _codes(act: Act, path: str) -> list[str]:
    """The codes of the units along the path, the nearest first."""
    ids = path_ids(path)
    known = act.session.execute(select(Unit.id, Unit.code).where(Unit.id.in_(ids)))
    codes = {row.id: row.code for row in known}
    return [codes.get(one, "") for one in reversed(ids)]


# --- levels and superiors ------------------------------------------------------------------------


def level_named(act: Act, org: str, rank: str) -> tuple[str, str]:
    """A level as written, or as the case's variables hold it (`level(appealed.org, …)`)."""

    def said(part: str) -> str:
        return str(look_up(act.vars, part) or part) if "." in part else part

    return said(org), said(rank)


def at_level(act: Act, org: str, rank: str) -> list[int]:
    org, rank = level_named(act, org, rank)
    kinds = [post for o, r, _, post in LEVELS if (o, r) == (org, rank)]
    if not kinds:
        raise ValueError(f"unknown level {org}, {rank}")
    return posts_above(act, path_of(act), kinds)


def level_up(act: Act, org: str, rank: str) -> Rungs:
    """The level's post, then rank by rank upwards."""
    own = at_level(act, org, rank)
    yield own
    for o, r in ranks_from(act, org, rank)[1:]:
        yield [one for one in at_level(act, o, r) if one not in own]


def ranks_from(act: Act, org: str, rank: str) -> list[tuple[str, str]]:
    """The level itself and those above it."""
    order = [(o, r) for o, r, _, _ in LEVELS]
    return order[order.index(level_named(act, org, rank)) :]


def minimum(act: Act) -> tuple[str, str]:
    level = act.vars.get("min") or {}
    return (level.get("org", "committee"), level.get("rank", "principal"))


def lowest(act: Act) -> Rungs:
    yield from level_up(act, *minimum(act))


def line_superior(act: Act, path: str = "subject") -> Rungs:
    """The post that leads the person in line; for an organisation, the committee's deputy."""
    user_id = person_named(act, path)
    if user_id is not None:
        yield next(superiors_of(act, user_id), [])
    yield at_level(act, "work_committee", "deputy")


def superior(act: Act, path: str, steps: str) -> Rungs:
    """The superior so many ranks up, then those above him."""
    user_id = person_named(act, path)
    ranks = _of_an_organisation(act) if user_id is None else superiors_of(act, user_id)
    for place, found in enumerate(ranks, 1):
        if place >= int(steps):
            yield found


def _of_an_organisation(act: Act) -> Rungs:
    for org, rank in (("work_committee", "deputy"), ("work_committee", "principal")):
        yield at_level(act, org, rank)
    yield at_level(act, "committee", "principal")


def superiors_of(act: Act, user_id: int) -> Rungs:
    """The person's line superiors, rank by rank; each rank's posts that are filled."""
    found = next_superiors(act, posts_held(act, user_id)) or _of_a_member(act, user_id)
    seen: set[int] = set()
    while found and not seen & set(found):
        yield found
        seen |= set(found)
        found = next_superiors(act, posts_in(act, found))


def next_superiors(act: Act, held: Sequence[tuple[str, str]]) -> list[int]:
    """The posts that lead who holds one of these, by kind and path."""
    for kind, kinds in SUPERIORS.items():
        for post_kind, unit_path in held:
            if post_kind == kind:
                return posts_above(act, unit_path, kinds)
    return []


def _of_a_member(act: Act, user_id: int) -> list[int]:
    """Who leads one that holds no post with a superior: the secretary of his branch."""
    user = act.session.get(User, user_id)
    unit = act.session.get(Unit, user.unit_id) if user and user.unit_id else None
    return posts_above(act, unit.path if unit else path_of(act), OF_A_MEMBER)


def posts_in(act: Act, principals: Sequence[int]) -> list[tuple[str, str]]:
    """The kinds of those of them that are posts, each with the path of its unit."""
    found = select(Post.kind, Unit.path).join(Unit, Unit.id == Post.unit_id)
    rows = act.session.execute(found.where(Post.id.in_(principals)))
    return [(kind, path) for kind, path in rows]


def person_named(act: Act, path: str) -> int | None:
    """The one person that a variable names; none for an organisation, or where it names nobody."""
    if path == "starter":
        return act.case.opened_by
    value = look_up(act.vars, path)
    if isinstance(value, Mapping) and ("user" in value or "kind" in value):
        value = None if value.get("kind") == "org" else value.get("user")
    found = ids_in(value)
    return found[0] if found else None


def ids_in(value: Any) -> list[int]:
    """Ids out of a form's value: one, a list, or a context keyed by id; other things are not."""
    if value is None or value == "" or isinstance(value, bool):
        return []
    many = list(value) if isinstance(value, Mapping | list) else [value]
    texts = (str(one) for one in many if not isinstance(one, Mapping | list))
    return [int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 19]
