"""The trail and the read log: filtered, paged, in detail, exported; nothing here changes a row."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import AuditRow, ReadRow
from webapp import auth, db, exports
from webapp.audit import common, read_words, words
from webapp.audit.common import bp, chosen, cursor, kept, linked, note_reading
from webapp.i18n import named, second
from workflows import audit, trail, trail_names

READ_HEADS: tuple[LazyString, ...] = (_("Time"), _("Who"), _("Kind"), _("Subject"), _("Page"))
HEADS: tuple[LazyString, ...] = (
    *(_("Time"), _("Who"), _("Act"), _("Kind"), _("Subject")),
    *(_("Case"), _("Unit"), _("Outcome"), _("Detail"), _("Line")),
)


@bp.get("")
def index() -> ResponseReturnValue:
    return _acts("audit.index", "trail", security=False)


@bp.get("/security")
def security() -> ResponseReturnValue:
    """Who came in or tried to, who was given what, and every refusal."""
    return _acts("audit.security", "security", security=True)


def _acts(endpoint: str, page: str, *, security: bool) -> ResponseReturnValue:
    note_reading(page)
    found = trail.acts(db.session(), auth.rights(), chosen(security=security), cursor())
    newer, older = common.pages(found, endpoint)
    return render_template(
        "audit/index.html",
        rows=_shown(found.rows),
        newer=newer,
        older=older,
        list=page,
        endpoint=endpoint,
        kept=kept(),
        words=words,
    )


def _shown(rows: Sequence[AuditRow]) -> list[dict[str, Any]]:
    names = trail_names.of_rows(db.session(), rows, rights=auth.rights())
    return [
        {
            "row": row,
            "at": second(row.at),
            "who": row.actor_name or gettext("the system"),
            "action": words.action(row.action),
            "note": words.note(row.detail),
            "subject": linked(names, row.subject_type, row.subject_id),
            "case": linked(names, "case", row.case_id),
            "unit": linked(names, "unit", row.unit_id),
            "outcome": str(words.OUTCOMES.get(row.outcome, row.outcome)),
        }
        for row in rows
    ]


@bp.get("/lines/<id:row_id>")
def show(row_id: int) -> ResponseReturnValue:
    note_reading(f"line {row_id}")
    session = db.session()
    row, seq = trail.get(session, row_id, rights=auth.rights())
    return render_template(
        "audit/show.html",
        one=_shown([row])[0],
        row=row,
        seq=seq,
        facts=_facts(row),
        words=words,
    )


def _facts(row: AuditRow) -> list[tuple[str, str]]:
    """The detail, line by line; answers by the titles of their form."""
    sheet = trail_names.sheet_of(db.session(), row)
    facts: list[tuple[str, str]] = []
    for key, value in row.detail.items():
        if key == "answers" and isinstance(value, dict):
            facts += [
                (_title(sheet, name), _answer(sheet, name, one)) for name, one in value.items()
            ]
        elif key != "node" or row.subject_type != "task":  # the subject names it already
            facts.append((words.label(key), _answer(sheet, key, value)))
    return facts


def _title(sheet: trail_names.Sheet, name: str) -> str:
    return named(*sheet.title(name)) or words.label(name)


def _answer(sheet: trail_names.Sheet, name: str, value: Any) -> str:
    """The value with its codes and ids in words."""
    if isinstance(value, list):
        return str(gettext(", ")).join(_answer(sheet, name, one) for one in value) or "—"
    if isinstance(value, dict):
        told = [f"{_title(sheet, key)} {_answer(sheet, key, one)}" for key, one in value.items()]
        return str(gettext("; ")).join(told)
    if isinstance(value, str):
        said = named(*sheet.value(name, value))
        return said if said != value else words.fact(name, value)
    return words.fact(name, value)


@bp.get("/reads")
def reads() -> ResponseReturnValue:
    note_reading("reads")
    found = trail.reads(db.session(), auth.rights(), chosen(), cursor())
    newer, older = common.pages(found, "audit.reads")
    names = trail_names.of_rows(db.session(), found.rows, rights=auth.rights())
    return render_template(
        "audit/reads.html",
        rows=[
            (row, second(row.at), linked(names, row.subject_type, row.subject_id))
            for row in found.rows
        ],
        newer=newer,
        older=older,
        kept=kept(),
        read_words=read_words,
        words=words,
    )


@bp.post("/export")
def export() -> ResponseReturnValue:
    """The list as a workbook or as text; that it was taken stands in the trail."""
    common.require_to_read()
    which = request.form.get("list", "")
    which = which if which in ("security", "reads") else "trail"
    heads = READ_HEADS if which == "reads" else HEADS
    lines = _lines(which)
    kind = "csv" if request.form.get("kind") == "csv" else "xlsx"
    told = {"list": which, "filter": kept(), "count": len(lines), "kind": kind}
    common.note_act("audit_exported", told)
    return exports.answer(f"audit-{which}", [str(head) for head in heads], lines, kind=kind)


def _lines(which: str) -> list[list[object]]:
    session, rights = db.session(), auth.rights()
    if which == "reads":
        return _read_lines(trail.all_reads(session, rights, chosen()))
    return _act_lines(trail.all_acts(session, rights, chosen(security=which == "security")))


def _act_lines(rows: Sequence[AuditRow]) -> list[list[object]]:
    return [
        [
            one["at"],
            one["who"],
            one["action"],
            one["subject"]["kind"],
            one["subject"]["text"],
            one["case"]["text"],
            one["unit"]["text"],
            one["outcome"],
            "\n".join(f"{key} {value}" for key, value in _plain_facts(one["row"])),
            str(one["row"].id),
        ]
        for one in _shown(rows)
    ]


def _plain_facts(row: AuditRow) -> list[tuple[str, str]]:
    return [(words.label(key), words.fact(key, value)) for key, value in row.detail.items()]


def _read_lines(rows: Sequence[ReadRow]) -> list[list[object]]:
    names = trail_names.of_rows(db.session(), rows, rights=auth.rights())
    lines: list[list[object]] = []
    for row in rows:
        what = linked(names, row.subject_type, row.subject_id)
        lines.append(
            [second(row.at), row.user_name, what["kind"], what["text"], read_words.page(row.page)]
        )
    return lines


@bp.get("/chain")
def chain() -> ResponseReturnValue:
    note_reading("chain")
    return _chain_page()


@bp.post("/chain")
def verify() -> ResponseReturnValue:
    """Every MAC and link computed again, from a day on if given, against heads kept elsewhere."""
    common.require_to_read()
    heads, fault = _heads(request.form.get("heads", "")[:4000])
    if fault:
        return _chain_page(fault=fault), 422
    since = common.day("since")
    verdict = audit.verify(
        db.session(), exported=heads, since=trail.start_of(since) if since else None
    )
    told = {"first": verdict.first, "last": verdict.sealed, "faults": len(verdict.faults)}
    common.note_act("chain_verified", told, holds=verdict.holds)
    return _chain_page(verdict)


def _chain_page(verdict: audit.Verdict | None = None, fault: str = "") -> str:
    return render_template(
        "audit/chain.html",
        head=audit.head(db.session()),
        verdict=verdict,
        flaws=[words.flaw(one.code, one.seq) for one in verdict.faults] if verdict else [],
        typed=request.form,
        fault=fault,
    )


def _heads(text: str) -> tuple[dict[int, str], str]:
    """Heads exported earlier, "number:value" line by line; or what is wrong with them."""
    heads: dict[int, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        seq, _colon, mac = line.partition(":")
        if not (seq.strip().isdecimal() and len(seq) < 18 and mac.strip()):
            return {}, str(gettext("This is no head: %(line)s", line=line[:40]))
        heads[int(seq)] = mac.strip()
    return heads, ""
