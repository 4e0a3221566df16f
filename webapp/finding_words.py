"""What the kinds of established facts are called."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

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
