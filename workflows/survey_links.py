"""Links to a survey: one-time tokens that say which survey they belong to, and not to whom.

A token is the survey's code, a secret and a seal over both: a link that was used or replaced can
be told from one that never was, though no row is left of it. Stored is a digest of it only.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from models import Invitation, Survey, SurveyGroup, SurveyTicket, Unit, UnitKind, User
from models.database import overwrite_deleted
from workflows import audit
from workflows.errors import Conflict, NotFound, Refused

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # none is taken for another on paper
CODE, SECRET, SEAL = 6, 16, 6  # letters, five bits each
TOKEN = re.compile(f"[{ALPHABET}]{{{CODE + SECRET + SEAL}}}")
AT_ONCE = 5_000  # rows of one statement


@dataclass(frozen=True)
class Sheet:
    """The links of one group, in no order: each may be anybody's of it."""

    unit: str
    cell: str
    tokens: list[str]


class Brief(NamedTuple):
    """What must be known of a survey for an answer to be taken: the hot path reads no more."""

    id: int
    seal: bytes
    questionnaire_id: int
    anonymous: bool
    opens: datetime
    closes: datetime
    state: str


_table = Survey.__table__
_HELD = (
    select(*(_table.c[name] for name in Brief._fields))
    .where(_table.c.code == bindparam("wanted"))
    .with_for_update(read=True)
)


def new_code() -> str:
    return _letters(CODE)


def _letters(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token(survey: Survey) -> str:
    begun = survey.code + _letters(SECRET)
    return begun + _seal(survey, begun)


def _seal(survey: Survey | Brief, begun: str) -> str:
    digest = hmac.digest(survey.seal, begun.encode(), "sha256")
    return "".join(ALPHABET[one % len(ALPHABET)] for one in digest[:SEAL])


def is_of(survey: Survey | Brief, token: str) -> bool:
    """True for a link that was once given out for the survey, used or not."""
    return hmac.compare_digest(_seal(survey, token[:-SEAL]), token[-SEAL:])


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()[:16]


def survey_of(session: Session, token: str) -> Survey | None:
    """The survey that the link belongs to; none for a made-up one."""
    if not TOKEN.fullmatch(token):
        return None
    survey = session.scalar(select(Survey).where(Survey.code == token[:CODE]))
    return survey if survey is not None and is_of(survey, token) else None


def brief_of(session: Session, token: str) -> Brief | None:
    """The same in few words; it stays as it is until the transaction is through, for all who
    answer at once."""
    if not TOKEN.fullmatch(token):
        return None
    row = session.connection().execute(_HELD, {"wanted": token[:CODE]}).first()
    brief = Brief(*row) if row is not None else None
    return brief if brief is not None and is_of(brief, token) else None


def issue(
    session: Session, survey: Survey, *, by: User, now: datetime, unit_id: int | None = None
) -> list[Sheet]:
    """All links of an anonymous survey, or of one unit, that were not given out yet; by group,
    shown this once.

    Kept of them is a digest each, under its group: which of the group has which nobody knows.
    """
    of_unit = [SurveyGroup.unit_id == unit_id] if unit_id is not None else []
    groups = session.scalars(
        select(SurveyGroup)
        .where(SurveyGroup.survey_id == survey.id, SurveyGroup.issued.is_(False), *of_unit)
        .with_for_update()  # two who give out at once: one has the links, the other none
        .execution_options(populate_existing=True)
    ).all()
    return _issued(session, survey, [(one, one.size) for one in groups], by=by, now=now)


def issue_anew(
    session: Session, survey: Survey, unit_id: int, *, by: User, now: datetime
) -> list[Sheet]:
    """The unit's links that were not used yet are void; as many new ones are given out."""
    _require_open(survey)
    overwrite_deleted(session.connection())
    gone = (
        session.execute(
            delete(SurveyTicket)
            .where(SurveyTicket.survey_id == survey.id, SurveyTicket.unit_id == unit_id)
            .returning(SurveyTicket.cell),
            execution_options={"synchronize_session": False},
        )
        .scalars()
        .all()
    )
    groups = session.scalars(
        select(SurveyGroup).where(
            SurveyGroup.survey_id == survey.id, SurveyGroup.unit_id == unit_id
        )
    ).all()
    if not groups:
        raise NotFound("Nobody of this unit is asked.")
    sizes = [(one, gone.count(one.cell) if one.issued else one.size) for one in groups]
    return _issued(session, survey, sizes, by=by, now=now)


def _issued(
    session: Session,
    survey: Survey,
    groups: list[tuple[SurveyGroup, int]],
    *,
    by: User,
    now: datetime,
) -> list[Sheet]:
    _require_open(survey)
    names = dict(session.execute(select(Unit.id, Unit.name)).all())
    sheets, rows = [], []
    for group, size in groups:
        tokens = [new_token(survey) for _ in range(size)]
        sheets.append(Sheet(names[group.unit_id], group.cell, tokens))
        rows += [
            {
                "survey_id": survey.id,
                "token_hash": digest(token),
                "unit_id": group.unit_id,
                "cell": group.cell,
            }
            for token in tokens
        ]
        group.issued = True
    rows.sort(key=lambda row: str(row["token_hash"]))  # no order but that of the digests
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(SurveyTicket), rows[start : start + AT_ONCE])
    session.flush()
    told = {"links": len(rows), "groups": len(groups)}
    audit.record(
        session,
        actor=by,
        action="survey_links_issued",
        subject=survey,
        now=now,
        detail=told,
        case_id=survey.case_id,
    )
    return sheets


