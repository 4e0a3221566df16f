"""文书: what a paper says is frozen when issued; its file is made from the pinned template."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Acknowledgement, Case, Delivery, Document, User
from workflows import audit, cases, definitions, issuers, notices, numbers, paper_charts
from workflows.deadlines import day_of
from workflows.errors import Invalid, NotFound
from workflows.registry import Act

TITLES = {
    "supervision_notice": "督办通知单",
    "urge_notice": "催办单",
    "red_card": "红牌督办单",
    "extension_reply": "延期批复",
    "completion_report": "办结报告",
    "rectification_list": "整改清单",
    "rectification_closure": "整改销号单",
    "reminder_letter": "提醒函",
    "talk_record": "谈话记录",
    "interview_notice": "约谈通知书",
    "interview_minutes": "约谈纪要",
    "transfer_letter": "移送函",
    "fact_material": "事实材料",
    "meeting_record": "见面笔录",
    "investigation_report": "调查报告",
    "accountability_decision": "问责决定书",
    "admonition_letter": "诫勉书",
    "exemption_notice": "不予问责告知书",
    "clearance_notice": "澄清函",
    "circular": "通报",
    "appeal_receipt": "申诉受理回执",
    "inadmissible_notice": "不予受理告知书",
    "appeal_decision": "申诉处理决定书",
    "correction_circular": "更正通报",
    "round_plan": "述职评议考核工作方案",
    "report_form": "述职报告",
    "session_minutes": "述职评议会会议记录",
    "feedback_letter": "述职评议考核反馈意见书",
    "use_letter": "考核结果运用建议函",
    "publicity_notice": "评先评优公示",
    "post_record": "党务工作经历登记",
    "assessment_plan": "机关党建考核方案",
    "result_publicity": "考核结果公示",
    "assessment_letter": "考核结果通知书",
    "score_sheet": "考核评分表",
    "assessment_circular": "考核结果通报",
    "inspection_notice": "督导检查通知",
    "sample_list": "抽样清单",
    "inspection_feedback": "督导检查反馈意见",
    "inspection_report": "督导检查综合报告",
    "round_circular": "关于述职评议考核结果的通报",
    "survey_report": "调研报告",
    "research_report": "重大问题调研报告",
    "joint_plan_sheet": "五同计划表",
    "checkpoint_note": "检查情况",
    "year_sheet": "年度评价",
    "responsibility_list": "责任清单",
    "city_circular": "月度通报",
}
DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Paper:
    """What is to be issued: which template, about whom, saying what, served on whom."""

    template: str
    values: Mapping[str, Any]
    about: str = ""  # subject key, where a case has several
    serve: Sequence[int] = ()  # users
    code: str = ""


def issue(act: Act, paper: Paper) -> Document:
    """The paper stands in the case's file, and is served on those it names.

    Issued again it is a new version: the former one stays (processes.md §16, `doc:` and
    `delivery:` keys).
    """
    document = Document(
        case_id=act.case.id,
        template=paper.template,
        title=TITLES.get(paper.template, paper.template),
        subject=paper.about,
        number=_next_version(act, paper),
        code=paper.code or _number(act),
        values=_dated(_values(act, paper)),
        made_at=act.now,
        made_by=act.by.id if act.by else None,
    )
    act.session.add(document)
    act.session.flush()
    for user_id in dict.fromkeys(paper.serve):
        serve(act, document, user_id)
    audit.record(
        act.session,
        actor=act.by,
        action="issued",
        subject=document,
        now=act.now,
        case_id=act.case.id,
        detail={"template": paper.template, "number": document.number, "about": paper.about},
    )
    return document


def _next_version(act: Act, paper: Paper) -> int:
    issued = act.session.scalar(
        select(func.count(Document.id)).where(
            Document.case_id == act.case.id,
            Document.template == paper.template,
            Document.subject == paper.about,
        )
    )
    return 1 + (issued or 0)


def _number(act: Act) -> str:
    """发文字号: the case's own; its first paper takes one of the series that its diagram names."""
    if act.case.number is None:
        process = definitions.spec_of(act.session, act.case.definition_id).processes
        named = process[act.case.process].properties.get("number", "")  # 述〔{year}〕{n}号
        series, found, _ = named.partition("〔")
        if found:
            act.case.number = numbers.next_number(act.session, series, now=act.now)
    return act.case.number or ""


