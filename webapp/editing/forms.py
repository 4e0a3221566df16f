"""The editor of forms: fields, layout, help, conditions, rows, rights by step, and a preview.

Each step is a post of the whole form as the page has it; what comes back is the page again. The
draft changes when it is saved. Everything but undo works without JavaScript.
"""

import json
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import DefinitionDraft
from webapp import auth, clock, db, form_previews, pickers, words
from webapp.editing import common, form_words
from webapp.editing.common import bp
from webapp.editing.form_work import PARTS, Work, options_in, with_option
from webapp.i18n import named
from workflows import (
    differences,
    drafts,
    form_edits,
    form_kinds,
    form_settings,
    form_texts,
    form_uses,
)
from workflows.errors import Conflict, DomainError, Invalid
from workflows.form_edits import Form

ADDRESS = "/process-drafts/<id:draft_id>/edit/forms"


@bp.get(ADDRESS)
def forms(draft_id: int) -> ResponseReturnValue:
    """All forms of the draft, with the steps that show each."""
    return _list(common.load(draft_id))


def _list(opened: common.Opened, status: int = 200, **more: Any) -> ResponseReturnValue:
    shown = form_uses.by_form(opened.bundle)
    rows = [
        (key, _title(opened, key), shown.get(key, []))
        for key in differences.form_keys(opened.bundle.forms)
    ]
    page = render_template("editing/forms.html", opened=opened, rows=rows, **more)
    return page, status


def _title(opened: common.Opened, key: str) -> str:
    try:
        schema = form_texts.read(opened.bundle.forms.get(f"{key}.schema.json", b"").decode())
    except Invalid:
        return ""
    title, title_en = schema.get("title"), schema.get("title_en")
    return named(str(title or ""), str(title_en or ""))


@bp.post(ADDRESS)
def new_form(draft_id: int) -> ResponseReturnValue:
    """A new form, empty or a copy of another."""
    sent, opened = common.sent(), common.load(draft_id)
    key, source = sent.text("key").strip(), str(sent.body.get("source", ""))
    try:
        files = _new_files(opened, key, source)
        if f"{key}.schema.json" in opened.bundle.forms:
            raise Invalid("There is a form {key} already.", key=key)
        title, title_en = (str(sent.body.get(name, "")).strip() for name in ("title", "title_en"))
        files["schema"] |= {"title": title or key, "title_en": title_en or title or key}
        _store(draft_id, _as_files(key, files), sent.seen)
    except (Invalid, Conflict) as refused:
        db.start_over()
        return _list(common.load(draft_id), 422, told=words.say(refused), typed=sent.body)
    return redirect(url_for("editing.form", draft_id=draft_id, key=key), 303)


def _new_files(opened: common.Opened, key: str, source: str) -> dict[str, dict[str, Any]]:
    if not form_edits.NAME.fullmatch(key) or not key.isascii():
        raise Invalid("A key is a letter, then letters, digits or _, sixty at most.")
    if source:
        read = {
            part: form_texts.read(opened.file("forms", f"{source}.{part}.json").decode())
            for part in PARTS
        }
        read["ui"].pop("nodes", None)  # rights at steps that do not show the copy
        return read
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "",
        "title_en": "",
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    return {"schema": schema, "ui": {"order": [], "fields": {}}}


def _as_files(key: str, parts: dict[str, dict[str, Any]]) -> dict[str, bytes | None]:
    return {
        f"forms/{key}.{part}.json": (
            json.dumps(value, ensure_ascii=False, indent=2) + "\n"
        ).encode()
        for part, value in parts.items()
    }


def _store(draft_id: int, files: dict[str, bytes | None], seen: int) -> DefinitionDraft:
    return drafts.write(
        db.session(), draft_id, files, seen=seen, rights=auth.rights(), now=clock.now()
    )


@bp.post(f"{ADDRESS}/<key>/remove")
def remove_form(draft_id: int, key: str) -> ResponseReturnValue:
    """The form is gone; refused with the names of the steps that show it."""
    opened, sent = common.load(draft_id), common.sent()
    steps = form_uses.steps_of(opened.bundle, key)
    try:
        if steps:
            names = ", ".join(named(one.name, one.name_en) for one in steps)
            raise Invalid("The form is shown at these steps: {steps}.", steps=names)
        gone = {f"forms/{key}.{part}.json": None for part in PARTS}
        _store(draft_id, dict(gone), sent.seen)
    except (Invalid, Conflict) as refused:
        db.start_over()
        return _list(common.load(draft_id), 422, told=words.say(refused))
    flash(gettext("The form %(key)s is gone.", key=key), "success")
    return redirect(url_for("editing.forms", draft_id=draft_id), 303)


@bp.get(f"{ADDRESS}/<key>")
def form(draft_id: int, key: str) -> ResponseReturnValue:
    """The form in its editor, read-only to who does not hold the pen."""
    work = Work.stored(common.load(draft_id), key)
    work.selected = request.args.get("field", "")
    work.tab = "json" if work.broken else request.args.get("tab", "fields")
    return _page(work)


@bp.post(f"{ADDRESS}/<key>")
def save_form(draft_id: int, key: str) -> ResponseReturnValue:
    """Both files as a script sends them, `schema` and `ui`."""
    sent = common.sent()
    files = {f"forms/{key}.{part}.json": sent.text(part).encode() for part in PARTS}
    for part in PARTS:
        form_texts.read(sent.text(part))
    return common.save(draft_id, files, sent)


