"""The words of the city picture: states of duties, what a light and a finding are called."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

DUTIES: dict[str, LazyString] = {
    "on_time": _("in time"),
    "late": _("done late"),
    "missed": _("missed"),
    "excused": _("excused"),
    "open": _("to do"),
}
LIGHTS: dict[str, LazyString] = {
    "green": _("On time"),
    "blue": _("Approaching"),
    "yellow": _("Due soon"),
    "red": _("Overdue"),
}
STAGES: dict[str, LazyString] = {
    "plan": _("Plan together"),
    "deploy": _("Deploy together"),
    "carry_out": _("Carry out together"),
    "check": _("Check together"),
    "assess": _("Assess together"),
}
RECTIFIED: dict[str, LazyString] = {
    "passed": _("passed and struck off"),
    "failed": _("without effect"),
    "open": _("under way"),
    "stopped": _("stopped"),
}
GRADES = {"on_time": "good", "late": "average", "missed": "poor"}
LIGHT_GRADES = {"green": "good", "blue": "fair", "yellow": "average", "red": "poor"}
ITEM_LIGHTS: dict[str, LazyString] = {"done": _("all done"), **LIGHTS}
