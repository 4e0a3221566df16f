"""The words for the units of figures, and for yes and no."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

UNITS: dict[str, LazyString] = {
    "working days": _("working days"),
    "hours": _("hours"),
    "months": _("months"),
    "persons": _("persons"),
    "times": _("times"),
    "percent": _("percent"),
    "matters": _("matters"),
    "points": _("points"),
    "days": _("days"),
    "share": _("share"),
    "code": _("code"),
    "yes/no": _("yes or no"),
}
VALUES: dict[str, LazyString] = {"yes": _("yes"), "no": _("no")}
