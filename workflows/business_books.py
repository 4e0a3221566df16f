"""业务考核结果 as a workbook: unit, indicator, value, note; taken in whole or not at all.

Every row is checked first. A value that stands already stays; another value strikes the old fact
out and takes its place; a fact is never overwritten.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models import Assessment, Unit, UnitKind, User, YearFact
from models.ids import new_id
from workflows import assessment_teams, assessments, business_columns, files, recusals, scores
from workflows.access import Rights, require_role, within
from workflows.assessment_lists import plan
from workflows.assessments import SHARE
from workflows.business_columns import INDICATOR, SHEET, UNIT, VALUE
from workflows.errors import Invalid
from workflows.files import FileStore, Upload
from workflows.imports.report import Report
from workflows.imports.workbook import Row, open_workbook, read_sheet
from workflows.scoring import Indicator

CHUNK = 500


@dataclass(frozen=True)
class Result:
    """One good row: a unit's points under an indicator."""

    unit: Unit
    indicator: Indicator
    points: Decimal
    note: str

    @property
    def share(self) -> Decimal:
        return (self.points / self.indicator.points).quantize(SHARE)


@dataclass
class Book:
    """What the rows are checked against, and what came of them."""

    report: Report
    units: dict[str, Unit]  # by code, and by name where one unit alone has it
    indicators: dict[str, Indicator]  # by code and by name
    results: list[Result] = field(default_factory=list)
    seen: dict[tuple[int, str], int] = field(default_factory=dict)  # → row
    sheet: str = SHEET.title

    def fault(self, row: int, title: str, value: object, why: tuple[str, str]) -> None:
        self.report.fault(self.sheet, row, title, value, why)


@dataclass(frozen=True)
class Sent:
    """A workbook as it arrived, and where its original is kept."""

    name: str
    data: bytes
    store: FileStore


def take(
    session: Session,
    assessment: Assessment,
    sent: Sent,
    *,
    rights: Rights,
    now: datetime,
    dry_run: bool = False,
) -> Report:
    """The results of the workbook are facts of the year, unless a row is faulty or it is a trial.

    The scores are made again where there were some. Raises Invalid or TooLarge for a file that is
    no workbook of ours, Conflict once the results are published.
    """
    require_role(rights, "assessor")
    assessments.require_open(assessment)
    report = Report(dry_run)
    book = Book(report, *_known(session, assessment, rights, now))
    _check(book, _rows(sent.data, book), rights)
    report.faults.sort(key=lambda one: one.row)
    standing = _standing(session, assessment, book.indicators.values())
    new = [one for one in book.results if (one.unit.id, one.indicator.code) not in standing]
    changed = [
        one
        for one in book.results
        if standing.get((one.unit.id, one.indicator.code), one.share) != one.share
    ]
    same = len(book.results) - len(new) - len(changed)
    report.count(SHEET.title, new=len(new), changed=len(changed), same=same)
    _tell_of_gaps(session, assessment, book, standing)
    if report.is_good and not dry_run and new + changed:
        _write(session, assessment, sent, (new, changed), rights, now=now)
    return report


def importable(session: Session, assessment: Assessment) -> list[Indicator]:
    """The indicators whose results come by workbook."""
    return [one for one in plan(session, assessment).indicators if one.means == "import"]


def expected(
    session: Session, assessment: Assessment, rights: Rights, *, now: datetime
) -> list[Unit]:
    """The units whose results are asked for: those assessed, within the assessor's subtrees."""
    assessed = assessment_teams.units(session, assessment, now=now)
    wanted = select(Unit).where(within(rights.paths(["assessor"], posts=False)))
    found = session.scalars(wanted.order_by(Unit.code))
    if assessed:
        return [one for one in found if one.id in assessed]
    return [one for one in found if one.kind == UnitKind.PARTY_GROUP and not one.abolished_on]


def _known(
    session: Session, assessment: Assessment, rights: Rights, now: datetime
) -> tuple[dict[str, Unit], dict[str, Indicator]]:
    indicators = importable(session, assessment)
    if not indicators:
        raise Invalid("The scheme of {year} takes no result by workbook.", year=assessment.year)
    units = expected(session, assessment, rights, now=now)
    names = [unit.name for unit in units]
    by_name = {unit.name: unit for unit in units if names.count(unit.name) == 1}
    by_code = {unit.code: unit for unit in units}
    return by_name | by_code, {one.name: one for one in indicators} | {
        one.code: one for one in indicators
    }


def _rows(data: bytes, book: Book) -> list[Row]:
    """The rows of our sheet, or of the only one; a shifted column is named, and no row is read."""
    workbook = open_workbook(data)
    try:
        sheet = business_columns.sheet_of(workbook)
        book.sheet = sheet.title
        kinds = business_columns.Kinds(frozenset(book.units), frozenset(book.indicators))
        if business_columns.name_shifts(workbook, sheet, kinds, book.report):
            return []
        rows = read_sheet(workbook, sheet, book.report) or []
    except (ValueError, KeyError, TypeError, SyntaxError, OSError) as error:
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.") from error
    finally:
        workbook.close()
    # A column that is missing was told once; its rows say nothing.
    return [row for row in rows if None not in row.values.values()]


def _check(book: Book, rows: Sequence[Row], rights: Rights) -> None:
    for row in rows:
        unit = book.units.get(row.values["unit"])
        indicator = book.indicators.get(row.values["indicator"])
        if unit is None:
            why = (
                "不是本年度的被考核单位，或同名单位不止一个（请填编码）",
                "is no unit assessed this year, or one of several of this name (give its code)",
            )
            book.fault(row.number, UNIT, row.values["unit"], why)
        if indicator is None:
            why = ("不是由工作簿导入的指标", "is no indicator whose result comes by workbook")
            book.fault(row.number, INDICATOR, row.values["indicator"], why)
        if unit is not None and indicator is not None:
            _check_one(book, row, Result(unit, indicator, row.values["value"], row.values["note"]),
                       rights)  # fmt: skip


