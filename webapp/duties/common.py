"""What the pages of the duties share: the blueprint, the words for codes, what was asked for."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import Unit
from models.ids import MAX_ID
from webapp import auth, clock, db, i18n
from workflows import access, duty_calendars, duty_lists
from workflows.deadlines import day_of
from workflows.periods import Period

bp = Blueprint("duties", __name__, url_prefix="/duties")


@dataclass(frozen=True)
class Sign:
    """How a state is shown: a sign, a colour and a word say the same."""

    sign: str
    style: str
    word: LazyString


STATES: dict[str, Sign] = {
    "on_time": Sign("✓", "table-success", _("in time")),
    "late": Sign("△", "table-warning", _("done late")),
    "excused": Sign("○", "table-info", _("excused")),
    "missed": Sign("✕", "table-danger", _("missed")),
    "open": Sign("●", "", _("to do")),
    "overdue": Sign("!", "table-danger", _("overdue")),
    "later": Sign("·", "table-light", _("to come")),
}
# What a list can be narrowed to.
CHOICES: dict[str, LazyString] = {
    "due": _("not done yet"),
    "overdue": _("overdue or missed"),
    "open": _("to do"),
    "missed": _("missed"),
    "late": _("done late"),
    "excused": _("excused"),
    "on_time": _("in time"),
    "all": _("all states"),
}
RHYTHMS: dict[str, LazyString] = {
    "month": _("each month"),
    "quarter": _("each quarter"),
    "half_year": _("each half-year"),
    "year": _("each year"),
    "term": _("at the end of each term"),
}
EVIDENCE: dict[str, LazyString] = {
    "date": _("the day it was held"),
    "attendance": _("how many came"),
    "file": _("a supporting paper"),
}
QUORUMS: dict[str, LazyString] = {
    "> 1/2": _("more than half"),
    ">= 1/2": _("half or more"),
    ">= 2/3": _("two thirds or more"),
}
SOURCES: dict[str, LazyString] = {
    "seen": _("read in the text of the rule"),
    "partly": _("confirmed in part"),
    "unconfirmed": _("not confirmed yet"),
}
PARTS: dict[str, LazyString] = {
    "H1": _("first half-year"),
    "H2": _("second half-year"),
    "Q1": _("first quarter"),
    "Q2": _("second quarter"),
    "Q3": _("third quarter"),
    "Q4": _("fourth quarter"),
}


@bp.app_template_global("duty_state")
def duty_state(word: str) -> Sign:
    return STATES[word]


@bp.app_template_filter("period")
def period(value: Period) -> str:
    """A period in the reader's language."""
    if i18n.language() != "en":
        return value.label
    year, month = value.first.year, value.first.month
    return {
        "month": f"{year}-{month:02}",
        "quarter": f"Q{(month + 2) // 3} {year}",
        "half_year": f"H{(month + 5) // 6} {year}",
        "year": f"{year}",
        "term": f"term to {value.last.isoformat()}",
    }[value.rhythm]


@bp.app_template_global("duties_owed")
def duties_owed() -> duty_calendars.Month:
    """What the signed-in person's own units owe this month (duties/_owed.html)."""
    return duty_calendars.owed_now(db.session(), auth.rights(), now=clock.now())


@bp.context_processor
def words() -> dict[str, object]:
    return {
        "states": STATES,
        "state_choices": CHOICES,
        "rhythms": RHYTHMS,
        "evidences": EVIDENCE,
        "quorums": QUORUMS,
        "sources": SOURCES,
        "now": clock.now(),
    }


def today() -> date:
    return day_of(clock.now())


def number(name: str, most: int = MAX_ID) -> int | None:
    """A whole number of the address; anything else says nothing."""
    return whole(request.args.get(name, ""), most)


def whole(text: str, most: int = MAX_ID) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return int(text) if int(text) <= most else None


def unit() -> Unit | None:
    """The unit of the address, if it is open to the person; NotFound if it is not."""
    unit_id = number("unit")
    if unit_id is None:
        return None
    return access.unit_for(db.session(), unit_id, rights=auth.rights())


def year() -> int:
    """The year of the address; without one, the running one."""
    return duty_lists.span_named(request.args.get("year", ""), today=today()).first.year


def span() -> Period:
    """The part of the year that the address names; without one, the whole year."""
    return duty_lists.span_named(f"{year()}{request.args.get('part', '')}", today=today())


def chosen_part(chosen: Period) -> str:
    """What the part's choice shows for the span."""
    return duty_lists.name_of_span(chosen)[4:]


def parts() -> list[tuple[str, str]]:
    """The parts of a year to choose from."""
    months = [(f"-{n:02}", _month(n)) for n in range(1, 13)]
    return [(code, str(word)) for code, word in PARTS.items()] + months


def _month(number: int) -> str:
    return f"{number}月" if i18n.language() != "en" else f"{number:02}"


def choices(chosen: Unit | None = None) -> dict[str, object]:
    """What the filters of every list offer; the chosen unit is always among them."""
    session = db.session()
    units = duty_lists.units_to_choose(session, auth.rights(), chosen=chosen)
    return {
        "units": [(one.id, i18n.named(one.name, one.name_en)) for one in units],
        "years": [(one, one) for one in duty_lists.years_to_choose(session, now=clock.now())],
        "parts": parts(),
        "duties": [
            (one.code, i18n.named(one.name, one.name_en))
            for one in duty_lists.duties_to_choose(session)
        ],
    }
