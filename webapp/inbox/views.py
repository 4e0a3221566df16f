"""What waits for me, what I read, did, started and supervise; and doing a task."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from models import Acknowledgement
from webapp import auth, casefile, clock, db, errors, exports, keeping, menu, pickers, words
from webapp.files import keep_upload
from webapp.form_files import with_files
from webapp.forms import Sheet
from workflows import case_lists, definitions, documents, inboxes, task_batches, tasks
from workflows.deadlines import ZONE
from workflows.errors import Conflict, DomainError, Invalid, Refused

bp = Blueprint("inbox", __name__)


@bp.get("/tasks")
def index() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    if request.args.get("export"):
        every = inboxes.inbox(session, rights, chosen=_filter(), size=exports.MOST)
        return _export(every.rows)
    page = inboxes.inbox(session, rights, chosen=_filter(), after=_after())
    return render_template(
        "inbox/index.html",
        page=page,
        now=clock.now(),
        batchable=_batchable(page.rows),
        processes=_processes(),
        args=request.args,
    )


def _filter() -> inboxes.Filter:
    args = request.args
    now = clock.now()
    due = args.get("due", "")
    ends = {"overdue": now, "today": _end_of_today(now), "week": _end_of_today(now, days=7)}
    return inboxes.Filter(
        process=args.get("process", "")[:80],
        words=args.get("words", "").strip()[:80],
        due_before=ends.get(due),
    )


def _end_of_today(now: datetime, *, days: int = 0) -> datetime:
    here = now.astimezone(ZONE) + timedelta(days=days + 1)
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def _after() -> tuple[int, int] | None:
    """The key to go on from, as the pager wrote it; anything else begins at the top."""
    first, _, second = request.args.get("after", "").partition("-")
    if not (first.isdecimal() and second.isdecimal() and len(first) < 19 and len(second) < 20):
        return None
    return int(first), int(second)


def _processes() -> list[tuple[str, str]]:
    newest = {one.process: one for one in reversed(definitions.all_versions(db.session()))}
    return [(one.process, one.name) for one in newest.values()]


def _batchable(rows: Any) -> set[int]:
    session = db.session()
    return {
        task.id
        for task in rows
        if definitions.spec_of(session, task.case.definition_id)
        .nodes[task.node]
        .properties.get("batch")
        == "yes"
    }


def _export(rows: Any) -> ResponseReturnValue:
    heads = [gettext(h) for h in ("Number", "Case", "Step", "Received", "Due")]
    lines = [[t.case.number or "", t.case.title, t.name, t.opened_at, t.due_at] for t in rows]
    return exports.answer("tasks", heads, lines)


@bp.get("/done")
def done() -> ResponseReturnValue:
    session, user = db.session(), auth.rights().user
    if request.args.get("export"):
        return _export_done(inboxes.done_by(session, user, size=exports.MOST).rows)
    page = inboxes.done_by(session, user, after=_after())
    return render_template("inbox/done.html", page=page, now=clock.now())


def _export_done(rows: Any) -> ResponseReturnValue:
    heads = [gettext(h) for h in ("Number", "Case", "Step", "Done on")]
    lines = [[t.case.number or "", t.case.title, t.name, t.done_at] for t in rows]
    return exports.answer("done", heads, lines)


@bp.get("/reading")
def reading() -> ResponseReturnValue:
    session = db.session()
    rows = documents.unread(session, auth.rights().user)
    named = case_lists.by_ids(session, [one.case_id for one in rows])
    return render_template("inbox/reading.html", rows=rows, cases=named)


@bp.post("/reading/<id:acknowledgement_id>")
def read(acknowledgement_id: int) -> ResponseReturnValue:
    row = documents.mark_read(
        db.session(), acknowledgement_id, user=auth.rights().user, now=clock.now()
    )
    return redirect(url_for("cases.show", case_id=row.case_id, _anchor="tab-papers"), 303)


@bp.get("/started")
def started() -> ResponseReturnValue:
    return _cases("started", case_lists.started)


@bp.get("/supervised")
def supervised() -> ResponseReturnValue:
    return _cases("supervised", case_lists.supervised)


def _cases(kind: str, listed: Callable[..., case_lists.Page]) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    if request.args.get("export"):
        return exports.cases(kind, listed(session, rights, size=exports.MOST).rows)
    page = listed(session, rights, after=_case_after())
    return render_template("inbox/cases.html", page=page, kind=kind)


def _case_after() -> int | None:
    after = request.args.get("after", "")
    return int(after) if after.isdecimal() and len(after) < 20 else None


@bp.get("/tasks/<id:task_id>")
def show(task_id: int) -> ResponseReturnValue:
    opened = tasks.get(db.session(), task_id, rights=auth.rights(), now=clock.now())
    if opened.case.restricted:
        db.sensitive_read(opened.case, user=auth.rights().user, page=f"task {opened.task.node}")
        opened = tasks.get(db.session(), task_id, rights=auth.rights(), now=clock.now())
    return _page(opened, _sheet(opened))


def _page(opened: tasks.Open, sheet: Sheet, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "inbox/task.html",
        opened=opened,
        task=opened.task,
        case=opened.case,
        sheet=sheet,
        file=casefile.of(opened.case, opened.run),
        now=clock.now(),
    )
    return page, status


def _sheet(opened: tasks.Open) -> Sheet:
    draft = opened.draft.answers if opened.draft else opened.suggested
    return Sheet.of(
        opened.form.schema,
        opened.form.ui,
        action=url_for("inbox.complete", task_id=opened.task.id),
        choices=pickers.chooser(opened.run.execution.vars, opened.case),
        signer=auth.rights().user.name,
        answers=draft,
        given=opened.standing,
        version=opened.task.version,
        drafted=opened.draft.saved_at.isoformat() if opened.draft else "",
    )


@bp.post("/tasks/<id:task_id>")
def complete(task_id: int) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    opened = tasks.turn(session, task_id, rights=rights, now=now)
    keep = keep_upload(opened.case)
    try:
        form = with_files(opened.form.schema, request.form, request.files, keep)
    except Invalid as refusal:
        return _again(task_id, request.form, refusal)
    sheet = _sheet(opened).typed(form)
    if sheet.is_rework:
        return _page(opened, sheet)
    if sheet.is_draft:
        return _keep_draft(task_id, form, sheet)
    checked = sheet.check()
    if checked.faults:
        return _page(opened, checked, 422)
    try:
        tasks.finish(session, opened, sheet.parsed(), now=now, version=_version())
    except (Invalid, Refused) as refusal:
        return _again(task_id, form, refusal)
    flash(gettext("Done: %(task)s", task=opened.task.name), "success")
    return redirect(url_for("inbox.index"), 303)


def _keep_draft(task_id: int, form: MultiDict[str, str], sheet: Sheet) -> ResponseReturnValue:
    """A draft over which another page of the same person kept a newer one is asked about first."""
    answers, rights, now = dict(sheet.answers), auth.rights(), clock.now()
    seen = request.form.get("_drafted")
    try:
        tasks.save_draft(db.session(), task_id, answers, rights=rights, now=now, seen=seen)
    except Conflict as newer:
        if keeping.is_asked():
            return keeping.overtaken(newer, newer.facts["when"])
        form.pop("_drafted")
        return _again(task_id, form, newer)
    if keeping.is_asked():
        return keeping.kept(now)
    flash(gettext("The draft is kept."), "success")
    return redirect(url_for("inbox.show", task_id=task_id), 303)


def _again(
    task_id: int, form: MultiDict[str, str], refusal: Invalid | Refused | Conflict
) -> ResponseReturnValue:
    """The page as it was typed, with what the refusal says; nothing of the act is kept."""
    db.start_over()
    opened = tasks.get(db.session(), task_id, rights=auth.rights(), now=clock.now())
    sheet = _sheet(opened).typed(form).refused(refusal)
    return _page(opened, sheet, errors.status_of(refusal))


def _version() -> int | None:
    version = request.form.get("_version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else None


@bp.route("/tasks/<id:task_id>/acts/<node>", methods=["GET", "POST"])
def act(task_id: int, node: str) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    opened = tasks.get(session, task_id, rights=rights, now=now)
    offered = tasks.offered(opened, node)
    form, given = tasks.form_of_act(opened, offered)
    sheet = Sheet.of(
        form.schema,
        form.ui,
        action=url_for("inbox.act", task_id=task_id, node=node),
        choices=pickers.chooser(opened.run.execution.vars, opened.case),
        signer=auth.rights().user.name,
        answers=given,
        given=given,
    )
    if request.method == "GET":
        return render_template("inbox/act.html", opened=opened, offered=offered, sheet=sheet)
    sheet = sheet.typed(request.form)
    checked = sheet.check()
    if sheet.is_rework or checked.faults:
        status = 200 if sheet.is_rework else 422
        return render_template(
            "inbox/act.html", opened=opened, offered=offered, sheet=checked
        ), status
    try:
        tasks.take_act(session, task_id, node, sheet.parsed(), rights=rights, now=now)
    except (Invalid, Refused) as refusal:
        db.start_over()
        opened = tasks.get(db.session(), task_id, rights=auth.rights(), now=now)
        return render_template(
            "inbox/act.html", opened=opened, offered=offered, sheet=sheet.refused(refusal)
        ), 422
    flash(gettext("Done: %(task)s", task=offered.name), "success")
    return redirect(url_for("inbox.show", task_id=task_id), 303)


@bp.post("/tasks/batch")
def batch() -> ResponseReturnValue:
    """The first post shows one form for all that were ticked; the second does each on its own."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    ids = [int(one) for one in request.form.getlist("task") if one.isdecimal() and len(one) < 20]
    if not ids:
        flash(gettext("Tick at least one task."), "warning")
        return redirect(url_for("inbox.index"), 303)
    opened = task_batches.alike(session, ids, rights=rights, now=now)
    sheet = Sheet.of(
        opened[0].form.schema,
        opened[0].form.ui,
        action=url_for("inbox.batch"),
        choices=pickers.chooser(opened[0].run.execution.vars, opened[0].case),
        signer=auth.rights().user.name,
    )
    if "_form" not in request.form:
        return render_template("inbox/batch.html", opened=opened, sheet=sheet)
    sheet = sheet.typed(request.form)
    checked = sheet.check()
    if sheet.is_rework or checked.faults:
        return render_template("inbox/batch.html", opened=opened, sheet=checked), 422
    results = task_batches.complete_many(session, ids, sheet.parsed(), rights=rights, now=now)
    page = render_template("inbox/results.html", results=results, say=_say)
    return page, errors.batch_status([one.refusal for one in results])


def _say(refusal: DomainError) -> str:
    return words.say(refusal)


@menu.count("inbox.index")
def _waiting() -> int:
    return inboxes.count_open(db.session(), auth.rights())


@menu.count("inbox.reading")
def _unread() -> int:
    return len(to_read())


def to_read() -> Sequence[Acknowledgement]:
    """待阅 of the signed-in person; asked once per request."""
    if "to_read" not in g:
        g.to_read = documents.unread(db.session(), auth.rights().user)
    found: Sequence[Acknowledgement] = g.to_read
    return found
