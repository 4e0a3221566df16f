"""Who gets a task: the rule on a node, resolved on the day the task is made.

Grammar: terms separated by spaces; the first names candidates, the others take people away:
`level(work_committee, deputy) not(draft_matter)`. Nobody found: up the tree, then the process
admin; never passed over (design.md, decided 3).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from models import Case, Grant, Holding, Post, Role, Seat, Task, Unit, UnitKind, User
from workflows.deadlines import Calendar, day_of
from workflows.registry import Act

TERM = re.compile(r"(?P<name>[a-z_]+)(?:\((?P<args>[^()]*)\))?")
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


@dataclass(frozen=True)
class Term:
    name: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Assignment:
    """For whom a task waits, who may not do it, and which rule said so."""

    principals: tuple[int, ...]
    excluded: frozenset[int]
    rule: str
    fell_back: bool = False


@lru_cache(maxsize=2048)
def parse(rule: str) -> tuple[Term, ...]:
    """The terms of a who rule; raises ValueError with the part that cannot be read."""
    terms, rest = [], rule.strip()
    while rest:
        found = TERM.match(rest)
        if found is None:
            raise ValueError(rest)
        args = tuple(part.strip() for part in (found["args"] or "").split(",") if part.strip())
        terms.append(Term(found["name"], args))
        rest = rest[found.end() :].lstrip()
    return tuple(terms)


def look_up(variables: Mapping[str, Any], path: str) -> Any:
    """`rect.owner` → variables["rect"]["owner"], None where a step is missing."""
    value: Any = variables
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def resolve(act: Act, rule: str) -> Assignment:
    """Whom the task waits for now. Never empty unless not even a process admin is in office."""
    terms = parse(rule)
    excluded = excluded_users(act, terms)
    for find in (_candidates, _higher):
        principals = tuple(p for p in find(act, terms[0]) if _somebody_left(act, p, excluded))
        if principals:
            return Assignment(principals, excluded, rule)
    fallback = seats_of(act, Role.PROCESS_ADMIN)
    return Assignment(tuple(fallback), excluded, rule, fell_back=True)


def someone_for(
    session: Session, rule: str, *, subject: Mapping[str, Any], unit_id: int, now: datetime
) -> Assignment:
    """Whom a rule names where no case runs yet: who decides a proposal about this subject."""
    act = Act(
        session=session,
        case=Case(unit_id=unit_id),
        vars={"subject": dict(subject), "subject_users": _ids(subject.get("user"))},
        by=None,
        now=now,
        calendar=Calendar(),
    )
    return resolve(act, rule)


def excluded_users(act: Act, terms: Sequence[Term]) -> frozenset[int]:
    """Who may never do it: `not(node)` doers, the recused, and the case's subjects."""
    out = set(_ids(look_up(act.vars, "recused")))
    if terms and not _meant_for_subject(terms[0]):
        out |= set(_ids(look_up(act.vars, "subject_users")))
    for term in terms[1:]:
        if term.name == "not" and term.args[0] != "subject":
            out |= _doers(act, term.args[0])
    return frozenset(out)


def _meant_for_subject(term: Term) -> bool:
    """What only the subject can do: his own papers, and what he is to put right."""
    return term.name in ("subject", "item") or term.args == ("rect.owner",)


def _somebody_left(act: Act, principal: int, excluded: frozenset[int]) -> bool:
    if not excluded:
        return True
    return bool(holders_of(act.session, principal, now=act.now) - excluded)


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


def _candidates(act: Act, term: Term) -> list[int]:
    finder = FINDERS.get(term.name)
    if finder is None:
        raise ValueError(f"unknown who rule {term.name!r}")
    return finder(act, *term.args)


def _higher(act: Act, term: Term) -> list[int]:
    """The next rank up where a level has nobody left; else the units above for a post."""
    if term.name in ("level", "min"):
        wanted = term.args if term.name == "level" else _minimum(act)
        return _ranks_above(act, wanted[0], wanted[1])
    if term.name == "line_superior":
        return _level(act, "work_committee", "deputy")
    return []


def people(act: Act, rule: str) -> list[int]:
    """The users whom a who rule names today, in the order of their ids."""
    found = resolve(act, rule)
    behind = (holders_of(act.session, one, now=act.now) for one in found.principals)
    return sorted({user for users in behind for user in users} - found.excluded)


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
_POSTS = (
    select(Post.id, Post.kind, Unit.path)
    .join(Unit, Unit.id == Post.unit_id)
    .join(Holding, Holding.post_id == Post.id)
    .where(
        Post.kind.in_(bindparam("kinds", expanding=True)),
        Unit.id.in_(bindparam("units", expanding=True)),
        Holding.since <= _TODAY,
        or_(Holding.until.is_(None), Holding.until > _TODAY),
    )
    .distinct()
)


def seats_of(act: Act, role: str, *_: str) -> list[int]:
    """The seat of the role nearest above the case's unit that somebody holds."""
    wanted = {"role": role, "units": path_ids(_path(act)), "day": day_of(act.now)}
    rows = act.session.execute(_SEATS, wanted).all()
    return [max(rows, key=lambda row: len(row[1]))[0]] if rows else []


def _post(act: Act, where: str, kind: str) -> list[int]:
    """The post of that kind at the unit, else at the nearest unit above that has it filled."""
    unit_id = look_up(act.vars, where) or (act.item or {}).get(where.removeprefix("item."))
    unit = act.session.get(Unit, int(unit_id)) if unit_id else None
    return posts_above(act, unit.path if unit else _path(act), [kind])


