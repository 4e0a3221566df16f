"""五同计划: the plans a person may see, each as a board, a timeline and a table; its items."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from models import LIGHTS, JointPlan, Unit
from webapp import auth, clock, db, exports
from webapp.plans import words
from workflows import joint_plans, plan_items, plan_lists
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.plan_lists import Filter

bp = Blueprint("plans", __name__, url_prefix="/plans")
VIEWS = ("board", "timeline", "table")
HEADS = (
    _("Year"),
    _("Organ"),
    _("Item"),
    _("Business goal"),
    _("Party-building measures"),
    _("Indicator"),
    _("Business owner"),
    _("Party owner"),
    _("Due"),
    _("Stage"),
    _("Light"),
    _("Business progress"),
    _("Party progress"),
    _("Judgement"),
)


@bp.context_processor
def _words() -> dict[str, object]:
    return dict(words.ALL)


def number(name: str) -> int | None:
    """A number from the address; none for anything else."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _filter() -> Filter:
    args = request.args
    return Filter(
        words=args.get("words", "").strip()[:80],
        year=number("year"),
        state=args.get("state", "") if args.get("state") in words.STATES else "",
        light=args.get("light", "") if args.get("light") in LIGHTS else "",
    )


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, chosen = db.session(), auth.rights(), _filter()
    if request.args.get("export"):
        return _export(chosen)
    page = plan_lists.page(session, rights, chosen, after=number("after"))
    organs = plan_lists.organs_of(session, rights)
    kept = {"words": chosen.words, "year": chosen.year, "state": chosen.state}
    return render_template(
        "plans/index.html",
        page=page,
        year_choices=[(one, one) for one in plan_lists.years(session, rights)],
        chosen=chosen,
        kept=kept | {"light": chosen.light},
        beginning=[one for one in organs if joint_plans.may_begin(rights, one)],
        year=day_of(clock.now()).year,
    )


def _export(chosen: Filter) -> ResponseReturnValue:
    """One line an item, as the boards show it."""
    session, rights, lines = db.session(), auth.rights(), []
    for row in plan_lists.page(session, rights, chosen, size=plan_lists.MOST_ROWS).rows:
        for card in plan_lists.cards(session, row.plan, row.unit, now=clock.now()):
            lines.append(_line(row.plan, row.unit, card))
    return exports.answer("joint-plans", [str(head) for head in HEADS], lines)


def _line(plan: JointPlan, unit: Unit, card: plan_lists.Card) -> list[object]:
    item = card.item
    return [
        plan.year,
        unit.name,
        item.number,
        item.business_goal,
        "；".join(one.text for one in card.measures),
        item.indicator,
        card.owners["business"].name,
        card.owners["party"].name,
        item.due_on,
        str(words.STAGES[card.stage]),
        str(words.LIGHTS[card.light]),
        str(words.PROGRESS[item.business_state]),
        str(words.PROGRESS[item.party_state]),
        str(words.JUDGEMENTS.get(item.judgement, "")),
    ]


@bp.post("")
def begin() -> ResponseReturnValue:
    """The year's plan is open; its draft waits in the inbox of the full-time deputy secretary."""
    session, rights = db.session(), auth.rights()
    year, unit_id = request.form.get("year", ""), request.form.get("unit", "")
    if len(year) != 4 or not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise Invalid("Please mend what is marked.", fields={"year": Fault("Please enter a year.")})
    is_id = unit_id.isascii() and unit_id.isdecimal() and len(unit_id) < 19
    unit = plan_lists.organ_for(session, int(unit_id) if is_id else 0, rights=rights)
    joint_plans.begin(session, unit, int(year), rights=rights, now=clock.now())
    flash(
        gettext("The plan is begun: its draft waits for the full-time deputy secretary."), "success"
    )
    return redirect(url_for("plans.index"), 303)


@bp.get("/cases/<id:case_id>")
def of_case(case_id: int) -> ResponseReturnValue:
    """From a step of the case to the plan's board."""
    plan = plan_lists.for_case(db.session(), case_id, rights=auth.rights())
    return redirect(url_for("plans.show", plan_id=plan.id))


@bp.get("/<id:plan_id>")
def show(plan_id: int) -> ResponseReturnValue:
    session, rights, now = db.session(), auth.rights(), clock.now()
    plan, unit = plan_lists.get(session, plan_id, rights=rights)
    cards = plan_lists.cards(session, plan, unit, now=now)
    if request.args.get("export"):
        lines = [_line(plan, unit, card) for card in cards]
        name = f"joint-plan-{unit.code}-{plan.year}"
        return exports.answer(name, [str(head) for head in HEADS], lines)
    view = request.args.get("view", "board")
    return render_template(
        "plans/show.html",
        plan=plan,
        unit=unit,
        cards=cards,
        alone=plan_lists.measures_alone(session, plan),
        changes=plan_lists.changes(session, plan),
        timeline=plan_lists.timeline(cards, plan, now=now),
        view=view if view in VIEWS else "board",
        views=VIEWS,
        now=now,
    )


@bp.get("/items/<id:item_id>")
def item(item_id: int) -> ResponseReturnValue:
    opened = plan_items.get(db.session(), item_id, rights=auth.rights())
    return item_page(opened)


def item_page(
    opened: plan_items.Opened, faults: dict[str, str] | None = None, typed: Any = None
) -> ResponseReturnValue:
    """The item with its evidence; refused, what was typed stays."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    [card] = plan_lists.cards_of(session, [opened.item], opened.organ, now=now)
    is_open = opened.plan.state != "closed" and opened.item.dropped_at is None
    own = rights.user.id in (opened.item.owner_business_id, opened.item.owner_party_id)
    waits = [one for one in card.at("carry_out") if one.done_at is None]
    page = render_template(
        "plans/item.html",
        plan=opened.plan,
        unit=opened.organ,
        item=opened.item,
        card=card,
        evidence=plan_items.evidence(session, opened.item),
        may_show=is_open and plan_items.may_show(rights, opened),
        may_finish=is_open and own and bool(waits),
        leads=plan_items.leads(rights, opened.organ),
        faults=faults or {},
        typed=typed or {},
        today=day_of(now),
        now=now,
    )
    return page, 422 if faults else 200
