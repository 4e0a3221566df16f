"""The file of a case as one reader may see it: whole, or only what concerns and reached him.

The subject of a case, and who merely was served with a paper of it, see their own steps and
papers; the team, the approvers and those whose work it is see all (domain.md §12, guard 10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from models import (
    Case,
    Delivery,
    Document,
    Inbox,
    Matter,
    Participant,
    Proposal,
    StoredFile,
    Task,
    Unit,
    User,
)
from workflows.access import Rights, visible_cases, within

REACHED = frozenset({"served", "subject"})  # parts that open no more than what reached the person


@dataclass(frozen=True)
class Sight:
    """How much of a case a reader sees."""

    case: Case
    rights: Rights
    whole: bool
    item: str = ""  # of a partial sight: whose line in a multi-instance is the reader's own

    @property
    def diagram(self) -> bool:
        """Where a confidential case stands is no business of its subject."""
        return self.whole or not self.case.restricted


def sight(session: Session, case: Case, variables: Mapping[str, Any], rights: Rights) -> Sight:
    me = str(rights.user.id)
    if me in (variables.get("subject_users") or []):
        return Sight(case, rights, whole=False)
    if me in (variables.get("secretaries") or {}):  # each who debriefs sees his own
        return Sight(case, rights, whole=False, item=me)
    if case.process == "inspection" and not _in_charge(session, case, rights):
        return Sight(case, rights, whole=False, item=_inspected(session, variables, rights))
    parts = session.scalars(
        select(Participant.part).where(
            Participant.case_id == case.id, Participant.user_id == rights.user.id
        )
    )
    by_part = not REACHED.issuperset(parts)
    return Sight(case, rights, whole=by_part or _works_on(session, case, rights))


def _in_charge(session: Session, case: Case, rights: Rights) -> bool:
    """Teams and inspected units see their own part of an inspection, who inspects sees all."""
    return rights.covers(session.get_one(Unit, case.unit_id))


def _inspected(session: Session, variables: Mapping[str, Any], rights: Rights) -> str:
    """The key of the inspected unit in which the reader holds a post, if there is one."""
    held = {int(part) for place in rights.places for part in place.path.split("/") if part}
    return next((key for key in variables.get("units") or {} if int(key) in held), "")


def _works_on(session: Session, case: Case, rights: Rights) -> bool:
    """A step of the case waits for the person; or the case is open and lies in his charge."""
    waits = (
        exists()
        .where(Task.case_id == case.id, Inbox.task_id == Task.id)
        .where(Inbox.principal.in_(rights.principals))
    )
    conditions: list[ColumnElement[bool]] = [waits]
    if not case.restricted:
        conditions.append(exists().where(Unit.id == case.unit_id, within(rights.paths())))
    return bool(session.scalar(select(or_(*conditions))))


def steps(session: Session, seen: Sight) -> Sequence[Task]:
    """The steps in the order in which they came; of a partial sight one's own alone."""
    wanted = select(Task).where(Task.case_id == seen.case.id)
    if not seen.whole:
        mine = exists().where(Inbox.task_id == Task.id, Inbox.principal.in_(seen.rights.principals))
        own = Task.item_key == (seen.item or None)
        wanted = wanted.where(or_(Task.done_by == seen.rights.user.id, mine, own))
    return session.scalars(wanted.order_by(Task.opened_at, Task.id)).all()


def papers(session: Session, seen: Sight) -> Sequence[Document]:
    """文书: all of the case, else those that were served on the reader."""
    wanted = select(Document).where(Document.case_id == seen.case.id)
    if not seen.whole:
        reached = exists().where(
            Delivery.document_id == Document.id, Delivery.recipient_id == seen.rights.user.id
        )
        wanted = wanted.where(reached)
    return session.scalars(wanted.order_by(Document.id)).all()


def files(session: Session, seen: Sight) -> Sequence[StoredFile]:
    """What was handed in with the steps; of a partial sight one's own alone."""
    wanted = select(StoredFile).where(StoredFile.case_id == seen.case.id)
    if not seen.whole:
        wanted = wanted.where(StoredFile.stored_by == seen.rights.user.id)
    return session.scalars(wanted.order_by(StoredFile.id)).all()


def serving(session: Session, papers: Sequence[Document]) -> Mapping[int, list[Delivery]]:
    """On whom each paper was served, by its id."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.document_id.in_([one.id for one in papers]))
        .order_by(Delivery.id)
    )
    found: dict[int, list[Delivery]] = {}
    for one in rows:
        found.setdefault(one.document_id, []).append(one)
    return found


@dataclass(frozen=True)
class Related:
    """What a case came from and what came from it, as far as the reader may see that."""

    parent: Case | None
    children: Sequence[Case]
    opened_by: Proposal | None
    proposed: Sequence[Proposal]
    matter: Matter | None


def related(session: Session, seen: Sight) -> Related:
    case = seen.case
    kin = or_(Case.id == case.parent_case_id, Case.parent_case_id == case.id)
    cases = session.scalars(
        select(Case).where(kin, visible_cases(seen.rights)).order_by(Case.id)
    ).all()
    proposals = session.scalars(
        select(Proposal)
        .where(or_(Proposal.case_id == case.id, Proposal.origin_case_id == case.id))
        .order_by(Proposal.id)
    ).all()
    mine = proposals if seen.whole else []
    return Related(
        parent=next((one for one in cases if one.id == case.parent_case_id), None),
        children=[one for one in cases if one.parent_case_id == case.id],
        opened_by=next((one for one in mine if one.case_id == case.id), None),
        proposed=[one for one in mine if one.origin_case_id == case.id],
        matter=session.scalar(select(Matter).where(Matter.case_id == case.id)),
    )


def names_of(session: Session, ids: Sequence[int | None]) -> Mapping[int, str]:
    """The people's names by id."""
    wanted = {one for one in ids if one is not None}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}
