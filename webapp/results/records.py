"""Who is eligible, with what stands against it; and each person's record of party work."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from webapp import auth, clock, db, exports, terms
from webapp.grade_words import GRADES
from webapp.results import words
from webapp.results.views import PAGE, bp, chosen_year, number
from workflows import careers, use_lists
from workflows.careers import Listed
from workflows.use_lists import Candidate


@bp.get("/eligibility")
def eligibility() -> ResponseReturnValue:
    """Who was graded in a year; an effect period is shown with its measure and its end."""
    session, rights = db.session(), auth.rights()
    use_lists.require_preparing(rights)
    db.sensitive_read("eligibility", user=current_user, page="eligibility")
    years = use_lists.years(session)
    year, flagged = chosen_year(years), request.args.get("flagged") == "yes"
    kept: dict[str, Any] = {"year": year, **({"flagged": "yes"} if flagged else {})}
    limit = use_lists.MOST_ROWS if request.args.get("export") else PAGE
    rows, after = use_lists.eligible(
        session, rights, year, now=clock.now(), flagged=flagged, after=_after(), limit=limit
    )
    if request.args.get("export"):
        return _export(year, rows, request.args["export"])
    following = (
        url_for("results.eligibility", code=after[0], after=after[1], **kept) if after else ""
    )
    return render_template(
        "results/eligibility.html",
        rows=rows,
        years=years,
        year=year,
        flagged=flagged,
        kept=kept,
        after=following,
    )


def _after() -> tuple[str, int] | None:
    code, id_ = request.args.get("code", "")[:80], number("after")
    return (code, id_) if code and id_ else None


def _export(year: int, rows: Sequence[Candidate], kind: str) -> ResponseReturnValue:
    heads = [
        str(head)
        for head in (
            _("Name"),
            _("Unit"),
            _("Post"),
            _("Grade"),
            _("Effect period"),
            _("Bars"),
            _("Proposed for"),
        )
    ]
    lines = [
        [
            one.user.name,
            one.unit.name,
            one.debriefing.post_then,
            str(GRADES.get(one.debriefing.grade or "", "")),
            "、".join(f"{terms.term(m.form or m.kind)} {m.effect_until}" for m in one.measures),
            "、".join(str(words.BARS.get(bar, bar)) for m in one.measures for bar in m.bars),
            "、".join(words.what(use) for use in one.uses),
        ]
        for one in rows
    ]
    return exports.answer(f"{year}-eligibility", heads, lines, kind=kind)


@bp.get("/records")
def records() -> ResponseReturnValue:
    """The people whose record the person may read; one's own always."""
    session, rights = db.session(), auth.rights()
    asked = request.args.get("words", "").strip()[:80]
    if request.args.get("export"):
        db.sensitive_read("careers", user=current_user, page="career records export")
        rows, _more = careers.search(session, rights, words=asked, limit=use_lists.MOST_ROWS)
        return _export_records(rows, request.args["export"])
    rows, after = careers.search(session, rights, words=asked, after=number("after"), limit=PAGE)
    return render_template(
        "results/records.html",
        rows=rows,
        asked=asked,
        reads_others=bool(careers.paths(rights)),
        after=url_for("results.records", after=after, words=asked) if after else None,
    )


def _export_records(rows: Sequence[Listed], kind: str) -> ResponseReturnValue:
    heads = [
        str(head)
        for head in (
            _("Name"),
            _("Unit"),
            _("Party post"),
            _("Since"),
            _("Full or part time"),
        )
    ]
    lines = [
        [one.user.name, one.unit, one.post, one.since, time_word(one.full_time)] for one in rows
    ]
    return exports.answer("career-records", heads, lines, kind=kind)


def time_word(full: bool | None) -> str:
    if full is None:
        return ""
    return str(gettext("full time") if full else gettext("part time"))


@bp.get("/records/<id:user_id>")
def record(user_id: int) -> ResponseReturnValue:
    """党务工作经历 of one person; whoever else reads it is in the read log first."""
    session, rights = db.session(), auth.rights()
    found = careers.of(session, user_id, rights=rights)
    if user_id != current_user.id:
        db.sensitive_read(found.user, user=current_user, page="career record")
        found = careers.of(session, user_id, rights=rights)
    if request.args.get("export"):
        return _export_record(found, request.args["export"])
    return render_template("results/record.html", record=found, time_word=time_word)


def _export_record(found: careers.Record, kind: str) -> ResponseReturnValue:
    heads = [
        str(head)
        for head in (
            _("What"),
            _("Post"),
            _("Unit"),
            _("Kind of posts"),
            _("Full or part time"),
            _("Since"),
            _("Until"),
        )
    ]
    posts = [
        [
            gettext("post"),
            term.post.title or term.post.kind,
            term.unit.name,
            str(words.LINES["party" if term.is_party else "business"]),
            time_word(term.is_full_time if term.is_party else None),
            term.holding.since,
            term.holding.until,
        ]
        for term in found.terms
    ]
    entries = [
        [
            str(words.AWARDS.get(entry.award) or words.USES.get(entry.kind, entry.kind)),
            entry.title,
            "",
            str(words.LINES[entry.line]),
            time_word(entry.full_time),
            entry.happened_on,
            "",
        ]
        for entry, _case in found.entries
    ]
    return exports.answer(f"{found.user.name}", heads, [*posts, *entries], kind=kind)
