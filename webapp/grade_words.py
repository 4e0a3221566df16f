"""The words of the four grades (好, 较好, 一般, 差), for debriefings, assessments and their use."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

GRADES: dict[str, LazyString] = {
    "good": _("Good"),
    "fair": _("Fairly good"),
    "average": _("Average"),
    "poor": _("Poor"),
}
