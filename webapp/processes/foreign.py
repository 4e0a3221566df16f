"""A diagram of another workflow system: what is converted, what is not, and the draft it becomes.

Nothing is kept before it is taken: the file travels with the page, packed, and is read anew.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import SEPARATED, Definition, Role
from webapp import auth, clock, db, exports, words
from webapp.i18n import language
from webapp.processes import common
from webapp.processes.common import bp
from workflows import versions
from workflows.engine import Bundle
from workflows.errors import Invalid, TooLarge
from workflows.foreign import CONVERTED, IMPOSSIBLE, OPEN, Conversion, Note, read, taking, without

LARGEST = 2_000_000
LARGEST_PACKED = 1_500_000  # what a page carries; a larger file is chosen again
ROLES = tuple(role.value for role in Role if role not in SEPARATED)
STATES: dict[str, LazyString] = {
    OPEN: _("To be decided"),
    IMPOSSIBLE: _("Not possible here"),
    CONVERTED: _("Converted"),
}


@bp.get("/process-drafts/foreign")
def foreign_form() -> ResponseReturnValue:
    return render_template("processes/foreign.html", told={})


@bp.post("/process-drafts/foreign")
def foreign_read() -> ResponseReturnValue:
    """The report on a file that was handed in; nothing is kept."""
    try:
        name, data = _handed_in()
        return _report(name, data, {})
    except (Invalid, TooLarge) as refused:
        told = {"package": words.say(refused)}
        return render_template("processes/foreign.html", told=told), 422


@bp.post("/process-drafts/foreign/report")
def foreign_report() -> ResponseReturnValue:
    """The same as a workbook."""
    name, data = _handed_in()
    found = read(data, roles=ROLES)
    heads = [_("State"), _("Step"), _("Id"), _("What stands there"), _("What became of it")]
    return exports.answer(
        f"{PurePosixPath(name).stem} {gettext('Import report')}",
        [*heads, "说明", "Reason"],
        map(_row, found.notes),
        kind=request.form.get("kind", "xlsx"),
    )


def _row(note: Note) -> Sequence[object]:
    state = STATES[note.state]
    return (state, note.name, note.element, note.what, note.became, note.zh, note.en)


@bp.post("/process-drafts/foreign/take")
def foreign_take() -> ResponseReturnValue:
    """The diagram is a draft now, of a new process or of the one that was chosen."""
    name, data = _handed_in()
    target = request.form.get("target", "")
    if target:
        versions.history(db.session(), target)  # or there is no such process
    try:
        process = target or request.form.get("process", "").strip()
        found = _chosen(read(data, roles=ROLES, process=process))
        made = taking.take(
            db.session(),
            found,
            existing=bool(target),
            source=name,
            rights=auth.rights(),
            now=clock.now(),
        )
    except (Invalid, TooLarge) as refused:
        told = words.say_fields(refused) or {"process": words.say(refused)}
        db.start_over()
        return _report(name, data, told), 422
    return redirect(url_for("processes.draft", draft_id=made.id), 303)


def _chosen(found: Conversion) -> Conversion:
    """With what was not converted in it, or without, as the person says."""
    if "remove" not in request.form:
        return found
    return found.with_diagram(without(found.diagram))


def _report(name: str, data: bytes, told: Mapping[str, str]) -> str:
    found = read(data, roles=ROLES)
    notes = [
        {"id": note.element, "kind": "fault"}
        for note in found.notes
        if note.element and note.state != CONVERTED
    ]
    bundle = Bundle(found.process, {found.process: found.diagram})
    packed = base64.b64encode(zlib.compress(data, 9)).decode()
    return render_template(
        "processes/foreign_report.html",
        found=found,
        groups=[(state, STATES[state], _of(found, state)) for state in STATES],
        drawn=common.drawn(bundle, {found.process: notes})[0],
        says="zh" if language().startswith("zh") else "en",
        file=name,
        packed=packed if len(packed) <= LARGEST_PACKED else "",
        processes=_processes(),
        typed=request.form,
        told=told,
    )


def _processes() -> list[Definition]:
    lines = versions.overview(db.session(), now=clock.now())
    return [line.current.definition for line in lines]


def _of(found: Conversion, state: str) -> list[Note]:
    return [note for note in found.notes if note.state == state]


def _handed_in() -> tuple[str, bytes]:
    """The file that was chosen, else the one that the page carries."""
    sent: Any = request.files.get("package")
    if sent is not None and sent.filename:
        with sent.stream as stream:
            return sent.filename[:200], stream.read(LARGEST + 1)
    packed = request.form.get("packed", "")
    if not packed:
        raise Invalid("Please choose a file.")
    try:
        opened = zlib.decompressobj().decompress(
            base64.b64decode(packed, validate=True), LARGEST + 1
        )
    except (binascii.Error, ValueError, zlib.error) as error:
        raise Invalid("The page is damaged. Please hand the file in again.") from error
    return request.form.get("file", "")[:200] or "diagram.bpmn", opened
