"""What is done at an item: evidence handed in, reported done, a milestone, a matter offered."""

from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db, security, words
from webapp.files import store
from webapp.plans.views import bp, item_page
from workflows import files, plan_items
from workflows.errors import Invalid, Refused, TooLarge
from workflows.files import Upload
from workflows.plan_items import Opened
from workflows.plan_records import SIDES, Shown

EMPTY = date.max  # no day was typed: it is refused as one that has not come


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return EMPTY


def _back(item_id: int) -> ResponseReturnValue:
    return redirect(url_for("plans.item", item_id=item_id), 303)


def _again(item_id: int, refused: Invalid | Refused | TooLarge) -> ResponseReturnValue:
    """The page as it was typed, with what the refusal says; nothing of the act is kept."""
    faults = words.say_fields(refused) or {"": words.say(refused)}
    db.start_over()
    opened = plan_items.get(db.session(), item_id, rights=auth.rights())
    return item_page(opened, faults, request.form)


@bp.post("/items/<id:item_id>/evidence")
def hand_in(item_id: int) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    opened = plan_items.get(session, item_id, rights=rights)
    form = request.form
    try:
        shown = Shown(
            stage=form.get("stage", ""),
            kind=form.get("kind", ""),
            held_on=_day("held_on"),
            sides=SIDES.get(form.get("sides", ""), frozenset()),
            text=form.get("text", "")[:2000],
            file_id=_file(opened) if plan_items.may_show(rights, opened) else None,
        )
        plan_items.hand_in(session, opened, shown, rights=rights, now=now)
    except (Invalid, TooLarge) as refused:
        return _again(item_id, refused)
    flash(gettext("The evidence is on record."), "success")
    return _back(item_id)


def _file(opened: Opened) -> int | None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    upload = Upload(sent.filename, sent.stream.read(), unit_id=opened.organ.id)
    by, now = auth.rights().user, clock.now()
    return files.keep(db.session(), store(), upload, by=by, now=now).id


@bp.post("/items/<id:item_id>/done")
def report_done(item_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    opened = plan_items.get(session, item_id, rights=rights)
    try:
        plan_items.report_done(session, opened, rights=rights, now=clock.now())
    except Refused as refused:
        return _again(item_id, refused)
    flash(gettext("The item is reported done."), "success")
    return _back(item_id)


@bp.post("/items/<id:item_id>/milestones/<id:milestone_id>")
def reach(item_id: int, milestone_id: int) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    opened = plan_items.get(session, item_id, rights=rights)
    try:
        plan_items.reach(session, opened, milestone_id, _day("on"), rights=rights, now=now)
    except Invalid as refused:
        return _again(item_id, refused)
    flash(gettext("The milestone is reached."), "success")
    return _back(item_id)


@bp.post("/items/<id:item_id>/offer")
def offer(item_id: int) -> ResponseReturnValue:
    """The 党组书记 asks for a matter, or sees to it himself."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    opened = plan_items.get(session, item_id, rights=rights)
    if request.form.get("answer") == "take":
        plan_items.take_offer(session, opened, rights=rights, now=now)
        flash(gettext("A draft matter waits at the work committee."), "success")
        return _back(item_id)
    try:
        plan_items.decline_offer(
            session, opened, request.form.get("reason", ""), rights=rights, now=now
        )
    except Invalid as refused:
        return _again(item_id, refused)
    flash(gettext("Declined: the reason is on record."), "success")
    return _back(item_id)


@bp.get("/items/<id:item_id>/papers/<id:evidence_id>")
def paper(item_id: int, evidence_id: int) -> ResponseReturnValue:
    """The paper behind a piece of evidence."""
    session, rights = db.session(), auth.rights()
    opened = plan_items.get(session, item_id, rights=rights)
    stored = plan_items.paper(session, opened, evidence_id, rights=rights)
    store().open(stored).close()  # whole, as it was stored
    return security.download(
        store().path_of(stored.sha256), name=stored.name, media_type=stored.media_type
    )
