"""党务干部 against 业务干部: moves, promotions and awards of both lines, year by year.

Counted from who held which post when and from what was adopted; shares stand beside the counts,
for the lines differ in size. No person is named and none is ranked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CareerEntry, Holding, Post, Unit, User
from workflows import careers, use_lists
from workflows.access import Rights, within
from workflows.careers import PARTY_POSTS
from workflows.deadlines import day_of

LINES = ("party", "business")
SHARED = ("moves", "promotions", "awards")  # shown as shares as well
YEARS = 5  # that are shown


@dataclass(frozen=True)
class Term:
    """A post of a line, held from a day until a day (exclusive; none: still)."""

    line: str
    since: date
    until: date | None

    def held_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass
class Count:
    """One line in one year."""

    people: int = 0  # in posts on the year's last day, or today
    moves: int = 0  # came into another post
    crossed: int = 0  # of them, out of this line into the other
    promotions: int = 0  # references for appointment that were adopted
    awards: int = 0

    def share(self, name: str) -> float | None:
        """Of a hundred people of the line; none where there is nobody."""
        return round(100 * int(getattr(self, name)) / self.people, 1) if self.people else None


@dataclass(frozen=True)
class Year:
    year: int
    lines: Mapping[str, Count]


def of(session: Session, rights: Rights, *, now: datetime) -> Sequence[Year]:
    """The last years of the reader's subtree, the oldest first."""
    use_lists.require_preparing(rights)
    today = day_of(now)
    terms = _terms(session, rights)
    entries = _entries(session, rights, today.year - YEARS + 1)
    return [
        Year(year, _count(terms, entries.get(year, ()), min(date(year, 12, 31), today)))
        for year in range(today.year - YEARS + 1, today.year + 1)
    ]


def _terms(session: Session, rights: Rights) -> Mapping[int, Sequence[Term]]:
    """The posts of each cadre, in the order in which they began."""
    rows = session.execute(
        select(Holding.user_id, Post.kind, Holding.since, Holding.until)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(User, User.id == Holding.user_id)
        .where(User.cadre.is_(True), within(careers.paths(rights)))
        .order_by(Holding.since, Holding.id)
    )
    found: dict[int, list[Term]] = defaultdict(list)
    for user_id, kind, since, until in rows:
        found[user_id].append(Term("party" if kind in PARTY_POSTS else "business", since, until))
    return found


def _entries(
    session: Session, rights: Rights, first: int
) -> Mapping[int, Sequence[tuple[str, str]]]:
    rows = session.execute(
        select(CareerEntry.happened_on, CareerEntry.line, CareerEntry.kind)
        .join(Unit, Unit.id == CareerEntry.unit_id)
        .where(CareerEntry.happened_on >= date(first, 1, 1), within(careers.paths(rights)))
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for happened_on, line, kind in rows:
        found[happened_on.year].append((line, kind))
    return found


def _count(
    terms: Mapping[int, Sequence[Term]], entries: Sequence[tuple[str, str]], last: date
) -> Mapping[str, Count]:
    counts = {line: Count() for line in LINES}
    for held in terms.values():
        if (line := line_on(held, last)) is not None:
            counts[line].people += 1
        for left, came in moves(held, last.year):
            counts[left].moves += 1
            counts[left].crossed += left != came
    for line, kind in entries:
        counts[line].promotions += kind == "promotion_reference"
        counts[line].awards += kind == "award_priority"
    return counts


def line_on(held: Sequence[Term], day: date) -> str | None:
    """The person's line on a day: party where he holds a party post; none without a post."""
    lines = {term.line for term in held if term.held_on(day)}
    return next((line for line in LINES if line in lines), None)


def moves(held: Sequence[Term], year: int) -> Sequence[tuple[str, str]]:
    """Each coming into another post within the year: the line left, the line entered.

    A post taken on beside one that is kept is no move.
    """
    found = []
    for came in held:
        if came.since.year != year:
            continue
        before = [one for one in held if one.since < came.since and one.until is not None
                  and one.until <= came.since]  # fmt: skip
        kept = any(one is not came and one.held_on(came.since) for one in held)
        if before and not kept:
            found.append((before[-1].line, came.line))
    return found
