"""What the pages of the responsibility lists share: the blueprint, the words for codes, tabs."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import Role
from webapp import auth, clock, db, words
from workflows.deadlines import day_of
from workflows.errors import Conflict, DomainError, Invalid, NotAllowed, Refused

bp = Blueprint("responsibilities", __name__, url_prefix="/responsibilities")
STATES: dict[str, LazyString] = {
    "draft": _("being drafted"),
    "issued": _("to be signed for"),
    "signed": _("signed for"),
    "silent": _("in force, not signed for"),
    "replaced": _("replaced"),
    "withdrawn": _("withdrawn"),
}
STYLES = {"signed": "tag-good", "silent": "tag-warn", "issued": "tag-info"}
CHOICES: dict[str, LazyString] = {"in_force": _("in force"), **STATES}
PERSONAL: dict[str, LazyString] = {
    "deploy": _("deploys in person"),
    "inquire": _("inquires in person"),
    "coordinate": _("coordinates in person"),
    "oversee": _("oversees in person"),
}
KINDS: dict[str, LazyString] = {
    "template": _("drawn up by template"),
    "adjustment": _("adjustment"),
    "handover": _("made out anew after a hand-over"),
}
ROUND_STATES: dict[str, LazyString] = {
    "drafting": _("being drafted"),
    "issued": _("to be signed for"),
    "in_force": _("in force"),
    "stopped": _("stopped"),
}
PLAN_STATES: dict[str, LazyString] = {
    "on_track": _("on track"),
    "behind": _("behind"),
    "blocked": _("blocked"),
    "done": _("done"),
}
SOURCES: dict[str, LazyString] = {
    "seen": _("set by the organ"),
    "partly": _("confirmed in part"),
    "unconfirmed": _("own reading, not confirmed: for reference"),
}


@bp.context_processor
def _shared() -> dict[str, object]:
    return {
        "list_states": STATES,
        "list_styles": STYLES,
        "personal_words": PERSONAL,
        "round_kinds": KINDS,
        "round_states": ROUND_STATES,
        "source_words": SOURCES,
        "plan_states": PLAN_STATES,
        "area_tabs": tabs,
    }


def tabs() -> list[tuple[object, str, None, bool]]:
    """The pages of this area that the person may open."""
    pages = (
        ("responsibilities.index", _("Lists"), True),
        ("responsibilities.mine", _("My duties"), bool(auth.rights().places)),
        ("responsibilities.handovers", _("Hand-overs"), True),
        ("responsibilities.templates", _("Templates"), reads_templates()),
    )
    return [
        (label, url_for(endpoint), None, request.endpoint == endpoint)
        for endpoint, label, shown in pages
        if shown
    ]


def reads_templates() -> bool:
    return bool(auth.rights().places)


def keeps_templates() -> bool:
    """Rules and rights are the security admin's to set."""
    return auth.rights().has_role(Role.SECURITY_ADMIN)


def number(name: str) -> int:
    """A number from the address; nought for anything else."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def year() -> int:
    """The year of the address, else the running one."""
    asked = number("year")
    return asked if 2000 <= asked <= 2100 else day_of(clock.now()).year


def text(name: str, limit: int = 200) -> str:
    return request.form.get(name, "").strip()[:limit]


def day(name: str) -> date:
    """A date of the form; raises Invalid for the field."""
    try:
        return date.fromisoformat(text(name))
    except ValueError:
        raise Invalid("Please mend what is marked.", fields={name: "Please enter a day."}) from None


def attempt(act: Callable[[], object]) -> dict[str, str]:
    """What was wrong with the form, by field (`form`: the whole of it); nothing: it is done."""
    try:
        act()
    except (Invalid, Conflict, Refused, NotAllowed) as refused:
        return told(refused)
    return {}


def told(refused: DomainError) -> dict[str, str]:
    """The refusal as the form shows it; what the request did is undone."""
    fields = words.say_fields(refused)
    db.start_over()
    return fields or {"form": words.say(refused)}
