"""The words of assessments, and where a fact behind a score can be read."""

from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models import Assessment, Role
from webapp import auth
from workflows.fact_sources import Source

REASONS = {"veto": _("veto"), "over_quota": _("over the quota"), "tie": _("tie: for a person")}
MEANS = {
    "computed": _("computed from the record"),
    "self_report": _("self-report, reviewed"),
    "panel": _("scored by evaluators"),
    "survey": _("survey"),
    "import": _("business result"),
    "effect": _("effect on business"),
}
WAYS = {
    "equal": _("both sides by the same weight"),
    "coefficient": _("business by a factor of the party grade"),
    "cap": _("not above the party side"),
}
SIDES: dict[str, LazyString] = {
    "party": _("Party"),
    "business": _("Business"),
    "bonus": _("bonus"),
    "deduction": _("deduction"),
}
GROUNDS: dict[str, LazyString] = {
    "relative": _("a relative works there"),
    "former": _("worked there within three years"),
    "other": _("another reason"),
}

PANEL_HEADS = (
    _("Evaluator"),
    _("Unit"),
    _("Indicator"),
    _("Points"),
    _("Most"),
    _("Per cent"),
    _("Noted"),
)
SCORE_HEADS = (
    _("Unit code"),
    _("Unit"),
    _("Indicator code"),
    _("Indicator"),
    _("Side"),
    _("Points"),
    _("Most"),
    _("Data"),
)


def place_of(source: Source | None, assessment: Assessment, unit_id: int) -> str:
    """The page on which the fact can be read, for who may open it; empty: it has none."""
    if source is None:
        return ""
    if source.kind == "duty":
        return url_for(
            "duties.listing",
            duty=source.key,
            unit=unit_id,
            year=assessment.year,
            state=source.state or None,
        )
    if source.kind == "file":
        if not auth.rights().has_role(Role.ASSESSOR):
            return ""
        return url_for("assessments.results_file", file_id=int(source.key))
    pages = {
        "matter": ("supervision.show", "case_id"),
        "case": ("cases.show", "case_id"),
        "finding": ("duties.fact", "finding_id"),
    }
    endpoint, name = pages[source.kind]
    named_by: dict[str, Any] = {name: int(source.key)}
    return url_for(endpoint, **named_by)


def figure(value: Decimal | None) -> float | None:
    """A score as the browser takes it."""
    return None if value is None else float(value)


def trend(rows: Any) -> dict[str, Any]:
    """Party, business and gap over the years, as the picture takes them."""
    return {
        "at": [year for year, _ in rows],
        "series": [
            {"name": str(name), "values": [figure(getattr(one, part)) for _, one in rows]}
            for part, name in (
                ("party", _("Party")),
                ("business", _("Business")),
                ("gap", _("Gap")),
            )
        ],
    }
