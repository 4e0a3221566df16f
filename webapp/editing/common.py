"""What the editors share: a file of a draft is loaded, shown read-only to who does not hold the
pen, and saved; a refused save loses nothing.

    @bp.get("/process-drafts/<id:draft_id>/edit/diagrams/<name>")
    def diagram(draft_id, name):
        opened = common.load(draft_id)
        return render_template("editing/diagram.html", opened=opened, settings=opened.settings(…))

    @bp.post("/process-drafts/<id:draft_id>/edit/diagrams/<name>")
    def save_diagram(draft_id, name):
        sent = common.sent()
        return common.save(draft_id, {f"diagrams/{name}": sent.text("content").encode()}, sent)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from models import DefinitionDraft
from webapp import auth, change_words, clock, db, i18n, words
from workflows import definitions, differences, draft_files, drafts, versions
from workflows.draft_files import Files
from workflows.engine import Bundle
from workflows.engine.validation import Fault
from workflows.errors import Conflict, Invalid, NotFound

bp = Blueprint("editing", __name__)
MOST_CHANGES = 200


@bp.before_request
def for_administrators() -> None:
    """To everybody else there is no such page."""
    versions.require_admin(auth.rights())


@dataclass(frozen=True)
class Opened:
    """A draft as an editor shows it; `mine`: the person holds the pen, else it is read-only."""

    draft: DefinitionDraft
    bundle: Bundle
    mine: bool
    holder: str

    def file(self, part: str, name: str) -> bytes:
        """One file, by the names that stand in addresses; NotFound where there is none."""
        found: bytes | None = getattr(self.bundle, part).get(name)
        if found is None:
            raise NotFound("There is no such file in this version.")
        return found

    def settings(self, **more: Any) -> dict[str, Any]:
        """What every editor's script is told, and what this one is told besides."""
        return {
            "seen": self.draft.version,
            "mine": self.mine,
            "url": request.path,
            "hub": url_for("processes.draft", draft_id=self.draft.id),
            "process": self.draft.process,
            **more,
        }


def load(draft_id: int) -> Opened:
    """The draft for its editor; NotFound where it was published or given up."""
    session, rights = db.session(), auth.rights()
    draft = drafts.get(session, draft_id, rights=rights)
    mine = draft.edited_by == rights.user.id
    return Opened(draft, drafts.bundle_of(draft), mine, drafts.holder_of(session, draft).name)


@dataclass(frozen=True)
class Sent:
    """What an editor sends, as JSON or as a form."""

    body: Mapping[str, Any]
    is_json: bool

    def text(self, name: str) -> str:
        """A text of the body; Invalid where it is missing."""
        found = self.body.get(name)
        if not isinstance(found, str):
            raise Invalid("The request could not be read. Please go back and try again.")
        return found

    @property
    def seen(self) -> int:
        """The `version` of the draft that the editor had loaded."""
        given = str(self.body.get("seen", ""))
        if not given.isdecimal() or len(given) > 9:
            raise Invalid("The request could not be read. Please go back and try again.")
        return int(given)

    @property
    def takes_over(self) -> bool:
        return self.body.get("take_over") in (True, "yes")


def sent() -> Sent:
    """What came with this request."""
    if not request.is_json:
        return Sent(request.form, False)
    body = request.get_json(silent=True)
    return Sent(body if isinstance(body, dict) else {}, True)


def save(draft_id: int, files: Files, sent: Sent) -> ResponseReturnValue:
    """200 with the new `seen` and the faults of the whole draft; 409 with who was faster and what
    is otherwise in the stored files. By form: back to the page.

    Every other refusal (404, 413, 422, an old CSRF token's 400) is answered to a script as
    {"told": sentence} by webapp.errors."""
    try:
        saved = _write(draft_id, files, sent)
    except Conflict as told:
        return _conflict(draft_id, files, sent, told)
    if not sent.is_json:
        return redirect(request.path, 303)
    return jsonify(seen=saved.version, faults=faults_as_json(drafts.faults_of(saved)))


def _write(draft_id: int, files: Files, sent: Sent) -> DefinitionDraft:
    rights, now = auth.rights(), clock.now()
    before = drafts.bundle_of(drafts.get(db.session(), draft_id, rights=rights))
    after = draft_files.changed(before, files)
    db.let_go()
    definitions.faults_of(after)  # takes a while; what it finds is kept for the answer
    session = db.session()
    if sent.takes_over:
        drafts.take_over(session, draft_id, rights=rights, now=now)
    return drafts.write(session, draft_id, files, seen=sent.seen, rights=rights, now=now)


def faults_as_json(faults: Sequence[Fault]) -> list[dict[str, str | None]]:
    """The check report, in the reader's language."""
    english = i18n.language() == "en"
    return [
        {
            "file": one.file,
            "element": one.element,
            "name": one.name,
            "rule": one.rule,
            "text": one.en if english else one.zh,
        }
        for one in faults
    ]


def _conflict(draft_id: int, files: Files, sent: Sent, told: Conflict) -> ResponseReturnValue:
    """Who was faster, and what is otherwise in what is stored than in what was sent."""
    sentence = words.say(told)
    db.start_over()
    opened = load(draft_id)
    mine = draft_files.changed(opened.bundle, files)
    lines = change_words.lines(differences.between(mine, opened.bundle))[:MOST_CHANGES]
    if sent.is_json:
        plain = [{name: str(value) for name, value in line.items()} for line in lines]
        answer = {"told": sentence, "seen": opened.draft.version, "changes": plain}
        return jsonify(mine=opened.mine, holder=opened.holder, **answer), 409
    page = render_template(
        "editing/conflict.html",
        opened=opened,
        told=sentence,
        lines=lines,
        heads=(*change_words.HEADS[:-2], _("What you sent"), _("What is stored")),
        fields=[(name, text) for name, text in request.form.items(multi=True)],
    )
    return page, 409
