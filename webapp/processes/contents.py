"""One version of a process: its diagrams, forms, tables and templates, each to be looked at."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Definition
from webapp import change_words, clock, db, figure_words, form_previews, security, table_analysis
from webapp.forms import Field, Sheet
from webapp.i18n import named
from webapp.processes import common, figures
from webapp.processes.common import bp
from workflows import definitions, differences, drafts, packages, parameters, versions
from workflows.differences.tables import rows_of
from workflows.engine import Bundle, Node
from workflows.engine.outline import outline
from workflows.errors import NotFound
from workflows.versions import Standing

POLICIES: dict[str, LazyString] = {
    "U": _("exactly one rule fits"),
    "A": _("rules that fit answer the same"),
    "P": _("the weightiest answer counts"),
    "F": _("the first rule that fits counts"),
    "R": _("all that fit, in the order of the rules"),
    "O": _("all that fit, by weight"),
    "C": _("all that fit"),
    "C+": _("sum of all that fit"),
    "C<": _("smallest of all that fit"),
    "C>": _("largest of all that fit"),
    "C#": _("number of all that fit"),
}
PERSONS = ("userTask", "boundaryMessage")
IN_USE = (Standing.IN_FORCE, Standing.EARLIER)


@dataclass(frozen=True)
class Step:
    """A step that waits for a person, as the list beneath the diagram tells it."""

    node: Node
    form: str
    documents: tuple[str, ...]


@bp.get("/processes/<process>")
def show(process: str) -> ResponseReturnValue:
    """The process as it is in force."""
    return _page(versions.history(db.session(), process), None)


@bp.get("/processes/<process>/<number:number>")
def version(process: str, number: int) -> ResponseReturnValue:
    return _page(versions.history(db.session(), process), number)


def _page(history: list[versions.Version], number: int | None) -> ResponseReturnValue:
    session = db.session()
    current = versions.current_of(history, now=clock.now())
    shown = next((v for v in history if v.definition.number == number), None)
    if number is not None and shown is None:
        raise NotFound("There is no such version.")
    definition = (shown or current).definition
    stands = versions.standings(history, now=clock.now())
    bundle = versions.bundle_of(session, definition)
    return render_template(
        "processes/version.html",
        history=history,
        definition=definition,
        newest=current.definition,
        stands=stands,
        standings=common.STANDINGS,
        in_force_count=sum(one in IN_USE for one in stands.values()),
        bundle=bundle,
        steps=_steps(bundle),
        forms=_forms(bundle),
        decisions=_decisions(session, definition),
        figures=_figures(bundle),
        callers=versions.callers_of(session, definition.process),
        waiting=drafts.waiting(session, process=definition.process),
        states=common.STATES,
        kinds=change_words.KINDS,
        shown=figures.shown,
        units=figure_words.UNITS,
    )


def _steps(bundle: Bundle) -> list[tuple[str, list[Step]]]:
    found = []
    for name in sorted(bundle.diagrams, key=lambda one: (one != bundle.process, one)):
        nodes = outline(name, bundle.diagrams[name]).nodes.values()
        steps = [_step(node) for node in nodes if node.kind in PERSONS]
        found.append((name, steps))
    return found


def _step(node: Node) -> Step:
    documents = (one.strip() for one in node.properties.get("documents", "").split(","))
    return Step(node, node.properties.get("formKey") or node.id, tuple(filter(None, documents)))


def _forms(bundle: Bundle) -> list[tuple[str, str]]:
    """Key and name of each form."""
    found = []
    for key in differences.form_keys(bundle.forms):
        schema = _json(bundle, f"{key}.schema.json")
        found.append((key, named(schema.get("title"), schema.get("title_en")) or key))
    return found


def _decisions(session: Any, definition: Definition) -> list[tuple[str, str]]:
    tables = definitions.spec_of(session, definition.id).decisions
    return sorted((key, table.name) for key, table in tables.items())


def _figures(bundle: Bundle) -> list[tuple[str, Any]]:
    """The parameters that the version asks for, as they are in force now."""
    named_here = versions.figures_named(bundle)
    values = parameters.newest(db.session()).values
    return [(key, entry) for key, entry in values.items() if key in named_here]


def _json(bundle: Bundle, name: str) -> dict[str, Any]:
    try:
        found = orjson.loads(bundle.forms.get(name, b"{}"))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _definition(process: str, number: int) -> Definition:
    return versions.version_of(db.session(), process, number).definition


@bp.get("/processes/<process>/<number:number>/diagrams/<name>.bpmn")
def diagram(process: str, number: int, name: str) -> ResponseReturnValue:
    """For the viewer."""
    definition = _definition(process, number)
    response = make_response(versions.file_of(db.session(), definition, "diagrams", name))
    response.headers["Content-Type"] = common.TYPES["diagrams"]
    response.headers["Content-Security-Policy"] = security.SANDBOX
    return response


@bp.get("/processes/<process>/<number:number>/files/<part>/<name>")
def file(process: str, number: int, part: str, name: str) -> ResponseReturnValue:
    definition = _definition(process, number)
    data = versions.file_of(db.session(), definition, part, name)
    return common.download(data, name + common.ENDINGS.get(part, ""), common.TYPES[part])


@bp.get("/processes/<process>/<number:number>/package.zip")
def package(process: str, number: int) -> ResponseReturnValue:
    """The version as a file that can be changed and handed in again."""
    definition = _definition(process, number)
    data = packages.write(versions.bundle_of(db.session(), definition))
    return common.download(data, f"{process}-v{number}.zip", common.PACKAGE)


@bp.get("/processes/<process>/<number:number>/forms/<key>")
def form(process: str, number: int, key: str) -> ResponseReturnValue:
    """The form as a person at the step sees it, nothing of it to be filled in."""
    session, definition = db.session(), _definition(process, number)
    for kind in ("schema", "ui"):
        versions.file_of(session, definition, "forms", f"{key}.{kind}.json")
    sheet = preview(versions.bundle_of(session, definition), key)
    return render_template(
        "processes/form.html", definition=definition, key=key, sheet=sheet, fields=_open(sheet)
    )


def preview(bundle: Bundle, key: str) -> Sheet:
    """The form with words in the place of its lists."""
    return form_previews.sheet(_json(bundle, f"{key}.schema.json"), _json(bundle, f"{key}.ui.json"))


def _open(sheet: Sheet) -> list[Field]:
    """Every field, also those that are asked for by another answer only, with that condition."""
    return [_told(one, sheet.ui) for one in sheet.fields]


def _told(field: Field, ui: Any) -> Field:
    looks = ui.get("fields", {}).get(field.path, {})
    condition = looks.get("show_if", "") if isinstance(looks, dict) else ""
    told = gettext("Shown if: %(condition)s", condition=condition) if condition else ""
    return replace(field, off=False, help=" ".join(filter(None, (field.help, told))))


@bp.get("/processes/<process>/<number:number>/decisions/<key>")
def decision(process: str, number: int, key: str) -> ResponseReturnValue:
    """A decision table as it is read: conditions at the left, answers at the right."""
    definition = _definition(process, number)
    table = definitions.spec_of(db.session(), definition.id).decisions.get(key)
    if table is None:
        raise NotFound("There is no such table.")
    bundle = versions.bundle_of(db.session(), definition)
    return render_template(
        "processes/decision.html",
        definition=definition,
        table=table,
        rows=rows_of(table),
        policy=POLICIES.get(table.hit_policy, table.hit_policy),
        told=table_analysis.of(table),
        cases=table_analysis.cases(bundle, table),
    )
