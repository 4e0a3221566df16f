"""The report of a research: what was gathered, each claim with its evidence, results cited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Claim, Inspection, Research, Researcher, ResearchSource, Survey, Unit, User
from workflows import citations, definitions, documents
from workflows.citations import Source
from workflows.deadlines import day_of

HEADS = {"problem": "主要问题", "cause": "原因分析", "suggestion": "对策建议"}
FIRST = "三四五"


def of(
    session: Session,
    research: Research,
    claims: Sequence[Claim],
    *,
    now: datetime,
    number: str = "（征求意见稿）",
) -> dict[str, Any]:
    """What the report says, as claims and evidence stand now; it has a number once concluded."""
    sources = citations.of_research(session, research.id)
    results = _cited_results(session, claims)
    return {
        "number": number,
        "title": documents.TITLES["research_report"],
        "issuer": session.get_one(Unit, research.unit_id).name,
        "signed_on": documents.chinese_date(day_of(now)),
        "subject": research.title,
        "question": research.question,
        "team": "、".join(_team(session, research)),
        "from_day": documents.chinese_date(day_of(research.opened_at)),
        "until_day": documents.chinese_date(day_of(now)),
        "sources": _gathered(session, research, sources),
        "parts": _parts(claims, sources),
        "results": [
            {"title": f"“{survey.title}”第{one.number}题　{one.title}", "n": one.n, "mark": mark}
            for survey, one, mark in results
        ],
        "figures": {
            mark.removeprefix("[[figure ").removesuffix("]]"): citations.as_figure(one)
            for _, one, mark in results
        },
    }


def _parts(claims: Sequence[Claim], sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Under each heading that has a claim, the claims and what they rest on."""
    kinds = [kind for kind in HEADS if any(one.kind == kind for one in claims)]
    return [
        {
            "head": f"{FIRST[place]}、{HEADS[kind]}",
            "claims": [
                {"text": one.text, "basis": citations.told(one.evidence, sources)}
                for one in claims
                if one.kind == kind
            ],
        }
        for place, kind in enumerate(kinds)
    ]


def _team(session: Session, research: Research) -> Sequence[str]:
    return session.scalars(
        select(User.name)
        .join(Researcher, Researcher.user_id == User.id)
        .where(Researcher.research_id == research.id)
        .order_by(User.name, User.id)
    ).all()


def _gathered(
    session: Session, research: Research, sources: Sequence[citations.Source]
) -> list[str]:
    """What the research gathered, in words; talks and samples by their number."""
    taken = select(ResearchSource.source_id).where(ResearchSource.research_id == research.id)
    asked = session.scalars(
        select(Survey).where(Survey.id.in_(taken.where(ResearchSource.kind == "survey")))
    )
    lines = [
        f"问卷调查“{one.title}”：发放{one.asked}份，收回{one.answered or 0}份" for one in asked
    ]
    looked = session.scalars(
        select(Inspection.topic).where(
            Inspection.id.in_(taken.where(ResearchSource.kind == "inspection"))
        )
    )
    lines += [f"督导调研“{topic}”" for topic in looked]
    for kind, words in (("note", "座谈、访谈、走访和查阅"), ("sample", "随机抽样")):
        if number := sum(one.ref.startswith(f"{kind}:") for one in sources):
            lines.append(f"{words}{number}次")
    return lines


def _cited_results(
    session: Session, claims: Sequence[Claim]
) -> list[tuple[Survey, citations.Result, str]]:
    """The published results that a claim cites, each once."""
    cited = dict.fromkeys(ref for one in claims for ref in one.evidence)
    parts = [ref.split(":") for ref in cited if ref.startswith("survey:")]
    found = []
    for survey_id in dict.fromkeys(int(part[1]) for part in parts):
        survey = session.get_one(Survey, survey_id)
        asked = {part[2] for part in parts if int(part[1]) == survey_id}
        for one in citations.results_of(session, survey):
            if one.question.code in asked and one.n is not None:
                found.append((survey, one, f"[[figure s{survey_id}.{one.key}]]"))
    return found


def paper(session: Session, research: Research, *, now: datetime) -> bytes:
    """The report as .docx; of one that still runs, as it would be concluded now."""
    values = research.report
    if values is None:
        claims = session.scalars(
            select(Claim).where(Claim.research_id == research.id).order_by(Claim.id)
        ).all()
        values = of(session, research, claims, now=now)
    process = definitions.latest(session, "survey", now=now)
    return documents.fill(session, process.id, "research_report", values)
