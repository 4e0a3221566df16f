"""两张皮检测: what the rules found in the plans of a year, each hit in words with its facts."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from webapp import auth, clock, db, exports, i18n
from webapp.i18n import named
from webapp.plans.views import bp, number
from workflows import plan_lists, skin_rules, two_skins
from workflows.deadlines import day_of
from workflows.skin_rules import Hit
from workflows.two_skins import Found

HEADS = (_("Year"), _("Organ"), _("Rule"), _("What was found"), _("What mends it"))


def _year() -> int:
    """The year of the address, else the newest that has plans, else this one."""
    years = plan_lists.years(db.session(), auth.rights())
    today = day_of(clock.now()).year
    chosen = number("year")
    return chosen if chosen and chosen < 10_000 else (years[0] if years else today)


def _say(hit: Hit) -> str:
    return two_skins.sentence(hit, english=i18n.language() == "en")


@bp.get("/skins")
def skins() -> ResponseReturnValue:
    """The city, or as much of it as the person sees, by organ: no ranking."""
    session, rights, year = db.session(), auth.rights(), _year()
    found = two_skins.city(session, rights, year, now=clock.now())
    if request.args.get("export"):
        return _export(found)
    whole = two_skins.whole(found)
    return render_template(
        "plans/skins.html",
        year=year,
        year_choices=plan_lists.years(session, rights),
        found=found,
        whole=whole,
        index=sum(part.points for part in whole),
        picture=_picture(found),
        rule_names=[named(rule.name, rule.name_en) for rule in skin_rules.rules()],
        say=_say,
    )


def _picture(found: list[Found]) -> dict[str, Any]:
    """How many hits of each rule, as the bars take them."""
    parts = two_skins.whole(found)
    return {
        "at": [named(part.rule.name, part.rule.name_en) for part in parts],
        "series": [
            {"name": gettext("Hits"), "grade": "fair", "values": [part.hits for part in parts]}
        ],
    }


@bp.get("/skins/<id:unit_id>")
def skins_of(unit_id: int) -> ResponseReturnValue:
    """One organ's year: each hit in words, where it stands, and what mends it."""
    session, rights, year = db.session(), auth.rights(), _year()
    unit = plan_lists.organ_for(session, unit_id, rights=rights)
    found = two_skins.contribution(session, unit.id, year, now=clock.now())
    if request.args.get("export"):
        return _export([found] if found else [])
    return render_template(
        "plans/skins_of.html",
        unit=unit,
        year=year,
        found=found,
        say=_say,
        place=_place,
    )


def _place(hit: Hit) -> str:
    """The page on which the hit can be looked at."""
    return url_for("plans.item", item_id=hit.item_id) if hit.item_id else ""


def _export(found: list[Found]) -> ResponseReturnValue:
    by_code = {rule.code: rule for rule in skin_rules.rules()}
    lines = [
        [
            one.plan.year,
            one.unit.name,
            named(by_code[hit.rule].name, by_code[hit.rule].name_en),
            _say(hit),
            named(by_code[hit.rule].mend, by_code[hit.rule].mend_en),
        ]
        for one in found
        for hit in one.hits
    ]
    return exports.answer("two-skins", [str(head) for head in HEADS], lines)
