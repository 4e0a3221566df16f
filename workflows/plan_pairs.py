"""结对: a business goal and its party-building measures as they are typed, checked field by field.

The same check for the form, for a change and for a workbook.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import JointPlan, PlanItem, PlanMeasure, PlanMilestone, Unit, UnitKind
from workflows import plan_owners
from workflows.deadlines import day_of
from workflows.forms import Fault

MILESTONE = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(\S.{0,199})")
MOST_ITEMS = 60
LONGEST = 1000
Row = Mapping[str, Any]
Milestones = Sequence[tuple[date, str]]


@dataclass(frozen=True)
class Pair:
    """One item as it was typed."""

    business_goal: str
    measures: Sequence[str]
    indicator: str
    owner_business: int | None
    owner_party: int | None
    branch: int | None
    due: date
    milestones: Milestones = field(default_factory=tuple)


def lines(text: str | None) -> list[str]:
    """What a text says, a line for each."""
    return [line.strip()[:LONGEST] for line in (text or "").splitlines() if line.strip()]


def milestones_of(text: str | None) -> list[tuple[date, str]]:
    """`2026-06-30 完成试点`, one a line; ValueError with the line that cannot be read."""
    found = []
    for line in lines(text):
        match = MILESTONE.fullmatch(line)
        if match is None:
            raise ValueError(line)
        try:
            found.append((date.fromisoformat(match[1]), match[2].strip()))
        except ValueError:
            raise ValueError(line) from None
    return found


def read(row: Row) -> Pair:
    """A row that was checked."""
    return Pair(
        business_goal=str(row["business_goal"]).strip()[:LONGEST],
        measures=lines(row["party_measures"]),
        indicator=str(row.get("indicator", "")).strip(),
        owner_business=_id(row.get("owner_business")),
        owner_party=_id(row.get("owner_party")),
        branch=_id(row.get("branch")),
        due=date.fromisoformat(str(row["due"])),
        milestones=milestones_of(row.get("milestones")),
    )


def _id(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() else None


@dataclass(frozen=True)
class Within:
    """The organ whose plan it is, the year, and the day on which its posts are looked at."""

    session: Session
    organ: Unit
    year: int
    now: datetime


def check(within: Within, rows: Sequence[Row], prefix: str = "pairs") -> dict[str, Fault]:
    """What is wrong, by path (`pairs-0-party_measures`); nothing if every row holds."""
    wanted = [_id(row.get(f"owner_{side}")) for row in rows for side in plan_owners.SIDES]
    people = [one for one in wanted if one is not None]
    posts = plan_owners.held(within.session, within.organ, people, day_of(within.now))
    found: dict[str, Fault] = {}
    for place, row in enumerate(rows):
        for name, fault in _faults(within, row, posts):
            found.setdefault(f"{prefix}-{place}-{name}", fault)
    return found


def _faults(
    within: Within, row: Row, posts: Mapping[int, list[plan_owners.Held]]
) -> list[tuple[str, Fault]]:
    found = []
    if not lines(row.get("business_goal")):
        found.append(("business_goal", Fault("An item begins with a business goal.")))
    if not lines(row.get("party_measures")):
        fault = Fault("A business goal without a party-building measure is no pair.")
        found.append(("party_measures", fault))
    for side in plan_owners.SIDES:
        user_id = _id(row.get(f"owner_{side}"))
        if user_id is None or plan_owners.post_for(posts.get(user_id, []), side) is None:
            found.append((f"owner_{side}", OWNER[side]))
    return found + _of_branch(within, row) + _of_dates(within, row)


OWNER = {
    "business": Fault(
        "The business owner holds a post of the organ itself: a branch commands no business work."
    ),
    "party": Fault("The party owner holds a party post in the organ."),
}


def _of_branch(within: Within, row: Row) -> list[tuple[str, Fault]]:
    unit_id = _id(row.get("branch"))
    branch = within.session.get(Unit, unit_id) if unit_id else None
    if branch is not None and branch.kind == UnitKind.BRANCH and branch.is_under(within.organ):
        return []
    return [("branch", Fault("Choose a branch of the organ."))]


def _of_dates(within: Within, row: Row) -> list[tuple[str, Fault]]:
    found = []
    try:
        due = date.fromisoformat(str(row.get("due")))
    except ValueError:
        return [("due", Fault("Please enter a date like 2026-03-02."))]
    if due.year != within.year:
        found.append(("due", Fault("The date lies within {year}.", year=within.year)))
    try:
        late = [name for day, name in milestones_of(row.get("milestones")) if day > due]
    except ValueError as error:
        fault = Fault(
            "“{line}” is no milestone: a date like 2026-06-30, a blank, and its name.",
            line=str(error),
        )
        return [*found, ("milestones", fault)]
    if late:
        fault = Fault("The milestone “{name}” lies after the item's date.", name=late[0])
        found.append(("milestones", fault))
    return found


def next_number(session: Session, plan: JointPlan) -> int:
    """The number of the plan's next item; one that was dropped keeps its own."""
    wanted = select(func.max(PlanItem.number)).where(PlanItem.plan_id == plan.id)
    return (session.scalar(wanted) or 0) + 1


def add(within: Within, plan: JointPlan, pair: Pair, number: int) -> PlanItem:
    """The item stands in the plan with its measures and milestones."""
    item = PlanItem(plan_id=plan.id, number=number, behind=0)
    fill(within, item, pair)
    return item


def fill(within: Within, item: PlanItem, pair: Pair) -> None:
    """The item says what the pair says; its measures and milestones are added."""
    session = within.session
    item.business_goal, item.indicator = pair.business_goal, pair.indicator
    item.due_on, item.branch_id = pair.due, pair.branch
    own(within, item, "business", pair.owner_business)
    own(within, item, "party", pair.owner_party)
    session.add(item)
    session.flush()
    for text in pair.measures:
        session.add(PlanMeasure(plan_id=item.plan_id, item_id=item.id, text=text))
    for day, name in pair.milestones:
        session.add(PlanMilestone(item_id=item.id, name=name, due_on=day))
    session.flush()


def own(within: Within, item: PlanItem, side: str, user_id: int | None) -> None:
    """The person is the item's owner on that side, by the post that he holds for it."""
    day = day_of(within.now)
    wanted = [] if user_id is None else [user_id]
    posts = plan_owners.held(within.session, within.organ, wanted, day)
    setattr(item, f"owner_{side}_id", user_id)
    post = plan_owners.post_for(posts.get(user_id or 0, []), side)
    setattr(item, f"owner_{side}_post_id", post)
