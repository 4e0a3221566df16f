"""Sheet 职责记录: what units did for each period of a duty, as it was recorded before.

A record that is missed here is history: its finding is kept, and no measure is proposed. What is
still to do (待完成) is left to the clock, as if it had been laid down here.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from models import DutyRule, Evidence, Finding, Obligation, ObligationState
from models.ids import new_id
from workflows import calendars, duties, findings
from workflows.deadlines import Calendar, day_of
from workflows.findings import Key
from workflows.imports.book import Book, KnownUnit, Plan, existing
from workflows.imports.cells import BadCell, Column, Why, choice, code, day, text, whole
from workflows.imports.units import CODE
from workflows.imports.workbook import Row, Sheet
from workflows.obligations import missed_key, rule_name
from workflows.periods import Period, period_of

OPEN, ON_TIME, LATE, EXCUSED, MISSED = ObligationState
STATES = {"按时": ON_TIME, "逾期": LATE, "免予": EXCUSED, "未完成": MISSED, "待完成": OPEN}
NOT_PERIOD: Why = (
    "应为 2025-03、2025Q1、2025H1、2025 或届满日期",
    "must be 2025-03, 2025Q1, 2025H1, 2025 or the last day of a term",
)
NOT_DUTY: Why = ("应为职责代码", "must be the code of a duty")
PERIODS = {
    "month": re.compile(r"(?P<y>\d{4})(?:-|年)0?(?P<n>\d{1,2})月?"),
    "quarter": re.compile(r"(?P<y>\d{4})(?:Q|年第)(?P<n>[1-4])(?:季度)?"),
    "half_year": re.compile(r"(?P<y>\d{4})(?:H|年)(?P<n>[12]|上半年|下半年)"),
    "year": re.compile(r"(?P<y>\d{4})(?:年度?)?"),
}
FIRST_MONTHS = {"quarter": 3, "half_year": 6}
HALVES = {"上半年": 1, "下半年": 2}


def _period_text(value: Any) -> str:
    """A period as it was written; a month that the spreadsheet took for a date is one again."""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return unicodedata.normalize("NFKC", text(20)(value)).upper()


SHEET = Sheet(
    "职责记录",
    (
        Column("unit", "单位编码", CODE, required=True),
        Column("duty", "职责代码", code(r"[A-Z]{2,10}", NOT_DUTY), required=True),
        Column("period", "期间", _period_text, required=True),
        Column("held_on", "开展日期", day),
        Column("present", "实到人数", whole(100_000)),
        Column("expected", "应到人数", whole(100_000)),
        Column("state", "状态", choice({word: word for word in STATES}), required=True),
        Column("reason", "说明", text(), default=None),
    ),
)


@dataclass(frozen=True)
class Record:
    """One row that makes sense by itself: which obligation it is about, and how it went."""

    row: Row
    unit: KnownUnit
    rule: DutyRule
    period: Period
    state: ObligationState

    @property
    def key(self) -> tuple[int, int, int]:
        return self.rule.id, self.period.key, self.unit.id


def read_period(rhythm: str, written: str) -> Period:
    """The period of a rhythm that the text names; raises BadCell."""
    if rhythm == "term":
        return period_of(rhythm, day(written))
    if rhythm == "month" and re.fullmatch(r"\d{4}-\d{2}-01", written):
        written = written[:7]
    match = PERIODS[rhythm].fullmatch(written)
    if match is None:
        raise BadCell(NOT_PERIOD)
    number = HALVES.get(match.groupdict().get("n", "1")) or int(match.groupdict().get("n", "1"))
    month = (number - 1) * FIRST_MONTHS.get(rhythm, 1) + 1
    try:
        return period_of(rhythm, date(int(match["y"]), month, 1))
    except ValueError:
        raise BadCell(NOT_PERIOD) from None


def write_period(period: Period) -> str:
    """The period as `read_period` takes it."""
    first = period.first
    return {
        "month": f"{first:%Y-%m}",
        "quarter": f"{first.year}Q{(first.month + 2) // 3}",
        "half_year": f"{first.year}H{1 if first.month == 1 else 2}",
        "year": f"{first.year}",
        "term": period.last.isoformat(),
    }[period.rhythm]


class Checker:
    """Holds what every row is compared with: the catalogue, the calendar, what is on file."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.today = day_of(book.now)
        self.calendar: Calendar = calendars.load(book.session)
        self.rules: dict[str, list[DutyRule]] = {}
        for rule in duties.in_force(book.session, date.min, date.max):
            self.rules.setdefault(rule.code, []).append(rule)
        self._periods: dict[tuple[str, str], Period] = {}
        self._due: dict[tuple[int, int], int] = {}

    def check(self, rows: list[Row]) -> Plan:
        plan = Plan(SHEET.title)
        records: dict[tuple[int, int, int], Record] = {}
        for row in rows:
            record = self._record(row)
            if record is None:
                continue
            if record.key in records:
                other = records[record.key].row.number
                why = (f"与第{other}行重复", f"stands in row {other} too")
                self._fault(row, "期间", why)
            else:
                records[record.key] = record
        stored, papers = self._on_file(records)
        for key, record in records.items():
            self._plan_one(plan, record, stored.get(key), papers.get(key))
        return plan

    def _fault(self, row: Row, title: str, why: Why) -> None:
        key = next(column.key for column in SHEET.columns if column.title == title)
        self.book.report.fault(SHEET.title, row.number, title, row.values[key], why)

    def _record(self, row: Row) -> Record | None:
        values = row.values
        unit = self.book.unit(SHEET.title, row.number, "单位编码", values["unit"])
        versions = self.rules.get(values["duty"] or "")
        if versions is None:
            self._fault(row, "职责代码", ("没有此职责", "there is no such duty"))
        if unit is None or versions is None:
            return None
        try:
            period = self._period(versions[0].rhythm, values["period"])
        except BadCell as bad:
            self._fault(row, "期间", bad.why)
            return None
        rule = next((one for one in versions if duties.holds_for(one, period)), None)
        if rule is None or rule.rhythm != period.rhythm:
            self._fault(row, "期间", ("该期间此职责未生效", "the duty was not in force then"))
            return None
        record = Record(row, unit, rule, period, ObligationState(STATES[values["state"]]))
        return record if self._is_sound(record) else None

    def _period(self, rhythm: str, written: str) -> Period:
        key = (rhythm, written)
        if key not in self._periods:
            self._periods[key] = read_period(rhythm, written)
        return self._periods[key]

    def _is_sound(self, record: Record) -> bool:
        for title, why in (*self._place_faults(record), *self._state_faults(record)):
            self._fault(record.row, title, why)
            return False
        return True

    def _place_faults(self, record: Record) -> list[tuple[str, Why]]:
        faults = []
        if record.unit.kind not in record.rule.unit_kind.split():
            faults.append(("单位编码", ("此类单位无此职责", "such a unit has no such duty")))
        if record.period.first > self.today:
            faults.append(("期间", ("期间尚未开始", "has not begun yet")))
        values = record.row.values
        if (values["present"] or 0) > (values["expected"] or 10**9):
            faults.append(("实到人数", ("实到多于应到", "more came than were expected")))
        return faults

    def _state_faults(self, record: Record) -> list[tuple[str, Why]]:
        if record.state in (ON_TIME, LATE):
            return self._done_faults(record)
        values, faults = record.row.values, []
        if values["held_on"]:
            faults.append(("开展日期", ("该状态下不应有开展日期", "does not go with this state")))
        if record.state == EXCUSED:
            if not values["reason"]:
                faults.append(("说明", ("免予须说明理由", "an excuse needs its reason")))
            if not record.rule.generally:
                why = ("此职责不设例外", "this duty knows no exceptions")
                faults.append(("状态", why))
        if record.state == MISSED and self._due_at(record) > int(self.book.now.timestamp()):
            faults.append(("状态", ("期限未到", "is not due yet")))
        return faults

    def _done_faults(self, record: Record) -> list[tuple[str, Why]]:
        values, faults = record.row.values, []
        held = values["held_on"]
        if held is None:
            return [("开展日期", ("不能为空", "must not be empty"))]
        if held > self.today:
            faults.append(("开展日期", ("晚于今天", "lies in the future")))
        if held < record.period.first:
            faults.append(("开展日期", ("早于该期间", "lies before the period")))
        if record.state == ON_TIME and held > duties.closes_on(record.rule, record.period):
            faults.append(("开展日期", ("晚于该期间，应为“逾期”", "lies behind the period")))
        if "attendance" in record.rule.evidence and None in (values["present"], values["expected"]):
            faults.append(("实到人数", ("须填实到和应到人数", "both numbers are needed")))
        return faults

    def _due_at(self, record: Record) -> int:
        key = (record.rule.id, record.period.key)
        if key not in self._due:
            due = duties.due_at(record.rule, record.period, self.calendar)
            self._due[key] = int(due.timestamp())
        return self._due[key]

    def _on_file(
        self, records: Mapping[tuple[int, int, int], Record]
    ) -> tuple[dict[tuple[int, int, int], Any], dict[tuple[int, int, int], Any]]:
        """The obligations and the newest evidence of the units that the sheet names."""
        units = {unit for _, _, unit in records}
        session = self.book.session
        stored = {
            (one.rule_id, one.period, one.unit_id): one
            for one in existing(session, Obligation, Obligation.__table__.c.unit_id, units)
        }
        papers = {
            (one.rule_id, one.period, one.unit_id): one
            for one in existing(session, Evidence, Evidence.__table__.c.unit_id, units)
            if one.replaced_by is None
        }
        return stored, papers

    def _plan_one(self, plan: Plan, record: Record, stored: Any, paper: Any) -> None:
        values = self._values(record)
        if stored is not None and record.state == OPEN:  # what happened since is not undone
            plan.same += 1
            return
        if stored is not None and stored.state != OPEN:
            if self._agrees(record, stored, paper):
                plan.same += 1
            else:
                self._fault(record.row, "状态", ("与已办结的记录不一致", "was settled otherwise"))
            return
        settled = {**values, "evidence_id": self._evidence(plan, record)}
        if stored is None:
            plan.add(Obligation, {**settled, "due_at": self._due_at(record), "settled_by": None})
            plan.counted += 1
        else:
            plan.change(Obligation, settled)
            plan.altered += 1
        if record.state == MISSED:
            plan.add(Finding, self._finding(record))

    def _values(self, record: Record) -> dict[str, Any]:
        rule, period, unit = record.key
        values = record.row.values
        done = values["held_on"] if record.state in (ON_TIME, LATE) else None
        return {
            "rule_id": rule,
            "period": period,
            "unit_id": unit,
            "state": int(record.state),
            "done_on": done,
            "reason": values["reason"],
        }

    def _agrees(self, record: Record, stored: Any, paper: Any) -> bool:
        values = record.row.values
        done = record.state in (ON_TIME, LATE)
        if stored.state != record.state or (stored.reason or None) != values["reason"]:
            return False
        if not done or paper is None:
            return bool(stored.done_on == (values["held_on"] if done else None))
        was = (paper.held_on, paper.present, paper.expected)
        return was == (values["held_on"], values["present"], values["expected"])

    def _evidence(self, plan: Plan, record: Record) -> int | None:
        if record.state not in (ON_TIME, LATE):
            return None
        rule, period, unit = record.key
        number = new_id()
        row = {
            "id": number,
            "rule_id": rule,
            "period": period,
            "unit_id": unit,
            "note": "",
            "file_id": None,
            "handed_in_by": self.book.by.id if self.book.by else None,
            "handed_in_at": self.book.now,
            "replaced_by": None,
        }
        for name in ("held_on", "present", "expected"):
            row[name] = record.row.values[name]
        plan.add(Evidence, row)
        return number

    def _finding(self, record: Record) -> dict[str, Any]:
        """The fact that nobody met the duty, as the clock would have kept it then."""
        key = Key(*record.key)
        due = day_of(datetime.fromtimestamp(self._due_at(record), UTC))
        rule, period = record.rule, record.period
        return findings.Fact(
            key=missed_key(key),
            fact=f"{period.label}“{rule.name}”：截至{due.isoformat()}未见完成的佐证。",
            unit_id=record.unit.id,
            kind="missed_duty",
            rule=rule_name(rule),
            evidence=({"type": "obligation", "id": str(key)},),
            happened_on=due,
            severity="sign",
            basis=rule.source,
            calendar=self.calendar.label(due),
        ).row(findings.ESTABLISHED, self.book.now)


def export(
    obligation: Any, paper: Any, rule: Any, codes: Mapping[int, str]
) -> list[str | int | date | None]:
    """One obligation as the sheet's row."""
    period = read_period_number(rule.rhythm, obligation.period)
    word = next(word for word, state in STATES.items() if state == obligation.state)
    held = paper.held_on if paper else obligation.done_on
    counts = (paper.present, paper.expected) if paper else (None, None)
    if obligation.state not in (ON_TIME, LATE):
        held, counts = None, (None, None)
    return [
        codes[obligation.unit_id],
        rule.code,
        write_period(period),
        held,
        *counts,
        word,
        obligation.reason,
    ]


def read_period_number(rhythm: str, number: int) -> Period:
    return period_of(rhythm, date(number // 10_000, number // 100 % 100, number % 100))
