"""A version or a draft in words: who does what, until when, and where it goes on; to be printed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp import auth, change_words, db, rule_words
from webapp.i18n import language, named
from webapp.processes import common
from webapp.processes.common import bp
from workflows import assignment_words, described, drafts, parameters, plain_papers, versions
from workflows.described import Diagram, Exit, Step, Texts
from workflows.engine import Bundle, Node
from workflows.plain_papers import Line

ACTS: dict[str, LazyString] = {
    "decision": _("a decision"),
    "approval": _("an approval"),
    "meeting": _("a meeting with the person concerned"),
    "signature": _("a signature"),
    "report": _("a report"),
    "opinion": _("an opinion"),
    "check": _("a check"),
    "review": _("a review"),
    "record": _("a record"),
    "service": _("service of a paper"),
    "vote": _("a vote"),
    "score": _("a score"),
}
PERSONS = ("userTask", "boundaryMessage")
Figures = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Told:
    """A step in words: its heading, what holds of it, and where it goes on."""

    heading: str
    level: int
    facts: Sequence[tuple[str, str]]
    exits: Sequence[str]


@dataclass(frozen=True)
class Part:
    """A diagram in words."""

    title: str
    facts: Sequence[tuple[str, str]]
    steps: Sequence[Told]


@bp.get("/processes/<process>/<number:number>/described")
def described_version(process: str, number: int) -> ResponseReturnValue:
    """The version in words, or the same as a paper."""
    definition = versions.version_of(db.session(), process, number).definition
    name = f"{named(definition.name, definition.name_en)} v{number}"
    back = url_for("processes.version", process=process, number=number)
    return _answer(name, versions.bundle_of(db.session(), definition), back)


@bp.get("/process-drafts/<id:draft_id>/described")
def described_draft(draft_id: int) -> ResponseReturnValue:
    found = drafts.get(db.session(), draft_id, rights=auth.rights())
    name = f"{named(found.name, found.name_en)} ({gettext('Draft')})"
    back = url_for("processes.draft", draft_id=draft_id)
    return _answer(name, drafts.bundle_of(found), back)


def _answer(name: str, bundle: Bundle, back: str) -> ResponseReturnValue:
    figures = parameters.newest(db.session()).values
    parts = [_part(one, figures, bundle.process) for one in described.describe(bundle)]
    if request.args.get("export") == "docx":
        title = gettext("%(name)s in words", name=name)
        data = plain_papers.write(title, _lines(parts))
        return common.download(data, f"{title}.docx", common.TYPES["documents"])
    return render_template("processes/described.html", name=name, parts=parts, back=back)


def _lines(parts: Sequence[Part]) -> Iterator[Line]:
    colon = gettext(": ")
    for part in parts:
        yield Line(part.title, 1)
        yield from (Line(f"{label}{colon}{value}") for label, value in part.facts)
        for step in part.steps:
            yield Line(step.heading, 2)
            yield from (Line(f"{label}{colon}{value}") for label, value in step.facts)
            yield from map(Line, step.exits)


def _part(diagram: Diagram, figures: Figures, process: str) -> Part:
    root = diagram.process
    if root is None:
        unreadable = gettext("It cannot be told in words until its faults are mended.")
        return Part(diagram.id, [(gettext("Diagram"), unreadable)], ())
    title = named(root.name, root.properties.get("nameEn", ""))
    if diagram.id != process:
        title = gettext("Called process: %(name)s", name=title)
    names = {step.node.id: step.name for step in diagram.steps}
    numbers = {step.node.id: step.number for step in diagram.steps}
    facts = [(gettext("Legal basis"), root.properties.get("basis", ""))]
    steps = [_told(step, figures, names, numbers) for step in diagram.steps]
    return Part(title, [one for one in facts if one[1]], steps)


def _told(
    step: Step, figures: Figures, names: Mapping[str, Texts], numbers: Mapping[str, str]
) -> Told:
    kind = str(change_words.KINDS.get(step.node.kind, step.node.kind))
    heading = f"{step.number}  {_said(step.name)} ({kind})"
    facts = [one for one in _facts(step, figures, names, numbers) if one[1]]
    return Told(heading, step.number.count("."), facts, [_exit(one) for one in step.exits])


def _said(texts: Texts) -> str:
    return named(texts[0], texts[1])


def _facts(
    step: Step, figures: Figures, names: Mapping[str, Texts], numbers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    node, said = step.node, step.node.properties
    if node.attached_to:
        yield gettext("Beside"), _beside(node, names, numbers)
    if node.kind in PERSONS:
        zh, en = assignment_words.say(said, names)
        yield gettext("Who does it"), en if language() == "en" else zh
    yield gettext("Time"), _time(step, figures)
    yield gettext("Deadline"), _deadline(said, figures)
    yield gettext("Several people"), _several(step)
    yield gettext("Its form"), _form(step)
    yield gettext("Kind of act"), str(ACTS.get(said.get("act", ""), ""))
    yield gettext("Asked for"), _asked(said)
    yield gettext("Decision table"), step.decision
    yield gettext("Called process"), node.called or ""
    yield gettext("Legal basis"), said.get("basis", "")
    yield gettext("Documents"), said.get("documents", "")
    yield gettext("State shown"), said.get("status", "")


def _beside(node: Node, names: Mapping[str, Texts], numbers: Mapping[str, str]) -> str:
    host = str(node.attached_to)
    step = f"{numbers.get(host, '')} {_said(names.get(host, (host, host)))}".strip()
    if node.interrupting:
        return str(gettext("%(step)s, which it ends", step=step))
    return str(gettext("%(step)s, which goes on", step=step))


def _time(step: Step, figures: Figures) -> str:
    written = step.texts.get("timer", "").partition(": ")[2]
    return rule_words.moment(written, figures) if written else ""


def _deadline(said: Mapping[str, str], figures: Figures) -> str:
    if not said.get("due"):
        return ""
    parts = [rule_words.moment(said["due"], figures)]
    if said.get("clock") in rule_words.CLOCKS:
        parts.append(str(rule_words.CLOCKS[said["clock"]]))
    return str(gettext("; ")).join(parts)


def _several(step: Step) -> str:
    if not step.node.collection:
        return ""
    in_turn = step.texts.get("sequential") == "true"
    order = gettext("one after the other") if in_turn else gettext("all at the same time")
    parts = [gettext("for each of %(list)s", list=step.node.collection), order]
    if step.until[0]:
        parts.append(gettext("it is over as soon as %(condition)s", condition=_said(step.until)))
    return str(gettext("; ")).join(map(str, parts))


def _form(step: Step) -> str:
    if step.form is None:
        return ""
    fields = gettext(", ").join(_said(one) for one in step.form.fields)
    return f"{_said(step.form.title)} ({fields})" if fields else _said(step.form.title)


def _asked(said: Mapping[str, str]) -> str:
    parts = []
    if said.get("opinion") == "required":
        parts.append(gettext("an opinion"))
    if said.get("signature") == "yes":
        parts.append(gettext("a signature"))
    return str(gettext(", ")).join(map(str, parts))


def _exit(one: Exit) -> str:
    step = f"{one.number} {_said(one.name)}".strip()
    if one.condition[0]:
        condition = _said(one.condition)
        return str(gettext("If %(condition)s: on to %(step)s", condition=condition, step=step))
    if one.default:
        return str(gettext("Otherwise: on to %(step)s", step=step))
    return str(gettext("Then: on to %(step)s", step=step))
