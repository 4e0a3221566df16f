"""Who would get a step, and when it would be due: tried on real posts and the real calendar."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, format_date, gettext
from flask_babel import lazy_gettext as _

from webapp import auth, clock, db, i18n, role_words
from webapp.editing import common
from webapp.editing.common import bp
from workflows import assignment_previews, assignment_words, calendars, definitions, moment_previews
from workflows.assignment_previews import Given, Office, Preview
from workflows.deadlines import ZONE
from workflows.engine.validation.rules import RULES
from workflows.engine.who import (
    ARGUMENTS,
    LONGEST,
    MOST_STEPS,
    POLICIES,
    POLICY_LABELS,
    RANKS,
    TERMS,
    Texts,
    Unreadable,
    check,
)
from workflows.errors import Invalid

TIMES = ("timeDate", "timeDuration", "timeCycle")
WHY: Mapping[str, LazyString] = {
    "recused": _("keeps out of the case"),
    "subject": _("is the subject"),
    "starter": _("opened the case"),
    "did": _("did an earlier step"),
    "unit": _("belongs to that unit"),
}
HOW: Mapping[str, LazyString] = {
    "rule": _("As the rule says."),
    "superior": _("Nobody is left as the rule says: the superior gets it."),
    "above": _("Nobody is left as the rule says: it goes up the tree."),
    "process_admin": _(
        "Nobody is found up the tree: the process administrator gets it, with an alarm."
    ),
    "nobody": _("No process administrator is in office either: only the alarm is left."),
}


def settings(draft_id: int) -> dict[str, Any]:
    """What the chooser in the panel is told: the terms that there are, and where to ask."""
    urls = ("preview", "when", "units")
    return {
        "terms": [_term(kind.name) for kind in TERMS.values()],
        "arguments": {name: _both(texts) for name, texts in ARGUMENTS.items()},
        "choices": {
            "role": _options(assignment_words.ROLES),
            "post": [_option(one, (one, one)) for one in sorted(assignment_words.KNOWN["post"])],
            "org": _options(assignment_words.ORGS),
            "rank": _options(RANKS),
            "levels": sorted(assignment_words.KNOWN["org"]),
            "unit": _options(assignment_words.UNITS),
            "person": _options(assignment_words.PEOPLE),
            "body": _options(assignment_words.BODIES),
            "steps": [_option(str(n), (str(n), str(n))) for n in range(1, MOST_STEPS + 1)],
        },
        "policies": [
            {"name": name, **_both(POLICY_LABELS[name]), "options": _options(values)}
            for name, values in POLICIES.items()
        ],
        "urls": {one: url_for(f"editing.people_{one}", draft_id=draft_id) for one in urls},
    }


def _term(name: str) -> dict[str, Any]:
    kind = TERMS[name]
    return {
        "name": name,
        **_both(kind.label),
        "args": list(kind.args),
        "optional": kind.optional,
        "takesAway": kind.takes_away,
    }


def _both(texts: Texts) -> dict[str, str]:
    return {"zh": texts[0], "en": texts[1]}


def _option(value: str, texts: Texts) -> dict[str, str]:
    return {"value": value, **_both(texts)}


def _options(known: Mapping[str, Texts]) -> list[dict[str, str]]:
    return [_option(str(value), texts) for value, texts in known.items()]


@bp.get("/process-drafts/<id:draft_id>/edit/people/units")
def people_units(draft_id: int) -> ResponseReturnValue:
    """Units whose name has the words; with `unit`, the filled posts of that one."""
    common.load(draft_id)
    session, rights = db.session(), auth.rights()
    if given := request.args.get("unit", ""):
        unit_id = _id(given, "unit")
        found = assignment_previews.offices(session, unit_id, rights=rights, now=clock.now())
        return jsonify(
            offices=[{"id": str(i), "label": f"{kind} {name}"} for i, kind, name in found]
        )
    units = assignment_previews.units(session, request.args.get("q", "").strip(), rights=rights)
    return jsonify(units=[{"id": str(one), "name": name} for one, name in units])


@bp.post("/process-drafts/<id:draft_id>/edit/people/preview")
def people_preview(draft_id: int) -> ResponseReturnValue:
    """Whom the rule would name for this unit, subject and day; 422 with the column where it cannot
    be read, 404 for a unit that is not there or not the admin's."""
    common.load(draft_id)
    body = common.sent().body
    said = {name: _text(body, name) for name in ("who", *POLICIES)}
    names = body.get("names")
    words = assignment_words.say(said, _names(names))
    told = words[i18n.language() == "en"]
    if not _text(body, "unit"):
        return _unreadable(said["who"]) or jsonify(words=told)
    given = Given(
        _id(_text(body, "unit"), "unit"),
        _id(_text(body, "subject"), "subject") if _text(body, "subject") else None,
        _id(_text(body, "starter"), "starter") if _text(body, "starter") else None,
        _day(_text(body, "on")),
    )
    try:
        found = assignment_previews.preview(
            db.session(), said, given, rights=auth.rights(), now=clock.now()
        )
    except Unreadable as fault:
        return _refused(fault)
    return jsonify(words=told, **_told(found))


