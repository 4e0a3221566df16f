"""Who gets a task: the rule on a node, resolved on the day the task is made.

The rule is written in the grammar of `workflows.engine.who`. Nobody found: up the tree, then the
process admin, then an alarm; never passed over (design.md, decided 3).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, union_all
from sqlalchemy.orm import Session

from models import Case, Grant, Holding, Role, Seat, User
from workflows.assignment_finders import BY_ID, FINDERS, doers, people_of
from workflows.assignment_posts import (
    LEVELS,
    SUPERIORS,
    at_level,
    holders_of,
    ids_in,
    look_up,
    minimum,
    next_superiors,
    path_at,
    path_ids,
    path_of,
    posts_above,
    posts_held,
    posts_in,
    ranks_from,
    seats_along,
    seats_of,
    superiors_of,
)
from workflows.deadlines import Calendar, day_of
from workflows.engine.who import Term, parse
from workflows.registry import Act

__all__ = [
    "LEVELS",
    "SUPERIORS",
    "Assignment",
    "Rule",
    "exclusions",
    "holders_of",
    "may_do",
    "parse",
    "people",
    "posts_above",
    "posts_held",
    "resolve",
    "rungs",
    "seats_of",
    "someone_for",
]
UNSAID = "role(process_admin)"
# How the people were found: as the rule says, above them, the last resort, or not at all.
RULE, SUPERIOR, ABOVE, ADMIN, NOBODY = "rule", "superior", "above", "process_admin", "nobody"


@dataclass(frozen=True)
class Rule:
    """What a node says of who acts, and what holds where that does not suffice."""

    text: str
    if_nobody: str = "up"
    if_starter: str = "may"
    if_twice: str = "again"

    @classmethod
    def of(cls, properties: Mapping[str, str]) -> "Rule":
        """As the settings of a node have it."""
        return cls(
            properties.get("who", "").strip() or UNSAID,
            properties.get("ifNobody", "up"),
            properties.get("ifStarter", "may"),
            properties.get("ifTwice", "again"),
        )

    @property
    def terms(self) -> tuple[Term, ...]:
        return parse(self.text)


@dataclass(frozen=True)
class Assignment:
    """For whom a task waits, who may not do it, and which rule said so."""

    principals: tuple[int, ...]
    excluded: frozenset[int]
    rule: str
    by: str = RULE

    @property
    def fell_back(self) -> bool:
        """The rule found nobody: the process admin has it, and there is an alarm."""
        return self.by in (ADMIN, NOBODY)


def resolve(act: Act, rule: str | Rule) -> Assignment:
    """Whom the task waits for now. Without principals only where there is not even a seat for a
    process admin; `by` is NOBODY whenever nobody in office may do it."""
    said = _as_rule(rule)
    excluded = frozenset(exclusions(act, said))
    acted = doers(act) - excluded if said.if_twice == "other" else set()
    for by, rung in rungs(act, said):
        for out in (excluded | acted, excluded) if acted else (excluded,):
            left = tuple(one for one in rung if _somebody_left(act, one, out))
            if left:
                return Assignment(left, out, said.text, by)
    for seats in seats_along(act, Role.PROCESS_ADMIN, path_of(act)):
        if any(_somebody_left(act, one, excluded) for one in seats):
            return Assignment(tuple(seats), excluded, said.text, ADMIN)
    return Assignment(_seat_without_holder(act), excluded, said.text, NOBODY)


def _as_rule(rule: str | Rule) -> Rule:
    return Rule(rule) if isinstance(rule, str) else rule


def rungs(act: Act, rule: Rule) -> Iterator[tuple[str, list[int]]]:
    """Whom to ask, one after the other, each with how he was found."""
    term = rule.terms[0]
    if term.name not in FINDERS:
        raise ValueError(f"unknown who rule {term.name!r}")
    found = FINDERS[term.name](act, *term.args)
    first = next(found, [])
    if term.name in BY_ID:
        first = _in_office(act, first)
    yield RULE, first
    starter = act.case.opened_by
    if rule.if_starter == "superior" and starter and _is_among(act, starter, first):
        yield from ((SUPERIOR, one) for one in superiors_of(act, starter))
    if rule.if_nobody == "superior":
        yield from ((SUPERIOR, one) for one in _above_posts(act, term, first))
    if rule.if_nobody != "process_admin":
        yield from ((ABOVE, one) for one in found)


def _is_among(act: Act, user_id: int, principals: Sequence[int]) -> bool:
    return any(user_id in holders_of(act.session, one, now=act.now) for one in principals)


def _above_posts(act: Act, term: Term, found: Sequence[int]) -> Iterator[list[int]]:
    """The superiors of these posts; of a post that nobody holds, as the rule names it."""
    held = posts_in(act, found)
    if not held and term.name == "post":
        held = [(term.args[1], path_at(act, term.args[0]))]
    seen: set[int] = set(found)
    while higher := [one for one in next_superiors(act, held) if one not in seen]:
        yield higher
        seen |= set(higher)
        held = posts_in(act, higher)


def _in_office(act: Act, principals: Sequence[int]) -> list[int]:
    """Of these those who can act today: people not disabled, posts and seats that are filled."""
    if not principals:
        return []
    day = day_of(act.now)
    there = union_all(
        select(User.id).where(User.id.in_(principals), User.enabled.is_(True)),
        select(Holding.post_id).where(
            Holding.post_id.in_(principals),
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        ),
        select(Grant.seat_id).where(
            Grant.seat_id.in_(principals),
            Grant.since <= day,
            or_(Grant.until.is_(None), Grant.until > day),
        ),
    )
    known = set(act.session.scalars(there))
    return [one for one in principals if one in known]


def _seat_without_holder(act: Act) -> tuple[int, ...]:
    """The nearest seat of a process admin: whoever is given it next has the task."""
    ids = path_ids(path_of(act))
    seats = act.session.execute(
        select(Seat.id, Seat.unit_id).where(Seat.role == Role.PROCESS_ADMIN, Seat.unit_id.in_(ids))
    ).all()
    return (max(seats, key=lambda seat: ids.index(seat[1]))[0],) if seats else ()


def someone_for(
    session: Session, rule: str, *, subject: Mapping[str, Any], unit_id: int, now: datetime
) -> Assignment:
    """Whom a rule names where no case runs yet: who decides a proposal about this subject."""
    act = Act(
        session=session,
        case=Case(unit_id=unit_id),
        vars={"subject": dict(subject), "subject_users": ids_in(subject.get("user"))},
        by=None,
        now=now,
        calendar=Calendar(),
    )
    return resolve(act, rule)


def exclusions(act: Act, rule: str | Rule) -> dict[int, str]:
    """Who may never do it, each with why: recused, subject, starter, did (a step), unit."""
    said = _as_rule(rule)
    terms = said.terms
    out = dict.fromkeys(ids_in(look_up(act.vars, "recused")), "recused")
    if not _meant_for_subject(terms[0]):
        out |= dict.fromkeys(ids_in(look_up(act.vars, "subject_users")), "subject")
    for term in terms[1:]:
        if term.name == "not":
            out |= dict.fromkeys(doers(act, term.args[0]), "did")
        elif term.name == "not_of":
            out |= dict.fromkeys(people_of(act, term.args[0]), "unit")
    keeps_out = said.if_starter != "may" or any(one.name == "not_starter" for one in terms[1:])
    if keeps_out and act.case.opened_by:
        out[act.case.opened_by] = "starter"
    return out


def _meant_for_subject(term: Term) -> bool:
    """What only the subject can do: his own papers, and what he is to put right."""
    return term.name in ("subject", "item") or term.args == ("rect.owner",)


def _somebody_left(act: Act, principal: int, excluded: Collection[int]) -> bool:
    if not excluded:
        return True
    return bool(holders_of(act.session, principal, now=act.now) - set(excluded))


def people(act: Act, rule: str) -> list[int]:
    """The users whom a who rule names today, in the order of their ids."""
    found = resolve(act, rule)
    behind = (holders_of(act.session, one, now=act.now) for one in found.principals)
    return sorted({user for users in behind for user in users} - found.excluded)


def may_do(
    act: Act, principals: Collection[int], rule: str | Rule, user_principals: Sequence[int]
) -> bool:
    """True if the person may do a task of this rule: it waits for him or he ranks above it."""
    said = _as_rule(rule)
    excluded = exclusions(act, said)
    if act.by is None or act.by.id in excluded:
        return False
    if said.if_twice == "other" and act.by.id in doers(act):
        out = excluded.keys() | doers(act)
        if any(_somebody_left(act, one, out) for one in principals):
            return False
    if set(principals) & set(user_principals):
        return True
    term = said.terms[0]
    if term.name not in ("level", "min"):
        return False
    org, rank = term.args if term.name == "level" else minimum(act)
    above = (one for o, r in ranks_from(act, org, rank) for one in at_level(act, o, r))
    return bool(set(above) & set(user_principals))
