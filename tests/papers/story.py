"""What a story of a case is, and what a paper is when it is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.cast import Cast


@dataclass(frozen=True)
class Made:
    """One paper as it is handed out: by which template, from which values, under which number."""

    template: str
    definition_id: int
    values: Mapping[str, Any]
    number: str
    data: bytes


Run = Callable[[Cast, datetime], object]
Kept = Callable[[Cast, datetime], Sequence[Made]]


def _nothing(cast: Cast, now: datetime) -> Sequence[Made]:
    return ()


@dataclass(frozen=True)
class Story:
    """A case, the papers that must come of it, and what they must say besides their values."""

    process: str
    run: Run
    papers: frozenset[str]
    says: tuple[str, ...] = ()
    kept: Kept = _nothing  # papers that stand in no case's file
