"""The parameters in force, the sets before, and a new set with its reason."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import ParameterSet
from webapp import auth, clock, db, exports, words
from webapp.figure_words import UNITS, VALUES
from webapp.i18n import named
from webapp.processes import common
from webapp.processes.common import bp
from workflows import parameters
from workflows.errors import Invalid

STATES: dict[str, LazyString] = {
    "default": _("system's default"),
    "law": _("fixed by rule"),
    "set": _("set here"),
    "unconfirmed": _("unconfirmed"),
}
GROUPS: dict[str, LazyString] = {"days": _("Deadlines"), "rule": _("Rules")}


@bp.get("/parameters")
def figures() -> ResponseReturnValue:
    return _page(parameters.newest(db.session()))


@bp.get("/parameters/<number:number>")
def figure_set(number: int) -> ResponseReturnValue:
    """A set as it was, for cases that still run by it."""
    return _page(parameters.numbered(db.session(), number))


def _page(row: ParameterSet) -> ResponseReturnValue:
    if kind := request.args.get("export"):
        return _export(row, kind)
    sets = parameters.history(db.session())
    before = next((one.row for one in sets if one.row.number == row.number - 1), None)
    return render_template(
        "processes/figures.html",
        row=row,
        newest=sets[0].row,
        sets=sets,
        groups=grouped(row.values),
        changed=parameters.between(before.values, row.values) if before else [],
        tabs=common.tabs("processes.figures"),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "units": UNITS,
        "states": STATES,
        "shown": shown,
        "basis": basis,
        "limits": parameters.limits,
    }


def grouped(values: Mapping[str, parameters.Entry]) -> list[tuple[LazyString, list[Any]]]:
    """Deadlines and rules, each in its order."""
    return [
        (label, [(key, one) for key, one in values.items() if key.partition(".")[0] == group])
        for group, label in GROUPS.items()
    ]


def shown(entry: parameters.Entry) -> str:
    value = parameters.shown(entry)
    return str(VALUES.get(value, value))


def basis(entry: parameters.Entry) -> str:
    """The source; what no rule fixes is said in words."""
    return str(entry.get("article", "")).replace("[D]", gettext("no rule fixes it"))


def _export(row: ParameterSet, kind: str) -> ResponseReturnValue:
    heads = [
        gettext("Parameter"),
        gettext("Description"),
        gettext("Figure"),
        gettext("Unit"),
        gettext("State"),
        gettext("Basis"),
    ]
    rows = [
        (
            key,
            named(entry.get("name"), entry.get("name_en")),
            shown(entry),
            UNITS.get(entry["unit"], entry["unit"]),
            STATES.get(entry["status"], entry["status"]),
            basis(entry),
        )
        for key, entry in row.values.items()
    ]
    name = f"{gettext('Parameters')} {row.number}"
    return exports.answer(name, heads, rows, kind=kind)


@bp.get("/parameters/edit")
def edit_figures() -> ResponseReturnValue:
    row = parameters.newest(db.session())
    return _form(row, row.number, {}, {})


def _form(row: ParameterSet, base: int, typed: Mapping[str, str], told: Mapping[str, str]) -> str:
    return render_template(
        "processes/figures_edit.html",
        row=row,
        base=base,
        groups=grouped(row.values),
        typed=typed,
        told=told,
        faulty=[(key, one) for key, one in row.values.items() if _is_faulty(key, told)],
        plain=parameters.shown,
        **_words(),
    )


def _is_faulty(key: str, told: Mapping[str, str]) -> bool:
    return f"value:{key}" in told or f"article:{key}" in told


@bp.post("/parameters")
def set_figures() -> ResponseReturnValue:
    """First what would change is shown; sent again with `sure` and a reason, it is so."""
    typed = {name: text[:1_000] for name, text in request.form.items() if ":" in name}
    base = request.form.get("base", "")
    number = int(base) if base.isdecimal() and len(base) < 10 else 0
    row = parameters.newest(db.session())
    parameters.require_base(db.session(), row, number)
    try:
        after = parameters.read(row.values, typed)
        if "sure" not in request.form:
            return _preview(row, number, typed, after, {})
        made = parameters.change(
            db.session(),
            number,
            typed,
            request.form.get("reason", ""),
            rights=auth.rights(),
            now=clock.now(),
        )
    except Invalid as refused:
        told = words.say_fields(refused) or {"form": words.say(refused)}
        db.start_over()
        return _refused(number, typed, told)
    flash(
        gettext(
            "Set %(number)s is in force: cases opened from now on run by it. "
            "Those that run keep theirs.",
            number=made.number,
        ),
        "success",
    )
    return redirect(url_for("processes.figures"), 303)


def _refused(number: int, typed: Mapping[str, str], told: Mapping[str, str]) -> ResponseReturnValue:
    row = parameters.newest(db.session())
    if "reason" in told:
        return _preview(row, number, typed, parameters.read(row.values, typed), told)
    return _form(row, number, typed, told), 422


def _preview(
    row: ParameterSet,
    base: int,
    typed: Mapping[str, str],
    after: Mapping[str, parameters.Entry],
    told: Mapping[str, str],
) -> ResponseReturnValue:
    changed = parameters.between(row.values, after)
    if not changed:
        nothing = {"form": gettext("Nothing differs from set %(number)s.", number=row.number)}
        return _form(row, base, typed, nothing), 422
    keys = {f"{kind}:{one.key}" for one in changed for kind in ("value", "article")}
    page = render_template(
        "processes/figures_preview.html",
        row=row,
        base=base,
        typed={name: text for name, text in typed.items() if name in keys},
        changed=changed,
        told=told,
        reason=request.form.get("reason", ""),
        running=sum(one.cases for one in parameters.history(db.session())),
        **_words(),
    )
    return page, 422 if told else 200
