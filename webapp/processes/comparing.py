"""Two versions side by side: drawings, rules in words, forms, tables, templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, change_words, clock, db, exports, rule_words
from webapp.processes.common import bp
from workflows import differences, drafts, parameters, versions
from workflows.differences import Change, drawing, people
from workflows.engine import Bundle
from workflows.errors import NotFound

DRAWN = ("step", "flow", "lane", "process", "diagram")
Note = dict[str, str]


@dataclass(frozen=True)
class Side:
    """A version or the draft, with how its diagrams are fetched."""

    label: str
    bundle: Bundle
    url: str  # of a diagram, its name left open


def _version(process: str, number: int) -> Side:
    definition = versions.version_of(db.session(), process, number).definition
    bundle = versions.bundle_of(db.session(), definition)
    url = url_for("processes.diagram", process=process, number=number, name="NAME")
    return Side(f"v{number}", bundle, url)


@bp.get("/processes/<process>/<number:number>/changes")
def changes(process: str, number: int) -> ResponseReturnValue:
    """What the version changed in another: `?since=`, else the one before it."""
    after = _version(process, number)
    since = _since(number - 1)
    return _page(process, _version(process, since), after, since, url_for_number(process, number))


def url_for_number(process: str, number: int) -> str:
    return url_for("processes.changes", process=process, number=number)


@bp.get("/process-drafts/<id:draft_id>/changes")
def draft_changes(draft_id: int) -> ResponseReturnValue:
    """What the draft changes in a version: `?since=`, else that which it was made of."""
    found = drafts.get(db.session(), draft_id, rights=auth.rights())
    url = url_for("processes.draft_diagram", draft_id=draft_id, name="NAME")
    after = Side(gettext("draft"), drafts.bundle_of(found), url)
    since = _since(found.base)
    if since == 0:
        before = Side("—", Bundle(found.process, {}), "")
    else:
        before = _version(found.process, since)
    own = url_for("processes.draft_changes", draft_id=draft_id)
    return _page(found.process, before, after, since, own)


def _since(otherwise: int) -> int:
    given = request.args.get("since", "")
    return int(given) if given.isdecimal() and len(given) < 10 else otherwise


def _page(process: str, before: Side, after: Side, since: int, own: str) -> ResponseReturnValue:
    found = differences.between(before.bundle, after.bundle)
    lines = change_words.lines(found)
    if kind := request.args.get("export"):
        name = f"{process} {before.label} {after.label}"
        rows = map(change_words.row, lines)
        return exports.answer(name, change_words.HEADS, rows, kind=kind)
    history = _history(process)
    return render_template(
        "processes/changes.html",
        process=process,
        history=history,
        name=history[0].definition if history else None,
        before=before,
        after=after,
        since=since,
        own=own,
        pairs=_pairs(before, after, found),
        rules=_rules(before.bundle, after.bundle),
        drawn=[line for line, one in zip(lines, found, strict=True) if one.what in DRAWN],
        rest=[line for line, one in zip(lines, found, strict=True) if one.what not in DRAWN],
        heads=change_words.HEADS,
        summary=change_words.summary(found),
        stands=versions.standings(history, now=clock.now()),
    )


def _history(process: str) -> list[versions.Version]:
    try:
        return versions.history(db.session(), process)
    except NotFound:  # a new process has a draft only
        return []


def _pairs(before: Side, after: Side, found: Sequence[Change]) -> list[dict[str, Any]]:
    """Each diagram of which something differs, as two drawings with what is marked in each."""
    old, new = before.bundle.diagrams, after.bundle.diagrams
    names = sorted(old.keys() | new.keys(), key=lambda name: (name != after.bundle.process, name))
    return [_pair(name, before, after, found) for name in names if old.get(name) != new.get(name)]


def _pair(name: str, before: Side, after: Side, found: Sequence[Change]) -> dict[str, Any]:
    left, right = change_words.sides(found, name, _moved(name, before.bundle, after.bundle))
    return {
        "name": name,
        "before": _given(name, before, left),
        "after": _given(name, after, right),
    }


def _given(name: str, side: Side, notes: Sequence[Note]) -> dict[str, Any] | None:
    if name not in side.bundle.diagrams:
        return None
    return {"url": side.url.replace("NAME", name), "notes": list(notes)}


def _moved(name: str, before: Bundle, after: Bundle) -> set[str]:
    old, new = before.diagrams.get(name), after.diagrams.get(name)
    if old is None or new is None:
        return set()
    try:
        return drawing.moved(old, new)
    except differences.UNREADABLE:
        return set()


def _rules(before: Bundle, after: Bundle) -> list[dict[str, str]]:
    """Who acts, until when and by which votes, in words; none of a diagram that is not fit."""
    try:
        found = people.rules_between(before, after)
    except differences.UNREADABLE:
        return []
    figures = parameters.newest(db.session()).values
    return [rule_words.line(one, figures) for one in found]
