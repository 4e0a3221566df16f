"""The report as a paper: a template to write on, with what the system knows and what is typed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import Case, Debriefing, DebriefingRound, Unit, User
from workflows import debriefing_steps, documents
from workflows.deadlines import day_of

TEMPLATE = "report_form"
PARTS = ("results", "problems", "causes", "next_year", "last_list", "integration")


def as_paper(session: Session, row: Debriefing, case: Case, *, now: datetime) -> bytes:
    """The report as .docx: the last one typed or handed in; before that, a template to fill in."""
    tasks = debriefing_steps.tasks_for(session, row, case)
    report = debriefing_steps.report_of(session, row, tasks)
    said: Mapping[str, Any] = {}
    if report.draft is not None:
        said = report.draft.answers
    elif report.handed_in is not None:
        said = report.handed_in.answers or {}
    return documents.fill(session, case.definition_id, TEMPLATE, _values(session, row, said, now))


def _values(
    session: Session, row: Debriefing, said: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    round_ = session.get_one(DebriefingRound, row.round_id)
    earlier = debriefing_steps.before(session, row, round_)
    facts = [fact["text"] for each in row.facts.values() for fact in each]
    return {
        "number": "",
        "title": documents.TITLES[TEMPLATE],
        "issuer": session.get_one(Unit, row.unit_id).name,
        "signed_on": documents.chinese_date(day_of(now)),
        "subject": session.get_one(User, row.user_id).name,
        "post": row.post_then,
        "year": round_.year,
        "last_year": earlier.problems.splitlines() if earlier else [],
        "facts": facts,
        **{part: said.get(part, "") for part in PARTS},
    }
