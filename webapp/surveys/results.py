"""结果: a settled survey in frozen tables with pictures, its open answers, and both given out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Survey
from webapp import auth, db, exports
from webapp.i18n import named
from webapp.surveys.telling import VALUES, group_name
from webapp.surveys.views import ATTRIBUTES, bp
from workflows import survey_answers, survey_links, survey_questions, survey_results, surveys
from workflows.errors import NotFound
from workflows.survey_questions import Part, Question
from workflows.survey_results import Group

TEXTS_AT_MOST = 50_000  # of one export


@dataclass(frozen=True)
class Line:
    """A group in the table of one question; `counts` none: hidden."""

    name: str
    n: int | None
    counts: list[int] | None
    mean: float | None

    def share(self, count: int) -> str:
        return f"{100 * count / self.n:.1f}%" if self.n else "—"


@dataclass(frozen=True)
class Told:
    """One question, or one row of a matrix, as its panel shows it."""

    title: str
    answers: list[str]
    lines: list[Line]
    several: bool
    scale: bool

    def picture(self) -> dict[str, Any]:
        """Of one group its answers, of several what each is made of; hidden ones are left out."""
        shown = [(one.name, one.counts) for one in self.lines if one.counts is not None]
        if len(self.lines) == 1:
            values = shown[0][1] if shown else []
            return {"at": self.answers, "series": [{"name": gettext("Answers"), "values": values}]}
        series = [
            {"name": name, "values": [counts[place] for _, counts in shown]}
            for place, name in enumerate(self.answers)
        ]
        return {"at": [name for name, _ in shown], "series": series}


@bp.get("/<id:survey_id>/results")
def results(survey_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    survey = surveys.get(session, survey_id, rights=rights)
    by = [one for one in request.args.get("by", "").split("+") if one]
    by.sort(key=lambda one: [*survey.attributes, one].index(one))
    groups = survey_results.table(session, survey, by, where=_where(survey))
    questions = survey_answers.questions_of(session, survey.questionnaire_id)
    names = _names(by, groups)
    told = [_told(part, groups, names) for part in survey_questions.parts(questions)]
    if request.args.get("export"):
        return exports.answer(survey.title, *_lines(told))
    return render_template(
        "surveys/results.html",
        survey=survey,
        by=by,
        tables=[("+".join(one), _slice_name(one)) for one in survey_results.slices(survey)],
        groups=list(zip(names, groups, strict=True)),
        told=told,
        open_ones=[one for one in questions if one.kind == "text"],
        counts=survey_results.text_counts(session, survey),
        choices=_choices(survey),
        attributes=ATTRIBUTES,
        args=request.args,
    )


def _where(survey: Survey) -> dict[str, str]:
    return {
        name: value
        for name in survey.attributes
        if (value := request.args.get(f"is-{name}", "")[:80])
    }


def _choices(survey: Survey) -> dict[str, list[tuple[str, str]]]:
    """By which values a named survey is narrowed."""
    if survey.anonymous:
        return {}
    organs = survey_links.organs(db.session())
    known = {"organ": [(code, named(one.name, one.name_en)) for code, one in organs.items()]}
    return {
        name: known.get(name) or [(code, str(word)) for code, word in VALUES[name].items()]
        for name in survey.attributes
    }


def _slice_name(by: Sequence[str]) -> str:
    return " × ".join(str(ATTRIBUTES[name]) for name in by) or gettext("All together")


def _names(by: Sequence[str], groups: Sequence[Group]) -> list[str]:
    organs = survey_links.organs(db.session()) if "organ" in by else {}
    return [group_name(by, group.values, organs) for group in groups]


def _told(part: Part, groups: Sequence[Group], names: Sequence[str]) -> Told:
    one = part.question
    title = named(one.title, one.title_en)
    if part.row is not None:
        title += f" — {named(part.row.title, part.row.title_en)}"
    titles = {choice.code: named(choice.title, choice.title_en) for choice in one.choices}
    lines = [_line(part, group, name) for group, name in zip(groups, names, strict=True)]
    return Told(
        title,
        [titles.get(value, value) for value in one.values],
        lines,
        one.kind == "multiple",
        one.kind == "scale",
    )


def _line(part: Part, group: Group, name: str) -> Line:
    figures = group.parts.get(part.key)
    if figures is None:
        return Line(name, None, None, None)
    counts = figures["counts"]
    mean = survey_results.mean_of(counts) if part.question.kind == "scale" else None
    return Line(name, figures["n"], [counts[value] for value in part.question.values], mean)


def _lines(told: Sequence[Told]) -> tuple[list[str], Iterator[list[object]]]:
    heads = ("Survey question", "Group", "Answer", "Number", "Answered", "Share")
    return [gettext(head) for head in heads], _export_lines(told)


def _export_lines(told: Sequence[Told]) -> Iterator[list[object]]:
    for one in told:
        for line in one.lines:
            if line.counts is None:
                yield [one.title, line.name, gettext("hidden"), "", "", ""]
                continue
            for answer, count in zip(one.answers, line.counts, strict=True):
                yield [one.title, line.name, answer, count, line.n, line.share(count)]


@bp.get("/<id:survey_id>/results/<question>")
def texts(survey_id: int, question: str) -> ResponseReturnValue:
    """The open answers to one question, in no order."""
    session, rights = db.session(), auth.rights()
    survey = surveys.get(session, survey_id, rights=rights)
    asked = _open_question(survey, question)
    if not survey.anonymous:
        db.sensitive_read(survey, user=rights.user, page="survey answers")
    if request.args.get("export"):
        every = survey_results.texts(session, survey, question, size=TEXTS_AT_MOST).rows
        heads = [gettext("Open answer")] + ([] if survey.anonymous else [gettext("Name")])
        lines = [[one.text] + ([] if survey.anonymous else [one.name]) for one in every]
        return exports.answer(survey.title, heads, lines)
    after = request.args.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 20 else None
    page = survey_results.texts(session, survey, question, after=start)
    return render_template("surveys/texts.html", survey=survey, question=asked, page=page)


def _open_question(survey: Survey, code: str) -> Question:
    questions = survey_answers.questions_of(db.session(), survey.questionnaire_id)
    found = next((one for one in questions if one.code == code and one.kind == "text"), None)
    if found is None:
        raise NotFound("There is no such question.")
    return found
