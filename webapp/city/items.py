"""The plan items behind a figure of the picture."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import LIGHTS, STAGES
from webapp import auth, clock, db, exports
from webapp.city import words
from webapp.city.views import bp
from workflows import city_picture, city_picture_items
from workflows.city_picture_items import Chosen, Page
from workflows.deadlines import day_of

HEADS = ("Organ", "Item", "Business goal", "Light", "Due")


@bp.get("/items")
def items() -> ResponseReturnValue:
    session, chosen = db.session(), _chosen()
    scope = city_picture.scope_of(session, auth.rights())
    if request.args.get("export"):
        most = city_picture_items.MOST_ROWS
        return _export(city_picture_items.page(session, scope, chosen, size=most))
    year = day_of(clock.now()).year
    return render_template(
        "city/items.html",
        page=city_picture_items.page(session, scope, chosen, after=_number("after")),
        years=[(one, one) for one in (year, year - 1, year - 2)],
        organs=[(one.id, one.name) for one in scope.organs],
        chosen=chosen,
        kept={
            "year": chosen.year,
            "stage": chosen.stage,
            "light": chosen.light,
            "unit": chosen.unit_id,
        },
    )


def _chosen() -> Chosen:
    args, year = request.args, _number("year")
    light = args.get("light", "")
    return Chosen(
        year if year and year < 10_000 else day_of(clock.now()).year,
        args.get("stage", "") if args.get("stage") in STAGES else "",
        light if light in (city_picture.DONE, *LIGHTS) else "",
        _number("unit"),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _export(page: Page) -> ResponseReturnValue:
    lines = [
        [
            row.unit.name,
            row.item.number,
            row.item.business_goal,
            str(words.ITEM_LIGHTS[row.light]),
            row.due_at,
        ]
        for row in page.rows
    ]
    return exports.answer("plan-items", [gettext(head) for head in HEADS], lines)
