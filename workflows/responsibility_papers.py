"""责任清单 on paper: what the document of a list says, as it stands."""

from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from models import Case, ResponsibilityList, ResponsibilityRound, Unit
from workflows import definitions, documents, issuers
from workflows.errors import NotFound
from workflows.responsibility_rounds import lines_of, organ_of

TEMPLATE = "responsibility_list"


def values(session: Session, row: ResponsibilityList) -> dict[str, Any]:
    """The values of the paper: whose list, by which meeting, each duty, and the signature."""
    round_ = session.get(ResponsibilityRound, row.round_id) if row.round_id else None
    unit = session.get_one(Unit, row.unit_id)
    organ = organ_of(session, unit)
    lines = lines_of(session, [row.id])[row.id]
    return {
        "issuer": issuers.name_of(organ),
        "addressee": row.user.name,
        "subject": row.user.name,
        "unit": unit.name,
        "post": row.post_then,
        "year": row.year,
        "charge": row.charge,
        "duty_title": row.title,
        "meeting": round_.meeting if round_ else "",
        "held_on": documents.chinese_date(round_.held_on) if round_ and round_.held_on else "",
        "groups": [
            {"name": area, "rows": [f"{one.place}. {one.text}" for one in own]}
            for area, own in groupby(lines, key=lambda one: one.area)
        ],
        "signed_by": row.user.name if row.signed_on else "",
        "received_on": documents.chinese_date(row.signed_on) if row.signed_on else "",
    }


def paper(session: Session, row: ResponsibilityList) -> bytes:
    """The list as .docx as it stands today, with its signature, by its round's template."""
    round_ = session.get(ResponsibilityRound, row.round_id) if row.round_id else None
    case = session.get(Case, round_.case_id) if round_ and round_.case_id else None
    newest = definitions.newest_of(session, "responsibility")
    if case is None and newest is None:
        raise NotFound("The process of the lists is not published.")
    said = {
        "number": case.number or "" if case else "",
        "title": documents.TITLES[TEMPLATE],
        "signed_on": documents.chinese_date(row.issued_on) if row.issued_on else "",
        **values(session, row),
    }
    definition_id = case.definition_id if case else newest.id if newest else 0
    return documents.fill(session, definition_id, TEMPLATE, said)
