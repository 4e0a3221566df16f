"""Who was where from which day until which: spans of one kind must not overlap."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflows.imports.book import Book, overlaps


@dataclass(frozen=True)
class Span:
    """One holding or grant; row 0: it is on file and the sheet does not name it."""

    who: int
    what: Any  # the post, or the seat
    since: date
    until: date | None
    row: int = 0

    @property
    def days(self) -> tuple[date, date | None]:
        return self.since, self.until


ORDER = ("离任日期须晚于任职日期", "must lie behind the first day")


def require_order(book: Book, sheet: str, span: Span, title: str) -> bool:
    """A span has at least one day, or there is a fault."""
    if span.until is None or span.until > span.since:
        return True
    book.report.fault(sheet, span.row, title, span.until, ORDER)
    return False


def require_apart(
    book: Book, sheet: str, title: str, spans: Iterable[Span], why: tuple[str, str]
) -> None:
    """No two of the spans share a day, or there is a fault at the later row."""
    ordered = sorted(spans, key=lambda span: (span.since, span.row))
    for index, span in enumerate(ordered):
        for later in ordered[index + 1 :]:
            if span.until is not None and later.since >= span.until:
                break
            if overlaps(span.days, later.days) and (row := max(span.row, later.row)):
                book.report.fault(sheet, row, title, later.since, why)