def posts_above(act: Act, path: str, kinds: Sequence[str]) -> list[int]:
    """Filled posts of the first of these kinds that any exist of, nearest to the path's end."""
    wanted = {"kinds": kinds, "units": path_ids(path), "day": day_of(act.now)}
    rows = act.session.execute(_POSTS, wanted).all()
    for kind in kinds:
        of_kind = [row for row in rows if row[1] == kind]
        if of_kind:
            nearest = max(len(row[2]) for row in of_kind)
            return [row[0] for row in of_kind if len(row[2]) == nearest]
    return []


def path_ids(path: str) -> list[int]:
    """The ids along a unit's path, root first."""
    return [int(part) for part in path.split("/") if part]


def _path(act: Act) -> str:
    unit = act.session.get(Unit, act.case.unit_id)
    return unit.path if unit else ""


def _level_named(act: Act, org: str, rank: str) -> tuple[str, str]:
    """A level as written, or as the case's variables hold it (`level(appealed.org, …)`)."""

    def said(part: str) -> str:
        return str(look_up(act.vars, part) or part) if "." in part else part

    return said(org), said(rank)


def _level(act: Act, org: str, rank: str) -> list[int]:
    org, rank = _level_named(act, org, rank)
    kinds = [post for o, r, _, post in LEVELS if (o, r) == (org, rank)]
    if not kinds:
        raise ValueError(f"unknown level {org}, {rank}")
    return posts_above(act, _path(act), kinds)


def _ranks_above(act: Act, org: str, rank: str) -> list[int]:
    org, rank = _level_named(act, org, rank)
    order = [(o, r) for o, r, _, _ in LEVELS]
    for o, r in order[order.index((org, rank)) + 1 :]:
        found = [p for p in _level(act, o, r) if p not in _level(act, org, rank)]
        if found:
            return found
    return []


def _minimum(act: Act) -> tuple[str, str]:
    level = act.vars.get("min") or {}
    return (level.get("org", "committee"), level.get("rank", "principal"))


def _min(act: Act) -> list[int]:
    return _level(act, *_minimum(act))


def _line_superior(act: Act, path: str = "subject") -> list[int]:
    """The post that leads the subject in line; for an organisation, the committee's deputy."""
    subject = look_up(act.vars, path) or {}
    if subject.get("kind") == "org" or not subject.get("user"):
        return _level(act, "work_committee", "deputy")
    held = posts_held(act, int(subject["user"]))
    for kind, kinds in SUPERIORS.items():
        for post_kind, unit_path in held:
            if post_kind == kind:
                return posts_above(act, unit_path, kinds)
    user = act.session.get(User, int(subject["user"]))
    unit = act.session.get(Unit, user.unit_id) if user and user.unit_id else None
    return posts_above(act, unit.path if unit else _path(act), ["支部书记", "机关党委书记"])


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


def _subject(act: Act) -> list[int]:
    """The person himself; for an organisation, its head's post."""
    subject = look_up(act.vars, "subject") or {}
    if subject.get("user"):
        return [int(subject["user"])]
    unit = act.session.get(Unit, int(subject["unit"])) if subject.get("unit") else None
    heads = ["党组书记", "机关党委书记", "支部书记"]
    if unit is not None and unit.kind == UnitKind.BRANCH:
        heads = ["支部书记"]
    elif unit is not None and unit.kind == UnitKind.ORGAN_COMMITTEE:
        heads = ["机关党委书记"]
    return posts_above(act, unit.path if unit else _path(act), heads)


def _case(act: Act, path: str) -> list[int]:
    return _ids(look_up(act.vars, path))


def _item(act: Act, path: str) -> list[int]:
    return _ids(look_up(act.item or {}, path.removeprefix("item.")))


def _same(act: Act, node: str) -> list[int]:
    """Who did the node: the post acted through (so a successor takes over), else the person."""
    done = act.session.execute(
        select(Task.done_as, Task.done_by)
        .where(Task.case_id == act.case.id, Task.node == node, Task.done_by.is_not(None))
        .order_by(Task.done_at.desc())
        .limit(1)
    ).first()
    return [int(done[0] or done[1] or 0)] if done else []


def _external(act: Act, _body: str = "") -> list[int]:
    """A body without an account: the handler enters its signed paper, both names kept."""
    return seats_of(act, Role.HANDLER)


def _doers(act: Act, node: str) -> set[int]:
    return set(
        act.session.scalars(
            select(Task.done_by).where(
                Task.case_id == act.case.id, Task.node == node, Task.done_by.is_not(None)
            )
        )
    )


def _ids(value: Any) -> list[int]:
    """Ids out of a form's value: one, a list, or a context keyed by id."""
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        return [int(key) for key in value]
    if isinstance(value, list):
        return [int(one) for one in value]
    return [int(value)]


FINDERS: dict[str, Callable[..., list[int]]] = {
    "role": seats_of,
    "post": _post,
    "line_superior": _line_superior,
    "level": _level,
    "min": _min,
    "subject": _subject,
    "case": _case,
    "item": _item,
    "same": _same,
    "external": _external,
}


def may_do(
    act: Act, principals: Collection[int], rule: str, user_principals: Sequence[int]
) -> bool:
    """True if the person may do a task of this rule: it waits for him or he ranks above it."""
    if act.by is None or act.by.id in excluded_users(act, parse(rule)):
        return False
    if set(principals) & set(user_principals):
        return True
    term = parse(rule)[0]
    if term.name not in ("level", "min"):
        return False
    org, rank = term.args if term.name == "level" else _minimum(act)
    return bool(set(_all_above(act, org, rank)) & set(user_principals))


def _all_above(act: Act, org: str, rank: str) -> list[int]:
    org, rank = _level_named(act, org, rank)
    order = [(o, r) for o, r, _, _ in LEVELS]
    return [p for o, r in order[order.index((org, rank)) :] for p in _level(act, o, r)]
