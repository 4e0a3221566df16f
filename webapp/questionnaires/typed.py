"""A question as its form shows it, and what was typed as a question: lists stand line by line."""

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.i18n import named
from workflows.survey_questions import (
    DECIDING,
    LONGEST_ANSWER,
    LONGEST_TITLE,
    read,
)

Question = Mapping[str, Any]
LIST_PREFIX = {"choices": "c", "rows": "r"}
TEXTS = ("title", "title_en", "low_title", "high_title", "low_title_en", "high_title_en")
NUMBERS = ("least", "most", "low", "high", "longest")
BY_KIND = {
    "single": ("choices",),
    "multiple": ("choices", "least", "most"),
    "scale": ("low", "high", "low_title", "high_title", "low_title_en", "high_title_en"),
    "matrix": ("rows", "choices"),
    "text": ("longest",),
}
LINES = 8_000  # characters of a list of choices


def _text(title: str, title_en: str, most: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, "title_en": title_en, "maxLength": most, **more}


def _number(title: str, title_en: str, low: int, high: int) -> dict[str, Any]:
    return {
        "type": "integer",
        "title": title,
        "title_en": title_en,
        "minimum": low,
        "maximum": high,
    }


FIELDS: dict[str, dict[str, Any]] = {
    "title": _text("题目", "Question", LONGEST_TITLE, minLength=1),
    "title_en": _text("英文题目", "Question in English", LONGEST_TITLE),
    "required": {"type": "boolean", "title": "必答", "title_en": "Has to be answered"},
    "choices": _text("选项", "Choices", LINES, minLength=1),
    "rows": _text("评价内容（行）", "Lines", LINES, minLength=1),
    "least": _number("最少选几项", "Choose at least", 0, 50),
    "most": _number("最多选几项", "Choose at most", 1, 50),
    "low": _number("起点", "From", 0, 100),
    "high": _number("终点", "To", 1, 100),
    "low_title": _text("起点说明", "Meaning of the first", 200),
    "high_title": _text("终点说明", "Meaning of the last", 200),
    "low_title_en": _text("起点说明（英文）", "Meaning of the first, in English", 200),
    "high_title_en": _text("终点说明（英文）", "Meaning of the last, in English", 200),
    "longest": _number("字数上限", "Characters at most", 1, LONGEST_ANSWER),
    "show_if": {
        "type": "array",
        "items": {"type": "string"},
        "uniqueItems": True,
        "title": "显示条件",
        "title_en": "Ask only if",
        "x-ref": "earlier_answer",
    },
}
LINE_HELP = {
    "help": "每行一个；中英文之间用竖线分开，如：满意 | Satisfied。",
    "help_en": "One a line; the English after a bar: 满意 | Satisfied.",
}
LOOK: dict[str, dict[str, Any]] = {
    "title": {"widget": "textarea"},
    "required": {"widget": "checkbox"},
    "choices": {"widget": "textarea", **LINE_HELP},
    "rows": {"widget": "textarea", **LINE_HELP},
    "show_if": {
        "help": "只在前面某一题选了所勾选的答案时才出现；不勾选则总是出现。",
        "help_en": "Asked only where one of these answers was given to one earlier question; "
        "none ticked: always.",
    },
}


def form_of(kind: str, *, has_earlier: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The form of a question of that kind: its schema and how it is laid out."""
    last = ("show_if",) if has_earlier else ()
    names = ("title", "title_en", "required", *BY_KIND[kind], *last)
    must = ["title", *(name for name in BY_KIND[kind] if name in LIST_PREFIX)]
    schema = {
        "type": "object",
        "required": must,
        "properties": {name: FIELDS[name] for name in names},
        "additionalProperties": False,
    }
    look = {name: LOOK.get(name, {"widget": "text"}) for name in names}
    return schema, {"order": list(names), "fields": look}


def answers_of(question: Question) -> dict[str, Any]:
    """What stands in the form of a question."""
    kept = {name: question[name] for name in (*TEXTS, *NUMBERS, "required") if name in question}
    for name in LIST_PREFIX:
        if question.get(name):
            kept[name] = "\n".join(map(_line, question[name]))
    if when := question.get("show_if"):
        kept["show_if"] = [f"{when['question']}={value}" for value in when["is"]]
    return kept


def _line(entry: Mapping[str, str]) -> str:
    return " | ".join(part for part in (entry["title"], entry.get("title_en", "")) if part)


def question_of(kind: str, answers: Mapping[str, Any], *, code: str, old: Question) -> Question:
    """The question that was typed; what it lists keeps the codes that it had before."""
    made: dict[str, Any] = {"code": code, "kind": kind}
    made |= {name: _one_line(answers[name]) for name in TEXTS if answers.get(name)}
    made |= {name: answers[name] for name in NUMBERS if answers.get(name) is not None}
    if answers.get("required"):
        made["required"] = True
    for name in LIST_PREFIX:
        if answers.get(name):
            made[name] = _entries(answers[name], old.get(name) or (), LIST_PREFIX[name])
    if chosen := answers.get("show_if"):
        asked = {one.partition("=")[0] for one in chosen}
        values = [one.partition("=")[2] for one in chosen]
        made["show_if"] = {"question": asked.pop() if len(asked) == 1 else "", "is": values}
    return made


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _entries(text: str, old: Sequence[Mapping[str, str]], prefix: str) -> list[dict[str, str]]:
    """One entry a line: by its title, else by its place, it keeps its code."""
    lines = [_one_line(line) for line in text.splitlines() if line.strip()]
    titles = [tuple(map(str.strip, line.partition("|")[::2])) for line in lines]
    known = {entry["title"]: entry["code"] for entry in old}
    codes = [known.pop(title, "") for title, _ in titles]
    left = set(known.values())
    for place, code in enumerate(codes):
        if not code and place < len(old) and old[place]["code"] in left:
            codes[place] = old[place]["code"]
            left.discard(codes[place])
    taken, number = {entry["code"] for entry in old} | set(codes), 0
    for place, code in enumerate(codes):
        while not code:
            number += 1
            code = "" if f"{prefix}{number}" in taken else f"{prefix}{number}"
        codes[place] = code
    pairs = zip(codes, titles, strict=True)
    return [
        {"code": code, "title": title, **({"title_en": english} if english else {})}
        for code, (title, english) in pairs
    ]


def fresh_code(questions: Sequence[Question]) -> str:
    """A code that no question has."""
    taken = {one.get("code") for one in questions}
    return next(f"q{n}" for n in range(1, len(questions) + 2) if f"q{n}" not in taken)


def earlier_answers(questions: Sequence[Question], place: int) -> list[tuple[str, str]]:
    """The answers that a question at that place (from 0) may hang on, in words."""
    found = []
    for number, one in enumerate(questions[:place], 1):
        if one.get("kind") not in DECIDING:
            continue
        [asked] = read([one])
        words = {entry.code: named(entry.title, entry.title_en) for entry in asked.choices}
        found += [
            (f"{asked.code}={value}", f"{number}. {_short(asked)}：{words.get(value, value)}")
            for value in asked.values
        ]
    return found


def _short(asked: Any) -> str:
    title = named(asked.title, asked.title_en)
    return title if len(title) <= 16 else title[:15] + "…"
