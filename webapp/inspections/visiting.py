"""One unit's visit: evidence, samples, problems, the unit's answers, what the team made of them."""

import io
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import FieldFinding
from webapp import auth, clock, db, security
from webapp.files import store
from webapp.inspections import words
from webapp.inspections.views import bp, refusal_of
from workflows import files, inspection_lists, inspection_papers, inspection_visits
from workflows.deadlines import day_of
from workflows.errors import DomainError, Invalid, NotFound, Refused, TooLarge
from workflows.files import Upload
from workflows.forms import Fault
from workflows.inspection_lists import Seeing, Seen
from workflows.inspection_visits import Noted, Problem, Verdict, Wanted

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REFUSALS = (Invalid, Refused)


@bp.get("/visits/<id:visit_id>")
def visit(visit_id: int) -> ResponseReturnValue:
    return _page(visit_id)


def _page(visit_id: int, error: DomainError | None = None, form: str = "") -> ResponseReturnValue:
    """The visit as its reader may see it; the read is logged."""
    session, rights = db.session(), auth.rights()
    seen, one = inspection_lists.visit(session, visit_id, rights=rights)
    db.sensitive_read(one.visit, user=rights.user, page="inspection visit")
    page = render_template(
        "inspections/visit.html",
        seen=seen,
        one=one,
        row=seen.inspection,
        members=inspection_lists.people(session, one),
        problems=inspection_lists.problems(session, one),
        followed=inspection_lists.followed(session, one),
        open=inspection_lists.open_step(session, seen, one, rights),
        form=form,
        today=day_of(clock.now()),
        **_field_work(seen, one),
        **refusal_of(error),
    )
    return page, 422 if error else 200


def _field_work(seen: Seen, one: Seeing) -> dict[str, Any]:
    """The team's papers, which the unit does not see."""
    if one.part == "unit":
        return {"pieces": [], "samples": [], "rules": {}}
    session, day = db.session(), min(day_of(clock.now()), seen.inspection.to_day)
    samples = inspection_visits.samples(session, one.visit)
    return {
        "pieces": inspection_visits.evidence_of(session, one.visit),
        "samples": [inspection_lists.drawn(session, each) for each in samples],
        "rules": inspection_visits.rules(session, one.visit, day),
    }


@bp.post("/visits/<id:visit_id>/evidence")
def add_evidence(visit_id: int) -> ResponseReturnValue:
    session, rights, form = db.session(), auth.rights(), request.form
    seen, one = inspection_lists.visit(session, visit_id, rights=rights)
    try:
        noted = Noted(
            method=form.get("method", ""),
            held_on=_day("held_on"),
            text=form.get("text", ""),
            sample_id=words.number(form, "sample") or None,
            record_id=words.number(form, "record") or None,
            file_id=_kept(seen, one),
        )
        inspection_visits.add_evidence(session, one.visit, noted, rights=rights, now=clock.now())
    except (Invalid, Refused, TooLarge) as error:
        return _again(visit_id, error, "evidence")
    flash(gettext("The evidence is on file."), "success")
    return redirect(url_for("inspections.visit", visit_id=visit_id, _anchor="evidence"), 303)


def _kept(seen: Seen, one: Seeing) -> int | None:
    """The file that came along, kept with the organ that inspects: the unit does not see it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename or one.part == "unit":
        return None
    upload = Upload(sent.filename, sent.stream.read(), unit_id=seen.case.unit_id)
    by = auth.rights().user
    return files.keep(db.session(), store(), upload, by=by, now=clock.now()).id


@bp.get("/visits/<id:visit_id>/evidence/<id:evidence_id>")
def evidence_file(visit_id: int, evidence_id: int) -> ResponseReturnValue:
    """The file of a piece of evidence; the unit has none of the team's papers."""
    session, rights = db.session(), auth.rights()
    _, one = inspection_lists.visit(session, visit_id, rights=rights)
    if one.part == "unit":
        raise NotFound("There is no such file, or it is not yours to see.")
    stored = inspection_lists.file_of(session, one.visit, evidence_id)
    db.sensitive_read(one.visit, user=rights.user, page="inspection evidence")
    store().open(stored).close()  # whole, as it was stored
    return security.download(
        store().path_of(stored.sha256), name=stored.name, media_type=stored.media_type
    )


def _day(name: str) -> date:
    """A day that the form must have."""
    found = words.day(request.form, name)
    if found is None:
        raise Invalid("Please mend what is marked.", fields={name: Fault("Please enter a date.")})
    return found


def _again(visit_id: int, error: DomainError, form: str) -> ResponseReturnValue:
    db.start_over()
    return _page(visit_id, error, form)


