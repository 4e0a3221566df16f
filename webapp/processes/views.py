"""The processes there are, and each with its versions."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import db, exports, i18n
from webapp.processes import common
from webapp.processes.common import bp
from workflows import drafts, versions


@bp.get("/processes")
def index() -> ResponseReturnValue:
    lines = versions.overview(db.session())
    if kind := request.args.get("export"):
        return _export(lines, kind)
    return render_template(
        "processes/index.html",
        lines=lines,
        waiting=drafts.waiting(db.session()),
        states=common.STATES,
        tabs=common.tabs("processes.index"),
    )


def _export(lines: list[versions.Process], kind: str) -> ResponseReturnValue:
    heads = [
        gettext("Process"),
        gettext("Id"),
        gettext("Newest version"),
        gettext("In force since"),
        gettext("Published by"),
        gettext("Cases running"),
        gettext("Standing still"),
        gettext("Drafts"),
    ]
    rows = [
        (
            i18n.named(line.newest.definition.name, line.newest.definition.name_en),
            line.newest.definition.process,
            f"v{line.newest.definition.number}",
            line.newest.definition.effective_from,
            line.newest.by or gettext("came with the system"),
            " ".join(f"v{number}: {count}" for number, count in line.running),
            line.failed,
            line.drafts,
        )
        for line in lines
    ]
    return exports.answer(gettext("Processes"), heads, rows, kind=kind)
