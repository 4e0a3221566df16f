"""The words of the plan pages: stages, states, progress, evidence, judgements."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

STAGES: dict[str, LazyString] = {
    "plan": _("Plan together"),
    "deploy": _("Deploy together"),
    "carry_out": _("Carry out together"),
    "check": _("Check together"),
    "assess": _("Assess together"),
}
STATES: dict[str, LazyString] = {
    "draft": _("being drafted"),
    "existing": _("existing plan, as it was"),
    "filed": _("decided"),
    "running": _("under way"),
    "closed": _("closed"),
}
LIGHTS: dict[str, LazyString] = {
    "green": _("Green"),
    "blue": _("Blue"),
    "yellow": _("Yellow"),
    "red": _("Red"),
}
PROGRESS: dict[str, LazyString] = {
    "": _("no check yet"),
    "on_track": _("on track"),
    "behind": _("behind"),
    "blocked": _("blocked"),
    "done": _("done"),
}
KINDS: dict[str, LazyString] = {
    "meeting": _("Meeting"),
    "paper": _("Paper"),
    "visit": _("Visit or check"),
    "result": _("Result"),
}
SIDES: dict[str, LazyString] = {
    "business": _("Business"),
    "party": _("Party"),
    "both": _("Both sides"),
}
JUDGEMENTS: dict[str, LazyString] = {
    "both": _("both gained"),
    "business_only": _("business only"),
    "party_only": _("party work only"),
    "neither": _("neither"),
}
OFFERS: dict[str, LazyString] = {
    "open": _("waits for the party group's secretary"),
    "taken": _("a matter was asked for"),
    "declined": _("declined"),
}
ALL = {
    "stages": STAGES,
    "states": STATES,
    "lights": LIGHTS,
    "progress": PROGRESS,
    "kinds": KINDS,
    "sides": SIDES,
    "judgements": JUDGEMENTS,
    "offers": OFFERS,
}
