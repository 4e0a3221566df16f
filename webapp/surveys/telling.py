"""The words of a survey's cells."""

from collections.abc import Mapping, Sequence

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Unit
from webapp.i18n import named
from workflows.survey_populations import TOGETHER

VALUES: Mapping[str, Mapping[str, LazyString]] = {
    "level": {
        "committee": _("Party committee"),
        "work_committee": _("Work committee"),
        "party_group": _("Organ"),
        "organ_committee": _("Organ's party committee"),
        "branch": _("Branch"),
        "department": _("Department"),
    },
    "post": {"yes": _("With a post"), "no": _("Without a post")},
    "membership": {
        "full": _("Full members"),
        "probationary": _("Probationary members"),
        "none": _("Not in the party"),
    },
    "cadre": {"yes": _("Leading cadres"), "no": _("Others")},
}


def group_name(attributes: Sequence[str], values: Sequence[str], organs: Mapping[str, Unit]) -> str:
    """A group in words; who is not told apart is said to be."""
    if values and set(values) == {TOGETHER}:
        return str(gettext("not told apart"))
    told = [_value(name, value, organs) for name, value in zip(attributes, values, strict=True)]
    return " · ".join(told) or str(gettext("All together"))


def _value(attribute: str, value: str, organs: Mapping[str, Unit]) -> str:
    if value == TOGETHER:
        return str(gettext("not told apart"))
    if attribute == "organ":
        unit = organs.get(value)
        return named(unit.name, unit.name_en) if unit else value
    return str(VALUES[attribute].get(value, value))
