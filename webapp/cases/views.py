"""One case: where it stands, what happened, its papers and measures, and why."""

import io
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Case, Unit
from webapp import auth, casefile, clock, db, exports, i18n, pickers, security
from webapp.files import store
from webapp.forms import Sheet
from workflows import (
    access,
    appeals,
    case_lists,
    cases,
    definitions,
    documents,
    files,
    measures,
    move_lists,
    restarts,
    suspensions,
    withdrawals,
)
from workflows.errors import Invalid, NotFound, Refused

bp = Blueprint("cases", __name__)
KEPT = ("words", "process", "status", "outcome", "unit", "since", "until")


@bp.get("/cases")
def index() -> ResponseReturnValue:
    args = request.args
    wanted = case_lists.Search(
        words=args.get("words", "").strip()[:80],
        process=args.get("process", "")[:80],
        status=args.get("status", "")[:20],
        outcome=args.get("outcome", "")[:80],
        unit=_unit(),
        since=_day("since"),
        until=_day("until"),
    )
    session, rights = db.session(), auth.rights()
    if args.get("export"):
        every = case_lists.search(session, rights, wanted, size=exports.MOST)
        return exports.cases("cases", every.rows)
    after = args.get("after", "")
    page = case_lists.search(
        session,
        rights,
        wanted,
        after=int(after) if after.isdecimal() and len(after) < 20 else None,
    )
    newest = {one.process: one for one in reversed(definitions.all_versions(session))}
    processes = [(one.process, i18n.named(one.name, one.name_en)) for one in newest.values()]
    kept = {name: args[name] for name in KEPT if args.get(name)}
    return render_template(
        "cases/index.html", page=page, args=args, kept=kept, unit=wanted.unit, processes=processes
    )


def _unit() -> Unit | None:
    """The unit of the address, if it is open to the person; NotFound if it is not."""
    text = request.args.get("unit", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return access.unit_for(db.session(), int(text), rights=auth.rights())


def _day(name: str) -> date | None:
    """What a date field sent; anything else narrows nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def _case(case_id: int, page: str) -> Case:
    """The case, if it may be seen; a restricted one is in the read log before it is shown."""
    case = access.case_for(db.session(), case_id, rights=auth.rights())
    if case.restricted:
        db.sensitive_read(case, user=auth.rights().user, page=page)
        case = access.case_for(db.session(), case_id, rights=auth.rights())
    return case


def _opened(case: Case) -> casefile.CaseFile:
    session = db.session()
    run = cases.look(session, cases.load(session, case.id), now=clock.now())
    return casefile.of(case, run)


@bp.get("/cases/<id:case_id>")
def show(case_id: int) -> ResponseReturnValue:
    case = _case(case_id, "case")
    session = db.session()
    return render_template(
        "cases/show.html",
        case=case,
        file=_opened(case),
        suspensions=suspensions.of_case(session, case),
        moves=move_lists.of_case(session, case.id),
        restarts=restarts.of_case(session, case),
        withdrawals=withdrawals.of_case(session, case),
        may_suspend=case.is_open and suspensions.may_decide(session, case, auth.rights()),
    )


@bp.get("/cases/<id:case_id>/diagram.bpmn")
def diagram(case_id: int) -> ResponseReturnValue:
    case = access.case_for(db.session(), case_id, rights=auth.rights())
    xml = definitions.file_of(db.session(), case.definition_id, f"diagrams/{case.process}")
    return Response(xml, mimetype="application/xml")


@bp.get("/cases/<id:case_id>/papers/<id:document_id>.docx")
def paper(case_id: int, document_id: int) -> ResponseReturnValue:
    case = _case(case_id, "paper")
    found = next((one for one in _opened(case).papers if one.id == document_id), None)
    if found is None:
        raise NotFound("There is no such paper in this case.")
    return send_file(
        io.BytesIO(documents.render(db.session(), found)),
        mimetype="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        as_attachment=True,
        download_name=f"{found.title}.docx",
    )


@bp.get("/cases/<id:case_id>/files/<id:file_id>")
def attachment(case_id: int, file_id: int) -> ResponseReturnValue:
    """What was handed in with a step, for who sees that step."""
    case = _case(case_id, "file")
    if not any(one.id == file_id for one in _opened(case).files):
        raise NotFound("There is no such file, or it is not yours to see.")
    stored, content = files.open_file(db.session(), store(), file_id, rights=auth.rights())
    content.close()
    return security.download(
        store().path_of(stored.sha256), name=stored.name, media_type=stored.media_type
    )


@bp.route("/measures/<id:measure_id>/appeal", methods=["GET", "POST"])
def appeal(measure_id: int) -> ResponseReturnValue:
    """The subject's own appeal (条例 20): to the deciding organ, execution goes on."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    measure = measures.find(session, measure_id)
    if measure is None or not appeals.may_appeal(session, measure, rights):
        raise NotFound("There is no such measure, or it is not yours to appeal against.")
    facts = measures.findings_of(session, measure)
    newest = definitions.latest(session, "appeal", now=now)
    form = definitions.form_of(session, newest.id, "appeal_request")
    sheet = Sheet.of(
        form.schema,
        form.ui,
        action=url_for("cases.appeal", measure_id=measure_id),
        choices=pickers.chooser({"findings": [one.id for one in facts]}),
        signer=rights.user.name,
    )
    if request.method == "GET":
        return render_template("cases/appeal.html", measure=measure, sheet=sheet)
    sheet = sheet.typed(request.form)
    checked = sheet.check()
    if checked.faults:
        return render_template("cases/appeal.html", measure=measure, sheet=checked), 422
    try:
        made = appeals.file(session, measure_id, sheet.parsed(), rights=rights, now=now)
    except (Invalid, Refused) as refusal:
        db.start_over()
        return render_template(
            "cases/appeal.html", measure=measure, sheet=sheet.refused(refusal)
        ), 422
    flash(gettext("Your appeal lies before the deciding organ."), "success")
    return redirect(url_for("cases.show", case_id=made.id), 303)
