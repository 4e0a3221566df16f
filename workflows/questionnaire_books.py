"""A questionnaire as a workbook of three sheets: out and in again, it is the same questionnaire.

Every row is checked first; with any fault nothing is taken in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows import survey_questions
from workflows.forms import Fault
from workflows.imports.cells import Column, Reader, choice, text, whole, yes_no
from workflows.imports.export import Line, build
from workflows.imports.report import Report
from workflows.imports.workbook import Row, Sheet, open_workbook, read_sheet
from workflows.survey_questions import LONGEST_ANSWER

KINDS = {"单选": "single", "多选": "multiple", "量表": "scale", "矩阵": "matrix", "问答": "text"}
LISTS = {"选项": "choices", "行": "rows"}
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def _plain(most: int) -> Reader:
    """Text; the mark that keeps a spreadsheet from taking it for a formula is taken off."""
    read = text(most)

    def plain(value: Any) -> str:
        said: str = read(value)
        return said[1:] if said.startswith("'") and said[1:].startswith(FORMULA) else said

    return plain


def _marked(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


HEAD = Sheet(
    "问卷",
    (
        Column("title", "名称", _plain(200), required=True),
        Column("title_en", "英文名称", _plain(200), default=""),
    ),
)
QUESTIONS = Sheet(
    "题目",
    (
        Column("code", "编号", text(40), required=True),
        Column("kind", "题型", choice(KINDS), required=True),
        Column("title", "题目", _plain(500), required=True),
        Column("title_en", "英文题目", _plain(500), default=""),
        Column("required", "必答", yes_no, default=False),
        Column("least", "最少选", whole(50)),
        Column("most", "最多选", whole(50)),
        Column("low", "起点", whole(100)),
        Column("high", "终点", whole(100)),
        Column("low_title", "起点说明", _plain(200), default=""),
        Column("high_title", "终点说明", _plain(200), default=""),
        Column("low_title_en", "起点说明（英文）", _plain(200), default=""),
        Column("high_title_en", "终点说明（英文）", _plain(200), default=""),
        Column("longest", "字数上限", whole(LONGEST_ANSWER)),
        Column("question", "显示条件题号", text(40), default=""),
        Column("is", "显示条件选项", text(500), default=""),
    ),
)
ENTRIES = Sheet(
    "选项",
    (
        Column("question", "题目编号", text(40), required=True),
        Column("list", "类别", choice(LISTS), required=True),
        Column("code", "编号", text(40), required=True),
        Column("title", "文字", _plain(200), required=True),
        Column("title_en", "英文文字", _plain(200), default=""),
    ),
)
OWN = tuple(c.key for c in QUESTIONS.columns if c.key not in ("question", "is"))
TITLES = {column.key: column.title for column in QUESTIONS.columns}


@dataclass(frozen=True)
class Placed:
    """What is wrong with a questionnaire that can be read: the row, and the sentence."""

    sheet: str
    row: int
    column: str
    told: Fault


@dataclass
class Read:
    """What the workbook holds, and all that is wrong with it."""

    report: Report
    title: str = ""
    title_en: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Placed] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return self.report.is_good and not self.faults


def write(title: str, title_en: str, questions: Sequence[Mapping[str, Any]]) -> bytes:
    """The workbook of a questionnaire."""
    heads: list[Line] = [[_marked(title), _marked(title_en)]]
    return build(
        (
            (HEAD, heads),
            (QUESTIONS, map(_question_line, questions)),
            (ENTRIES, _entry_lines(questions)),
        )
    )


def example() -> bytes:
    """A workbook to fill in: one question of each kind shows how."""
    levels = [{"code": "a", "title": "满意"}, {"code": "b", "title": "不满意"}]
    asked: list[dict[str, Any]] = [
        {
            "code": "q1",
            "kind": "single",
            "title": "您的总体评价",
            "required": True,
            "choices": levels,
        },
        {
            "code": "q2",
            "kind": "multiple",
            "title": "不满意的原因",
            "most": 2,
            "choices": [{"code": "a", "title": "效率"}, {"code": "b", "title": "作风"}],
            "show_if": {"question": "q1", "is": ["b"]},
        },
        {"code": "q3", "kind": "scale", "title": "推荐程度", "low": 0, "high": 10},
        {
            "code": "q4",
            "kind": "matrix",
            "title": "分项评价",
            "choices": levels,
            "rows": [{"code": "r1", "title": "学习"}, {"code": "r2", "title": "服务"}],
        },
        {"code": "q5", "kind": "text", "title": "意见建议", "longest": 500},
    ]
    return write("示例问卷", "Example", asked)


def _question_line(one: Mapping[str, Any]) -> Line:
    when = one.get("show_if") or {}
    said = {
        **{name: one.get(name) for name in OWN},
        "kind": _word(KINDS, one["kind"]),
        "required": "是" if one.get("required") else "否",
        "question": when.get("question"),
        "is": "、".join(map(str, when.get("is", ()))),
    }
    return [_marked(said[column.key]) for column in QUESTIONS.columns]


def _word(words: Mapping[str, str], code: str) -> str:
    return next(word for word, known in words.items() if known == code)


def _entry_lines(questions: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    for one in questions:
        for word, name in LISTS.items():
            for entry in one.get(name) or ():
                said = (one["code"], word, entry["code"], entry["title"], entry.get("title_en"))
                yield [_marked(value) for value in said]


def read(data: bytes) -> Read:
    """The questionnaire with its faults by row; Invalid for a file that is no workbook of ours."""
    book, found = open_workbook(data), Read(Report(dry_run=True))
    sheets = {sheet: _sheet(book, sheet, found.report) for sheet in (HEAD, QUESTIONS, ENTRIES)}
    for row in sheets[HEAD][:1]:
        found.title, found.title_en = row.values["title"], row.values["title_en"]
    if not sheets[HEAD] and found.report.is_good:
        found.report.fault(HEAD.title, 0, "", None, ("没有填写问卷名称", "has no title"))
    rows = sheets[QUESTIONS]
    found.questions = [_question(row.values) for row in rows]
    places = _hang_entries(found, rows, sheets[ENTRIES])
    if found.report.is_good:
        found.faults = list(_placed(found.questions, rows, places))
    return found


def _sheet(book: Any, sheet: Sheet, report: Report) -> list[Row]:
    rows = read_sheet(book, sheet, report)
    if rows is None:
        report.fault(sheet.title, 0, "", None, ("缺少此工作表", "is missing"))
    return rows or []


def _question(values: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: values[name] for name in OWN if values[name] not in (None, "")}
    if values["question"] or values["is"]:
        chosen = [one for one in values["is"].replace(",", "、").split("、") if one]
        made["show_if"] = {"question": values["question"], "is": chosen}
    return made


Places = dict[tuple[int, str, int], int]  # question, list, entry → row of the sheet


def _hang_entries(found: Read, rows: Sequence[Row], entries: Sequence[Row]) -> Places:
    at = {row.values["code"]: place for place, row in reversed(list(enumerate(rows)))}
    places: Places = {}
    for row in entries:
        values = row.values
        place = at.get(values["question"])
        if place is None:
            why = ("没有这个编号的题目", "there is no question of this code")
            found.report.fault(ENTRIES.title, row.number, "题目编号", values["question"], why)
            continue
        listed = found.questions[place].setdefault(values["list"], [])
        places[place, values["list"], len(listed)] = row.number
        kept = ("code", "title", "title_en")
        listed.append({name: values[name] for name in kept if values[name]})
    return places


def _placed(
    questions: Sequence[Mapping[str, Any]], rows: Sequence[Row], places: Places
) -> Iterator[Placed]:
    found = survey_questions.faults_of(questions, longest=LONGEST_ANSWER)
    for path, told in found.items():
        _, *parts = path.split("-")
        if not parts:
            yield Placed(QUESTIONS.title, 0, "", told)
            continue
        place, name = int(parts[0]), parts[1]
        if len(parts) > 2:
            row = places.get((place, name, int(parts[2])), 0)
            yield Placed(ENTRIES.title, row, _title(ENTRIES, parts[3]), told)
        else:
            column = "显示条件题号" if name == "show_if" else TITLES.get(name, "选项")
            yield Placed(QUESTIONS.title, rows[place].number, column, told)


def _title(sheet: Sheet, key: str) -> str:
    return next((column.title for column in sheet.columns if column.key == key), "")


def normal(questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The questions without what says nothing: two that ask alike are equal."""
    return [
        {
            name: [normal([entry])[0] for entry in value] if name in ("choices", "rows") else value
            for name, value in one.items()
            if value is not False and value not in (None, "", [], {})
        }
        for one in questions
    ]