@bp.post("/visits/<id:visit_id>/samples")
def draw(visit_id: int) -> ResponseReturnValue:
    session, rights, form = db.session(), auth.rights(), request.form
    _, one = inspection_lists.visit(session, visit_id, rights=rights)
    try:
        wanted = Wanted(
            kind=form.get("kind", ""),
            from_day=_day("from"),
            to_day=_day("to"),
            size=words.number(form, "size"),
        )
        made = inspection_visits.draw(session, one.visit, wanted, rights=rights, now=clock.now())
    except REFUSALS as error:
        return _again(visit_id, error, "sample")
    flash(gettext("The sample is drawn: its seed and its list are kept."), "success")
    where = url_for("inspections.sample", visit_id=visit_id, number=made.number)
    return redirect(where, 303)


@bp.get("/visits/<id:visit_id>/samples/<int:number>")
def sample(visit_id: int, number: int) -> ResponseReturnValue:
    """The sample as it was drawn, drawn once more before the reader's eyes."""
    session, rights = db.session(), auth.rights()
    seen, one = inspection_lists.visit(session, visit_id, rights=rights)
    found = inspection_lists.sample(session, one, number)
    db.sensitive_read(found, user=rights.user, page="inspection sample")
    return render_template(
        "inspections/sample.html",
        seen=seen,
        one=one,
        drawn=inspection_lists.drawn(session, found),
        open=inspection_lists.open_step(session, seen, one, rights),
        today=day_of(clock.now()),
    )


@bp.get("/visits/<id:visit_id>/samples/<int:number>.docx")
def sample_paper(visit_id: int, number: int) -> ResponseReturnValue:
    """抽样清单 to be printed and signed."""
    session, rights = db.session(), auth.rights()
    seen, one = inspection_lists.visit(session, visit_id, rights=rights)
    found = inspection_lists.sample(session, one, number)
    db.sensitive_read(found, user=rights.user, page="inspection sample paper")
    made = inspection_papers.sample_list(session, seen, one, found)
    name = gettext("Sample list %(number)s", number=number) + ".docx"
    return send_file(io.BytesIO(made), mimetype=DOCX, as_attachment=True, download_name=name)


@bp.post("/visits/<id:visit_id>/problems")
def add_problem(visit_id: int) -> ResponseReturnValue:
    session, rights, form = db.session(), auth.rights(), request.form
    _, one = inspection_lists.visit(session, visit_id, rights=rights)
    said = Problem(
        fact=form.get("fact", ""),
        severity=form.get("severity", ""),
        rule=form.get("rule", ""),
        evidence=words.numbers("cites"),
        requirement=form.get("requirement", ""),
    )
    try:
        inspection_visits.add_problem(session, one.visit, said, rights=rights, now=clock.now())
    except REFUSALS as error:
        return _again(visit_id, error, "problem")
    flash(gettext("The problem is on file with its evidence."), "success")
    return redirect(url_for("inspections.visit", visit_id=visit_id, _anchor="problems"), 303)


def _problem(problem_id: int) -> FieldFinding:
    """The problem, if its visit is the reader's to see."""
    row = inspection_visits.problem(db.session(), problem_id)
    _, one = inspection_lists.visit(db.session(), row.visit_id, rights=auth.rights())
    if row not in [put.row for put in inspection_lists.problems(db.session(), one)]:
        raise NotFound("There is no such problem, or it is not yours to see.")
    return row


@bp.post("/problems/<id:problem_id>/answer")
def answer(problem_id: int) -> ResponseReturnValue:
    """The unit's own word on a problem."""
    row, form = _problem(problem_id), request.form
    visit_id = row.visit_id
    said, why = form.get("answer", ""), form.get("explanation", "")
    try:
        inspection_visits.answer(
            db.session(), row, said, why, rights=auth.rights(), now=clock.now()
        )
    except REFUSALS as error:
        return _again(visit_id, error, f"answer-{problem_id}")
    flash(
        gettext("Your answer is on file; it can be changed until the step is handed in."), "success"
    )
    return redirect(url_for("inspections.visit", visit_id=visit_id, _anchor="problems"), 303)


@bp.post("/problems/<id:problem_id>/settle")
def settle(problem_id: int) -> ResponseReturnValue:
    """认定 by the team."""
    row, form = _problem(problem_id), request.form
    visit_id = row.visit_id
    said = Verdict(form.get("verdict", ""), form.get("reason", ""), form.get("fact", ""))
    try:
        inspection_visits.settle(db.session(), row, said, rights=auth.rights(), now=clock.now())
    except REFUSALS as error:
        return _again(visit_id, error, f"settle-{problem_id}")
    flash(gettext("The problem is settled."), "success")
    return redirect(url_for("inspections.visit", visit_id=visit_id, _anchor="problems"), 303)
