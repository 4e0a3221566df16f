"""责任清单台账, one list with how each line stands, 我的责任, and the page of a unit."""

import io
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models import Unit
from webapp import auth, clock, db, exports, security
from webapp.i18n import named
from webapp.responsibilities import common
from webapp.responsibilities.common import bp
from workflows import (
    inboxes,
    plan_owners,
    posts,
    responsibility_drafts,
    responsibility_handovers,
    responsibility_lists,
    responsibility_papers,
    responsibility_rounds,
    responsibility_standing,
    responsibility_templates,
    units,
)
from workflows.errors import Invalid, NotFound
from workflows.forms import Fault
from workflows.responsibility_lists import Filter, Row
from workflows.responsibility_rounds import Start
from workflows.responsibility_standing import Standing

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KEPT = ("year", "state", "post", "words", "gone", "unit")
HEADS = (
    _("Year"),
    _("Unit"),
    _("Post"),
    _("Holder"),
    _("Charge"),
    _("Edition"),
    _("State"),
    _("Issued on"),
    _("Signed on"),
    _("Left the post"),
    _("Done"),
    _("Missed"),
    _("To do"),
)


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, wanted = db.session(), auth.rights(), _wanted()
    limit = responsibility_lists.MOST_ROWS if request.args.get("export") else 50
    rows, after = responsibility_lists.page(
        session, rights, wanted, now=clock.now(), after=_after(), limit=limit
    )
    if request.args.get("export"):
        return _export(rows, request.args["export"])
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    following = (
        url_for("responsibilities.index", code=after[0], after=after[1], **kept) if after else None
    )
    return render_template(
        "responsibilities/index.html",
        rows=rows,
        totals=_totals(rows),
        wanted=wanted,
        kept=kept,
        after=following,
        years=[(one, one) for one in responsibility_lists.years(session, now=clock.now())],
        states=common.CHOICES.items(),
        kinds=[(one, one) for one in posts.kinds()],
        organs=[one for one in _organs() if responsibility_rounds.may_begin(rights, one)][:3],
    )


def _wanted() -> Filter:
    args = request.args
    asked = common.number("year")
    return Filter(
        year=asked if 2000 <= asked <= 2100 else None,
        state=args.get("state", "") if args.get("state") in common.CHOICES else "",
        post=args.get("post", "") if args.get("post") in posts.kinds() else "",
        words=args.get("words", "").strip()[:80],
        unit=_unit_asked(),
        gone=args.get("gone") == "yes",
    )


def _unit_asked() -> Unit | None:
    asked = common.number("unit")
    return (
        responsibility_lists.readable_unit(db.session(), asked, rights=auth.rights())
        if asked
        else None
    )


def _after() -> tuple[str, int] | None:
    code, list_id = request.args.get("code", "")[:80], common.number("after")
    return (code, list_id) if code and list_id else None


def _organs() -> list[Unit]:
    """The organs of the person's own posts and roles, each once."""
    session = db.session()
    found: dict[int, Unit] = {}
    for place in auth.rights().places:
        unit = session.get_one(Unit, place.unit_id)
        try:
            organ = responsibility_rounds.organ_of(session, unit)
        except NotFound:
            continue
        found[organ.id] = organ
    return list(found.values())


def _totals(rows: list[Row]) -> dict[int, Standing]:
    lines = responsibility_standing.of_lists(
        db.session(), [one.row for one in rows], now=clock.now()
    )
    return {list_id: responsibility_standing.total(own) for list_id, own in lines.items()}


def _export(rows: list[Row], kind: str) -> ResponseReturnValue:
    totals = _totals(rows)
    lines = [
        [
            one.row.year,
            named(one.unit.name, one.unit.name_en),
            one.row.post_then,
            one.user.name,
            one.row.charge,
            one.row.number,
            str(common.STATES[one.row.state]),
            one.row.issued_on,
            one.row.signed_on,
            gettext("yes") if one.gone else "",
            totals[one.row.id].done,
            totals[one.row.id].missed,
            totals[one.row.id].open,
        ]
        for one in rows
    ]
    return exports.answer("responsibility-lists", [str(head) for head in HEADS], lines, kind=kind)