def _dated(value: Any) -> Any:
    """Days that came from a form as 2026-03-02 stand on a paper as GB/T 9704 writes them."""
    if isinstance(value, dict):
        return {key: _dated(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_dated(one) for one in value]
    if isinstance(value, str) and DAY.fullmatch(value):
        return chinese_date(date.fromisoformat(value))
    return value


def _values(act: Act, paper: Paper) -> dict[str, Any]:
    return {
        "number": paper.code or _number(act),
        "title": TITLES.get(paper.template, paper.template),
        "case_title": act.case.title,
        "issuer": issuers.issuer_of(act.session, act.by, now=act.now),
        "signed_on": chinese_date(day_of(act.now)),
        **paper.values,
    }


def chinese_date(day: date) -> str:
    """成文日期 by GB/T 9704: Arabic digits, full year, no leading zero."""
    return f"{day.year}年{day.month}月{day.day}日"


def serve(act: Act, document: Document, user_id: int, *, mode: str = "system") -> Delivery:
    """送达: the person has the paper to read, may see the case, and the delivery is on record."""
    user = act.session.get_one(User, user_id)
    delivery = Delivery(
        document_id=document.id,
        recipient_id=user.id,
        recipient_name=user.name,
        mode=mode,
        served_at=act.now,
        received_on=day_of(act.now) if mode == "system" else None,
    )
    try:
        with act.session.begin_nested():
            act.session.add(delivery)
    except IntegrityError:
        return act.session.scalars(
            select(Delivery).where(
                Delivery.document_id == document.id, Delivery.recipient_id == user_id
            )
        ).one()
    cases.take_part(act.session, act.case, user_id, "served", now=act.now)
    tell(act, user_id, kind="served", subject=document.title, text="", paper=document)
    return delivery


def tell(
    act: Act,
    user_id: int,
    *,
    kind: str,
    subject: str,
    text: str,
    paper: Document | None = None,
) -> None:
    """The person finds it under 待阅 and hears of it."""
    key = f"{kind}:{act.case.id}:{paper.id if paper else act.now.isoformat()}:{user_id}"
    if not notices.notify(
        act.session,
        key=key,
        recipient_id=user_id,
        kind=kind,
        facts={"title": subject, "case": act.case.title},
        case_id=act.case.id,
        now=act.now,
    ):
        return
    act.session.add(
        Acknowledgement(
            user_id=user_id,
            case_id=act.case.id,
            kind=kind,
            subject=_as_listed(act, user_id, kind, subject, paper),
            text=text,
            made_at=act.now,
        )
    )
    act.session.flush()


def _as_listed(act: Act, user_id: int, kind: str, subject: str, paper: Document | None) -> str:
    """The title under 待阅; of two of one title in a case the second names whom it is about."""
    if paper is None:
        return subject
    title = f"{subject}（{paper.number}）" if paper.number > 1 else subject
    listed = select(Acknowledgement.id).where(
        Acknowledgement.user_id == user_id,
        Acknowledgement.case_id == act.case.id,
        Acknowledgement.kind == kind,
        Acknowledgement.subject == title,
    )
    known = act.session.scalar(listed.limit(1)) is not None
    return f"{title}：{paper.values.get('subject', '')}"[:200] if known else title


def of_case(session: Session, case: Case) -> Sequence[Document]:
    return session.scalars(
        select(Document).where(Document.case_id == case.id).order_by(Document.id)
    ).all()


def served_on(session: Session, document: Document) -> Sequence[Delivery]:
    return session.scalars(
        select(Delivery).where(Delivery.document_id == document.id).order_by(Delivery.id)
    ).all()


def render(session: Session, document: Document) -> bytes:
    """The paper as .docx, from the template pinned with the case and the frozen values."""
    case = session.get_one(Case, document.case_id)
    return fill(session, case.definition_id, document.template, document.values)


def fill(session: Session, definition_id: int, template: str, values: Mapping[str, Any]) -> bytes:
    """A template of that version of a process, with these values in it."""
    data = definitions.file_of(session, definition_id, f"documents/{template}.docx")
    made = DocxTemplate(io.BytesIO(data))
    try:
        made.render(dict(values), SandboxedEnvironment(), autoescape=True)
    except Exception as fault:  # the template is an admin's: whatever is wrong in it is told
        raise Invalid(
            "The template {template} cannot be filled: {reason}.",
            template=template,
            reason=str(fault),
        ) from fault
    paper_charts.place(made.docx, values.get("figures") or {})
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def unread(session: Session, user: User, *, limit: int = 100) -> Sequence[Acknowledgement]:
    """待阅: served papers and news that the person has not opened, newest first."""
    return session.scalars(
        select(Acknowledgement)
        .where(Acknowledgement.user_id == user.id, Acknowledgement.read_at.is_(None))
        .order_by(Acknowledgement.id.desc())
        .limit(limit)
    ).all()


def mark_read(
    session: Session, acknowledgement_id: int, *, user: User, now: datetime
) -> Acknowledgement:
    """已阅, by the person it is for; NotFound for anybody else."""
    row = session.get(Acknowledgement, acknowledgement_id)
    if row is None or row.user_id != user.id:
        raise NotFound("There is nothing of that kind for you to read.")
    if row.read_at is None:
        row.read_at = now
        session.flush()
    return row
