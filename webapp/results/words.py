"""The words for uses of results, awards, and where a line stands."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import ResultUse
from webapp.grade_words import GRADES

USES: dict[str, LazyString] = {
    "award_priority": _("Awards"),
    "promotion_reference": _("Promotion reference"),
    "exchange": _("Exchange"),
    "training": _("Training"),
    "post_record": _("Record of party work"),
}
AWARDS: dict[str, LazyString] = {
    "excellent_member": _("Excellent member"),
    "excellent_worker": _("Excellent party worker"),
    "other": _("Other award"),
}
STATES: dict[str, LazyString] = {
    "proposed": _("drafted"),
    "left_out": _("left out of the draft"),
    "approved": _("approved"),
    "dropped": _("not used"),
    "fallen": _("fallen in its publicity"),
    "adopted": _("adopted"),
    "refused": _("not adopted"),
    "later": _("to be considered later"),
}
STYLES = {
    "approved": "tag-good",
    "adopted": "tag-good",
    "dropped": "tag-warn",
    "fallen": "tag-warn",
    "refused": "tag-warn",
}
EVENTS: dict[str, LazyString] = {
    **STATES,
    "proposed": _("Drafted"),
    "left_out": _("Left out of the draft"),
    "kept": _("Kept in spite of the flag"),
    "approved": _("Approved by the committee"),
    "dropped": _("Not used"),
    "fallen": _("Fallen in its publicity"),
    "adopted": _("Adopted by the appointing body"),
    "refused": _("Not adopted by the appointing body"),
    "later": _("To be considered later"),
}
BARS: dict[str, LazyString] = {
    "candidate": _("no candidate for appointment"),
    "promotion": _("no promotion"),
    "award": _("no award"),
    "leading_post_12": _("no leading post within 12 months"),
    "higher_post": _("no higher post"),
    "readmission": _("no readmission"),
}
LINES: dict[str, LazyString] = {"party": _("party work"), "business": _("business work")}
PROPOSALS: dict[str, LazyString] = {
    "proposed": _("waits for a decision"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "lapsed": _("lapsed"),
    "merged": _("merged"),
}


def what(line: ResultUse) -> str:
    """The award where it is one, else the use."""
    word = AWARDS.get(line.award) if line.award else None
    return str(word or USES.get(line.use, line.use))


ALL = {
    "uses": USES,
    "awards": AWARDS,
    "states": STATES,
    "styles": STYLES,
    "happened": EVENTS,
    "bar_words": BARS,
    "line_words": LINES,
    "grades": GRADES,
    "proposal_words": PROPOSALS,
    "what": what,
}
