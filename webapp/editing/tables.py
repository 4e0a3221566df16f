"""The editor of decision tables: opened, saved, and what is said of cells and table meanwhile."""

from collections.abc import Mapping
from typing import Any, cast

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import table_analysis
from webapp.editing import common
from webapp.editing.common import bp
from workflows import table_files
from workflows.engine import Bundle
from workflows.engine.decisions import Decision, DecisionFault
from workflows.engine.decisions.cells import Cell, Part, fault_of
from workflows.engine.feel import BUILTINS
from workflows.engine.validation import OWN_FUNCTIONS
from workflows.errors import Invalid

PARTS = frozenset({"test", "answer", "expression", "allowed", "listed"})
MOST_CELLS = 2_000  # asked about at once
LONGEST_CELL = 4_000
ADDRESS = "/process-drafts/<id:draft_id>/edit/decisions/<name>"


@bp.get(ADDRESS)
def decision(draft_id: int, name: str) -> ResponseReturnValue:
    """The table with the editor, or read-only to who does not hold the pen."""
    opened = common.load(draft_id)
    data = opened.file("decisions", name)
    settings = opened.settings(
        xml=table_files.for_editor(data),
        name=name,
        functions=sorted({*BUILTINS, *OWN_FUNCTIONS}),
        urls={
            "cells": url_for("editing.check_cells", draft_id=draft_id, name=name),
            "check": url_for("editing.check_decision", draft_id=draft_id, name=name),
            "tests": url_for("editing.tests", draft_id=draft_id, name=name),
        },
    )
    title = table_files.title_in(data, name)
    return render_template(
        "editing/decision.html", opened=opened, name=name, title=title, settings=settings
    )


@bp.post(ADDRESS)
def save_decision(draft_id: int, name: str) -> ResponseReturnValue:
    sent = common.sent()
    return common.save(draft_id, {f"decisions/{name}": sent.text("content").encode()}, sent)


@bp.post(f"{ADDRESS}/cells")
def check_cells(draft_id: int, name: str) -> ResponseReturnValue:
    """What is wrong with each of the cells, by its id; those in order are not named."""
    common.load(draft_id)
    cells = common.sent().body.get("cells")
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise Invalid("The request could not be read. Please go back and try again.")
    found = {str(one["id"]): _cell_fault(one) for one in cells if _is_cell(one)}
    return jsonify(faults={key: told for key, told in found.items() if told})


def _is_cell(one: Any) -> bool:
    texts = ("id", "text", "part", "type", "allowed", "column")
    fits = isinstance(one, dict) and all(isinstance(one.get(name), str) for name in texts)
    return fits and one["part"] in PARTS


def _cell_fault(one: Mapping[str, str]) -> str:
    if len(one["text"]) > LONGEST_CELL or len(one["allowed"]) > LONGEST_CELL:
        return str(gettext("At most {most} characters.").format(most=LONGEST_CELL))
    cell = Cell(one["text"], cast(Part, one["part"]), one["type"], one["allowed"])
    told = fault_of(cell, OWN_FUNCTIONS)
    if told is None:
        return ""
    fault = table_analysis.mine(told)
    return str(gettext("Column “%(column)s”: %(fault)s", column=one["column"][:80], fault=fault))


@bp.post(f"{ADDRESS}/check")
def check_decision(draft_id: int, name: str) -> ResponseReturnValue:
    """What the table as it stands in the editor leaves open, and each fault with its place."""
    opened = common.load(draft_id)
    data = common.sent().text("content").encode()
    faults = table_files.faults_in(data)
    try:
        table: Decision | None = table_files.decision_in(data, name)
    except DecisionFault:
        table = None  # its faults are told
    found = render_template("editing/_found.html", **_found(opened.bundle, table), opened=opened)
    return jsonify(faults=[_located(one) for one in faults], found=found)


def _found(bundle: Bundle, table: Decision | None) -> dict[str, Any]:
    if table is None:
        return {"table": None}
    cases = table_analysis.cases(bundle, table)
    return {"table": table, "told": table_analysis.of(table), "cases": cases}


def _located(fault: DecisionFault) -> dict[str, Any]:
    return {
        "text": table_analysis.mine((fault.zh, fault.en)),
        "row": fault.row,
        "column": fault.column,
        "element": fault.element,
    }
