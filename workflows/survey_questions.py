"""What a questionnaire is made of, and what an answer to it may be: one definition for the builder,
the import, the public page and the tally.

A question is JSON: `code`, `kind`, `title`, `title_en`, `required`, and by kind
single, multiple: `choices` [{code, title, title_en}]; multiple besides `least`, `most`
scale: `low`, `high` (whole numbers), `low_title`, `high_title` and their English
matrix: `rows` and `choices`; one choice is made in each row
text: `longest` (characters)
`show_if` {question, is: [values]}: asked only where an earlier single, multiple or scale question
was answered by one of the values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.forms import Fault

KINDS = ("single", "multiple", "scale", "matrix", "text")
CHOOSING = frozenset({"single", "multiple", "matrix"})
DECIDING = frozenset({"single", "multiple", "scale"})  # what a later question may hang on
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
FIELD = "q-"
MOST_QUESTIONS, MOST_CHOICES, MOST_ROWS, WIDEST_SCALE = 100, 50, 30, 11
LONGEST_TITLE, LONGEST_CHOICE = 500, 200
LONGEST_ANSWER = 2_000  # characters; each question may set fewer

Typed = Mapping[str, Sequence[str]]
Answers = dict[str, Any]


@dataclass(frozen=True)
class Option:
    code: str
    title: str
    title_en: str = ""


@dataclass(frozen=True)
class Condition:
    question: str
    values: frozenset[str]

    def holds(self, answers: Mapping[str, Any]) -> bool:
        given = answers.get(self.question)
        told = given if isinstance(given, list) else [] if given is None else [given]
        return any(str(one) in self.values for one in told)


@dataclass(frozen=True)
class Question:
    """One question as the page shows it and the tally counts it."""

    code: str
    kind: str
    title: str
    title_en: str = ""
    required: bool = False
    choices: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()
    low: int = 1
    high: int = 5
    low_title: str = ""
    high_title: str = ""
    low_title_en: str = ""
    high_title_en: str = ""
    least: int = 0
    most: int = MOST_CHOICES
    longest: int = LONGEST_ANSWER
    show_if: Condition | None = None

    @property
    def field(self) -> str:
        return FIELD + self.code

    def row_field(self, row: str) -> str:
        return f"{self.field}-{row}"

    @property
    def values(self) -> tuple[str, ...]:
        """What can be answered, as codes; nothing for an open question."""
        if self.kind == "scale":
            return tuple(str(one) for one in range(self.low, self.high + 1))
        return tuple(one.code for one in self.choices)


@dataclass(frozen=True)
class Part:
    """What is counted by itself: a question, or one row of a matrix."""

    key: str
    question: Question
    row: Option | None = None

    def value_of(self, answers: Mapping[str, Any]) -> tuple[str, ...] | None:
        """What was answered, as codes; none: nothing was."""
        given = answers.get(self.question.code)
        if self.row is not None:
            given = (given or {}).get(self.row.code)
        if given is None:
            return None
        return tuple(given) if isinstance(given, list) else (str(given),)


def read(questions: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a checked questionnaire."""
    return tuple(_read(one) for one in questions)


def _read(one: Mapping[str, Any]) -> Question:
    given = {name: one[name] for name in Question.__dataclass_fields__ if one.get(name) is not None}
    for name in ("choices", "rows"):
        given[name] = tuple(
            Option(entry["code"], entry["title"], entry.get("title_en", ""))
            for entry in one.get(name) or ()
        )
    if when := one.get("show_if"):
        given["show_if"] = Condition(when["question"], frozenset(map(str, when["is"])))
    return Question(**given)


def parts(questions: Sequence[Question]) -> list[Part]:
    """All that is counted, in the order of the questionnaire; open questions are not."""
    found: list[Part] = []
    for one in questions:
        if one.kind == "matrix":
            found += [Part(f"{one.code}.{row.code}", one, row) for row in one.rows]
        elif one.kind != "text":
            found.append(Part(one.code, one))
    return found


