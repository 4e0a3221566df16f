"""What the pages of moving cases share: the blueprint, who may open them, and their words."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import MoveState, PlanState
from webapp import auth, words
from webapp.i18n import language
from workflows import versions
from workflows.engine.migration import RULES

bp = Blueprint("migrating", __name__)
bp.add_app_template_filter(words.kept_fault, "kept_fault")
PLANS: dict[str, LazyString] = {
    PlanState.EXAMINING: _("dry run under way"),
    PlanState.EXAMINED: _("waits for approval"),
    PlanState.GIVEN_UP: _("given up"),
    PlanState.MOVING: _("cases are moving"),
    PlanState.HALTED: _("halted"),
    PlanState.CHECKING: _("cases are looked over"),
    PlanState.MOVED: _("cases have moved"),
    PlanState.REVERTING: _("cases are moving back"),
    PlanState.REVERTED: _("moved back"),
}
MOVES: dict[str, LazyString] = {
    MoveState.WAITING: _("can move"),
    MoveState.REFUSED: _("cannot move"),
    MoveState.ENDED: _("ended, or elsewhere by now"),
    MoveState.FAILED: _("failed, unchanged"),
    MoveState.MOVED: _("moved"),
    MoveState.REVERTED: _("moved back"),
    MoveState.KEPT: _("gone on, not moved back"),
}


@bp.before_request
def for_administrators() -> None:
    """To everybody else there is no such page."""
    versions.require_admin(auth.rights())


def rule(name: str) -> str:
    """Why a case cannot move, in the reader's language."""
    en, zh = RULES.get(name, (name, name))
    return en if language() == "en" else zh


def reasons(told: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{one['name'] or one['node']}（{one['node']}）：{rule(one['rule'])}" for one in told]
