"""Who would have had a step, found in memory: the same rules as `assignment`, no database.

A test holds both against each other (tests/workflows/test_what_if_people.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models import Role, UnitKind
from workflows.assignment import LEVELS, SUPERIORS, parse
from workflows.subjects import HEADS, Subject
from workflows.what_if.facts import Organ, PostFact, UnitFact


class Directory:
    """The posts, seats and units of an organ and of what stands above it."""

    def __init__(self, organ: Organ) -> None:
        self._organ = organ
        self._posts: dict[tuple[int, str], list[PostFact]] = {}
        self._held: dict[int, list[PostFact]] = {}
        for post in sorted(organ.posts, key=lambda one: one.id):
            self._posts.setdefault((post.unit_id, post.kind), []).append(post)
            for user, _, _ in post.held:
                self._held.setdefault(user, []).append(post)
        self._seats = {(seat.unit_id, seat.kind): seat for seat in organ.seats}

    def subject_of(self, unit_id: int, day: date) -> Subject:
        """Who answers for a missed duty: a branch's secretary, else the organisation."""
        unit = self._organ.units[unit_id]
        if unit.kind == UnitKind.BRANCH:
            for post in self._posts.get((unit_id, HEADS[UnitKind.BRANCH]), ()):
                user_id = post.held_on(day)
                if user_id is not None and user_id in self._organ.people:
                    return self.person(user_id, unit_id, day)
        return Subject("org", unit.id, None, unit.name, "", unit.managed_by, principal=False)

    def person(self, user_id: int, unit_id: int, day: date) -> Subject:
        """The person with the post held that day in that unit."""
        user = self._organ.people[user_id]
        held = [one for one in self._held_on(user_id, day) if one.unit_id == unit_id]
        post = min(held, key=lambda one: one.id, default=None)
        return Subject(
            kind="cadre" if user.cadre else "other",
            unit_id=unit_id,
            user_id=user.id,
            name=user.name,
            post=post.title or post.kind if post else "",
            managed_by=user.managed_by,
            principal=post is not None and post.kind in HEADS.values(),
        )

    def _held_on(self, user_id: int, day: date) -> list[PostFact]:
        return [one for one in self._held.get(user_id, ()) if one.held_on(day) == user_id]

    def superior_of(self, rule: str, subject: Subject, vars: Mapping[str, Any], day: date) -> int:
        """The post or seat that a who rule of those who supervise names; 0 for all other rules."""
        try:
            term = parse(rule)[0]
        except (ValueError, IndexError):
            return 0
        if term.name == "role":
            return self._seat(term.args[0], subject, day)
        if term.name == "line_superior":
            return self._line_superior(subject, day)
        if term.name in ("level", "min"):
            level = vars.get("min") or {}
            org, rank = (
                (_said(vars, term.args[0]), _said(vars, term.args[1]))
                if term.name == "level"
                else (level.get("org", "committee"), level.get("rank", "principal"))
            )
            return self._from_level(str(org), str(rank), subject, day)
        return 0

    def _seat(self, role: str, subject: Subject, day: date) -> int:
        for unit_id in reversed(self._line(subject.unit_id)):
            seat = self._seats.get((unit_id, role))
            if seat is not None and seat.held_on(day) is not None:
                return seat.id
        return 0

    def _line_superior(self, subject: Subject, day: date) -> int:
        if subject.kind == "org" or subject.user_id is None:
            return self._from_level("work_committee", "deputy", subject, day)
        held = self._held_on(subject.user_id, day)
        for kind, kinds in SUPERIORS.items():
            for post in held:
                if post.kind == kind:
                    found = self._above(post.unit_id, kinds, subject, day)
                    return found or self._from_level("work_committee", "deputy", subject, day)
        user = self._organ.people[subject.user_id]
        found = self._above(
            user.unit_id or subject.unit_id, ("支部书记", "机关党委书记"), subject, day
        )
        return found or self._from_level("work_committee", "deputy", subject, day)

    def _above(self, unit_id: int, kinds: Sequence[str], subject: Subject, day: date) -> int:
        """The filled post of the first of these kinds that there is, nearest to the unit; the
        subject himself never."""
        line = list(reversed(self._line(unit_id)))
        for kind in kinds:
            for one in line:
                filled = [
                    (post.id, post.held_on(day))
                    for post in self._posts.get((one, kind), ())
                    if post.held_on(day) is not None
                ]
                if filled:
                    left = [post for post, user in filled if user != subject.user_id]
                    return left[0] if left else 0
        return 0

    def _from_level(self, org: str, rank: str, subject: Subject, day: date) -> int:
        """The level's post, else that of the next rank up."""
        order = [(o, r) for o, r, _, _ in LEVELS]
        if (org, rank) not in order:
            return 0
        for _, _, _, kind in LEVELS[order.index((org, rank)) :]:
            if found := self._above(subject.unit_id, [kind], subject, day):
                return found
        return self._seat(Role.PROCESS_ADMIN, subject, day)

    def _line(self, unit_id: int) -> list[int]:
        unit: UnitFact | None = self._organ.units.get(unit_id)
        return unit.line if unit else []


def _said(variables: Mapping[str, Any], part: str) -> str:
    value: Any = variables
    for step in part.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return str(value or part)
