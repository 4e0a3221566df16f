"""Expressions at random, by the grammar: what a careless or a hostile author might write."""

import random
from collections.abc import Callable

from workflows.engine.feel import BUILTINS

NAMES: dict[str, object] = {
    "n": 3,
    "big": 10**33,
    "t": "督导 text",
    "long": "ab" * 30_000,
    "yes": True,
    "none": None,
    "day": "2026-03-02",
    "xs": [3, 1, 2],
    "many": list(range(3_000)),
    "rows": [{"x": 1, "ok": True}, {"x": None}, {"y": [1, {"z": "a"}]}, 5],
    "c": {"a": {"b": [1, 2]}, "u1": {"x": 1.5}, "monthly fee": 2},
}
_PATHS = [
    "n",
    "big",
    "t",
    "long",
    "yes",
    "none",
    "day",
    "xs",
    "many",
    "rows",
    "c",
    "nobody",
    "item",
]
_KEYS = [
    "x",
    "y",
    "z",
    "a",
    "b",
    "u1",
    "ok",
    "year",
    "time offset",
    "start",
    "__class__",
    "monthly fee",
]
_NUMBERS = [
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "10",
    "1e30",
    "99999",
    "1e6144",
    "3.3333333333333333333333333333333333",
]
_TEXTS = [
    '""',
    '"a"',
    '"督导"',
    '"(a*)*"',
    '"[a-z]+"',
    '"2026-01-01"',
    r'"\u4e2d\n"',
    '"$1"',
    '"PT1H"',
]
_MOMENTS = [
    *('@"2026-01-31"', '@"9999-12-31"', '@"2026-03-02T10:00:00Z"', '@"2026-03-02T10:00:00"'),
    *('@"10:00:00"', '@"23:59:59+08:00"', '@"P1M"', '@"P999999999M"'),
    *('@"PT1S"', '@"-P999999999D"'),
]
_OPERATORS = ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or"]
_TYPES = [
    "number",
    "string",
    "date and time",
    "list<number>",
    "list<Any>",
    "context",
    "Any",
    "Null",
]
_FUNCTIONS = sorted(BUILTINS)


class Author:
    """Writes one expression after the other; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 it writes expressions, not secrets
        self.forms: list[Callable[[int], str]] = [
            self.operation,
            self.operation,
            self.call,
            self.call,
            self.call_named,
            self.path,
            self.filter,
            self.iteration,
            self.quantifier,
            self.condition,
            self.list,
            self.context,
            self.range,
            self.membership,
            self.between,
            self.instance,
            self.signed,
        ]

    def one_of(self, choices: list[str]) -> str:
        return self.random.choice(choices)

    def some(self, depth: int, most: int = 3) -> list[str]:
        return [self.write(depth - 1) for _ in range(self.random.randint(0, most))]

    def write(self, depth: int) -> str:
        """An expression of at most this depth."""
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf()
        return self.random.choice(self.forms)(depth)

    def leaf(self) -> str:
        kind = self.random.random()
        if kind < 0.4:
            return self.one_of(_PATHS)
        if kind < 0.6:
            return self.one_of(_NUMBERS)
        if kind < 0.75:
            return self.one_of(_TEXTS)
        return self.one_of(_MOMENTS) if kind < 0.9 else self.one_of(["true", "false", "null", "?"])

    def operation(self, depth: int) -> str:
        operator = self.one_of(_OPERATORS)
        return f"({self.write(depth - 1)} {operator} {self.write(depth - 1)})"

    def call(self, depth: int) -> str:
        return f"{self.one_of(_FUNCTIONS)}({', '.join(self.some(depth))})"

    def call_named(self, depth: int) -> str:
        builtin = BUILTINS[self.one_of(_FUNCTIONS)]
        names = self.random.choice(builtin.signatures)
        return f"{builtin.name}({', '.join(f'{name}: {self.write(depth - 1)}' for name in names)})"

    def path(self, depth: int) -> str:
        return f"{self.write(depth - 1)}.{self.one_of(_KEYS)}"

    def filter(self, depth: int) -> str:
        return f"{self.write(depth - 1)}[{self.write(depth - 1)}]"

    def bindings(self, depth: int) -> str:
        names = self.random.sample(["i", "j", "n", "item"], self.random.randint(1, 3))
        return ", ".join(f"{name} in {self.source(depth)}" for name in names)

    def source(self, depth: int) -> str:
        if self.random.random() < 0.4:
            return f"{self.one_of(_NUMBERS)}..{self.one_of(_NUMBERS)}"
        return self.write(depth - 1)

    def iteration(self, depth: int) -> str:
        return f"(for {self.bindings(depth)} return {self.write(depth - 1)})"

    def quantifier(self, depth: int) -> str:
        word = self.one_of(["some", "every"])
        return f"({word} {self.bindings(depth)} satisfies {self.write(depth - 1)})"

    def condition(self, depth: int) -> str:
        parts = [self.write(depth - 1) for _ in range(3)]
        return "(if {} then {} else {})".format(*parts)

    def list(self, depth: int) -> str:
        return f"[{', '.join(self.some(depth))}]"

    def context(self, depth: int) -> str:
        values = [self.write(depth - 1) for _ in range(3)]
        return "{{a: {}, b: {}, c: [a, b, {}]}}".format(*values)

    def range(self, depth: int) -> str:
        opening, closing = self.one_of(["[", "(", "]"]), self.one_of(["]", ")", "["])
        return f"({self.write(depth - 1)} in {opening}{self.leaf()}..{self.leaf()}{closing})"

    def membership(self, depth: int) -> str:
        tests = [f"{self.one_of(['', '<', '>='])} {part}" for part in self.some(depth)]
        return f"({self.write(depth - 1)} in ({', '.join(tests or ['1'])}))"

    def between(self, depth: int) -> str:
        return f"({self.write(depth - 1)} between {self.leaf()} and {self.leaf()})"

    def instance(self, depth: int) -> str:
        return f"({self.write(depth - 1)} instance of {self.one_of(_TYPES)})"

    def signed(self, depth: int) -> str:
        return f"-{self.write(depth - 1)}"

    def damaged(self, text: str) -> str:
        """The text with a slip of the pen or two."""
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randint(0, len(text))
            to = min(len(text), at + self.random.randint(0, 6))
            piece = self.one_of(
                ["", "(", ")", "[", "..", '"', "in", "\\", "，", "\x00", "𠮷", text[at:to] * 2]
            )
            text = text[:at] + piece + text[to:]
        return text
