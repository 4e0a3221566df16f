"""Proposals for 干部交流, the growth of both lines of cadres, and what weak results lead to."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models import Role
from webapp import auth, clock, db, exports, terms
from webapp.grade_words import GRADES
from webapp.results import words
from webapp.results.views import PAGE, bp, chosen_year, number
from workflows import exchanges, growth, use_lists, weak_results
from workflows.exchanges import Candidate
from workflows.growth import Year


@bp.get("/exchange")
def exchange() -> ResponseReturnValue:
    """Who has long been in one line; the rule proposes, people decide."""
    session, rights = db.session(), auth.rights()
    use_lists.require_preparing(rights)
    db.sensitive_read("exchange", user=current_user, page="exchange proposals")
    line = _line()
    limit = use_lists.MOST_ROWS if request.args.get("export") else PAGE
    rows, after = exchanges.candidates(
        session, rights, line, now=clock.now(), after=number("after"), limit=limit
    )
    if request.args.get("export"):
        return _export_exchange(line, rows, request.args["export"])
    return render_template(
        "results/exchange.html",
        rows=rows,
        line=line,
        years=exchanges.years_needed(session),
        may_take=rights.has_role(Role.ORGANISER),
        after=url_for("results.exchange", line=line, after=after) if after else None,
    )


def _line() -> str:
    line = request.values.get("line", "")
    return line if line in growth.LINES else growth.LINES[0]


def _export_exchange(line: str, rows: Sequence[Candidate], kind: str) -> ResponseReturnValue:
    heads = [
        str(head)
        for head in (
            _("Name"),
            _("Unit"),
            _("Posts"),
            _("Since"),
            _("Kind of posts"),
            _("Grade"),
            _("Effect period"),
            _("Proposed in"),
        )
    ]
    lines = [
        [
            one.user.name,
            one.unit.name,
            "、".join(one.posts),
            one.since,
            str(words.LINES[one.line]),
            str(GRADES.get(one.grade, "")),
            "、".join(f"{terms.term(m.form or m.kind)} {m.effect_until}" for m in one.measures),
            one.use.year if one.use else "",
        ]
        for one in rows
    ]
    return exports.answer(f"exchange-{line}", heads, lines, kind=kind)


@bp.post("/exchange")
def take() -> ResponseReturnValue:
    """The ticked stand in the draft of the year's use; nothing is decided by it."""
    ids = [int(one) for one in request.form.getlist("person") if one.isdecimal() and len(one) < 19]
    if not ids:
        flash(gettext("Tick at least one person."), "warning")
        return redirect(url_for("results.exchange", line=_line()), 303)
    added, task = exchanges.take(
        db.session(), _line(), ids[:PAGE], rights=auth.rights(), now=clock.now()
    )
    flash(gettext("%(count)s lines were added to your draft.", count=added), "success")
    return redirect(url_for("inbox.show", task_id=task.id), 303)


@bp.get("/weak")
def weak() -> ResponseReturnValue:
    """Weak grades and the proposals that the ladder made of them."""
    session, rights = db.session(), auth.rights()
    use_lists.require_preparing(rights)
    db.sensitive_read("weak_results", user=current_user, page="weak results")
    years = use_lists.years(session)
    year = chosen_year(years)
    rows = weak_results.of(session, rights, year)
    if request.args.get("export"):
        return _export_weak(year, rows, request.args["export"])
    return render_template("results/weak.html", rows=rows, years=years, year=year)


def _export_weak(year: int, rows: Sequence[weak_results.Weak], kind: str) -> ResponseReturnValue:
    heads = [
        str(head)
        for head in (
            _("Name"),
            _("Unit"),
            _("Grade"),
            _("Proposal"),
            _("State"),
        )
    ]
    lines = [
        [
            one.name,
            one.unit.name,
            str(GRADES[one.grade]),
            terms.term(one.proposal.measure) if one.proposal else "",
            str(words.PROPOSALS[one.proposal.status]) if one.proposal else "",
        ]
        for one in rows
    ]
    return exports.answer(f"{year}-weak", heads, lines, kind=kind)


FIGURES: dict[str, LazyString] = {
    "people": _("Cadres"),
    "moves": _("Moves"),
    "crossed": _("of them into the other line"),
    "promotions": _("Promotions"),
    "awards": _("Awards"),
}


@bp.get("/growth", endpoint="growth")
def both_lines() -> ResponseReturnValue:
    """Moves, promotions and awards of both lines, by year; counts, and shares of a hundred."""
    session, rights = db.session(), auth.rights()
    years = growth.of(session, rights, now=clock.now())
    if request.args.get("export"):
        return _export_growth(years, request.args["export"])
    return render_template(
        "results/growth.html",
        years=years,
        lines=growth.LINES,
        figures=FIGURES,
        pictures=[_picture(years, name) for name in growth.SHARED],
    )


def _picture(years: Sequence[Year], name: str) -> dict[str, object]:
    """The shares of one figure as the page's chart draws them."""
    return {
        "title": gettext("%(figure)s of a hundred people, by year", figure=FIGURES[name]),
        "at": [one.year for one in years],
        "series": [
            {
                "name": str(words.LINES[line]),
                "values": [one.lines[line].share(name) for one in years],
            }
            for line in growth.LINES
        ],
    }


def _export_growth(years: Sequence[Year], kind: str) -> ResponseReturnValue:
    heads = [gettext("Year"), gettext("Line"), *(str(word) for word in FIGURES.values())]
    rows = [
        [
            one.year,
            str(words.LINES[line]),
            *(getattr(one.lines[line], name) for name in FIGURES),
        ]
        for one in years
        for line in growth.LINES
    ]
    return exports.answer("growth", heads, rows, kind=kind)
