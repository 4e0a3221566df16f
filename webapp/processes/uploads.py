"""A new version handed in: what is wrong with it, what it changes, and its publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from itsdangerous import BadData, URLSafeSerializer

from models import Definition
from webapp import auth, clock, db, exports, words
from webapp.processes import common, telling
from webapp.processes.common import bp
from workflows import definitions, drafts, packages, versions
from workflows.drafts import UnfitUpload, Upload
from workflows.engine.validation import Fault
from workflows.errors import Invalid, NotFound, TooLarge

LARGEST_REPORT = 1_000_000
Report = Mapping[str, Any]


@bp.get("/process-drafts/new")
def upload_form() -> ResponseReturnValue:
    return _form(request.args.get("process", ""))


def _newest(process: str) -> Definition | None:
    """The version in force of the process that is named; none where a new one is meant."""
    return versions.history(db.session(), process)[0].definition if process else None


def _form(process: str, told: Mapping[str, str] | None = None, report: Report | None = None) -> str:
    return render_template(
        "processes/upload.html",
        newest=_newest(process),
        told=told or {},
        report=report,
        most=packages.MOST_BYTES // 1024 // 1024,
        keep=request.form.get("keep", "yes"),
    )


@bp.post("/process-drafts/new")
def check() -> ResponseReturnValue:
    """Fit: it waits as a draft. Not fit: every fault is shown, and nothing is kept."""
    process = request.form.get("process", "")
    _newest(process)  # or there is no such process
    try:
        candidate = drafts.read(db.session(), _upload(process), rights=auth.rights())
        db.let_go()
        drafts.check(candidate.bundle)
        draft = drafts.keep(db.session(), candidate, rights=auth.rights(), now=clock.now())
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


@bp.get("/process-drafts/<id:draft_id>")
def draft(draft_id: int) -> ResponseReturnValue:
    found = drafts.get(db.session(), draft_id, rights=auth.rights())
    changes = drafts.changes_of(db.session(), found)
    lines = telling.lines(changes)
    if kind := request.args.get("export"):
        return exports.answer(found.process, telling.HEADS, map(telling.row, lines), kind=kind)
    return _draft_page(draft_id, {})


def _draft_page(draft_id: int, told: Mapping[str, str]) -> str:
    """What the draft changes, and the form that publishes it."""
    session = db.session()
    found = drafts.get(session, draft_id, rights=auth.rights())
    changes = drafts.changes_of(session, found)
    history = versions.history(session, found.process) if found.base else []
    return render_template(
        "processes/draft.html",
        draft=found,
        waiting=next(w for w in drafts.waiting(session) if w.draft.id == draft_id),
        history=history,
        running=[v for v in history if v.cases.running],
        lines=telling.lines(changes),
        summary=telling.summary(changes),
        heads=telling.HEADS,
        diagrams=_diagrams(drafts.bundle_of(found).diagrams, telling.notes(changes)),
        told=told,
        note=request.form.get("note", ""),
    )


def _diagrams(
    diagrams: Mapping[str, bytes], notes: Mapping[str, list[dict[str, str]]]
) -> list[tuple[str, list[dict[str, str]]]]:
    return [(name, notes.get(name, [])) for name in sorted(diagrams)]


@bp.get("/process-drafts/<id:draft_id>/diagrams/<name>.bpmn")
def draft_diagram(draft_id: int, name: str) -> ResponseReturnValue:
    found = drafts.get(db.session(), draft_id, rights=auth.rights())
    diagram = drafts.bundle_of(found).diagrams.get(name)
    if diagram is None:
        raise NotFound("There is no such file in this version.")
    return common.download(diagram, f"{name}.bpmn", common.TYPES["diagrams"])


@bp.get("/process-drafts/<id:draft_id>/package.zip")
def draft_package(draft_id: int) -> ResponseReturnValue:
    found = drafts.get(db.session(), draft_id, rights=auth.rights())
    return common.download(found.package, f"{found.process}-draft.zip", common.PACKAGE)


@bp.post("/process-drafts/<id:draft_id>/publish")
def publish(draft_id: int) -> ResponseReturnValue:
    note = request.form.get("note", "")
    bundle = drafts.bundle_of(drafts.get(db.session(), draft_id, rights=auth.rights()))
    db.let_go()
    drafts.check(bundle)
    try:
        made = drafts.publish(db.session(), draft_id, note, rights=auth.rights(), now=clock.now())
    except Invalid as refused:
        told = words.say_fields(refused)
        db.start_over()
        return _draft_page(draft_id, told), 422
    flash(_said(made), "success")
    return redirect(url_for("processes.show", process=made.process), 303)


def _said(made: Definition) -> str:
    return str(
        gettext(
            "v%(number)s is in force: cases opened from now on run by it. "
            "Those that run keep their version.",
            number=made.number,
        )
    )


@bp.post("/process-drafts/<id:draft_id>/discard")
def discard(draft_id: int) -> ResponseReturnValue:
    gone = drafts.discard(db.session(), draft_id, rights=auth.rights(), now=clock.now())
    flash(gettext("The draft is given up."), "success")
    is_new = definitions.newest_of(db.session(), gone.process) is None
    target = (
        url_for("processes.index") if is_new else url_for("processes.show", process=gone.process)
    )
    return redirect(target, 303)