def answers_of(questions: Sequence[Question], typed: Typed) -> tuple[Answers, dict[str, Fault]]:
    """What was answered, and what is wrong with it, by field.

    What was typed for a question that the answers before it hide, or for none, is dropped.
    """
    answers: Answers = {}
    faults: dict[str, Fault] = {}
    for one in questions:
        if one.show_if is not None and not one.show_if.holds(answers):
            continue
        given, wrong = READERS[one.kind](one, typed)
        if not wrong and given in (None, [], {}, "") and one.required:
            wrong = {one.field: Fault("Please answer this question.")}
        faults.update(wrong)
        if not wrong and given not in (None, [], {}, ""):
            answers[one.code] = given
    return answers, faults


Read = tuple[Any, dict[str, Fault]]
NOT_OFFERED = Fault("Please choose one of the answers offered.")


def _typed(typed: Typed, field: str) -> list[str]:
    return [one for one in typed.get(field, ()) if one]


def _single(one: Question, typed: Typed) -> Read:
    given = _typed(typed, one.field)
    if len(given) > 1 or any(value not in one.values for value in given):
        return None, {one.field: NOT_OFFERED}
    return (given[0] if given else None), {}


def _multiple(one: Question, typed: Typed) -> Read:
    given = set(_typed(typed, one.field))
    if not given <= set(one.values):
        return None, {one.field: NOT_OFFERED}
    if given and len(given) < one.least:
        return None, {one.field: Fault("Please choose at least {least}.", least=one.least)}
    if len(given) > one.most:
        return None, {one.field: Fault("Please choose at most {most}.", most=one.most)}
    return [code for code in one.values if code in given], {}


def _scale(one: Question, typed: Typed) -> Read:
    given = _typed(typed, one.field)
    if len(given) > 1 or any(value not in one.values for value in given):
        told = Fault("Please choose a number from {low} to {high}.", low=one.low, high=one.high)
        return None, {one.field: told}
    return (int(given[0]) if given else None), {}


def _matrix(one: Question, typed: Typed) -> Read:
    made: dict[str, str] = {}
    wrong: dict[str, Fault] = {}
    for row in one.rows:
        field = one.row_field(row.code)
        given = _typed(typed, field)
        if len(given) > 1 or any(value not in one.values for value in given):
            wrong[field] = NOT_OFFERED
        elif given:
            made[row.code] = given[0]
        elif one.required:
            wrong[field] = Fault("Please answer this line.")
    return made, wrong


def _text(one: Question, typed: Typed) -> Read:
    text = "\n".join(_typed(typed, one.field)).replace("\r\n", "\n").strip()
    if len(text) > one.longest:
        told = Fault(
            "At most {limit} characters; there are {count}.", limit=one.longest, count=len(text)
        )
        return None, {one.field: told}
    return text, {}


READERS = {
    "single": _single,
    "multiple": _multiple,
    "scale": _scale,
    "matrix": _matrix,
    "text": _text,
}


def faults_of(questions: Sequence[Mapping[str, Any]], *, longest: int) -> dict[str, Fault]:
    """What is wrong with a questionnaire, by path (`questions-2-choices-0-title`).

    An open answer may be asked to have up to `longest` characters.
    """
    if not questions:
        return {"questions": Fault("Please ask at least one question.")}
    if len(questions) > MOST_QUESTIONS:
        told = Fault("At most {limit} questions can be asked.", limit=MOST_QUESTIONS)
        return {"questions": told}
    faults: dict[str, Fault] = {}
    before: dict[str, Mapping[str, Any]] = {}
    for place, one in enumerate(questions):
        for field, fault in _faults(one, before, longest):
            faults.setdefault(f"questions-{place}-{field}", fault)
        before[str(one.get("code"))] = one
    return faults


Faults = Iterator[tuple[str, Fault]]