@bp.get(f"{ADDRESS}/<key>/work")
def back_to_form(draft_id: int, key: str) -> ResponseReturnValue:
    """Who comes back to the address of a step begins with what is stored."""
    return redirect(url_for("editing.form", draft_id=draft_id, key=key), 303)


@bp.post(f"{ADDRESS}/<key>/work")
def work_on_form(draft_id: int, key: str) -> ResponseReturnValue:
    """One step of the editing: the page as it is after it."""
    work = Work.sent(common.load(draft_id), key, request.form)
    act, _, what = request.form.get("op", "").partition(":")
    if act in ("save", "over") and not work.broken:
        return _save(work, draft_id, over=what if act == "over" else "")
    if act in EDITS:
        work.do(lambda made: EDITS[act](work, made, what))
    elif act == "tab" and what in form_words.TABS and not work.broken:
        work.tab = what
    elif act == "select":
        work.selected, work.faults, work.tab = what, {}, "fields"
    return _page(work, 422 if work.told or work.broken else 200)


def _save(work: Work, draft_id: int, *, over: str) -> ResponseReturnValue:
    sent, files = common.sent(), work.files()
    try:
        if over:
            rights, now = auth.rights(), clock.now()
            drafts.take_over(db.session(), draft_id, rights=rights, now=now)
        seen = int(over) if over.isdecimal() and len(over) < 10 else sent.seen
        _store(draft_id, files, seen)
    except DomainError as refused:
        db.start_over()
        work.opened, work.told = common.load(draft_id), words.say(refused)
        return _page(work, 409 if isinstance(refused, Conflict) else 422, conflict=refused)
    work.opened, work.saved = common.load(draft_id), True
    return _page(work)


def _page(work: Work, status: int = 200, conflict: object = None) -> ResponseReturnValue:
    if work.form is not None and work.selected not in work.paths:
        work.selected = next(iter(work.paths), "")
    preview = None
    if work.form is not None and not _unshowable(work):
        action = url_for("editing.preview_form", draft_id=work.opened.draft.id, key=work.key)
        preview = form_previews.sheet(work.form.schema, work.form.ui, step=work.step, action=action)
    page = render_template(
        "editing/form.html",
        work=work,
        opened=work.opened,
        words=form_words,
        kinds=form_kinds,
        settings=form_settings,
        edits=form_edits,
        codes=sorted(pickers.codes()),
        preview=preview,
        is_conflict=isinstance(conflict, Conflict),
    )
    return page, status


def _unshowable(work: Work) -> bool:
    """Something in the form no page can show; the list of faults says what."""
    return any(rule in ("form-invalid", "form-page", "form-not-json") for rule, *_ in work.checked)


@bp.post(f"{ADDRESS}/<key>/preview")
def preview_form(draft_id: int, key: str) -> ResponseReturnValue:
    """The form as it is being edited, filled in and checked as at its step; nothing is kept."""
    opened = common.load(draft_id)
    texts = {part: request.form.get(f"_{part}", "").replace("\r\n", "\n") for part in PARTS}
    work = Work(opened, key, texts, step=request.form.get("_step", ""))
    if not work.read() or work.form is None or _unshowable(work):
        raise Invalid("The request could not be read. Please go back and try again.")
    sheet = form_previews.sheet(
        work.form.schema, work.form.ui, step=work.step, action=request.path
    ).typed(request.form)
    if not sheet.is_rework:
        sheet = sheet.check()
    done = not sheet.is_rework and not sheet.faults
    page = render_template(
        "editing/form_preview.html", work=work, opened=opened, preview=sheet, done=done
    )
    return page, 422 if sheet.faults else 200


# ---- the steps of the editing: each gets the form and what its button says


def _add(work: Work, made: Form, what: str) -> str:
    kind = request.form.get("new_kind", "text")
    within = ""
    if what == "cell":
        name = work.selected.partition(".")[0]
        within = name if made.has(name) and work.kind(name) == "rows" else ""
    after = (
        work.selected if ("." in work.selected) == bool(within) else work.selected.partition(".")[0]
    )
    return form_edits.add(made, kind, after=after, within=within)


def _move(work: Work, made: Form, what: str) -> None:
    form_edits.move(made, work.selected, -1 if what == "up" else 1)


def _remove(work: Work, made: Form, _: str) -> str:
    work.require_unused(work.selected)
    before = form_edits.paths(made)
    at = before.index(work.selected) if work.selected in before else 0
    form_edits.remove(made, work.selected)
    left = form_edits.paths(made)
    return left[min(at, len(left) - 1)] if left else ""


def _duplicate(work: Work, made: Form, _: str) -> str:
    return form_edits.duplicate(made, work.selected)


def _rename(work: Work, made: Form, _: str) -> str:
    key = request.form.get("key", "").strip()
    if key != form_edits.last(work.selected):
        work.require_unused(work.selected)
        readers = [one for one in work.steps if one.read_by_software]
        if readers and work.selected in work.published:
            raise Invalid(
                "The rules of the procedure read the answers of {step}: keys stay as they are.",
                step=named(readers[0].name, readers[0].name_en),
            )
    return form_edits.rename(made, work.selected, key)


def _option(work: Work, made: Form, what: str) -> None:
    act, _, at = what.partition(":")
    typed = options_in(request.form) or form_settings.options_of(made, work.selected)
    changed = with_option(typed, act, int(at) if at.isdecimal() and len(at) < 4 else -1)
    if faults := form_settings.put_options(made, work.selected, changed):
        raise Invalid(str(next(iter(faults.values()))))


EDITS = {
    "add": _add,
    "move": _move,
    "remove": _remove,
    "duplicate": _duplicate,
    "rename": _rename,
    "option": _option,
}
