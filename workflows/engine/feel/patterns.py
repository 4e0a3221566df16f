"""Read a pattern into the small steps that regex.py follows."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from workflows.engine.feel.errors import FeelError

_LARGEST = 2_000  # steps; counted repetitions are written out
_DEEPEST = 20
SPECIAL = "\\.[]{}()*+?^$|"
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class Op(Enum):
    CHAR = auto()
    SPLIT = auto()
    JUMP = auto()
    SAVE = auto()
    BEGIN = auto()
    END = auto()
    MATCH = auto()


Step = tuple[Any, ...]
Code = tuple[Step, ...]
Accepts = Callable[[str], bool]


def read_pattern(pattern: str, flags: str) -> tuple[Code, int]:
    """The steps of a pattern, and how many groups it has."""
    if set(flags) - set("imsx"):
        raise FeelError("pattern", reason=flags[:20])
    reader = _Reader(pattern, flags)
    body = reader.alternatives(0)
    if reader.at < len(pattern):
        raise reader.refuse()
    return ((Op.SAVE, 0), *_moved(body, 1), (Op.SAVE, 1), (Op.MATCH, None)), reader.groups


def _moved(steps: list[Step], by: int) -> list[Step]:
    """Steps with their targets shifted."""
    if by == 0:
        return steps
    return [
        (step[0], *(target + by for target in step[1:])) if step[0] in (Op.SPLIT, Op.JUMP) else step
        for step in steps
    ]


def _chained(*parts: list[Step]) -> list[Step]:
    chain: list[Step] = []
    for part in parts:
        chain.extend(_moved(part, len(chain)))
        if len(chain) > _LARGEST:
            raise FeelError("pattern", reason="{n,m}")
    return chain


def _either(left: list[Step], right: list[Step]) -> list[Step]:
    split: list[Step] = [(Op.SPLIT, 1, len(left) + 2)]
    return [
        *split,
        *_moved(left, 1),
        (Op.JUMP, len(left) + len(right) + 2),
        *_moved(right, len(left) + 2),
    ]


def _optional(part: list[Step], lazy: bool) -> list[Step]:
    targets = (1, len(part) + 1)
    return [(Op.SPLIT, *(targets[::-1] if lazy else targets)), *_moved(part, 1)]


def _repeated(part: list[Step], lazy: bool) -> list[Step]:
    targets = (1, len(part) + 2)
    split = (Op.SPLIT, *(targets[::-1] if lazy else targets))
    return [split, *_moved(part, 1), (Op.JUMP, 0)]


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.groups = 0
        self.ignore_case = "i" in flags
        self.any_line = "s" in flags
        self.spaced = "x" in flags

    def refuse(self) -> FeelError:
        return FeelError("pattern", reason=self.pattern[self.at : self.at + 10] or "…")

    def peek(self) -> str:
        while self.spaced and self.pattern[self.at : self.at + 1].isspace():
            self.at += 1
        return self.pattern[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        if self.peek() and self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def alternatives(self, depth: int) -> list[Step]:
        if depth > _DEEPEST:
            raise self.refuse()
        branches = [self.branch(depth)]
        while self.take("|"):
            branches.append(self.branch(depth))
        steps = branches[-1]
        for branch in reversed(branches[:-1]):
            steps = _either(branch, steps)
        return steps

    def branch(self, depth: int) -> list[Step]:
        steps: list[Step] = []
        while self.peek() and self.peek() not in "|)":
            steps = _chained(steps, self.quantified(self.atom(depth)))
        return steps

    def quantified(self, part: list[Step]) -> list[Step]:
        counts = self.counts()
        if counts is None:
            return part
        lazy = self.take("?")
        low, high = counts
        if high is not None and high < low:
            raise self.refuse()
        tail: list[Step] = []
        if high is None:
            tail = _repeated(part, lazy)
        for _ in range((high or low) - low):
            tail = _optional(_chained(part, tail), lazy)
        if self.peek() and self.peek() in "*+{":
            raise self.refuse()
        return _chained(*[part] * low, tail)

    def counts(self) -> tuple[int, int | None] | None:
        if self.take("*"):
            return 0, None
        if self.take("+"):
            return 1, None
        if self.take("?"):
            return 0, 1
        if not self.take("{"):
            return None
        low, comma, high = self.until("}").partition(",")
        if not _is_count(low) or (high and not _is_count(high)):
            raise self.refuse()
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else None

    def until(self, end: str) -> str:
        stop = self.pattern.find(end, self.at)
        if stop < 0:
            raise self.refuse()
        text = self.pattern[self.at : stop]
        self.at = stop + 1
        return text

    def atom(self, depth: int) -> list[Step]:
        if self.take("("):
            return self.group(depth)
        if self.take("["):
            return [(Op.CHAR, self.cased(self.char_class()))]
        if self.take("^"):
            return [(Op.BEGIN, None)]
        if self.take("$"):
            return [(Op.END, None)]
        if self.take("."):
            return [(Op.CHAR, (lambda char: True) if self.any_line else _not_newline)]
        if self.take("\\"):
            return [(Op.CHAR, self.cased(self.escape()))]
        sign = self.peek()
        if sign in SPECIAL:
            raise self.refuse()
        self.at += 1
        return [(Op.CHAR, self.cased(_is(sign)))]

    def group(self, depth: int) -> list[Step]:
        if self.take("?"):
            if not self.take(":"):
                raise self.refuse()
            inner = self.alternatives(depth + 1)
        else:
            self.groups += 1
            slot = 2 * self.groups
            inner = self.alternatives(depth + 1)
            inner = [(Op.SAVE, slot), *_moved(inner, 1), (Op.SAVE, slot + 1)]
        if not self.take(")"):
            raise self.refuse()
        return inner

    def escape(self) -> Accepts:
        sign = self.pattern[self.at : self.at + 1]
        self.at += 1
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign in _PLAIN_ESCAPES:
            return _is(_PLAIN_ESCAPES[sign])
        if sign and (sign in SPECIAL or sign in "-/ "):
            return _is(sign)
        self.at -= 1
        raise self.refuse()

    def char_class(self) -> Accepts:
        negated = self.take("^")
        members: list[Accepts] = []
        while not self.pattern.startswith("]", self.at) or not members:
            if self.at >= len(self.pattern) or self.pattern[self.at] in "[]":
                raise self.refuse()
            members.append(self.class_member())
        self.at += 1
        accepted = tuple(members)
        return lambda char: any(member(char) for member in accepted) != negated

    def class_member(self) -> Accepts:
        if self.pattern[self.at] == "\\":
            self.at += 1
            return self.escape()
        low = self.pattern[self.at]
        self.at += 1
        dash = self.pattern[self.at : self.at + 1] == "-"
        high = self.pattern[self.at + 1 : self.at + 2]
        if not dash or high in ("", "]"):
            return _is(low)
        if high in "[\\" or high < low:
            raise self.refuse()
        self.at += 2
        return lambda char: low <= char <= high

    def cased(self, accepts: Accepts) -> Accepts:
        if not self.ignore_case:
            return accepts
        return lambda char: accepts(char) or accepts(char.lower()) or accepts(char.upper())


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 3


def _is(sign: str) -> Accepts:
    return lambda char: char == sign


def _not_newline(char: str) -> bool:
    return char != "\n" and char != "\r"


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


_CLASSES: dict[str, Accepts] = {
    "d": str.isdecimal,
    "D": lambda char: not char.isdecimal(),
    "w": _word,
    "W": lambda char: not _word(char),
    "s": lambda char: char in " \t\r\n",
    "S": lambda char: char not in " \t\r\n",
}
