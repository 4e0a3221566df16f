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
FINDINGS: dict[str, LazyString] = {
    "missed_duty": _("duty missed"),
    "late_duty": _("duty met late"),
    "red_over": _("red light for too long"),
    "unit_reds": _("several red lights of one unit"),
    "false_report": _("false report"),
    "plan_late": _("plan of rectification late"),
    "work_late": _("rectification late"),
    "failed": _("rectification without effect"),
    "relapse": _("problem came back"),
    "interview_refused": _("interview refused"),
    "reminder_escalated": _("reminder without effect"),
    "abuse": _("accountability misused"),
    "debriefing": _("found at a debriefing"),
    "assessment": _("found at an assessment"),
    "inspection": _("found at an inspection"),
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
