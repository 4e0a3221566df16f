"""What a replay counts, and how the counts of many organs become one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from workflows.deadlines import day_of
from workflows.subjects import Subject

MEASURES = ("reminder", "interview", "accountability", "lead")
Counts = dict[str, dict[str, int]]


def month_of(at: datetime | date) -> str:
    day = day_of(at) if isinstance(at, datetime) else at
    return f"{day.year:04}-{day.month:02}"


class Tally:
    """The counts of one ladder."""

    def __init__(self) -> None:
        self.cells: Counter[tuple[str, str, str]] = Counter()  # organ, month, measure
        self.rungs: Counter[tuple[str, str]] = Counter()  # month, measure, by overdue duty
        self.load: Counter[tuple[str, str]] = Counter()  # who, month
        self.lights: Counter[tuple[str, str]] = Counter()  # month, light
        self.assumed: Counter[str] = Counter()  # steps that nobody on record has done
        self.stood: Counter[str] = Counter()  # steps where cases came to a stand
        self.subjects: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.cases = 0

    def proposed(self, organ: int, subject: Subject, measure: str, at: datetime) -> None:
        """A proposal against the subject."""
        self.cells[str(organ), month_of(at), measure] += 1
        key = subject.key
        found = self.subjects.setdefault(
            key,
            {
                "name": subject.name,
                "unit": str(subject.unit_id),
                "organ": str(organ),
                "counts": {},
                "first": {},
            },
        )
        found["counts"][measure] = found["counts"].get(measure, 0) + 1
        found["first"].setdefault(measure, day_of(at).isoformat())

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be merged and kept."""
        return {
            "cells": _nested(self.cells),
            "rungs": _nested(self.rungs),
            "load": _nested(self.load),
            "lights": _nested(self.lights),
            "assumed": dict(self.assumed),
            "stood": dict(self.stood),
            "subjects": self.subjects,
            "asked": self.asked,
            "cases": self.cases,
        }


def _nested(counts: Mapping[Any, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, count in sorted(counts.items()):
        here = found
        for part in path[:-1]:
            here = here.setdefault(part, {})
        here[path[-1]] = count
    return found


def merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The counts of all parts together."""
    total: dict[str, Any] = Tally().as_json()
    for part in parts:
        _add(total, part)
    return total


def _add(total: dict[str, Any], part: Mapping[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, Mapping):
            _add(total.setdefault(key, {}), value)
        elif isinstance(value, int):
            total[key] = total.get(key, 0) + value
        else:
            total.setdefault(key, value)


def totals(side: Mapping[str, Any]) -> dict[str, int]:
    """How many proposals of each measure."""
    found = dict.fromkeys(MEASURES, 0)
    for months in side["cells"].values():
        for measures in months.values():
            for measure, count in measures.items():
                found[measure] = found.get(measure, 0) + count
    return found
