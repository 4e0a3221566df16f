"""Pages that are there for the tests of the frame alone: a form, the shared parts, refusals."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models import Unit, UnitKind, User
from webapp import db, security
from webapp.form_files import with_files
from webapp.forms import Sheet
from workflows import errors, forms

bp = Blueprint("frame", __name__, url_prefix="/frame", template_folder="pages")
received: list[dict[str, Any]] = []

PEOPLE = [(str(100 + n), f"人员{n:02}（办公室）") for n in range(60)]
SCHEMA: dict[str, Any] = {
    "title": "初步核实",
    "title_en": "First check",
    "type": "object",
    "required": ["verdict", "opinion", "items", "signature"],
    "properties": {
        "verdict": {
            "type": "string",
            "title": "意见",
            "title_en": "Verdict",
            "enum": ["approve", "return"],
        },
        "reason": {"type": "string", "title": "退回理由", "title_en": "Reason", "maxLength": 2000},
        "opinion": {
            "type": "string",
            "title": "核实意见",
            "title_en": "Opinion",
            "minLength": 1,
            "maxLength": 10000,
        },
        "held_on": {"type": "string", "title": "核实日期", "title_en": "On", "format": "date"},
        "at": {"type": "string", "title": "谈话时间", "title_en": "At", "format": "date-time"},
        "amount": {"type": "number", "title": "金额（元）", "title_en": "Amount", "minimum": 0},
        "urgent": {"type": "boolean", "title": "特急", "title_en": "Urgent"},
        "basis": {
            "type": "array",
            "title": "依据",
            "title_en": "Basis",
            "items": {"type": "string"},
            "x-codes": "basis",
        },
        "handler": {"type": "string", "title": "承办人", "title_en": "Handler", "x-ref": "user"},
        "paper": {"type": "string", "title": "附件", "title_en": "Paper", "x-ref": "file"},
        "grade": {"type": "string", "title": "建议等次", "title_en": "Suggested grade"},
        "inner": {"type": "string", "title": "内部", "title_en": "Inner"},
        "items": {
            "type": "array",
            "title": "整改清单",
            "title_en": "List",
            "minItems": 1,
            "maxItems": 4,
            "items": {
                "type": "object",
                "required": ["problem", "due"],
                "properties": {
                    "problem": {
                        "type": "string",
                        "title": "问题",
                        "title_en": "Problem",
                        "maxLength": 10000,
                    },
                    "due": {"type": "string", "title": "时限", "title_en": "Due", "format": "date"},
                },
            },
        },
        "signature": {
            "type": "string",
            "title": "签名",
            "title_en": "Signature",
            "x-signature": True,
            "minLength": 1,
        },
    },
}
UI: dict[str, Any] = {
    "order": ["grade", "verdict", "reason", "opinion", "held_on", "at", "amount", "urgent"],
    "fields": {
        "verdict": {
            "widget": "radio",
            "labels": {"approve": "同意", "return": "退回"},
            "labels_en": {"approve": "Approve", "return": "Return"},
        },
        "reason": {"widget": "textarea", "show_if": 'verdict = "return"'},
        "opinion": {
            "widget": "textarea",
            "help": "写明核实过程、事实与依据。",
            "help_en": "Say how it was checked, the facts and the basis.",
        },
        "urgent": {"widget": "checkbox"},
        "grade": {"access": "read"},
        "inner": {"access": "hide"},
        "items": {"fields": {"problem": {"widget": "textarea"}}},
    },
}


def choices(ref: str, _field: str) -> list[tuple[str, str]]:
    if ref == "user":
        return PEOPLE
    return [("art5", "问责条例第五条"), ("art9", "问责条例第九条")] if ref == "codes:basis" else []


@bp.route("/form", methods=["GET", "POST"])
def form() -> ResponseReturnValue:
    sheet = Sheet.of(
        SCHEMA,
        UI,
        action="/frame/form",
        choices=choices,
        signer=current_user.name,
        given={"grade": "较好", "inner": "secret"},
        version=3,
    )
    if request.method == "GET":
        return render_template("frame/form.html", sheet=sheet)
    sheet = sheet.typed(with_files(SCHEMA, request.form, request.files, lambda _: "77"))
    if sheet.is_rework:
        return render_template("frame/form.html", sheet=sheet)
    try:
        forms.require(SCHEMA, UI, sheet.parsed(), signer=current_user.name)
    except errors.Invalid as refused:
        return render_template("frame/form.html", sheet=sheet.refused(refused)), 422
    received.append(sheet.parsed())
    return redirect("/frame/parts", 303)


@bp.get("/parts")
def parts() -> ResponseReturnValue:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    task = SimpleNamespace(
        due_at=datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC),
        first_due_at=datetime(2026, 2, 20, 15, 59, 59, tzinfo=UTC),
        due_origin="督办规则 v3",
        calendar="2026p",
    )
    return render_template("frame/parts.html", now=now, task=task)


@bp.get("/diagram.bpmn")
def diagram() -> Response:
    path = Path(__file__).parents[2] / "bpmn" / "reminder" / "reminder.bpmn"
    return Response(path.read_bytes(), mimetype="application/xml")


@bp.get("/file")
def file() -> Response:
    return security.download(Path(__file__), name="材料.html", media_type="text/html")


@bp.get("/case/<id:case_id>")
def case(case_id: int) -> ResponseReturnValue:
    return {"id": str(case_id)}


KINDS: dict[str, errors.DomainError] = {
    "missing": errors.NotFound("There is no such page, or it is not yours to see."),
    "forbidden": errors.NotAllowed("This is not among your duties."),
    "done": errors.Conflict(
        "{who} did this task on {when}.",
        who="督导员一",
        when=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
    ),
    "guard": errors.Refused("A rule forbids it.", guard="G1"),
    "large": errors.TooLarge("Too large."),
}


@bp.route("/refuse/<kind>", methods=["GET", "POST"])
def refuse(kind: str) -> ResponseReturnValue:
    if request.method == "POST":  # what was begun must not stay
        db.session().add(unit("begun"))
        db.session().flush()
    raise KINDS[kind]


@bp.get("/fault")
def fault() -> ResponseReturnValue:
    raise RuntimeError("the inner words")


@bp.route("/units/<code>", methods=["GET", "POST"])
def make_unit(code: str) -> ResponseReturnValue:
    """Makes a unit; by GET, which must not work; `-late` leaves the clash to the commit."""
    db.session().add(unit(code.removesuffix("-late")))
    if not code.endswith("-late"):
        db.session().flush()
    return "made"


@bp.post("/fields")
def fields() -> ResponseReturnValue:
    return {"opinion": request.form["opinion"]}


@bp.post("/stale")
def stale() -> ResponseReturnValue:
    """Changes a person who was changed since he was read."""
    user = current_user._get_current_object()
    assert isinstance(user, User)
    db.session().connection().exec_driver_sql('UPDATE "user" SET version = version + 1')
    user.name = "lost"
    db.session().flush()
    return "done"


@bp.get("/read-log")
def read_log() -> ResponseReturnValue:
    db.sensitive_read(current_user, user=current_user, page="frame")
    return "read"


def unit(code: str) -> Unit:
    return Unit(code=code, name=code, kind=UnitKind.BRANCH, path=f"/{code}/")
