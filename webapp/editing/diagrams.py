"""The editor of diagrams: the page, saving, a diagram from nothing, and checks while one types."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import current_app, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from webapp import clock, db, i18n
from webapp.editing import common, people
from webapp.editing.common import Opened, bp
from workflows import (
    calendars,
    definitions,
    drawing_aids,
    moment_previews,
    operation_catalogue,
    parameters,
)
from workflows.deadlines import Calendar, day_of
from workflows.engine import feel
from workflows.engine.validation import OWN_FUNCTIONS, RULES, foreign
from workflows.errors import Conflict, Invalid

KINDS = frozenset({"timeDate", "timeDuration", "timeCycle"})
LONGEST = 20_000


@bp.get("/process-drafts/<id:draft_id>/edit/diagrams/<name>")
def diagram(draft_id: int, name: str) -> ResponseReturnValue:
    opened = common.load(draft_id)
    given = opened.settings(
        name=name,
        xml=opened.file("diagrams", name).decode("utf-8", "replace"),
        urls={
            "expression": url_for("editing.check_expression", draft_id=draft_id),
            "moment": url_for("editing.check_moment", draft_id=draft_id),
        },
        people=people.settings(draft_id),
        faults=common.faults_as_json(definitions.faults_of(opened.bundle)),
        **_choices(opened),
    )
    label = next(one["label"] for one in given["diagrams"] if one["name"] == name)
    title = i18n.named(label["zh"], label["en"])
    return render_template(
        "editing/diagram.html", opened=opened, given=given, name=name, title=title
    )


def _choices(opened: Opened) -> dict[str, Any]:
    """What is chosen from lists, from the draft itself and what is in force."""
    bundle = opened.bundle
    folder = current_app.extensions["config"].bpmn_folder
    return {
        "forms": _with_editor(drawing_aids.forms(bundle), opened, "forms", "key"),
        "decisions": _with_editor(drawing_aids.decisions(bundle), opened, "decisions", "id"),
        "diagrams": _with_editor(drawing_aids.diagrams(bundle), opened, "diagrams", "name"),
        "documents": drawing_aids.documents(bundle),
        "names": drawing_aids.names(bundle),
        "known": drawing_aids.known_settings(),
        "reserved": drawing_aids.reserved(),
        "figures": drawing_aids.figures(parameters.newest(db.session()).values),
        "operations": [_operation(one) for one in operation_catalogue.offered(folder, bundle)],
    }


def _operation(one: operation_catalogue.Offered) -> dict[str, Any]:
    zh, en = one.process
    return {**asdict(one), "process": {"zh": zh, "en": en}}


def _with_editor(
    found: list[dict[str, Any]], opened: Opened, part: str, key: str
) -> list[dict[str, Any]]:
    """Each file with the address of its editor."""
    draft = opened.draft.id
    return [{**one, "edit": f"/process-drafts/{draft}/edit/{part}/{one[key]}"} for one in found]


@bp.post("/process-drafts/<id:draft_id>/edit/diagrams/<name>")
def save_diagram(draft_id: int, name: str) -> ResponseReturnValue:
    sent = common.sent()
    return common.save(draft_id, {f"diagrams/{name}": sent.text("content").encode()}, sent)


@bp.post("/process-drafts/<id:draft_id>/edit/diagrams")
def new_diagram(draft_id: int) -> ResponseReturnValue:
    """A process to be called, with a start, one step and an end; then its editor."""
    sent = common.sent()
    name, title = sent.text("name").strip(), sent.text("title").strip()
    opened = common.load(draft_id)
    if name in opened.bundle.diagrams:
        raise Conflict("There is a diagram of this name already.")
    if not title:
        raise Invalid("Please give the process a name.")
    data = drawing_aids.from_nothing(name, title)
    answer = common.save(draft_id, {f"diagrams/{name}": data}, sent)
    if sent.is_json or isinstance(answer, tuple):  # refused: somebody was faster
        return answer
    return redirect(url_for("editing.diagram", draft_id=draft_id, name=name), 303)


@bp.post("/process-drafts/<id:draft_id>/edit/check-expression")
def check_expression(draft_id: int) -> ResponseReturnValue:
    """Whether a text can be read, the names in it, and where it cannot."""
    common.load(draft_id)
    text = _typed("text")
    if foreign.is_foreign_expression(text):
        return jsonify(ok=False, told=_rule("foreign-expression"))
    try:
        parsed = feel.parse(text)
    except feel.FeelError as fault:
        return jsonify(ok=False, **_unreadable(text, fault))
    known = OWN_FUNCTIONS | frozenset(feel.BUILTINS)
    strange = sorted(parsed.functions - known)
    if strange:
        told = f"{_rule('expression-unknown-function')} {', '.join(strange)}"
        return jsonify(ok=False, told=told)
    return jsonify(ok=True, names=sorted(parsed.names))


def _unreadable(text: str, fault: feel.FeelError) -> dict[str, Any]:
    """The fault as a person reads it, the line it is in and its column there."""
    return {
        "told": fault.en if i18n.language() == "en" else fault.zh,
        "line": text.splitlines()[fault.line - 1] if text else "",
        "column": fault.column,
    }


@bp.post("/process-drafts/<id:draft_id>/edit/check-moment")
def check_moment(draft_id: int) -> ResponseReturnValue:
    """The day that a time would be, if its step began now."""
    common.load(draft_id)
    kind = _typed("kind")
    if kind not in KINDS:
        raise Invalid("The request could not be read. Please go back and try again.")
    session = db.session()
    figures = definitions.latest_parameters(session)
    calendar, now = calendars.load(session), clock.now()
    try:
        found = moment_previews.preview(
            _typed("text"),
            kind,
            figures={"days": figures.days, "rule": figures.rule},
            calendar=calendar,
            now=now,
        )
    except moment_previews.NoMoment as fault:
        told = _rule(fault.rule) if fault.fault is None else _unreadable("", fault.fault)["told"]
        return jsonify(ok=False, told=told)
    if found.at is None:
        told = gettext("The date depends on the case: %(names)s", names=", ".join(found.depends))
        return jsonify(ok=True, told=str(told))
    return jsonify(ok=True, day=i18n.day(found.at), told=_dated(found.at, calendar))


def _dated(at: datetime, calendar: Calendar) -> str:
    """The day, its weekday, and whether the year's holidays are announced yet."""
    day = day_of(at)
    weekday = format_date(day, "EEEE")
    if calendar.is_provisional(day):
        return str(
            gettext(
                "Begun now: %(day)s, %(weekday)s; the holidays of that year are not announced yet",
                day=i18n.moment(at),
                weekday=weekday,
            )
        )
    return str(gettext("Begun now: %(day)s, %(weekday)s", day=i18n.moment(at), weekday=weekday))


def _typed(name: str) -> str:
    text = common.sent().text(name)
    if len(text) > LONGEST:
        raise Invalid("The request could not be read. Please go back and try again.")
    return text


def _rule(name: str) -> str:
    zh, en = RULES[name]
    return en if i18n.language() == "en" else zh
