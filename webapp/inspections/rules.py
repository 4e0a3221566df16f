"""制度登记: each organ's own rules in their versions."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Unit
from webapp import auth, clock, db, exports
from webapp.inspections import words
from webapp.inspections.views import bp, refusal_of
from workflows import institutions
from workflows.deadlines import day_of
from workflows.errors import Conflict, DomainError, Invalid, NotFound
from workflows.forms import Fault
from workflows.institutions import Filter, Row, Said

KEPT = ("unit", "kind", "words", "earlier")
HEADS = (
    "Unit",
    "Rule code",
    "Version",
    "Kind",
    "Name",
    "Paper number",
    "What it asks",
    "From",
    "Until",
)


@bp.get("/rules")
def rules() -> ResponseReturnValue:
    session, rights, args = db.session(), auth.rights(), request.args
    wanted, today = _wanted(), day_of(clock.now())
    if args.get("export"):
        rows, _ = institutions.page(
            session, rights, wanted, day=today, limit=institutions.MOST_ROWS
        )
        heads = [gettext(one) for one in HEADS]
        lines = [_line(one) for one in rows]
        return exports.answer("rules", heads, lines, kind=args["export"])
    before = words.number(args, "before")
    rows, after = institutions.page(session, rights, wanted, day=today, before=before)
    kept: dict[str, Any] = {name: args[name] for name in KEPT if args.get(name)}
    return render_template(
        "inspections/rules.html",
        rows=rows,
        args=args,
        kept=kept,
        places=institutions.places(session, rights),
        keeps=institutions.keepable(session, rights),
        after=url_for("inspections.rules", before=after, **kept) if after else None,
    )


def _organ(unit_id: int) -> Unit | None:
    """The organ that was chosen, if its rules are open to the person."""
    try:
        return institutions.organ(db.session(), unit_id, rights=auth.rights())
    except NotFound:
        return None


def _wanted() -> Filter:
    args = request.args
    return Filter(
        unit=_organ(words.number(args, "unit")),
        kind=words.chosen(args, "kind", words.RULE_KINDS),
        words=args.get("words", "").strip()[:80],
        earlier=bool(args.get("earlier")),
    )


def _line(one: Row) -> list[object]:
    row = one.institution
    return [
        one.unit,
        row.code,
        row.number,
        str(words.RULE_KINDS[row.kind]),
        row.name,
        row.paper,
        row.requirement,
        row.active_from,
        row.active_until or "",
    ]


@bp.get("/rules/new")
def new_rule() -> ResponseReturnValue:
    return _form(None)


def _form(error: DomainError | None) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    before = None
    if asked := words.number(request.args, "of"):
        before = institutions.get(session, asked, rights=rights).institution
    page = render_template(
        "inspections/rule_form.html",
        keeps=institutions.keepable(session, rights),
        before=before,
        today=day_of(clock.now()),
        **refusal_of(error),
    )
    return page, 422 if error else 200


@bp.post("/rules/new")
def enter_rule() -> ResponseReturnValue:
    session, rights, form = db.session(), auth.rights(), request.form
    try:
        unit = _organ(words.number(form, "unit"))
        since = words.day(form, "active_from")
        if unit is None or since is None:
            raise Invalid(
                "Please mend what is marked.",
                fields={
                    **({} if unit else {"unit": "Please choose one of the list."}),
                    **({} if since else {"active_from": Fault("Please enter a date.")}),
                },
            )
        said = Said(
            code=form.get("code", "").strip()[:40],
            kind=form.get("kind", ""),
            name=form.get("name", "").strip()[:200],
            paper=form.get("paper", "").strip()[:200],
            requirement=form.get("requirement", "").strip()[:2000],
            active_from=since,
        )
        made = institutions.enter(session, unit, said, rights=rights, now=clock.now())
    except (Invalid, Conflict) as error:
        db.start_over()
        return _form(error)
    flash(gettext("The rule is on file as version %(number)s.", number=made.number), "success")
    return redirect(url_for("inspections.rule", rule_id=made.id), 303)


@bp.get("/rules/<id:rule_id>")
def rule(rule_id: int) -> ResponseReturnValue:
    return _rule(rule_id, None)


def _rule(rule_id: int, error: DomainError | None) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    found = institutions.get(session, rule_id, rights=rights)
    unit = institutions.organ(session, found.institution.unit_id, rights=rights)
    page = render_template(
        "inspections/rule.html",
        one=found,
        row=found.institution,
        versions=institutions.versions_of(
            session, found.institution.unit_id, found.institution.code
        ),
        may_keep=institutions.may_keep(rights, unit),
        today=day_of(clock.now()),
        **refusal_of(error),
    )
    return page, 422 if error else 200


@bp.post("/rules/<id:rule_id>/end")
def end_rule(rule_id: int) -> ResponseReturnValue:
    """废止."""
    session, rights = db.session(), auth.rights()
    found = institutions.get(session, rule_id, rights=rights).institution
    try:
        on = words.day(request.form, "on")
        if on is None:
            raise Invalid(
                "Please mend what is marked.", fields={"on": Fault("Please enter a date.")}
            )
        institutions.end(session, found, on, rights=rights, now=clock.now())
    except (Invalid, Conflict) as error:
        db.start_over()
        return _rule(rule_id, error)
    flash(gettext("The rule holds no more from that day."), "success")
    return redirect(url_for("inspections.rule", rule_id=rule_id), 303)
