"""回避: somebody is asked to keep out of a case, and who ranks above him decides."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp import auth, clock, db, words
from webapp.cases.views import bp
from workflows import access, conflicts, withdrawals
from workflows.errors import Refused

VERDICTS = {"granted": True, "refused": False}
GROUNDS: dict[str, LazyString] = {
    conflicts.SAME_UNIT: _("belongs to the unit concerned"),
    conflicts.DECLARED: _("has declared to be close to the unit concerned"),
}


@bp.get("/cases/<id:case_id>/withdrawal")
def withdrawal_form(case_id: int) -> ResponseReturnValue:
    return _ask_page(case_id)


def _ask_page(case_id: int, refused: Refused | None = None) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    case = access.case_for(session, case_id, rights=rights)
    people = withdrawals.askable(session, case, now=clock.now())
    close = conflicts.of_case(session, case, now=clock.now())
    page = render_template(
        "cases/withdrawal_form.html",
        case=case,
        close=[(one.user.name, GROUNDS[one.ground]) for one in close],
        proposed=str(close[0].user.id) if close else "",
        options=[(str(one.id), one.name) for one in people],
        typed=request.form,
        refusal=words.say(refused) if refused else "",
        faults=words.say_fields(refused) if refused else {},
    )
    return page, 422 if refused else 200


@bp.post("/cases/<id:case_id>/withdrawal")
def ask_withdrawal(case_id: int) -> ResponseReturnValue:
    who = request.form.get("user", "")
    try:
        row = withdrawals.ask(
            db.session(),
            case_id,
            int(who) if who.isdecimal() and len(who) < 19 else 0,
            reason=request.form.get("reason", ""),
            rights=auth.rights(),
            now=clock.now(),
        )
    except Refused as refused:
        db.start_over()
        return _ask_page(case_id, refused)
    flash(gettext("The request waits for who ranks above this person."), "success")
    return redirect(url_for("cases.withdrawal", row_id=row.id), 303)


@bp.get("/withdrawals/<id:row_id>")
def withdrawal(row_id: int) -> ResponseReturnValue:
    return _page(row_id)


def _page(row_id: int, refused: Refused | None = None) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    line = withdrawals.find(session, row_id, rights=rights, now=now)
    page = render_template(
        "cases/withdrawal.html",
        line=line,
        may_decide=withdrawals.may_decide(session, line, rights, now=now),
        typed=request.form,
        refusal=words.say(refused) if refused else "",
        faults=words.say_fields(refused) if refused else {},
    )
    return page, 422 if refused else 200


@bp.post("/withdrawals/<id:row_id>")
def decide_withdrawal(row_id: int) -> ResponseReturnValue:
    try:
        withdrawals.decide(
            db.session(),
            row_id,
            granted=VERDICTS.get(request.form.get("verdict", "")),
            answer=request.form.get("answer", ""),
            rights=auth.rights(),
            now=clock.now(),
        )
    except Refused as refused:
        db.start_over()
        return _page(row_id, refused)
    flash(gettext("The decision is on record."), "success")
    return redirect(url_for("cases.withdrawal", row_id=row_id), 303)
