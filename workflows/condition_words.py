"""A condition in words, Chinese and English: fields by their titles, choices by their labels.

What is not among the usual ways to write a condition stays as it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workflows.engine import feel
from workflows.engine.feel import syntax

Texts = tuple[str, str]
SIGNS: Mapping[str, Texts] = {
    "=": ("{0}为{1}", "{0} is {1}"),
    "!=": ("{0}不为{1}", "{0} is not {1}"),
    "<": ("{0}小于{1}", "{0} is less than {1}"),
    "<=": ("{0}不大于{1}", "{0} is at most {1}"),
    ">": ("{0}大于{1}", "{0} is more than {1}"),
    ">=": ("{0}不小于{1}", "{0} is at least {1}"),
}
EMPTY: Mapping[str, Texts] = {
    "=": ("{0}没有填写", "{0} is not filled in"),
    "!=": ("{0}已填写", "{0} is filled in"),
}
YES: Texts = ("“是”", "“yes”")
NO: Texts = ("“否”", "“no”")
VOTES: Mapping[str, Texts] = {
    "done": ("已办理的人数", "the number of those who have answered"),
    "total": ("总人数", "the number of all"),
}
SUMS: Mapping[str, Texts] = {
    "/": ("{0}占{1}的比例", "the share of {0} in {1}"),
    "*": ("{0}×{1}", "{0} × {1}"),
    "+": ("{0}＋{1}", "{0} + {1}"),
    "-": ("{0}－{1}", "{0} - {1}"),
}


@dataclass(frozen=True)
class Names:
    """What the parts of a process are called: steps by id, fields by step.field, choices by
    step.field and code."""

    steps: Mapping[str, Texts] = field(default_factory=dict)
    fields: Mapping[str, Texts] = field(default_factory=dict)
    choices: Mapping[tuple[str, str], Texts] = field(default_factory=dict)


class _AsWritten(Exception):
    """A part for which there are no words."""


def say(condition: str, names: Names) -> Texts:
    """The condition as half a sentence."""
    try:
        return _Speaker(names).say(feel.parse(condition).tree)
    except (feel.FeelError, _AsWritten):
        return (condition, condition)


class _Speaker:
    def __init__(self, names: Names) -> None:
        self.names = names

    def say(self, part: syntax.Node) -> Texts:
        """The part as a condition."""
        ways: Mapping[type, Callable[..., Texts]] = {
            syntax.Comparison: self._comparison,
            syntax.And: self._and,
            syntax.Or: self._or,
            syntax.Call: self._call,
            syntax.Between: self._between,
            syntax.In: self._in,
        }
        way = ways.get(type(part))
        if way is None:
            subject = self._value(part)
            return _filled(SIGNS["="], subject, YES)
        return way(part)

    def _comparison(self, part: syntax.Comparison) -> Texts:
        left, right = part.left, part.right
        if isinstance(left, syntax.Literal) and not isinstance(right, syntax.Literal):
            left, right = right, left
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            sign = turned.get(part.operator, part.operator)
        else:
            sign = part.operator
        if isinstance(right, syntax.Literal) and right.value is None and sign in EMPTY:
            return _filled(EMPTY[sign], self._value(left))
        return _filled(SIGNS[sign], self._value(left), self._value(right, of=_path(left)))

    def _and(self, part: syntax.And) -> Texts:
        return _joined([self._inner(one) for one in part.operands], ("，并且", " and "))

    def _or(self, part: syntax.Or) -> Texts:
        return _joined([self._inner(one) for one in part.operands], ("，或者", " or "))

    def _inner(self, part: syntax.Node) -> Texts:
        said = self.say(part)
        if isinstance(part, syntax.And | syntax.Or):
            return _filled(("（{0}）", "({0})"), said)
        return said

    def _call(self, part: syntax.Call) -> Texts:
        if part.name != "not" or len(part.arguments) != 1:
            raise _AsWritten
        return _filled(
            ("以下不成立：{0}", "it does not hold that {0}"), self.say(part.arguments[0])
        )

    def _between(self, part: syntax.Between) -> Texts:
        low, high = self._value(part.low), self._value(part.high)
        pattern = ("{0}在{1}与{2}之间", "{0} lies between {1} and {2}")
        return _filled(pattern, self._value(part.value), low, high)

    def _in(self, part: syntax.In) -> Texts:
        if any(test.operator is not None or test.reads_input for test in part.tests):
            raise _AsWritten
        of = _path(part.value)
        listed = [self._value(test.operand, of=of) for test in part.tests]
        choices = _joined(listed, ("、", ", "))
        return _filled(("{0}为{1}之一", "{0} is one of {1}"), self._value(part.value), choices)

    def _value(self, part: syntax.Node, *, of: str = "") -> Texts:
        """A value, as a choice of the field `of` where it is one."""
        if isinstance(part, syntax.Literal):
            return self._literal(part.value, of)
        if isinstance(part, syntax.Arithmetic) and part.operator in SUMS:
            return _filled(SUMS[part.operator], self._value(part.left), self._value(part.right))
        path = _path(part)
        if not path:
            raise _AsWritten
        if path in self.names.fields:
            return self.names.fields[path]
        if path in VOTES:
            return VOTES[path]
        step = self.names.steps.get(path)
        return _quoted((path, path)) if step is None else _quoted(step)

    def _literal(self, value: object, of: str) -> Texts:
        if isinstance(value, bool):
            return YES if value else NO
        if isinstance(value, str):
            return _quoted(self.names.choices.get((of, value), (value, value)))
        if value is None:
            return ("空", "nothing")
        text = feel.text_of(value) if not isinstance(value, int | float) else str(value)
        return (text, text)


def _path(part: syntax.Node) -> str:
    """The dotted name that a part is, empty for anything else."""
    if isinstance(part, syntax.Name):
        return part.name
    if isinstance(part, syntax.Path) and (before := _path(part.source)):
        return f"{before}.{part.key}"
    return ""


def _quoted(texts: Texts) -> Texts:
    return (f"“{texts[0]}”", f"“{texts[1]}”")


def _filled(pattern: Texts, *parts: Texts) -> Texts:
    return (
        pattern[0].format(*(part[0] for part in parts)),
        pattern[1].format(*(part[1] for part in parts)),
    )


def _joined(parts: list[Texts], by: Texts) -> Texts:
    return (by[0].join(part[0] for part in parts), by[1].join(part[1] for part in parts))
