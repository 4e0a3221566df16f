"""挂起与恢复 of a case: by a leader, with a reason and an end; the page keeps what was typed."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db, words
from webapp.cases.views import bp
from workflows import access, suspensions
from workflows.errors import Refused


@bp.get("/cases/<id:case_id>/suspend")
def suspend_form(case_id: int) -> ResponseReturnValue:
    return _page(case_id)


def _page(case_id: int, refused: Refused | None = None) -> ResponseReturnValue:
    page = render_template(
        "cases/suspend.html",
        case=access.case_for(db.session(), case_id, rights=auth.rights()),
        typed=request.form,
        refusal=words.say(refused) if refused else "",
        faults=words.say_fields(refused) if refused else {},
    )
    return page, 422 if refused else 200


@bp.post("/cases/<id:case_id>/suspend")
def suspend(case_id: int) -> ResponseReturnValue:
    try:
        suspensions.suspend(
            db.session(),
            case_id,
            reason=request.form.get("reason", ""),
            until=_day(request.form.get("until", "")),
            rights=auth.rights(),
            now=clock.now(),
        )
    except Refused as refused:
        db.start_over()
        return _page(case_id, refused)
    flash(gettext("The case is suspended; its own clocks stand still."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


@bp.post("/cases/<id:case_id>/resume")
def resume(case_id: int) -> ResponseReturnValue:
    suspensions.resume(db.session(), case_id, rights=auth.rights(), now=clock.now())
    flash(gettext("The case goes on; its dates lie as much later as it stood still."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)
