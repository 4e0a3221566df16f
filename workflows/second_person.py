"""What one process administrator asks for and another decides: once, and never the same person."""

from typing import TypeVar

from sqlalchemy.orm import Session

from models import Case, CaseRepair, Restart, User
from workflows import cases, versions
from workflows.access import Rights
from workflows.errors import Conflict, NotAllowed, NotFound

Asked = TypeVar("Asked", CaseRepair, Restart)


def to_decide(
    session: Session, kind: type[Asked], row_id: int, *, rights: Rights, own: bool = False
) -> tuple[Asked, Case]:
    """What was asked for and its case, both taken for whoever decides now.

    Raises NotFound where there is none, Conflict with who decided it and when, NotAllowed for who
    asked for it, unless `own` (taking it back).
    """
    versions.require_admin(rights)
    row = session.get(kind, row_id)
    if row is None:
        raise NotFound("Nothing of that kind was asked for.")
    case = cases.take(session, row.case_id)
    session.refresh(row, with_for_update=True)
    if row.state != "asked":
        who = session.get_one(User, row.decided_by)
        raise Conflict("{who} decided this on {when}.", who=who.name, when=row.decided_at)
    if row.made_by == rights.user.id and not own:
        raise NotAllowed("Another process administrator approves what you have asked for.")
    return row, case
