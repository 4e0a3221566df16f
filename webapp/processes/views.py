"""The processes there are, and each with its versions."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db, exports, i18n, menu
from webapp.processes import common
from webapp.processes.common import bp
from workflows import drafts, releases, versions


@bp.get("/processes")
def index() -> ResponseReturnValue:
    lines = versions.overview(db.session(), now=clock.now())
    if kind := request.args.get("export"):
        return _export(lines, kind)
    return render_template(
        "processes/index.html",
        lines=lines,
        waiting=drafts.waiting(db.session()),
        to_review=releases.to_review(db.session(), rights=auth.rights()),
        states=common.STATES,
        tabs=common.tabs("processes.index"),
    )


@menu.count("processes.index")
def to_review() -> int:
    """How many drafts wait for the person's review."""
    return len(releases.to_review(db.session(), rights=auth.rights()))


def _export(lines: list[versions.Process], kind: str) -> ResponseReturnValue:
    heads = [
        gettext("Process"),
        gettext("Id"),
        gettext("Version in force"),
        gettext("In force since"),
        gettext("Published by"),
        gettext("Cases running"),
        gettext("Standing still"),
        gettext("Drafts"),
    ]
    rows = [
        (
            i18n.named(line.current.definition.name, line.current.definition.name_en),
            line.current.definition.process,
            f"v{line.current.definition.number}",
            line.current.definition.effective_from,
            line.current.by or gettext("came with the system"),
            " ".join(f"v{number}: {count}" for number, count in line.running),
            line.failed,
            line.drafts,
        )
        for line in lines
    ]
    return exports.answer(gettext("Processes"), heads, rows, kind=kind)