def _faults(
    one: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]], longest: int
) -> Faults:
    code, kind = str(one.get("code") or ""), one.get("kind")
    if not CODE.fullmatch(code):
        yield "code", Fault("Please enter small letters, digits and underscores.")
    elif code in before:
        yield "code", Fault("This code is taken.")
    yield from _title_faults(one, "", LONGEST_TITLE)
    if kind not in KINDS:
        yield "kind", Fault("Please choose what kind of question this is.")
        return
    if kind in CHOOSING:
        yield from _list_faults(one, "choices", fewest=2, most=MOST_CHOICES)
    if kind == "matrix":
        yield from _list_faults(one, "rows", fewest=1, most=MOST_ROWS)
    yield from CHECKS.get(kind, _nothing)(one, longest)
    if one.get("show_if"):
        yield from _condition_faults(one["show_if"], before)


def _title_faults(one: Mapping[str, Any], path: str, most: int) -> Faults:
    title = str(one.get("title") or "").strip()
    if not title:
        yield f"{path}title", Fault("Please enter the wording.")
    for name, text in (("title", title), ("title_en", str(one.get("title_en") or ""))):
        if len(text) > most:
            yield f"{path}{name}", Fault("At most {limit} characters.", limit=most)


def _list_faults(one: Mapping[str, Any], name: str, *, fewest: int, most: int) -> Faults:
    entries = one.get(name) or []
    if len(entries) < fewest:
        yield name, Fault("Please enter at least {least}.", least=fewest)
    if len(entries) > most:
        yield name, Fault("Please enter at most {most}.", most=most)
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        code = str(entry.get("code") or "")
        if not re.fullmatch(r"[a-z0-9_]{1,40}", code):
            told = Fault("Please enter small letters, digits and underscores.")
            yield f"{name}-{place}-code", told
        elif code in seen:
            yield f"{name}-{place}-code", Fault("This code is taken.")
        seen.add(code)
        yield from _title_faults(entry, f"{name}-{place}-", LONGEST_CHOICE)


def _multiple_faults(one: Mapping[str, Any], _: int) -> Faults:
    offered = len(one.get("choices") or ())
    least, most = one.get("least") or 0, one.get("most") or offered
    for name, number in (("least", least), ("most", most)):
        if not isinstance(number, int) or not 0 <= number <= offered:
            told = Fault("It must lie between {low} and {high}.", low=0, high=offered)
            yield name, told
            return
    if least > most:
        yield "least", Fault("The least is more than the most.")


def _scale_faults(one: Mapping[str, Any], _: int) -> Faults:
    low, high = one.get("low", 1), one.get("high", 5)
    if not isinstance(low, int) or not isinstance(high, int) or not 0 <= low < high:
        yield "high", Fault("A scale runs from a smaller to a larger whole number.")
    elif high - low >= WIDEST_SCALE or high > 100:
        yield "high", Fault("A scale has at most {most} steps.", most=WIDEST_SCALE)


def _text_faults(one: Mapping[str, Any], longest: int) -> Faults:
    asked = one.get("longest") or longest
    if not isinstance(asked, int) or not 1 <= asked <= longest:
        yield "longest", Fault("It must lie between {low} and {high}.", low=1, high=longest)


def _nothing(_: Mapping[str, Any], __: int) -> Faults:
    return iter(())


CHECKS = {"multiple": _multiple_faults, "scale": _scale_faults, "text": _text_faults}


def _condition_faults(when: Any, before: Mapping[str, Mapping[str, Any]]) -> Faults:
    asked = before.get(str(when.get("question"))) if isinstance(when, Mapping) else None
    if asked is None or asked.get("kind") not in DECIDING:
        yield "show_if", Fault("Choose an earlier question with answers to choose from.")
        return
    if _condition_values(asked) is None:
        return  # told at that question
    values = when.get("is")
    if not values or not {str(one) for one in values} <= set(_condition_values(asked) or ()):
        yield "show_if", Fault("Choose among the answers of that question.")


def _condition_values(asked: Mapping[str, Any]) -> Sequence[str] | None:
    try:
        return _read(asked).values
    except (KeyError, TypeError, ValueError):
        return None