def _require_open(survey: Survey) -> None:
    if survey.state != "open":
        raise Refused("The survey is not open.", guard="survey_state")
    if not survey.anonymous:
        raise Refused("The links of a named survey are made for each person.", guard="survey_kind")


def own_link(session: Session, survey_id: int, *, user: User) -> str:
    """A fresh link for a person who is asked by name; one made before is void.

    Raises NotFound for who is not asked, Conflict for who has answered.
    """
    survey = session.get(Survey, survey_id)
    row = session.get(Invitation, (survey_id, user.id), with_for_update=True)
    if survey is None or row is None or survey.state != "open":
        raise NotFound("There is no such survey, or you are not asked.")
    if row.answered_at is not None:
        raise Conflict("You have answered this survey on {when}.", when=row.answered_at)
    token = new_token(survey)
    row.token_hash = digest(token)
    session.flush()
    return token


def named_links(
    session: Session, survey: Survey, *, by: User, now: datetime
) -> Iterator[tuple[str, str, str]]:
    """Unit, name and a fresh link of each who is asked by name and has not answered."""
    if survey.anonymous or survey.state != "open":
        raise Refused("The survey is not open.", guard="survey_state")
    people = session.execute(
        select(Invitation.user_id, User.name, Unit.name)
        .join(User, User.id == Invitation.user_id)
        .join(Unit, Unit.id == Invitation.unit_id)
        .where(Invitation.survey_id == survey.id, Invitation.answered_at.is_(None))
        .order_by(Unit.code, User.name, User.id)
    ).all()
    made = []
    for user_id, name, unit in people:
        token = new_token(survey)
        session.execute(
            update(Invitation)
            .where(Invitation.survey_id == survey.id, Invitation.user_id == user_id)
            .values(token_hash=digest(token))
            .execution_options(synchronize_session=False)
        )
        made.append((unit, name, token))
    audit.record(
        session,
        actor=by,
        action="survey_links_issued",
        subject=survey,
        now=now,
        case_id=survey.case_id,
        detail={"links": len(made)},
    )
    return iter(made)


def groups_of(session: Session, survey: Survey) -> list[tuple[Unit, int, int]]:
    """Each unit that is asked, how many of it, and for how many links were given out."""
    given = func.sum(case((SurveyGroup.issued, SurveyGroup.size), else_=0)).label("given")
    counted = (
        select(SurveyGroup.unit_id, func.sum(SurveyGroup.size).label("asked"), given)
        .where(SurveyGroup.survey_id == survey.id)
        .group_by(SurveyGroup.unit_id)
        .subquery()
    )
    rows = session.execute(
        select(Unit, counted.c.asked, counted.c.given)
        .join(counted, counted.c.unit_id == Unit.id)
        .order_by(Unit.code)
    )
    return [(unit, int(asked), int(given)) for unit, asked, given in rows]


def organs(session: Session) -> dict[str, Unit]:
    """The organs that cells name, by code."""
    query = select(Unit).where(Unit.kind == UnitKind.PARTY_GROUP)
    return {unit.code: unit for unit in session.scalars(query)}
