"""The hub of a draft: its files, what is wrong with it, who writes in it, its way to release."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Definition, DefinitionDraft
from webapp import auth, change_words, clock, db, errors, exports, urls, words
from webapp.processes import common
from webapp.processes.common import bp
from workflows import definitions, differences, drafts, packages, releases, versions
from workflows.deadlines import day_of
from workflows.engine import Bundle
from workflows.engine.validation import Fault
from workflows.errors import DomainError, Invalid, NotFound, TooLarge

# By a file's ending: where it is edited; test cases beside their table.
ENDINGS = ((".bpmn", "diagrams"), (".dmn", "decisions"), (".json", "decisions"))
PARTS: dict[str, LazyString] = {
    "diagrams": _("Diagrams"),
    "decisions": _("Decision tables"),
    "forms": _("Forms"),
    "documents": _("Document templates"),
}


@bp.post("/processes/<process>/draft")
def begin(process: str) -> ResponseReturnValue:
    """The draft of the process, made of its newest version if there is none."""
    made = drafts.begin(db.session(), process, rights=auth.rights(), now=clock.now())
    return redirect(url_for("processes.draft", draft_id=made.id), 303)


@bp.get("/process-drafts/<id:draft_id>")
def draft(draft_id: int) -> ResponseReturnValue:
    if kind := request.args.get("export"):
        found = _get(draft_id)
        lines = change_words.lines(drafts.changes_of(db.session(), found))
        rows = map(change_words.row, lines)
        return exports.answer(found.process, change_words.HEADS, rows, kind=kind)
    return _page(draft_id, {})


def _get(draft_id: int) -> DefinitionDraft:
    return drafts.get(db.session(), draft_id, rights=auth.rights())


def _page(draft_id: int, told: Mapping[str, str]) -> str:
    session, found = db.session(), _get(draft_id)
    bundle, changes = drafts.bundle_of(found), drafts.changes_of(session, found)
    history = versions.history(session, found.process) if found.base else []
    me = auth.rights().user.id
    return render_template(
        "processes/draft.html",
        draft=found,
        waiting=next(w for w in drafts.waiting(session) if w.draft.id == draft_id),
        mine=found.edited_by == me,
        may_review=found.may_review(me),
        people=drafts.people_of(session, found),
        states=common.STATES,
        history=history,
        newest=definitions.newest_of(session, found.process),
        running=[v for v in history if v.cases.running],
        files=_files(found, bundle, drafts.base_of(session, found)),
        faults=_by_file(draft_id, drafts.faults_of(found)),
        lines=change_words.lines(changes),
        summary=change_words.summary(changes),
        heads=change_words.HEADS,
        diagrams=_diagrams(bundle, change_words.notes(changes)),
        told=told,
        typed=request.form,
        today=day_of(clock.now()),
        most=packages.LARGEST,
    )


def _diagrams(
    bundle: Bundle, notes: Mapping[str, list[dict[str, str]]]
) -> list[tuple[str, list[dict[str, str]]]]:
    return [(name, notes.get(name, [])) for name in sorted(bundle.diagrams)]


def _files(
    found: DefinitionDraft, bundle: Bundle, base: Bundle
) -> list[tuple[LazyString, list[dict[str, Any]]]]:
    """By part: each thing that is edited as one, a form with its two files, a table with its test
    cases; and what became of it since the base."""
    shown = []
    for part, label in PARTS.items():
        before = _names(base, part)
        ones = [
            {**_file(found, bundle, part, name), "new": bool(found.base) and name not in before}
            for name in _names(bundle, part)
        ]
        if ones:
            shown.append((label, ones))
    return shown


def _names(bundle: Bundle, part: str) -> list[str]:
    files: Mapping[str, bytes] = getattr(bundle, part)
    return differences.form_keys(files) if part == "forms" else sorted(files)


def _file(found: DefinitionDraft, bundle: Bundle, part: str, name: str) -> dict[str, Any]:
    stored = {
        "forms": (f"forms/{name}.schema.json", f"forms/{name}.ui.json"),
        "decisions": (f"decisions/{name}", f"tests/{name}.json"),
    }.get(part, (f"{part}/{name}",))
    return {
        "part": part,
        "name": name,
        "title": common.title_of(bundle, part, name),
        "edit": editor(found.id, part, name),
        "changed": any(path in found.changed_in for path in stored),
    }


def editor(draft_id: int, part: str, name: str) -> str:
    """Where a file is edited; nowhere for a Word template, which is handed in anew."""
    if part not in ("diagrams", "decisions", "forms"):
        return ""
    return f"{url_for('processes.draft', draft_id=draft_id)}/edit/{part}/{name}"


def _by_file(draft_id: int, faults: Sequence[Fault]) -> list[tuple[str, str, list[Fault]]]:
    """The check report: file, where it is edited, faults."""
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        found.setdefault(fault.file, []).append(fault)
    return [(file, _editor_of(draft_id, file), ones) for file, ones in found.items()]


def _editor_of(draft_id: int, file: str) -> str:
    """Where the file of a fault is edited."""
    name = file.rpartition("/")[2]
    if name.endswith((".schema.json", ".ui.json")):
        return editor(draft_id, "forms", name.removesuffix(".json").rpartition(".")[0])
    for ending, part in ENDINGS:
        if name.endswith(ending):
            return editor(draft_id, part, name.removesuffix(ending))
    return ""


@bp.get("/process-drafts/<id:draft_id>/diagrams/<name>.bpmn")
def draft_diagram(draft_id: int, name: str) -> ResponseReturnValue:
    diagram = drafts.bundle_of(_get(draft_id)).diagrams.get(name)
    if diagram is None:
        raise NotFound("There is no such file in this version.")
    return common.download(diagram, f"{name}.bpmn", common.TYPES["diagrams"])


@bp.get("/process-drafts/<id:draft_id>/files/<part>/<name>")
def draft_file(draft_id: int, part: str, name: str) -> ResponseReturnValue:
    """One file of the draft, to be taken along."""
    files: Mapping[str, bytes] = getattr(drafts.bundle_of(_get(draft_id)), part, {})
    if part not in PARTS or name not in files:
        raise NotFound("There is no such file in this version.")
    return common.download(files[name], name + common.ENDINGS.get(part, ""), common.TYPES[part])


@bp.get("/process-drafts/<id:draft_id>/package.zip")
def draft_package(draft_id: int) -> ResponseReturnValue:
    found = _get(draft_id)
    package = packages.write(drafts.bundle_of(found))
    return common.download(package, f"{found.process}-draft.zip", common.PACKAGE)


@bp.post("/process-drafts/<id:draft_id>/documents")
def put_document(draft_id: int) -> ResponseReturnValue:
    """A Word template handed in anew, or taken away."""
    gone = request.form.get("remove", "")
    try:
        name, content = (gone, None) if gone else _document()
        files = {f"documents/{name}": content}
        now, seen = clock.now(), _seen()
        drafts.write(db.session(), draft_id, files, seen=seen, rights=auth.rights(), now=now)
    except (Invalid, TooLarge) as refused:
        return _refused(draft_id, refused)
    return redirect(url_for("processes.draft", draft_id=draft_id), 303)


def _document() -> tuple[str, bytes]:
    sent = request.files.get("document")
    if sent is None or not sent.filename:
        raise Invalid("Please choose a file.")
    with sent.stream as stream:
        return sent.filename, stream.read(packages.LARGEST[".docx"] + 1)


def _seen() -> int:
    given = request.form.get("seen", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


@bp.post("/process-drafts/<id:draft_id>/take-over")
def take_over(draft_id: int) -> ResponseReturnValue:
    """The pen changes hands; on to the editor that asked for it."""
    taken = drafts.take_over(db.session(), draft_id, rights=auth.rights(), now=clock.now())
    flash(gettext("You are editing this draft now."), "success")
    hub = url_for("processes.draft", draft_id=taken.id)
    return redirect(urls.safe_next(request.args.get("next"), hub), 303)


@bp.post("/process-drafts/<id:draft_id>/go-on")
def go_on(draft_id: int) -> ResponseReturnValue:
    """The draft counts as made of the version that came in between."""
    found = drafts.go_on_from_newest(db.session(), draft_id, rights=auth.rights(), now=clock.now())
    return redirect(url_for("processes.draft", draft_id=found.id), 303)


@bp.post("/process-drafts/<id:draft_id>/discard")
def discard(draft_id: int) -> ResponseReturnValue:
    gone = drafts.discard(db.session(), draft_id, rights=auth.rights(), now=clock.now())
    flash(gettext("The draft is given up."), "success")
    is_new = definitions.newest_of(db.session(), gone.process) is None
    target = (
        url_for("processes.index") if is_new else url_for("processes.show", process=gone.process)
    )
    return redirect(target, 303)


@bp.post("/process-drafts/<id:draft_id>/hand-in")
def hand_in(draft_id: int) -> ResponseReturnValue:
    """Checked once more, it waits for a second person."""
    _check_first(draft_id)
    try:
        releases.hand_in(
            db.session(),
            draft_id,
            request.form.get("note", ""),
            _day(),
            rights=auth.rights(),
            now=clock.now(),
        )
    except (Invalid, definitions.Unfit) as refused:
        return _refused(draft_id, refused)
    flash(gettext("Handed in: it waits for its review by a second person."), "success")
    return redirect(url_for("processes.draft", draft_id=draft_id), 303)


def _check_first(draft_id: int) -> None:
    """The checks take a while and hold nothing of the database; what they find is kept."""
    bundle = drafts.bundle_of(_get(draft_id))
    db.let_go()
    definitions.faults_of(bundle)


def _day() -> date | None:
    """The day from which the version shall be in force; none: at once."""
    given = request.form.get("effective_from", "").strip()
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        said = {"effective_from": gettext("Please enter a day as 2026-03-02.")}
        raise Invalid("Please mend what is marked.", fields=said) from None


def _refused(draft_id: int, refused: DomainError) -> ResponseReturnValue:
    told = words.say_fields(refused) or {"form": words.say(refused)}
    db.start_over()
    return _page(draft_id, told), errors.status_of(refused)


@bp.post("/process-drafts/<id:draft_id>/review")
def review(draft_id: int) -> ResponseReturnValue:
    """Approved or returned, by a second person, on what was seen."""
    verdict = releases.Verdict(
        approved=request.form.get("verdict") == "approve",
        remark=request.form.get("remark", ""),
        seen=_seen(),
    )
    try:
        releases.review(db.session(), draft_id, verdict, rights=auth.rights(), now=clock.now())
    except Invalid as refused:
        return _refused(draft_id, refused)
    said = _("The draft is approved.") if verdict.approved else _("The draft is returned.")
    flash(str(said), "success")
    return redirect(url_for("processes.draft", draft_id=draft_id), 303)


@bp.post("/process-drafts/<id:draft_id>/publish")
def publish(draft_id: int) -> ResponseReturnValue:
    _check_first(draft_id)
    try:
        made = releases.publish(
            db.session(), draft_id, _day(), rights=auth.rights(), now=clock.now()
        )
    except Invalid as refused:
        return _refused(draft_id, refused)
    flash(_said(made), "success")
    return redirect(url_for("processes.show", process=made.process), 303)


def _said(made: Definition) -> str:
    if made.has_begun(clock.now()):
        return str(
            gettext(
                "v%(number)s is in force: cases opened from now on run by it. "
                "Those that run keep their version.",
                number=made.number,
            )
        )
    return str(
        gettext(
            "v%(number)s is published and takes effect on %(day)s. Until then it can be withdrawn.",
            number=made.number,
            day=day_of(made.effective_from).isoformat(),
        )
    )
