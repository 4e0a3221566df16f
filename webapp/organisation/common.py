"""What the pages of the organisation share: the blueprint, the words for codes, the inputs."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import Role, Unit, UnitKind
from webapp import auth, clock, db, words
from webapp.role_words import ROLES as ROLES
from workflows import units
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, Refused

bp = Blueprint("organisation", __name__, url_prefix="/organisation")
KINDS: dict[str, LazyString] = {
    UnitKind.COMMITTEE: _("Committee"),
    UnitKind.WORK_COMMITTEE: _("Work committee"),
    UnitKind.PARTY_GROUP: _("Organ (party group)"),
    UnitKind.ORGAN_COMMITTEE: _("Organ's party committee"),
    UnitKind.BRANCH: _("Branch"),
    UnitKind.DEPARTMENT: _("Department"),
}
MANAGERS: dict[str, LazyString] = {
    "committee": _("Committee"),
    "work_committee": _("Work committee"),
    "party_group": _("Organ (party group)"),
}
MEMBERSHIPS: dict[str, LazyString] = {
    "full": _("Full member"),
    "probationary": _("Probationary member"),
    "none": _("Not a member"),
}
ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)


def is_keeper() -> bool:
    """Units, posts and accounts are this person's to keep."""
    return auth.rights().has_role(Role.SYSTEM_ADMIN)


def is_guardian() -> bool:
    """Roles are this person's to give."""
    return auth.rights().has_role(Role.SECURITY_ADMIN)


def today() -> date:
    return day_of(clock.now())


def unit_at(unit_id: int) -> Unit:
    """The unit, if it is open to the person who asks."""
    return units.readable(db.session(), unit_id, rights=auth.rights())


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
    except (Invalid, Conflict, Refused) as refused:
        fields = words.say_fields(refused)
        db.start_over()
        return fields or {"form": words.say(refused)}
    return {}
