"""A draft list is edited: its lines, the duty that each carries, the four acts in person."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db
from webapp.responsibilities import common
from webapp.responsibilities.common import bp
from workflows import duty_lists, responsibility_drafts, responsibility_lists
from workflows.errors import NotAllowed
from workflows.responsibility_drafts import MOST_LINES, Typed
from workflows.responsibility_rounds import lines_of

SPARE = 3  # empty lines at the end


@bp.get("/<id:list_id>/edit")
def edit(list_id: int) -> ResponseReturnValue:
    return _page(list_id, None, {})


@bp.post("/<id:list_id>/edit")
def change(list_id: int) -> ResponseReturnValue:
    """The draft says what was typed; a refusal leaves it in the form."""
    typed = _typed()
    faults = common.attempt(lambda: _change(list_id, typed))
    if faults:
        return _page(list_id, typed, faults)
    flash(gettext("The list is changed."), "success")
    return redirect(url_for("responsibilities.show", list_id=list_id), 303)


def _change(list_id: int, typed: list[Typed]) -> None:
    session, rights, now = db.session(), auth.rights(), clock.now()
    row = responsibility_lists.get(session, list_id, rights=rights, now=now).row
    version = common.text("version", 9)
    responsibility_drafts.change(
        session,
        row,
        typed,
        version=int(version) if version.isascii() and version.isdecimal() else 0,
        rights=rights,
        now=now,
    )


def _typed() -> list[Typed]:
    lines = common.text("lines", 4)
    count = int(lines) if lines.isascii() and lines.isdecimal() else 0
    return [
        Typed(
            **{
                name: common.text(f"{name}-{place}", 2000)
                for name in ("area", "text", "personal", "duty", "source", "item")
            }
        )
        for place in range(min(count, MOST_LINES + SPARE))
    ]


def _page(list_id: int, typed: list[Typed] | None, faults: dict[str, str]) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    one = responsibility_lists.get(session, list_id, rights=rights, now=now)
    if not faults and not responsibility_drafts.may_edit(session, one.row, rights=rights, now=now):
        raise NotAllowed("This list is drafted by somebody else.")
    if typed is None:
        typed = [
            Typed(
                line.area,
                line.text,
                line.personal,
                line.duty_code,
                line.source,
                str(line.plan_item_id or ""),
            )
            for line in lines_of(session, [list_id])[list_id]
        ] + [Typed("", "")] * SPARE
    page = render_template(
        "responsibilities/edit.html",
        one=one,
        typed=typed,
        faults=faults,
        version=request.form.get("version", one.row.version),
        items=responsibility_drafts.plan_items(session, one.row),
        duties=[(rule.code, rule.name) for rule in duty_lists.duties_to_choose(session)],
    )
    return page, 422 if faults else 200
