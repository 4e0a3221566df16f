"""A new version handed in as a file: what is wrong with it, else the draft that it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from itsdangerous import BadData, URLSafeSerializer

from models import Definition
from webapp import auth, clock, db, exports, words
from webapp.processes import common
from webapp.processes.common import bp
from workflows import definitions, draft_uploads, packages, versions
from workflows.draft_uploads import UnfitUpload, Upload
from workflows.engine.validation import Fault
from workflows.errors import Invalid, NotFound, TooLarge

LARGEST_REPORT = 1_000_000
Report = Mapping[str, Any]


@bp.get("/process-drafts/new")
def upload_form() -> ResponseReturnValue:
    return _form(request.args.get("process", ""))


def _newest(process: str) -> Definition | None:
    """The newest version of the process that is named; none where a new one is meant."""
    if not process:
        return None
    versions.history(db.session(), process)  # or there is no such process
    return definitions.newest_of(db.session(), process)


def _form(process: str, told: Mapping[str, str] | None = None, report: Report | None = None) -> str:
    return render_template(
        "processes/upload.html",
        newest=_newest(process),
        told=told or {},
        report=report,
        most=packages.MOST_BYTES // 1024 // 1024,
        keep=request.form.get("keep", "yes"),
        unfit="unfit" in request.form,
    )


@bp.post("/process-drafts/new")
def check() -> ResponseReturnValue:
    """Fit: it is the draft. Not fit: every fault is shown, and nothing is kept unless asked for."""
    process = request.form.get("process", "")
    _newest(process)  # or there is no such process
    try:
        candidate = draft_uploads.read(db.session(), _upload(process), rights=auth.rights())
        db.let_go()
        if "unfit" not in request.form:
            draft_uploads.check(candidate.bundle)
        draft = draft_uploads.keep(db.session(), candidate, rights=auth.rights(), now=clock.now())
    except UnfitUpload as unfit:
        db.start_over()
        return _form(process, report=_report(unfit)), 422
    except (Invalid, TooLarge) as refused:
        told = words.say_fields(refused) or {"package": words.say(refused)}
        db.start_over()
        return _form(process, told), 422
    return redirect(url_for("processes.draft", draft_id=draft.id), 303)


def _upload(process: str) -> Upload:
    sent, base = request.files.get("package"), request.form.get("base", "")
    if sent is None or not sent.filename:
        raise Invalid("Please choose a file.")
    with sent.stream as stream:
        data = stream.read(packages.MOST_BYTES + 1)
    return Upload(
        name=sent.filename,
        data=data,
        process=process,
        base=int(base) if base.isdecimal() and len(base) < 10 else 0,
        keep=request.form.get("keep", "yes") == "yes",
    )


def _report(unfit: UnfitUpload) -> Report:
    notes: dict[str, list[dict[str, str]]] = {}
    for fault in unfit.faults:
        if fault.element:
            name = fault.file.removesuffix(".bpmn")
            notes.setdefault(name, []).append({"id": fault.element, "kind": "fault"})
    return {
        "process": unfit.bundle.process,
        "faults": unfit.faults,
        "diagrams": common.drawn(unfit.bundle, notes),
        "sealed": _seal().dumps([asdict(fault) for fault in unfit.faults]),
    }


def _seal() -> URLSafeSerializer:
    """What was found travels with the page, since nothing is kept; so sealed it comes back true."""
    return URLSafeSerializer(current_app.secret_key or "", salt="faults of an upload")


@bp.post("/process-drafts/faults")
def faults() -> ResponseReturnValue:
    """The check report as a workbook."""
    sealed = request.form.get("report", "")
    try:
        found = [Fault(**one) for one in _seal().loads(sealed[:LARGEST_REPORT])]
    except (BadData, TypeError) as error:
        raise NotFound("There is no such report. Please check the file again.") from error
    return exports.answer(
        gettext("Check report"), _heads(), map(_row, found), kind=request.form.get("kind", "xlsx")
    )


def _heads() -> list[str]:
    return [
        gettext("File"),
        gettext("Element"),
        gettext("Name of the part"),
        gettext("Rule"),
        "原因",
        "Reason",
    ]


def _row(fault: Fault) -> Sequence[object]:
    return (fault.file, fault.element, fault.name, fault.rule, fault.zh, fault.en)
