"""全市概览: one page a leader understands in a minute; each figure opens its list."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from webapp import auth, clock, db, exports, i18n
from webapp.city import words
from webapp.finding_words import FINDINGS
from workflows import city_picture, duty_lists
from workflows.city_picture import Figures
from workflows.deadlines import day_of
from workflows.periods import Period

bp = Blueprint("city", __name__, url_prefix="/city")
RECTIFIED = {
    "passed": {"outcome": city_picture.PASSED},
    "failed": {"outcome": city_picture.FAILED},
    "open": {"status": "open"},
}
COLUMNS = {
    "on_time": _("Duties in time"),
    "late": _("Duties late"),
    "missed": _("Duties missed"),
    "plan_items": _("Plan items"),
    "plan_reds": _("of these red"),
    "matters": _("Open matters"),
    "reds": _("of these overdue"),
    "findings": _("Findings"),
    "rect_open": _("Rectifications under way"),
}


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        "duty_words": words.DUTIES,
        "lights": words.LIGHTS,
        "item_lights": words.ITEM_LIGHTS,
        "stage_words": words.STAGES,
        "finding_words": FINDINGS,
        "rectified_words": words.RECTIFIED,
        "columns": COLUMNS,
        "rectified_links": RECTIFIED,
    }


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    scope = city_picture.scope_of(session, rights)
    span = _span()
    figures = city_picture.figures(session, scope, span, now=now)
    if request.args.get("export"):
        return _export(figures)
    past = city_picture.past(session, scope, span)
    gaps = city_picture.gaps(session, now=now)
    return render_template(
        "city/index.html",
        scope=scope,
        span=span,
        figures=figures,
        past=past,
        rate=city_picture.rate,
        gaps=gaps if scope.is_city else [],
        spans=_spans(),
        chosen=duty_lists.name_of_span(span),
        links=_links(scope, span),
        pictures=pictures(figures, past),
        now=now,
    )


def _span() -> Period:
    return duty_lists.span_named(request.args.get("span", ""), today=day_of(clock.now()))


def _spans() -> list[tuple[str, str]]:
    """This year and the last, their quarters and months up to now."""
    today, found = day_of(clock.now()), []
    for year in (today.year, today.year - 1):
        names = [f"{year}", *(f"{year}Q{n}" for n in range(1, 5))]
        names += [f"{year}-{n:02}" for n in range(1, 13)]
        spans = [(name, duty_lists.span_named(name, today=today)) for name in names]
        found += [(name, span.label) for name, span in spans if span.first <= today]
    return found


def _links(scope: city_picture.Scope, span: Period) -> dict[str, dict[str, Any]]:
    """What narrows each list down to the figures of the page."""
    unit = scope.only.id if scope.only else None
    year = span.first.year
    dates = {"since": span.first.isoformat(), "until": span.last.isoformat()}
    return {
        "duties": {"year": year, "part": duty_lists.name_of_span(span)[4:], "unit": unit},
        "matters": {"unit": unit},
        "findings": {"status": "established", "unit": unit, **dates},
        "items": {"year": year},
        "cases": {"process": "rectification", **dates, "unit": unit},
    }


def frozen_links(month: int, span: Period) -> dict[str, dict[str, Any]]:
    """Where the figures of a month's circular lead."""
    dates = {"since": span.first.isoformat(), "until": span.last.isoformat()}
    return {
        "duties": {"year": month // 100, "part": duty_lists.name_of_span(span)[4:]},
        "matters": {},
        "findings": {"status": "established", **dates},
        "items": {"year": month // 100},
        "cases": {"process": "rectification", **dates},
    }


@bp.app_template_filter("as_moment")
def as_moment(text: str) -> str:
    """A moment that stands as text in frozen figures."""
    return i18n.moment(datetime.fromisoformat(text))


def pictures(figures: Figures, past: Figures) -> dict[str, Any]:
    """The figures as the bars take them."""
    return {
        "duties": {
            "at": [past["label"], figures["label"]],
            "series": [
                {
                    "name": str(words.DUTIES[name]),
                    "grade": grade,
                    "values": [past["duties"][name], figures["duties"][name]],
                }
                for name, grade in words.GRADES.items()
                if name != "on_time"
            ],
        },
        "stages": {
            "at": [str(words.STAGES[stage]) for stage in figures["stages"]],
            "series": [
                {
                    "name": str(words.LIGHTS[light]),
                    "grade": grade,
                    "values": [lights[light] for lights in figures["stages"].values()],
                }
                for light, grade in words.LIGHT_GRADES.items()
            ],
        },
        "findings": {
            "at": [str(FINDINGS.get(kind, kind)) for kind in figures["findings"]],
            "series": [
                {
                    "name": gettext("Findings"),
                    "grade": "fair",
                    "values": list(figures["findings"].values()),
                }
            ],
        },
    }


def _export(figures: Figures) -> ResponseReturnValue:
    """A line an organ, in the official order."""
    heads = [
        gettext("Organ"),
        *(str(one) for one in COLUMNS.values()),
        gettext("Adds to the index"),
    ]
    lines = [
        [one["name"], *(one[name] for name in COLUMNS), one.get("skins", "")]
        for one in figures["organs"]
    ]
    return exports.answer("city-picture", heads, lines)
