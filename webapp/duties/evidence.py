"""One obligation: what the duty asks, what was handed in, why it stands so, and the acts on it."""

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import FileStorage

from models import StoredFile
from webapp import auth, clock, db, security, words
from webapp.duties.common import bp
from webapp.files import store
from workflows import duty_lists, duty_reasons, evidence, files, finding_lists, lifting
from workflows.errors import Conflict, DomainError, Invalid, NotFound, Refused, TooLarge
from workflows.evidence import Handed, Owed, Paper
from workflows.findings import Key
from workflows.forms import Fault

MOST_DIGITS = 9
REMEDIES: dict[str, LazyString] = {
    "hand_in": _("Hand in the evidence: held within the period, the duty is met in time."),
    "prove": _(
        "Show that it was held within the period: then it counts as met in time and the fact "
        "that it was missed falls away."
    ),
    "late": _("Hand in what was held later: it then counts as met late."),
    "correct": _("Correct what was handed in; what stood before stays on file."),
    "excuse": _(
        "The rule says “generally”: the committee above or a supervisor may excuse it with a "
        "reason."
    ),
    "lift": _("Where it was asked of the unit by mistake, its supervisor lifts it with a reason."),
}


def _owed(key: str) -> Owed:
    return evidence.get(db.session(), Key.read(key), rights=auth.rights())


@bp.get("/obligations/<key>")
def show(key: str) -> ResponseReturnValue:
    return _page(key)


def _page(
    key: str,
    *,
    faults: dict[str, str] | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    session, owed = db.session(), _owed(key)
    handed = evidence.history(session, owed)
    if handed:  # it names who came and when: the reading is on file before it is shown
        db.sensitive_read(handed[0].evidence, user=auth.rights().user, page="obligation")
    finding = evidence.finding_about(session, owed)
    page = render_template(
        "duties/show.html",
        owed=owed,
        word=duty_lists.word_of(owed.obligation, clock.now()),
        due=duty_lists.due_of(owed.obligation),
        handed=handed,
        latest=handed[0] if handed else None,
        reckoned=duty_reasons.reckon(session, owed),
        remedies=[REMEDIES[one] for one in duty_reasons.still_possible(owed)],
        may_lift=lifting.may_lift(auth.rights(), owed),
        finding=finding,
        uses=finding_lists.uses(session, finding, rights=auth.rights()) if finding else [],
        typed=request.form if request.method == "POST" else None,
        faults=faults or {},
        message=words.say(refusal) if refusal else "",
    )
    return page, status


@bp.post("/obligations/<key>")
def hand_in(key: str) -> ResponseReturnValue:
    """The evidence is in; refused, the page says why and what was typed stays."""
    owed = _owed(key)
    evidence.require_hand_in(owed)
    try:
        paper = _paper(owed)
        evidence.hand_in(db.session(), owed.key, paper, by=auth.rights().user, now=clock.now())
    except (Invalid, TooLarge) as refusal:
        db.start_over()
        return _page(key, faults=words.say_fields(refusal), refusal=refusal, status=422)
    except Conflict as refusal:
        db.start_over()
        return _page(key, refusal=refusal, status=409)
    flash(gettext("The evidence is handed in."), "success")
    return redirect(url_for("duties.show", key=key), 303)


def _paper(owed: Owed) -> Paper:
    """What was typed, with its file; raises Invalid naming every field that cannot be read."""
    form, faults = request.form, dict[str, str]()
    held_on = _day(form.get("held_on", ""), faults)
    present, expected = (_count(name, faults) for name in ("present", "expected"))
    replaces = form.get("replaces", "")
    file = _file(owed, faults)
    if faults or held_on is None:
        raise Invalid("Some fields need another look.", fields=faults)
    return Paper(
        held_on=held_on,
        present=present,
        expected=expected,
        note=form.get("note", ""),
        file=file,
        replaces=int(replaces) if replaces.isdecimal() and len(replaces) < 20 else None,
    )


def _day(text: str, faults: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults["held_on"] = Fault("Please enter a day.")
        return None


def _count(name: str, faults: dict[str, str]) -> int | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        faults[name] = Fault("Please enter a number.")
        return None
    return int(text)


def _file(owed: Owed, faults: dict[str, str]) -> StoredFile | None:
    """The upload, kept for the unit; a correction without one keeps the file that was there."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return _kept(owed, sent, faults)
    if request.form.get("keep_file") != "1":
        return None
    handed = evidence.history(db.session(), owed)
    return handed[0].file if handed else None


def _kept(owed: Owed, sent: FileStorage, faults: dict[str, str]) -> StoredFile | None:
    try:
        upload = files.Upload(sent.filename or "", sent.stream.read(), unit_id=owed.unit.id)
        return files.keep(db.session(), store(), upload, by=auth.rights().user, now=clock.now())
    except (Invalid, TooLarge) as refusal:
        faults["file"] = words.say(refusal)
        return None


@bp.post("/obligations/<key>/excuse")
def excuse(key: str) -> ResponseReturnValue:
    """The exception is granted; refused, the page says why and the reason stays."""
    return _settle(key, evidence.excuse, gettext("The duty is excused for this period."))


@bp.post("/obligations/<key>/lift")
def lift(key: str) -> ResponseReturnValue:
    """What was asked by mistake is lifted; refused, the page says why and the reason stays."""
    return _settle(key, lifting.lift, gettext("The obligation is lifted."), field="why")


def _settle(
    key: str, act: Callable[..., object], done: str, *, field: str = "reason"
) -> ResponseReturnValue:
    owed = _owed(key)
    reason, by = request.form.get(field, "")[:2000], auth.rights().user
    try:
        act(db.session(), owed.key, reason, by=by, now=clock.now())
    except (Invalid, Refused) as refusal:
        db.start_over()
        return _page(key, faults=words.say_fields(refusal), refusal=refusal, status=422)
    except Conflict as refusal:
        db.start_over()
        return _page(key, refusal=refusal, status=409)
    flash(done, "success")
    return redirect(url_for("duties.show", key=key), 303)


@bp.get("/obligations/<key>/files/<id:file_id>")
def file(key: str, file_id: int) -> ResponseReturnValue:
    """The file of a piece of evidence; the download is in the read log first."""
    one = _handed_file(_owed(key), file_id)
    db.sensitive_read(one.file, user=auth.rights().user, page="evidence_file")
    kept, content = files.open_file(db.session(), store(), file_id, rights=auth.rights())
    answer = send_file(
        content, mimetype=kept.media_type, as_attachment=True, download_name=kept.name
    )
    answer.headers["Content-Security-Policy"] = security.SANDBOX
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _handed_file(owed: Owed, file_id: int) -> Handed:
    for one in evidence.history(db.session(), owed):
        if one.file is not None and one.file.id == file_id:
            return one
    raise NotFound("There is no such file, or it is not yours to see.")


def link_of(kind: str, id_: str) -> str | None:
    """Where a reference of a finding can be followed; none where no page shows it."""
    if kind == "obligation":
        return url_for("duties.show", key=id_)
    if kind == "case" and id_.isdecimal():
        return url_for("cases.show", case_id=int(id_))
    return None