def _check_one(book: Book, row: Row, result: Result, rights: Rights) -> None:
    faults = len(book.report.faults) + book.report.more
    key = (result.unit.id, result.indicator.code)
    if key in book.seen:
        why = (f"与第{book.seen[key]}行重复", f"stands in row {book.seen[key]} already")
        book.fault(row.number, UNIT, result.unit.name, why)
    if result.points > result.indicator.points:
        most = result.indicator.points
        why = (f"应在 0 与 {most} 之间", f"must lie between 0 and {most}")
        book.fault(row.number, VALUE, f"{result.points.normalize():f}", why)
    if _belongs(rights, result.unit):
        why = ("是本人所在单位，应当回避", "is your own unit: somebody else brings it in")
        book.fault(row.number, UNIT, result.unit.name, why)
    book.seen.setdefault(key, row.number)
    if len(book.report.faults) + book.report.more == faults:
        book.results.append(result)


def _belongs(rights: Rights, unit: Unit) -> bool:
    posts = [place.path for place in rights.places if not place.is_role]
    return any(recusals.belongs(path, unit) for path in posts)


def _standing(
    session: Session, assessment: Assessment, indicators: Any
) -> dict[tuple[int, str], Decimal]:
    """(unit, indicator) → the share that counts now."""
    codes = {one.code for one in indicators}
    rows = session.execute(
        select(YearFact.unit_id, YearFact.indicator, YearFact.share).where(
            YearFact.assessment_id == assessment.id,
            YearFact.indicator.in_(codes),
            YearFact.struck_at.is_(None),
        )
    )
    return {(unit_id, code): share for unit_id, code, share in rows}


def _tell_of_gaps(session: Session, assessment: Assessment, book: Book, standing: Any) -> None:
    """Units that would still be without a result are named: they are shown, not guessed."""
    there = set(book.seen) | set(standing)
    units = {unit.id: unit for unit in book.units.values()}
    codes = {one.code: one for one in book.indicators.values()}
    for code, indicator in codes.items():
        without = [one.name for key, one in units.items() if (key, code) not in there]
        if without:
            names = "、".join(sorted(without)[:10]) + ("…" if len(without) > 10 else "")
            book.report.notes.append(
                f"“{indicator.name}”尚缺{len(without)}个单位 / units without a result: {names}"
            )


def _write(
    session: Session,
    assessment: Assessment,
    sent: Sent,
    rows: tuple[Sequence[Result], Sequence[Result]],
    rights: Rights,
    *,
    now: datetime,
) -> None:
    new, changed = rows
    file = _keep(session, sent, rights, now)
    for start in range(0, len(changed), CHUNK):
        _strike(session, assessment, changed[start : start + CHUNK], rights.user, now)
    ref = f"file:{file}"
    entered = [_fact(assessment, one, ref, rights.user, now) for one in (*new, *changed)]
    session.execute(insert(YearFact), entered)
    session.expire_all()
    assessments.note(
        session, assessment, "business_imported", rights.user, now, file=file,
        sha256=hashlib.sha256(sent.data).hexdigest(), new=len(new), changed=len(changed),
    )  # fmt: skip
    scores.again(session, assessment)


def _keep(session: Session, sent: Sent, rights: Rights, now: datetime) -> int:
    """The workbook itself is on file, with the unit through which its bearer assesses."""
    unit_id = next(p.unit_id for p in rights.places if p.is_role and p.name == "assessor")
    upload = Upload(sent.name, sent.data, unit_id=unit_id)
    return files.keep(session, sent.store, upload, by=rights.user, now=now).id


def _strike(
    session: Session, assessment: Assessment, rows: Sequence[Result], by: User, now: datetime
) -> None:
    by_indicator: dict[str, list[int]] = {}
    for one in rows:
        by_indicator.setdefault(one.indicator.code, []).append(one.unit.id)
    for code, unit_ids in by_indicator.items():
        session.execute(
            update(YearFact)
            .where(
                YearFact.assessment_id == assessment.id,
                YearFact.indicator == code,
                YearFact.unit_id.in_(unit_ids),
                YearFact.struck_at.is_(None),
            )
            .values(struck_by=by.id, struck_at=now, struck_for="业务考核结果更正导入")
            .execution_options(synchronize_session=False)
        )


def _fact(
    assessment: Assessment, result: Result, ref: str, by: User, now: datetime
) -> dict[str, Any]:
    text = f"业务考核结果：{result.points.normalize():f}分"
    return {
        "id": new_id(),
        "assessment_id": assessment.id,
        "unit_id": result.unit.id,
        "indicator": result.indicator.code,
        "ref": ref,
        "text": f"{text}；{result.note}" if result.note else text,
        "share": result.share,
        "weight": Decimal(1),
        "adverse": False,
        "times": Decimal(1),
        "cause": "",
        "entered_by": by.id,
        "entered_at": now,
    }


def brought_in(session: Session, assessment: Assessment) -> set[tuple[int, str]]:
    """(unit, indicator) whose result stands already, so that nobody is asked for it again."""
    return set(_standing(session, assessment, importable(session, assessment)))


def whole(session: Session, assessment: Assessment, units: Iterable[int]) -> set[int]:
    """The units all of whose results stand already; none where the scheme takes no workbook."""
    known = brought_in(session, assessment)
    codes = [one.code for one in importable(session, assessment)]
    return {unit for unit in units if codes and all((unit, code) in known for code in codes)}
