"""The words of the debriefing pages: states, grades, steps, what the year check draws on."""

from flask_babel import lazy_gettext as _

STATES = {
    "reporting": _("report due"),
    "reported": _("report handed in"),
    "accepted": _("report accepted"),
    "absent": _("no report"),
    "removed": _("removed"),
    "graded": _("graded"),
}
PARTS = {
    "obligations": _("Duties"),
    "matters": _("Matters"),
    "findings": _("Findings"),
    "measures": _("Accountability"),
    "rectifications": _("Rectifications"),
}
STEPS = {
    "approve_round": _("Plan issued"),
    "check_year": _("Year checked"),
    "write_report": _("Report written"),
    "report_missing": _("No report handed in"),
    "check_report": _("Report checked"),
    "hold_session": _("Debriefing session"),
    "close_ballot": _("Ballot counted"),
    "decide_grades": _("Grades decided"),
    "confirm_feedback": _("Feedback received"),
    "published": _("Results published"),
    "list": _("Rectification list"),
}
VERDICTS = {
    "pass": _("passed"),
    "fail": _("failed"),
    "excused": _("excused"),
    "": _("not checked yet"),
}
TURNS = {"waits": _("waits"), "speaks": _("speaks now"), "spoken": _("has spoken")}
WAYS = {"oral": _("Spoke"), "written": _("In writing"), "absent": _("Absent")}
BOXES = {
    "collecting": _("waiting for the scrutineers' keys"),
    "open": _("voting is open"),
    "counted": _("counted"),
    "not_held": _("not held: under five electors"),
}
LISTS = {"rect_passed": _("passed and closed"), "rect_failed": _("failed")}
PROPOSALS = {
    "proposed": _("waits for a decision"),
    "accepted": _("proposal accepted"),
    "declined": _("proposal declined"),
    "lapsed": _("proposal lapsed"),
}
