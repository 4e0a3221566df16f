"""What these pages share: the blueprint, who may open them, their words."""

from flask import Blueprint
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from webapp import auth, words
from webapp.i18n import named
from workflows import repairs, stuck, versions
from workflows.engine import Node

bp = Blueprint("running", __name__, url_prefix="/running")
bp.add_app_template_filter(words.kept_fault, "kept_fault")
KINDS: dict[str, LazyString] = {
    repairs.RETRY: _("Try the step again now"),
    repairs.SKIP: _("Skip the automatic step that fails"),
    repairs.DATA: _("Correct a value of the case, then try again"),
}
STATES: dict[str, LazyString] = {
    "asked": _("waits for approval"),
    "done": _("done"),
    "declined": _("declined"),
}
STATUSES: dict[str, LazyString] = {
    "running": _("running"),
    "suspended": _("suspended"),
    "failed": _("an automatic step failed"),
}
WHYS: dict[str, LazyString] = {
    stuck.UNREADABLE: _("its state cannot be read"),
    stuck.OVER: _("it is over and was not closed"),
    stuck.NO_TASK: _("a step waits for a person and is in no inbox"),
    stuck.NO_TIMER: _("a timer is armed and the clock does not know it"),
    stuck.NOTHING: _("nothing is waited for"),
}


@bp.before_request
def for_administrators() -> None:
    """To everybody else there is no such page."""
    versions.require_admin(auth.rights())


def step_name(node: Node) -> str:
    """A step by its name in the reader's language, and its id."""
    return f"{named(node.name, node.properties.get('nameEn', '')) or node.id}（{node.id}）"
