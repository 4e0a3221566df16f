"""重新开始于某环节: asked for by one process administrator, decided by another."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Case, Definition
from webapp import auth, clock, db, words
from webapp.i18n import named
from webapp.migrating.common import bp
from workflows import definitions, restarts, versions
from workflows.errors import Invalid, NotFound


def _case() -> Case:
    given = request.values.get("case", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise NotFound("There is no such case, or it is not yours to see.")
    return restarts.case_of(db.session(), int(given), rights=auth.rights())


@bp.get("/case-moves/restarts/new")
def restart_form() -> ResponseReturnValue:
    return _form(_case(), None)


def _form(case: Case, refused: Invalid | None) -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    history = versions.history(session, case.process)
    open_ = [
        one.definition
        for one in history
        if one.definition.effective_from <= now and one.definition.retired_at is None
    ]
    to = _chosen(open_)
    steps = restarts.steps(session, to) if to else []
    page = render_template(
        "migrating/restart_new.html",
        case=case,
        current=definitions.get(session, case.definition_id),
        versions=[(one.number, f"v{one.number}") for one in open_],
        to=to,
        steps=[(node, named(name, name_en)) for node, name, name_en in steps],
        typed=request.form,
        told=words.say_fields(refused) if refused else {},
        refusal=words.say(refused) if refused else "",
    )
    return page, 422 if refused else 200


def _chosen(open_: list[Definition]) -> Definition | None:
    given = request.values.get("to", "")
    return next((one for one in open_ if str(one.number) == given), open_[0] if open_ else None)


@bp.post("/case-moves/restarts/new")
def restart_ask() -> ResponseReturnValue:
    case = _case()
    history = versions.history(db.session(), case.process)
    number = request.form.get("to", "")
    to = next((v.definition.id for v in history if str(v.definition.number) == number), 0)
    try:
        row = restarts.ask(
            db.session(),
            case.id,
            to_id=to,
            node=request.form.get("node", ""),
            reason=request.form.get("reason", ""),
            rights=auth.rights(),
            now=clock.now(),
        )
    except Invalid as refused:
        db.start_over()
        return _form(_case(), refused)
    flash(gettext("It waits for another process administrator."), "success")
    return redirect(url_for("migrating.restart_show", restart_id=row.id), 303)


@bp.get("/case-moves/restarts/<id:restart_id>")
def restart_show(restart_id: int) -> ResponseReturnValue:
    asked = restarts.get(db.session(), restart_id, rights=auth.rights())
    return render_template(
        "migrating/restart.html", asked=asked, mine=asked.row.made_by == auth.rights().user.id
    )


@bp.post("/case-moves/restarts/<id:restart_id>/approve")
def restart_approve(restart_id: int) -> ResponseReturnValue:
    restarts.approve(db.session(), restart_id, rights=auth.rights(), now=clock.now())
    flash(gettext("The case begins anew at that step."), "success")
    return redirect(url_for("migrating.restart_show", restart_id=restart_id), 303)


@bp.post("/case-moves/restarts/<id:restart_id>/decline")
def restart_decline(restart_id: int) -> ResponseReturnValue:
    remark = request.form.get("remark", "")
    restarts.decline(db.session(), restart_id, remark, rights=auth.rights(), now=clock.now())
    flash(gettext("The case stays as it is."), "success")
    return redirect(url_for("migrating.restart_show", restart_id=restart_id), 303)
