"""月度通报: the list, one with its figures, its remarks, its issue and its paper."""

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import CityCircular
from webapp import auth, clock, db, errors, exports, words
from webapp.city import views
from webapp.city.views import bp
from workflows import city_circular_papers, city_circulars, city_picture
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, Refused

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MONTHS = 12  # to choose from
HEADS = ("Number", "Title", "State", "Issued by", "Issued")


@bp.get("/circulars")
def circulars() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    page = city_circulars.page(session, rights, after=_number(request.args.get("after", "")))
    if request.args.get("export"):
        return _export(page)
    return render_template(
        "city/circulars.html",
        page=page,
        title_of=city_circulars.title_of,
        may_draft=city_circulars.may_draft(rights),
        months=_months(),
    )


def _export(page: city_circulars.Page) -> ResponseReturnValue:
    lines = [
        [
            row.circular.number or "",
            city_circulars.title_of(row.circular),
            gettext("issued") if row.circular.issued_at else gettext("draft"),
            row.issuer,
            row.circular.issued_at,
        ]
        for row in page.rows
    ]
    return exports.answer("city-circulars", [gettext(head) for head in HEADS], lines)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _months() -> list[tuple[int, str]]:
    """This month and those before it, the newest first."""
    today, found = day_of(clock.now()), []
    for back in range(MONTHS):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        number = year * 100 + month + 1
        found.append((number, city_circulars.span_of(number).label))
    return found


@bp.post("/circulars")
def draft_circular() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    month = _number(request.form.get("month", "")) or 0
    row = city_circulars.draft(session, month, rights=rights, now=clock.now())
    flash(gettext("The circular is drafted with the figures of now."), "success")
    return redirect(url_for("city.circular", circular_id=row.id), 303)


@bp.get("/circulars/<id:circular_id>")
def circular(circular_id: int) -> ResponseReturnValue:
    return _page(city_circulars.get(db.session(), circular_id, rights=auth.rights()))


def _page(
    row: CityCircular, refusal: Invalid | Conflict | Refused | None = None
) -> ResponseReturnValue:
    """The circular; refused, what was typed stays."""
    session, rights = db.session(), auth.rights()
    works = city_circulars.may_draft(rights) or rights.holds(*city_circulars.ISSUE)
    span = city_circulars.span_of(row.month)
    figures = row.figures["month"]
    faults = words.say_fields(refusal) if refusal else {}
    page = render_template(
        "city/circular.html",
        row=row,
        title=city_circulars.title_of(row),
        figures=figures,
        past=row.figures["past"],
        changes=[city_circular_papers.change(one) for one in row.figures["changes"]],
        said=city_circular_papers.said(row.figures, row.remarks),
        rate=city_picture.rate,
        links=views.frozen_links(row.month, span),
        may_change=works and row.state == "draft",
        may_issue=row.state == "draft" and city_circulars.may_issue(rights, row),
        drafter=city_circulars.name_of(session, row.drafted_by),
        changer=city_circulars.name_of(session, row.changed_by),
        issuer=city_circulars.name_of(session, row.issued_by),
        typed=request.form.get("remarks", row.remarks),
        refused="" if refusal is None or faults else words.say(refusal),
        faults=faults,
    )
    return page, errors.status_of(refusal) if refusal else 200


def _version() -> int:
    return _number(request.form.get("_version", "")) or 0


@bp.post("/circulars/<id:circular_id>")
def change_circular(circular_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    row = city_circulars.get(session, circular_id, rights=rights)
    remarks, anew = request.form.get("remarks", ""), request.form.get("act") == "anew"
    try:
        city_circulars.change(
            session, row, remarks, version=_version(), anew=anew, rights=rights, now=clock.now()
        )
    except (Invalid, Conflict) as refusal:
        return _again(circular_id, refusal)
    flash(gettext("The circular is saved."), "success")
    return redirect(url_for("city.circular", circular_id=row.id), 303)


def _again(circular_id: int, refusal: Invalid | Conflict | Refused) -> ResponseReturnValue:
    db.start_over()
    row = city_circulars.get(db.session(), circular_id, rights=auth.rights())
    return _page(row, refusal)


@bp.post("/circulars/<id:circular_id>/issue")
def issue_circular(circular_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    row = city_circulars.get(session, circular_id, rights=rights)
    try:
        city_circulars.issue(session, row, version=_version(), rights=rights, now=clock.now())
    except (Conflict, Refused) as refusal:
        return _again(circular_id, refusal)
    flash(gettext("The circular is issued and frozen."), "success")
    return redirect(url_for("city.circular", circular_id=row.id), 303)


@bp.get("/circulars/<id:circular_id>/circular.docx")
def circular_paper(circular_id: int) -> ResponseReturnValue:
    session = db.session()
    row = city_circulars.get(session, circular_id, rights=auth.rights())
    made = city_circulars.paper(session, row, now=clock.now())
    name = f"{exports.FILE_NAME.sub('_', city_circulars.title_of(row))}.docx"
    return send_file(io.BytesIO(made), mimetype=DOCX, as_attachment=True, download_name=name)
