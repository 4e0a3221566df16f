"""Plans to move running cases to another version: made, tried, approved, watched, moved back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp import auth, clock, db, exports, i18n, words
from webapp.migrating.common import MOVES, PLANS, bp, reasons, rule
from workflows import definitions, move_lists, move_plans, restarts, versions
from workflows.engine.migration import RULES
from workflows.errors import Invalid
from workflows.move_lists import Search
from workflows.move_plans import UNDER_WAY, Wish

DONE: dict[str, LazyString] = {
    "examine": _("The dry run is made again."),
    "approve": _("Approved: the cases move."),
    "give-up": _("The plan is given up; no case has moved."),
    "halt": _("Halted: no further case moves."),
    "go-on": _("The rest of the cases move."),
}
ACTS: dict[str, Callable[..., Any]] = {
    "examine": move_plans.examine_anew,
    "approve": move_plans.approve,
    "give-up": move_plans.give_up,
    "halt": move_plans.halt,
    "go-on": move_plans.go_on,
}


@bp.get("/case-moves")
def index() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "migrating/index.html",
        plans=move_lists.plans(session),
        words=PLANS,
        waiting=restarts.waiting(session),
    )


@bp.get("/case-moves/new")
def new() -> ResponseReturnValue:
    return _form(None)


@dataclass(frozen=True)
class Chosen:
    """What the form asks about: the process, the versions to move from, the one to move to."""

    process: str
    history: Sequence[versions.Version]
    sources: Sequence[int]
    to: int

    @property
    def renames(self) -> Sequence[move_plans.Rename]:
        known = {one.definition.number: one.definition for one in self.history}
        from_ = [known[one] for one in self.sources if one in known and one != self.to]
        if not from_ or self.to not in known:
            return ()
        return move_plans.renames(db.session(), from_, known[self.to])


def _chosen() -> Chosen:
    """As the address or the form says; else what is in force, and where cases run beside it."""
    process = request.values.get("process", "")
    history = versions.history(db.session(), process) if process else []
    to = _number(request.values.get("to", ""))
    if history and not to:
        to = versions.current_of(history, now=clock.now()).definition.number
    sources = [_number(one) for one in request.values.getlist("from")]
    running = [one.definition.number for one in history if one.cases.running]
    sources = sources or running
    return Chosen(process, history, [one for one in sources if one != to], to)


def _form(refused: Invalid | None) -> ResponseReturnValue:
    """First the process, then its versions, then what takes the place of what is gone."""
    found = [one.current.definition for one in versions.overview(db.session(), now=clock.now())]
    chosen = _chosen()
    page = render_template(
        "migrating/new.html",
        processes=[(one.process, i18n.named(one.name, one.name_en)) for one in found],
        process=chosen.process,
        history=chosen.history,
        to=chosen.to,
        sources=chosen.sources,
        renames=chosen.renames,
        typed=request.form,
        told=words.say_fields(refused) if refused else {},
        refusal=words.say(refused) if refused else "",
    )
    return page, 422 if refused else 200


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


@bp.post("/case-moves/new")
def make() -> ResponseReturnValue:
    given = request.form
    mapping = {
        name.removeprefix("map-"): value
        for name, value in given.items()
        if name.startswith("map-") and value
    }
    wish = Wish(
        process=given.get("process", ""),
        from_numbers=[_number(one) for one in given.getlist("from")],
        to_number=_number(given.get("to", "")),
        reason=given.get("reason", ""),
        mapping=mapping,
        new_deadlines=given.get("new_deadlines") == "yes",
    )
    try:
        plan = move_plans.make(db.session(), wish, rights=auth.rights(), now=clock.now())
    except Invalid as refused:
        db.start_over()
        return _form(refused)
    return redirect(url_for("migrating.show", plan_id=plan.id), 303)


@bp.get("/case-moves/<id:plan_id>")
def show(plan_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    plan = move_lists.plan(session, plan_id, rights=rights)
    search = Search(
        state=request.args.get("state", "")[:20], rule=request.args.get("rule", "")[:40]
    )
    if kind := request.args.get("export"):
        return _export(plan_id, search, kind)
    after = request.args.get("after", "")
    lines, following = move_lists.lines(
        session,
        plan_id,
        search,
        rights=rights,
        after=int(after) if after.isdecimal() and len(after) < 20 else None,
    )
    return _page(plan, search, lines, following)


def _page(plan: move_lists.Plan, search: Search, lines: Any, following: int | None) -> str:
    kept = {name: value for name, value in vars(search).items() if value}
    return render_template(
        "migrating/show.html",
        plan=plan,
        words=PLANS,
        moves=MOVES,
        rules=[(one, rule(one)) for one in RULES],
        reasons=reasons,
        names=_names(plan),
        search=search,
        kept=kept,
        lines=lines,
        after=following,
        under_way=plan.row.state in UNDER_WAY,
        mine=plan.row.made_by == auth.rights().user.id,
        told=request.args.get("told", ""),
    )


def _names(plan: move_lists.Plan) -> dict[str, str]:
    """The steps of the new version by id."""
    spec = definitions.spec_of(db.session(), plan.row.to_id)
    return {one.id: one.name for one in spec.nodes.values()}


def _export(plan_id: int, search: Search, kind: str) -> ResponseReturnValue:
    lines, _more = move_lists.lines(
        db.session(), plan_id, search, rights=auth.rights(), size=exports.MOST
    )
    heads = [
        gettext("Number"),
        gettext("Case"),
        gettext("Unit"),
        gettext("Version now"),
        gettext("Result of the try"),
        gettext("Reason"),
        gettext("Will not pass through"),
    ]
    rows = [
        (
            one.number or str(one.row.case_id),
            one.title,
            one.unit,
            f"v{one.version}",
            str(MOVES[one.row.state]),
            "\n".join((*reasons(one.row.reasons), words.kept_fault(one.row.told))).strip(),
            "、".join(one.row.passed),
        )
        for one in lines
    ]
    return exports.answer(gettext("Moving cases"), heads, rows, kind=kind)


@bp.post("/case-moves/<id:plan_id>/<any('examine','approve','give-up','halt','go-on'):act>")
def act(plan_id: int, act: str) -> ResponseReturnValue:
    ACTS[act](db.session(), plan_id, rights=auth.rights(), now=clock.now())
    flash(str(DONE[act]), "success")
    return redirect(url_for("migrating.show", plan_id=plan_id), 303)


@bp.post("/case-moves/<id:plan_id>/revert")
def revert(plan_id: int) -> ResponseReturnValue:
    try:
        move_plans.revert(
            db.session(),
            plan_id,
            request.form.get("reason", ""),
            rights=auth.rights(),
            now=clock.now(),
        )
    except Invalid as refused:
        told = words.say_fields(refused).get("reason") or words.say(refused)
        db.start_over()
        plan = move_lists.plan(db.session(), plan_id, rights=auth.rights())
        lines, following = move_lists.lines(db.session(), plan_id, Search(), rights=auth.rights())
        flash(told, "danger")
        return _page(plan, Search(), lines, following), 422
    flash(gettext("The cases move back; those that have gone on since stay."), "success")
    return redirect(url_for("migrating.show", plan_id=plan_id), 303)
