"""事实认定: the facts found, each with its evidence, its rule, and what became of it."""

from collections.abc import Sequence
from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp import auth, db, exports
from webapp.duties import common
from webapp.duties.common import bp
from webapp.duties.evidence import link_of
from webapp.finding_words import FINDINGS
from webapp.terms import term
from workflows import finding_lists, findings
from workflows.finding_lists import Filter, Row

STATUSES: dict[str, LazyString] = {
    "draft": _("to be established"),
    "established": _("established"),
    "unfounded": _("cleared: does not stand"),
}
SEVERITIES: dict[str, LazyString] = {
    "sign": _("first sign"),
    "general": _("general"),
    "serious": _("serious"),
    "violation": _("suspected violation of discipline"),
}
EVIDENCE: dict[str, LazyString] = {
    "obligation": _("obligation"),
    "evidence": _("evidence handed in, held on"),
    "file": _("file"),
    "case": _("case"),
    "matter": _("matter"),
}


@bp.get("/findings")
def facts() -> ResponseReturnValue:
    session, rights, chosen = db.session(), auth.rights(), _filter()
    if request.args.get("export"):
        return _export(finding_lists.everything(session, rights, chosen))
    page = finding_lists.page(session, rights, chosen, after=_after())
    args = {name: request.args.get(name, "") for name in KEPT}
    return render_template(
        "duties/findings.html",
        page=page,
        after="{}_{}".format(*page.after) if page.after else None,
        args=args,
        names={"status": STATUSES, "severity": SEVERITIES, "kind": FINDINGS},
        choices=common.choices(chosen.unit),
    )


KEPT = ("unit", "status", "kind", "since", "until")


def _filter() -> Filter:
    args = request.args
    return Filter(
        unit=common.unit(),
        status=args.get("status", "") if args.get("status") in STATUSES else "",
        kind=args.get("kind", "") if args.get("kind") in FINDINGS else "",
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
    )


def _day(text: str) -> date | None:
    """What a date field sent; anything else narrows nothing."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def _after() -> tuple[date, int] | None:
    day, _, number = request.args.get("after", "").partition("_")
    found, finding_id = _day(day), common.whole(number)
    return (found, finding_id) if found and finding_id is not None else None


def _export(rows: Sequence[Row]) -> ResponseReturnValue:
    heads = ("Day", "Unit", "Person", "Fact", "Kind", "Rule", "State", "Used in", "Reason")
    lines = [
        [
            row.finding.happened_on,
            row.unit,
            row.person,
            row.finding.fact,
            str(FINDINGS.get(row.finding.kind, row.finding.kind)),
            row.finding.rule,
            str(STATUSES[row.finding.status]),
            ", ".join(term(one) for one in row.used_in),
            row.finding.reason,
        ]
        for row in rows
    ]
    return exports.answer("findings", [gettext(head) for head in heads], lines)


@bp.get("/findings/<id:finding_id>")
def fact(finding_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    finding = finding_lists.get(session, finding_id, rights=rights)
    case = finding_lists.case_of(session, finding)
    if case is not None and case.restricted:
        db.sensitive_read(finding, user=rights.user, page="finding")
    why = findings.why(session, finding)
    return render_template(
        "duties/finding.html",
        finding=finding,
        why=why,
        case=case,
        person=finding_lists.person_of(session, finding),
        settled_by=finding_lists.settled_by(session, finding),
        links=[(EVIDENCE.get(one.type, one.type), one, _link(one)) for one in why.links],
        obligation=next((one.id for one in why.links if one.type == "obligation"), None),
        uses=finding_lists.uses(session, finding, rights=rights),
        names={"status": STATUSES, "severity": SEVERITIES, "kind": FINDINGS},
        may_see_unit=rights.covers(why.unit),
    )


def _link(one: findings.Link) -> str | None:
    """Where it can be followed by this person; none where it is gone or not his to see."""
    if not one.label:
        return None
    return link_of(one.type, one.id)
