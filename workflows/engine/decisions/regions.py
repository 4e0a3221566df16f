"""Which inputs a gap or an overlap is about, in words: “score ≥ 60 and < 80, absent = true”."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.engine.decisions.columns import Column, Piece
from workflows.engine.decisions.table import Decision
from workflows.engine.feel import Value, text_of

MOST_NAMED = 6  # texts in one condition
FEW = 3


@dataclass(frozen=True)
class Condition:
    """What one column must be."""

    column: str
    zh: str
    en: str


Region = tuple[Condition, ...]  # every other column may be anything


def region_of(decision: Decision, columns: Mapping[int, Column], bits: Mapping[int, int]) -> Region:
    """The conditions for the pieces that were chosen; a column of which all were has none."""
    return tuple(
        Condition(decision.inputs[column.places[0]].label, *_said(column, bits[at]))
        for at, column in columns.items()
        if bits[at] & column.whole != column.whole
    )


def said(region: Region) -> tuple[str, str]:
    """The conditions together, in Chinese and in English."""
    if not region:
        return "任何输入", "any input"
    return (
        "，".join(f"{one.column} {one.zh}" for one in region),
        ", ".join(f"{one.column} {one.en}" for one in region),
    )


def _said(column: Column, bits: int) -> tuple[str, str]:
    chosen = [one for at, one in enumerate(column.pieces) if bits >> at & 1]
    rest = [one for at, one in enumerate(column.pieces) if not bits >> at & 1]
    if all(one.kind == "null" for one in chosen):
        return "为空", "is empty"
    chosen = [one for one in chosen if one.kind != "null"]
    sample = column.pieces[0].sample
    if type(sample) is str:  # so is what stands for any value
        return _texts(chosen, [one for one in rest if one.kind == "value"])
    if type(sample) is bool:
        return ("= 是", "= true") if chosen[0].sample else ("= 否", "= false")
    return _spans(column.pieces, bits)


def _texts(chosen: Sequence[Piece], rest: Sequence[Piece]) -> tuple[str, str]:
    named = [one for one in chosen if one.kind == "value"]
    if len(named) == len(chosen):
        return f"= {_listed(named, ' 或 ')}", f"= {_listed(named, ' or ')}"
    if not named and len(rest) > FEW:
        return "= 其他取值", "= any other value"
    return f"≠ {_listed(rest, '、')}", f"≠ {_listed(rest, ', ')}"


def _listed(pieces: Sequence[Piece], between: str) -> str:
    tail = f"{between}…" if len(pieces) > MOST_NAMED else ""
    return between.join(f'"{one.sample}"' for one in pieces[:MOST_NAMED]) + tail


def _spans(pieces: Sequence[Piece], bits: int) -> tuple[str, str]:
    runs = list(_runs(pieces, bits))
    shown = runs[:MOST_NAMED]
    tail = (" 或 …", " or …") if len(runs) > MOST_NAMED else ("", "")
    zh = " 或 ".join(_span(first, last, " 且 ") for first, last in shown)
    en = " or ".join(_span(first, last, " and ") for first, last in shown)
    return zh + tail[0], en + tail[1]


def _runs(pieces: Sequence[Piece], bits: int) -> Iterator[tuple[Piece, Piece]]:
    """The first and the last of pieces that follow one upon the other."""
    start: Piece | None = None
    end: Piece | None = None
    for at, piece in enumerate(pieces):
        if bits >> at & 1 and piece.kind != "null":
            start, end = start or piece, piece
        elif start is not None and end is not None:
            yield start, end
            start = None
    if start is not None and end is not None:
        yield start, end


def _span(first: Piece, last: Piece, both: str) -> str:
    if first is last and first.kind == "value":
        return f"= {shown(first.sample)}"
    low = _end(first, first.low, "≥", ">")
    high = _end(last, last.high, "≤", "<")
    return both.join(filter(None, (low, high)))


def _end(piece: Piece, open_end: Any, closed: str, strict: str) -> str:
    if piece.kind == "value":
        return f"{closed} {shown(piece.sample)}"
    return "" if open_end is None else f"{strict} {shown(open_end)}"


def shown(value: Value) -> str:
    """A value as a cell would have it, a date without its quotes."""
    if type(value) is bool:
        return "true" if value else "false"
    return f'"{value}"' if type(value) is str else text_of(value)