@bp.get("/mine")
def mine() -> ResponseReturnValue:
    """我的责任: each line of the person's lists and how it stands, what is open beside it."""
    session, rights, year, now = db.session(), auth.rights(), common.year(), clock.now()
    rows = responsibility_lists.of_person(session, rights, year, now=now)
    lines = responsibility_standing.of_lists(session, [one.row for one in rows], now=now)
    return render_template(
        "responsibilities/mine.html",
        rows=[
            (
                one,
                lines[one.row.id],
                responsibility_standing.total(lines[one.row.id]),
                responsibility_lists.task_to_sign(session, one.row),
            )
            for one in rows
        ],
        year=year,
        years=[(one, one) for one in responsibility_lists.years(session, now=now)],
        rectifications=responsibility_standing.rectifications(
            session, rights, {one.unit.id: one.unit for one in rows}.values()
        ),
        items=plan_owners.open_items(session, current_user.id),
        waiting=inboxes.inbox(session, rights, size=8).rows,
        now=now,
    )


@bp.get("/<id:list_id>")
def show(list_id: int) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    one = responsibility_lists.get(session, list_id, rights=rights, now=now)
    lines = responsibility_standing.of_lists(session, [one.row], now=now)[list_id]
    return render_template(
        "responsibilities/show.html",
        one=one,
        lines=lines,
        total=responsibility_standing.total(lines),
        editions=responsibility_lists.editions(session, one, rights=rights, now=now),
        case=responsibility_lists.case_of(session, one.row, rights),
        to_sign=(
            responsibility_lists.task_to_sign(session, one.row)
            if one.user.id == current_user.id
            else None
        ),
        may_edit=responsibility_drafts.may_edit(session, one.row, rights=rights, now=now),
        may_hand_over=responsibility_handovers.may_hand_over(session, one.post, rights),
    )


@bp.get("/<id:list_id>.docx")
def paper(list_id: int) -> ResponseReturnValue:
    """The list on paper, as it stands today."""
    session = db.session()
    one = responsibility_lists.get(session, list_id, rights=auth.rights(), now=clock.now())
    data = responsibility_papers.paper(session, one.row)
    name = exports.FILE_NAME.sub("_", f"{one.row.post_then}{one.row.year}年度责任清单")
    response = send_file(
        io.BytesIO(data), mimetype=DOCX, as_attachment=True, download_name=f"{name}.docx"
    )
    response.headers["Content-Security-Policy"] = security.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/units/<id:unit_id>")
def unit(unit_id: int) -> ResponseReturnValue:
    return _unit_page(unit_id, {})


def _unit_page(unit_id: int, faults: dict[str, str]) -> ResponseReturnValue:
    session, rights, year, now = db.session(), auth.rights(), common.year(), clock.now()
    found = responsibility_lists.readable_unit(session, unit_id, rights=rights)
    of_unit = responsibility_lists.of_unit(session, found, year, rights=rights, now=now)
    is_organ = found.kind in responsibility_rounds.ORGANS
    page = render_template(
        "responsibilities/unit.html",
        unit=found,
        above=_above(found),
        of_unit=of_unit,
        totals=_totals(list(of_unit.lists)),
        year=year,
        years=[(one, one) for one in responsibility_lists.years(session, now=now)],
        may_begin=is_organ and responsibility_rounds.may_begin(rights, found),
        choices=[
            (one.id, named(one.name, one.name_en))
            for one in responsibility_templates.to_choose(session)
        ],
        has_lists=bool(responsibility_rounds.last_lists(session, found, year)),
        typed=request.form,
        faults=faults,
    )
    return page, 422 if faults else 200


def _above(unit: Unit) -> list[Unit]:
    """The units above that the person may open too, the highest first."""
    session, rights = db.session(), auth.rights()
    own = responsibility_lists.organ_paths(session, rights)
    return [
        one
        for one in units.ancestors(session, unit)[:-1]
        if rights.covers(one) or any(one.path.startswith(path) for path in own)
    ]


@bp.post("/units/<id:unit_id>")
def begin(unit_id: int) -> ResponseReturnValue:
    """The organ's lists of the year wait to be drafted."""
    made: list[int] = []
    faults = common.attempt(lambda: made.append(_begin(unit_id)))
    if faults:
        return _unit_page(unit_id, faults)
    flash(gettext("The lists are drawn up: they wait to be drafted."), "success")
    return redirect(url_for("cases.show", case_id=made[0]), 303)


def _begin(unit_id: int) -> int:
    session, rights = db.session(), auth.rights()
    organ = responsibility_lists.readable_unit(session, unit_id, rights=rights)
    year, template = common.text("year"), common.text("template")
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise Invalid("Please mend what is marked.", fields={"year": "Please enter a year."})
    if not (template.isascii() and template.isdecimal() and len(template) < 19):
        raise Invalid(
            "Please mend what is marked.", fields={"template": Fault("Choose a template.")}
        )
    start = Start(organ, int(year), int(template), carry="carry" in request.form)
    return responsibility_rounds.begin(session, start, rights=rights, now=clock.now()).id