def _unreadable(rule: str) -> ResponseReturnValue | None:
    try:
        check(rule)
    except Unreadable as fault:
        return _refused(fault)
    return None


def _refused(fault: Unreadable) -> ResponseReturnValue:
    told = fault.en if i18n.language() == "en" else fault.zh
    return jsonify(told=told, part=fault.part, column=fault.column), 422


def _names(given: object) -> dict[str, Texts]:
    """The names of the steps as they are drawn at the moment, by id."""
    if not isinstance(given, dict):
        return {}
    return {str(one)[:80]: (str(name)[:200],) * 2 for one, name in list(given.items())[:300]}


def _told(found: Preview) -> dict[str, Any]:
    day = i18n.day(found.on)
    head = gettext("For %(unit)s on %(day)s:", unit=found.unit, day=day)
    depends = found.depends and gettext(
        "Known only in a running case: %(what)s", what=_terms(found)
    )
    open_rule = not found.found and found.by == "rule"
    return {
        "head": str(head),
        "how": "" if open_rule else str(HOW[found.by]),
        "by": found.by,
        "found": [{"office": _office(one), "names": list(one.names)} for one in found.found],
        "leftOut": [{"name": one.name, "why": str(WHY[one.why])} for one in found.left_out],
        "depends": str(depends or ""),
        "assumed": str(_assumed(found)),
    }


def _assumed(found: Preview) -> str:
    names = ", ".join(found.assumed)
    return str(gettext("%(names)s is taken to be this unit.", names=names)) if names else ""


def _terms(found: Preview) -> str:
    place = i18n.language() == "en"
    return str(gettext(", ")).join(TERMS[one].label[place] for one in found.depends)


def _office(one: Office) -> str:
    kind = role_words.ROLES[one.kind] if one.is_role else one.kind
    return f"{one.unit} {kind}".strip()


@bp.post("/process-drafts/<id:draft_id>/edit/people/when")
def people_when(draft_id: int) -> ResponseReturnValue:
    """The moment that a due date or timer gives if its step begins on that day, with each day
    counted; 422 where the text gives none."""
    common.load(draft_id)
    body, session = common.sent().body, db.session()
    kind, text = _text(body, "kind") or TIMES[0], _text(body, "text")
    if kind not in TIMES:
        raise Invalid("The request could not be read. Please go back and try again.")
    begun = _begun(_day(_text(body, "on")))
    figures, calendar = definitions.latest_parameters(session), calendars.load(session)
    given = {"days": figures.days, "rule": figures.rule}
    try:
        found = moment_previews.preview(text, kind, figures=given, calendar=calendar, now=begun)
    except moment_previews.NoMoment as fault:
        texts = RULES[fault.rule] if fault.fault is None else (fault.fault.zh, fault.fault.en)
        return jsonify(told=texts[i18n.language() == "en"]), 422
    if found.at is None:
        names = ", ".join(found.depends)
        return jsonify(told=str(gettext("The date depends on the case: %(names)s", names=names)))
    days, total = assignment_previews.days_counted(session, begun, found.at)
    return jsonify(
        at=i18n.moment(found.at),
        begun=i18n.moment(begun),
        workdays=total,
        provisional=calendar.is_provisional(found.at.astimezone(ZONE).date()),
        days=[
            {
                "day": i18n.day(one.day),
                "weekday": format_date(one.day, "EEE"),
                "count": one.count,
                "name": one.name,
            }
            for one in days
        ],
    )


def _begun(on: date | None) -> datetime:
    return clock.now() if on is None else datetime.combine(on, time(9), ZONE)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > 4 * LONGEST:
        raise Invalid("The request could not be read. Please go back and try again.")
    return value.strip()


def _id(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Invalid("The request could not be read. Please go back and try again.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("This is no date.") from None
