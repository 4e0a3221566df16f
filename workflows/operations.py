"""Every operation that a diagram may name: importing this file fills the registry."""

from workflows import (  # noqa: F401
    accountability,
    appeals,
    assessment_results,
    assessment_rounds,
    corrections,
    debriefing_grades,
    debriefing_sessions,
    debriefings,
    executions,
    extensions,
    grounds,
    hearings,
    inspection_results,
    inspections,
    interviews,
    joint_plans,
    levels,
    lights,
    matters,
    plan_changes,
    plan_steps,
    rectifications,
    reminders,
    responsibilities,
    result_uses,
    results,
    survey_steps,
    urgings,
    verdicts,
)
from workflows.registry import OPERATIONS, takes

__all__ = ["names", "takes"]


def names() -> frozenset[str]:
    """The names that a service task may call."""
    return frozenset(OPERATIONS)
