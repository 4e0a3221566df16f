"""The test cases of a table in a draft: how they come out, and new ones out of a try."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from webapp import table_analysis, words
from webapp.editing import common, trying
from webapp.editing.common import Opened, bp
from workflows import table_files, table_tests
from workflows.engine.decisions import Decision, DecisionFault
from workflows.errors import Invalid
from workflows.table_tests import TableTest, Tried

ADDRESS = "/process-drafts/<id:draft_id>/edit/tests/<name>"


@bp.get(ADDRESS)
def tests(draft_id: int, name: str) -> ResponseReturnValue:
    """The test cases, what comes out of each now, and a form to try the table out."""
    return _page(common.load(draft_id), name)


@bp.post(ADDRESS)
def change_tests(draft_id: int, name: str) -> ResponseReturnValue:
    """Tries the table out, keeps what was tried as a test case, or removes one."""
    opened, form = common.load(draft_id), request.form
    try:
        table = _table(opened, name)
        if "remove" not in form and form.get("act") != "keep":
            tried = table_tests.ask(table, trying.inputs(table, form))
            return _page(opened, name, tried=tried)
        data = _changed(opened, table)
    except Invalid as refused:
        told = words.say_fields(refused) or {"form": words.say(refused)}
        return _page(opened, name, told), 422
    except DecisionFault:
        return _page(opened, name), 422
    return common.save(draft_id, {f"tests/{name}.json": data}, common.sent())


def _table(opened: Opened, name: str) -> Decision:
    return table_files.decision_in(opened.file("decisions", name), name)


def _changed(opened: Opened, table: Decision) -> bytes | None:
    cases, form = table_tests.of_table(opened.bundle, table.id), request.form
    if "remove" in form:
        return table_tests.without(cases, form["remove"])
    given = trying.inputs(table, form)
    test = TableTest(form.get("name", "").strip(), given, trying.expected(table, form))
    return table_tests.kept(cases, test)


def _page(
    opened: Opened, name: str, told: Mapping[str, str] | None = None, tried: Tried | None = None
) -> str:
    page: dict[str, Any] = {"opened": opened, "name": name, "told": told or {}, "table": None}
    try:
        table = _table(opened, name)
    except DecisionFault as fault:
        broken = table_analysis.mine((fault.zh, fault.en))
        return render_template("editing/tests.html", **page, broken=broken)
    except Invalid as fault:
        return render_template("editing/tests.html", **page, broken=words.say(fault))
    if tried is None and told and request.form.get("act") == "keep":
        tried = _tried_again(table)
    return render_template("editing/tests.html", **page | _parts(opened, table, tried))


def _tried_again(table: Decision) -> Tried | None:
    """What was typed is tried once more, so that a refused test case stays on the page."""
    try:
        return table_tests.ask(table, trying.inputs(table, request.form))
    except Invalid:
        return None


def _parts(opened: Opened, table: Decision, tried: Tried | None) -> dict[str, Any]:
    form = request.form
    answer = tried.answer if tried is not None else None
    typed = form if form.get("act") == "keep" else {}
    return {
        "table": table,
        "cases": table_analysis.cases(opened.bundle, table),
        "fields": trying.fields(table, form, table_analysis.figures()),
        "tried": tried,
        "fault": table_analysis.mine(tried.fault) if tried and tried.fault else "",
        "answer": table_analysis.answer_text(answer),
        "answers": trying.answers(table, answer, typed),
        "typed_name": form.get("name", ""),
    }
