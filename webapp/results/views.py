"""结果运用: each line with who decided when; the year's use is begun here."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models import Role
from webapp import auth, clock, db, exports, terms
from webapp.grade_words import GRADES
from webapp.results import words
from workflows import access, result_uses, units, use_lists
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.use_lists import Filter, Line

bp = Blueprint("results", __name__, url_prefix="/results")
PAGE = 50
HEADS = (
    _("Year"),
    _("Name"),
    _("Unit"),
    _("Post"),
    _("Grade"),
    _("Use"),
    _("Reason"),
    _("Effect period"),
    _("State"),
    _("Decided by"),
    _("Decided at"),
    _("Last act by"),
    _("Last act at"),
)
KEPT = ("year", "use", "award", "state", "words")


@bp.context_processor
def _words() -> dict[str, object]:
    return {**words.ALL, "result_tabs": _tabs}


def _tabs() -> list[tuple[object, str, None, bool]]:
    """The pages of this area that the person may open."""
    pages = [
        ("results.index", _("Uses"), True),
        ("results.eligibility", _("Eligibility"), use_lists.may_prepare(auth.rights())),
        ("results.exchange", _("Exchange"), use_lists.may_prepare(auth.rights())),
        ("results.weak", _("Weak results"), use_lists.may_prepare(auth.rights())),
        ("results.growth", _("Growth of both lines"), use_lists.may_prepare(auth.rights())),
        ("results.records", _("Records of party work"), True),
    ]
    return [
        (label, url_for(endpoint), None, request.endpoint == endpoint)
        for endpoint, label, shown in pages
        if shown
    ]


def number(name: str) -> int:
    """A number from the address; nought for anything else."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def chosen_year(years: Sequence[int]) -> int:
    """The year of the address, else the newest that is on record, else this one."""
    return number("year") or (years[0] if years else day_of(clock.now()).year)


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, args = db.session(), auth.rights(), request.args
    wanted = _wanted()
    if request.args.get("export"):
        return _export(wanted, request.args["export"])
    rows, after = use_lists.lines(session, rights, wanted, before=number("before"), limit=PAGE)
    kept: dict[str, Any] = {name: args[name] for name in KEPT if args.get(name)}
    return render_template(
        "results/index.html",
        rows=rows,
        rounds=use_lists.rounds(session, rights),
        year_options=[(one, one) for one in use_lists.years(session)],
        wanted=wanted,
        kept=kept,
        after=url_for("results.index", before=after, **kept) if after else None,
        may_begin=rights.has_role(Role.ORGANISER),
        year=day_of(clock.now()).year,
    )


def _wanted() -> Filter:
    args = request.args
    return Filter(
        year=number("year") or None,
        use=args.get("use", "") if args.get("use") in words.USES else "",
        award=args.get("award", "") if args.get("award") in words.AWARDS else "",
        state=args.get("state", "") if args.get("state") in words.STATES else "",
        words=args.get("words", "").strip()[:80],
    )


def _export(wanted: Filter, kind: str) -> ResponseReturnValue:
    """The list as a workbook; that it was taken is in the read log first."""
    db.sensitive_read("result_uses", user=current_user, page="result uses export")
    rows, _more = use_lists.lines(db.session(), auth.rights(), wanted, limit=use_lists.MOST_ROWS)
    heads = [str(head) for head in HEADS]
    return exports.answer("result-uses", heads, [_line(one) for one in rows], kind=kind)


def _line(one: Line) -> list[object]:
    row, decision = one.row, one.decision
    return [
        row.year,
        row.name,
        one.unit.name,
        row.post_then,
        str(GRADES.get(row.grade, "")),
        words.what(row),
        row.reason,
        "、".join(f"{terms.term(flag['form'])} {flag['until']}" for flag in row.flags),
        str(words.STATES[row.state]),
        decision.who if decision else "",
        decision.event.at if decision else "",
        one.last.who,
        one.last.event.at,
    ]


@bp.post("")
def begin() -> ResponseReturnValue:
    """The year's use of results is open; its draft waits in the organiser's inbox."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ORGANISER)
    year = request.form.get("year", "")
    if not (year.isascii() and year.isdecimal() and len(year) == 4 and 2000 <= int(year) <= 2100):
        raise Invalid("Please mend what is marked.", fields={"year": Fault("Please enter a year.")})
    place = next(one for one in rights.places if one.is_role and one.name == Role.ORGANISER)
    unit = units.readable(session, place.unit_id, rights=rights)
    case = result_uses.begin(session, unit, int(year), rights=rights, now=clock.now())
    flash(gettext("The use of results is open: its draft waits in your inbox."), "success")
    return redirect(url_for("cases.show", case_id=case.id), 303)


@bp.get("/<id:use_id>")
def show(use_id: int) -> ResponseReturnValue:
    """One line: why, what stands against it, and each act upon it; the read is logged."""
    session, rights = db.session(), auth.rights()
    line = use_lists.get(session, use_id, rights=rights)
    if line.row.user_id not in (None, current_user.id):
        db.sensitive_read(line.row, user=current_user, page="result use")
        line = use_lists.get(session, use_id, rights=rights)
    return render_template(
        "results/show.html",
        line=line,
        others=use_lists.others_of(session, line, rights=rights),
        sees_case=use_lists.sees_case(session, line, rights),
        sees_record=line.row.user_id is not None,
    )
