"""What an import found: every fault with its place, in Chinese and in English, and the counts."""

from dataclasses import dataclass, field

MOST_FAULTS = 500  # shown; beyond them they are only counted
SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class Fault:
    """One cell, row or sheet that does not hold; row 0 means the sheet as a whole."""

    sheet: str
    row: int
    column: str
    value: str
    zh: str
    en: str

    def __str__(self) -> str:
        place = f"{self.sheet} 第{self.row}行 {self.column}" if self.row else self.sheet
        value = f" “{self.value}”" if self.value else ""
        return f"{place.strip()}{value}：{self.zh} / {self.en}"


@dataclass
class Report:
    """The outcome of one import. With any fault nothing was changed."""

    dry_run: bool
    faults: list[Fault] = field(default_factory=list)
    more: int = 0  # faults beyond those listed
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    # Codes and logins of faulty rows: who refers to one is not at fault as well.
    broken: set[str] = field(default_factory=set)

    @property
    def is_good(self) -> bool:
        return not self.faults

    @property
    def changes(self) -> int:
        """How many rows were new or different."""
        return sum(n for name, n in self.counts.items() if not name.endswith("未变"))

    def fault(self, sheet: str, row: int, column: str, value: object, why: tuple[str, str]) -> None:
        """The place is noted; `why` is the reason in Chinese and in English."""
        if len(self.faults) >= MOST_FAULTS:
            self.more += 1
            return
        shown = "" if value is None else str(value)[:SHOWN]
        self.faults.append(Fault(sheet, row, column, shown, *why))

    def count(self, sheet: str, *, new: int, changed: int, same: int) -> None:
        self.counts[f"{sheet} 新增"] = new
        self.counts[f"{sheet} 变更"] = changed
        self.counts[f"{sheet} 未变"] = same
