"""What a table asks of its surroundings: each name that one has to know to try it out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.decisions.columns import constants_of
from workflows.engine.decisions.table import Decision, Input
from workflows.engine.feel import Expression, FeelError, Value, evaluate, from_feel, to_feel
from workflows.engine.feel.parser import children
from workflows.engine.feel.syntax import Name, Node, Path

FORMATS = {"date": "date", "dateTime": "date-time", "date and time": "date-time", "time": "time"}
DURATIONS = frozenset(
    {
        *("days and time duration", "dayTimeDuration"),
        *("years and months duration", "yearMonthDuration"),
    }
)
NUMBERS = frozenset({"number", "integer", "long", "double"})


@dataclass(frozen=True)
class Question:
    """A name as it stands in the table, with dots where it leads into something."""

    name: str
    label: str
    type: str = ""  # of its column; empty where it stands in a cell only
    choices: tuple[str, ...] = ()  # the texts that the column allows or its cells name


def questions_of(decision: Decision) -> list[Question]:
    """The columns' own names first, in their order, then what cells speak of besides."""
    found: dict[str, Question] = {}
    for place, one in enumerate(decision.inputs):
        for name in references_of(one.expression):
            is_whole = name == one.expression.text
            made = _of_column(decision, place, name) if is_whole else Question(name, name)
            found.setdefault(name, made)
    for rule in decision.rules:
        for cell in (*rule.tests, *rule.answers):
            for name in references_of(cell) if cell is not None else ():
                found.setdefault(name, Question(name, name))
    return list(found.values())


def _of_column(decision: Decision, place: int, name: str) -> Question:
    one = decision.inputs[place]
    return Question(name, one.label, one.type, _choices(decision, place, one))


def _choices(decision: Decision, place: int, one: Input) -> tuple[str, ...]:
    cells = [rule.tests[place] for rule in decision.rules]
    named = constants_of([one.values]) if one.values is not None else None
    if named is None:
        plain = [cell for cell in cells if cell is not None and not cell.names]
        named = constants_of(plain) or []
    return tuple(value for value in named if type(value) is str) if one.type == "string" else ()


def references_of(expression: Expression) -> list[str]:
    """The names an expression needs from outside, each as far as it is followed."""
    found = dict.fromkeys(_references(expression.tree, expression.names))
    return list(found)


def _references(node: Node, names: frozenset[str]) -> Iterator[str]:
    dotted = _dotted(node)
    if dotted is not None:
        if dotted.partition(".")[0] in names:
            yield dotted
        return
    for child in children(node):
        yield from _references(child, names)


def _dotted(node: Node) -> str | None:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Path):
        source = _dotted(node.source)
        return None if source is None else f"{source}.{node.key}"
    return None


def value_of(question: Question, text: str) -> Any:
    """What was typed as JSON; raises ValueError where it cannot be of the column's type.

    What stands in cells only is read as FEEL, and as plain text where it is none.
    """
    text = text.strip()
    if not text:
        return None
    if question.type in NUMBERS:
        return _number(text)
    if question.type == "boolean":
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    if question.type in FORMATS or question.type in DURATIONS:
        if type(feel_of(question, text)) is str:
            raise ValueError(text)
        return text
    return text if question.type == "string" else _literal(text)


def _number(text: str) -> int | float:
    number = float(text)
    if number != number or abs(number) > 1e15:
        raise ValueError(text)
    return int(number) if number == int(number) else number


def _literal(text: str) -> Any:
    try:
        return from_feel(evaluate(text, {}))
    except FeelError:
        return text


def feel_of(question: Question, value: Any) -> Value:
    """A value that is kept as JSON, as its column takes it."""
    kind = FORMATS.get(question.type) or ("duration" if question.type in DURATIONS else "")
    return to_feel(value, {"format": kind} if kind else None)


def names_of(questions: list[Question], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by dotted names as expressions find them; what is not given is null."""
    found: dict[str, Any] = {}
    for question in questions:
        *groups, last = question.name.split(".")
        place = found
        for group in groups:
            inner = place.get(group)
            place[group] = inner if isinstance(inner, dict) else {}
            place = place[group]
        if not isinstance(place.get(last), dict):
            place[last] = feel_of(question, values.get(question.name))
    return found
