"""Joint plans as a workbook: one row a pair, checked row by row, taken in whole or not at all.

A draft plan takes pairs alone. An existing plan (存量计划) is put on record as it was, unpaired
rows and all, for the two-skins rules to look at. A plan that was decided is changed by no workbook.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import JointPlan, PlanItem, PlanMeasure, PlanMilestone, Unit, UnitKind, User
from workflows import audit, plan_lists, plan_owners, plan_pairs, plan_records
from workflows.access import Rights
from workflows.errors import Invalid, NotAllowed
from workflows.imports import build
from workflows.imports.cells import Column, day, text, whole
from workflows.imports.report import Report
from workflows.imports.workbook import Row, Sheet, open_workbook, read_sheet
from workflows.plan_pairs import Pair, Within

MANY = "；"
STARTERS = ("专职副书记", "机关党委书记", "党组书记")
COLUMNS = (
    Column("unit", "单位", text(), required=True),
    Column("year", "年度", whole(2100), required=True),
    Column("number", "序号", whole(999)),
    Column("business_goal", "业务目标", text(1000), default=""),
    Column("party_measures", "党建举措", text(4000), default=""),
    Column("indicator", "衡量指标", text(), default=""),
    Column("owner_business", "业务责任人", text(), default=""),
    Column("owner_party", "党建责任人", text(), default=""),
    Column("branch", "联系支部", text(), default=""),
    Column("milestones", "里程碑", text(2000), default=""),
    Column("due", "完成时限", day),
)
SHEET = Sheet("五同计划", COLUMNS)
TITLES = {column.key: column.title for column in COLUMNS}
NO_UNIT = ("不是可以登记计划的机关", "is no organ whose plan you may bring in")
NO_PERSON = ("没有这个账号，或不属于本机关", "is no account of the organ")
NO_BRANCH = ("不是本机关的党支部", "is no branch of the organ")
DECIDED = ("计划已经党组会审定，只能经调整变更", "was decided: it changes only by a decided change")
TWICE = ("序号重复", "stands there twice")
WHY = {
    "business_goal": ("缺少业务目标，不成对", "is missing: without a business goal it is no pair"),
    "party_measures": ("缺少党建举措，不成对", "is missing: a goal without a measure is no pair"),
    "owner_business": (
        "须任本机关或科室职务（支部不指挥业务工作）",
        "must hold a post of the organ itself: a branch commands no business work",
    ),
    "owner_party": ("须任本机关党务职务", "must hold a party post in the organ"),
    "branch": NO_BRANCH,
    "milestones": ("应为“日期 名称”，且不晚于时限", "must be “date name”, not after the due day"),
    "due": ("应为该年度内的日期", "must be a day of that year"),
}


@dataclass
class Book:
    """What the rows are checked against, and what came of them."""

    session: Session
    report: Report
    rights: Rights | None
    now: datetime
    existing: bool
    organs: dict[str, Unit] = field(default_factory=dict)
    logins: dict[str, User] = field(default_factory=dict)
    branches: dict[str, Unit] = field(default_factory=dict)
    plans: dict[tuple[int, int], JointPlan] = field(default_factory=dict)
    seen: set[tuple[int, int, int]] = field(default_factory=set)
    taken: list[tuple[Unit, int, int | None, Pair]] = field(default_factory=list)

    def fault(self, row: int, key: str, value: object, why: tuple[str, str]) -> None:
        self.report.fault(SHEET.title, row, TITLES[key], value, why)


def take(
    session: Session,
    data: bytes,
    *,
    rights: Rights | None,
    now: datetime,
    existing: bool = False,
    dry_run: bool = False,
) -> Report:
    """The pairs stand in draft plans, or the existing plans on record; nothing with one fault.

    Raises Invalid or TooLarge for a file that is no workbook of ours, NotAllowed for somebody who
    works for no organ's plan.
    """
    report = Report(dry_run)
    book = Book(session, report, rights, now, existing)
    _know(book)
    rows = _rows(data, report)
    _know_people(book, rows)
    for row in rows:
        _check(book, row)
    new, changed, same = _sorted(book)
    report.count(SHEET.title, new=len(new), changed=len(changed), same=same)
    if report.is_good and not dry_run and new + changed:
        for line in (*new, *changed):
            _write(book, *line)
        session.flush()
        _note(book, data)
    return report


def _know(book: Book) -> None:
    organs = select(Unit).where(Unit.kind == UnitKind.PARTY_GROUP, Unit.abolished_on.is_(None))
    for unit in book.session.scalars(organs):
        if book.rights is None or _may(book.rights, unit):
            book.organs |= {unit.code: unit, unit.name: unit}
    if not book.organs:
        raise NotAllowed("Only an organ's party workers bring in its plan.")
    for unit in book.session.scalars(select(Unit).where(Unit.kind == UnitKind.BRANCH)):
        book.branches |= {unit.code: unit, unit.name: unit}
    for plan in book.session.scalars(select(JointPlan)):
        book.plans[plan.unit_id, plan.year] = plan


def _may(rights: Rights, organ: Unit) -> bool:
    return any(
        not place.is_role and place.name in STARTERS and place.path.startswith(organ.path)
        for place in rights.places
    )


def _know_people(book: Book, rows: Sequence[Row]) -> None:
    wanted = {row.values[f"owner_{side}"] for row in rows for side in plan_owners.SIDES} - {""}
    for user in book.session.scalars(select(User).where(User.login.in_(wanted))):
        book.logins[user.login] = user


def _rows(data: bytes, report: Report) -> list[Row]:
    workbook = open_workbook(data)
    try:
        rows = read_sheet(workbook, SHEET, report)
    except (ValueError, KeyError, TypeError, SyntaxError, OSError) as error:
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.") from error
    finally:
        workbook.close()
    if rows is None:
        raise Invalid("The workbook has no sheet {sheet}.", sheet=SHEET.title)
    return rows


def _check(book: Book, row: Row) -> None:
    said = row.values
    organ = book.organs.get(said["unit"])
    if organ is None:
        book.fault(row.number, "unit", said["unit"], NO_UNIT)
        return
    plan = book.plans.get((organ.id, said["year"]))
    if plan is not None and plan.state not in ("draft", "existing"):
        if not _stands(book, plan, row, organ):
            book.fault(row.number, "unit", said["unit"], DECIDED)
        return
    if said["number"]:
        key = (organ.id, said["year"], said["number"])
        if key in book.seen:
            book.fault(row.number, "number", said["number"], TWICE)
        book.seen.add(key)
    typed = _typed(book, row, organ)
    faults = set() if typed is None else _faults(book, typed, organ, said["year"])
    for name in [column.key for column in COLUMNS if column.key in faults]:
        book.fault(row.number, name, said[name], WHY[name])
    if typed is not None and not faults:
        book.taken.append((organ, said["year"], said["number"], plan_pairs.read(typed)))


def _stands(book: Book, plan: JointPlan, row: Row, organ: Unit) -> bool:
    """The row says what a decided plan says already: it is passed over as unchanged."""
    cells = [row.values[column.key] for column in COLUMNS]
    cells[0] = organ.code
    return any(
        [value or "" for value in cells] == [value or "" for value in line]
        for line in lines(book.session, plan, organ)
    )


def _typed(book: Book, row: Row, organ: Unit) -> dict[str, Any] | None:
    """The row as the form would have it: ids instead of names; none where one is unknown."""
    said, found, good = row.values, dict(row.values), True
    for side in plan_owners.SIDES:
        name = f"owner_{side}"
        user = book.logins.get(said[name])
        if said[name] and user is None:
            book.fault(row.number, name, said[name], NO_PERSON)
            good = False
        found[name] = user.id if user else ""
    branch = book.branches.get(said["branch"])
    if said["branch"] and (branch is None or not branch.is_under(organ)):
        book.fault(row.number, "branch", said["branch"], NO_BRANCH)
        good = False
    found["branch"] = branch.id if branch else ""
    for name in ("party_measures", "milestones"):
        found[name] = said[name].replace(MANY, "\n")
    found["due"] = said["due"] or (date(said["year"], 12, 31) if book.existing else "")
    return found if good else None


def _faults(book: Book, typed: Mapping[str, Any], organ: Unit, year: int) -> set[str]:
    """The columns at fault. An existing plan may lack what a pair asks for, not say it wrongly."""
    found = plan_pairs.check(Within(book.session, organ, year, book.now), [typed])
    names = {path.removeprefix("pairs-0-") for path in found}
    if book.existing:
        lacking = {name for name in names if not str(typed[name]).strip()}
        left = {"owner_business", "owner_party"}  # who left since is what the rules look for
        names -= lacking | left
        if not typed["business_goal"] and not typed["party_measures"]:
            names.add("business_goal")
    return names


Line = tuple[Unit, int, int | None, Pair]


def _sorted(book: Book) -> tuple[list[Line], list[Line], int]:
    new, changed, same = [], [], 0
    for line in book.taken:
        organ, year, number, pair = line
        plan = book.plans.get((organ.id, year))
        before = _before(book, plan, organ, number, pair)
        if before is None:
            new.append(line)
        elif before == _comparable(pair):
            same += 1
        else:
            changed.append(line)
    return new, changed, same


def _before(
    book: Book, plan: JointPlan | None, organ: Unit, number: int | None, pair: Pair
) -> tuple[Any, ...] | None:
    """What stands under that number; a measure alone stands by its own words."""
    if plan is None:
        return None
    if not pair.business_goal:
        alone = [one.text for one in plan_lists.measures_alone(book.session, plan)]
        return _comparable(pair) if all(one in alone for one in pair.measures) else None
    item = _item(book.session, plan, number)
    return None if item is None else _comparable(_pair(book.session, item))


def _item(session: Session, plan: JointPlan, number: int | None) -> PlanItem | None:
    return session.scalar(
        select(PlanItem).where(PlanItem.plan_id == plan.id, PlanItem.number == number)
    )


def _pair(session: Session, item: PlanItem) -> Pair:
    return Pair(
        business_goal=item.business_goal,
        measures=[one.text for one in plan_records.live_measures(session, item)],
        indicator=item.indicator,
        owner_business=item.owner_business_id,
        owner_party=item.owner_party_id,
        branch=item.branch_id,
        due=item.due_on,
        milestones=[(one.due_on, one.name) for one in _stones(session, item)],
    )


def _stones(session: Session, item: PlanItem) -> Sequence[PlanMilestone]:
    wanted = select(PlanMilestone).where(PlanMilestone.item_id == item.id)
    return session.scalars(wanted.order_by(PlanMilestone.due_on, PlanMilestone.id)).all()


def _comparable(pair: Pair) -> tuple[Any, ...]:
    return (
        pair.business_goal,
        tuple(pair.measures),
        pair.indicator,
        pair.owner_business,
        pair.owner_party,
        pair.branch,
        pair.due,
        tuple(sorted(pair.milestones)),
    )


def _write(book: Book, organ: Unit, year: int, number: int | None, pair: Pair) -> None:
    session, place = book.session, Within(book.session, organ, year, book.now)
    plan = book.plans.get((organ.id, year))
    if plan is None:
        plan = JointPlan(unit_id=organ.id, year=year, state="draft")
        session.add(plan)
        session.flush()
        book.plans[organ.id, year] = plan
    plan.state = "existing" if book.existing else plan.state
    if not pair.business_goal:
        for each in pair.measures:
            session.add(PlanMeasure(plan_id=plan.id, text=each))
        return
    before = _item(session, plan, number)
    if before is None:
        plan_pairs.add(place, plan, pair, number or plan_pairs.next_number(session, plan))
        return
    for model in (PlanMeasure, PlanMilestone):
        session.execute(delete(model).where(model.item_id == before.id))
    plan_pairs.fill(place, before, pair)


def _note(book: Book, data: bytes) -> None:
    audit.record(
        book.session,
        actor=book.rights.user if book.rights else None,
        action="plan_imported",
        subject="workbook",
        now=book.now,
        detail={
            "sha256": hashlib.sha256(data).hexdigest(),
            "counts": dict(book.report.counts),
            "existing": book.existing,
        },
    )


def lines(session: Session, plan: JointPlan, organ: Unit) -> list[list[Any]]:
    """The plan as rows of the workbook: its live items, then measures that belong to none."""
    found = []
    for item in plan_records.live_items(session, plan):
        pair = _pair(session, item)
        branch = session.get(Unit, pair.branch or 0)
        stones = (f"{on.isoformat()} {name}" for on, name in sorted(pair.milestones))
        found.append(
            [organ.code, plan.year, item.number, pair.business_goal, MANY.join(pair.measures),
             pair.indicator, _login(session, pair.owner_business),
             _login(session, pair.owner_party), branch.code if branch else "",
             MANY.join(stones), pair.due]
        )  # fmt: skip
    for one in plan_lists.measures_alone(session, plan):
        found.append([organ.code, plan.year, None, "", one.text, "", "", "", "", "", None])
    return found


def _login(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id or 0)
    return user.login if user else ""


def export(session: Session, plans: Sequence[tuple[JointPlan, Unit]]) -> bytes:
    """The plans as a workbook that the import takes again."""
    rows = [line for plan, organ in plans for line in lines(session, plan, organ)]
    return build([(SHEET, rows)])


def template() -> bytes:
    """An empty workbook to fill in."""
    return build([(SHEET, [])])
