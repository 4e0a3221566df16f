"""取消: an obligation that was asked of a unit by mistake is lifted; what was made of it falls."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import ObligationState, Role, Unit, User
from workflows import access, audit, evidence, refutations
from workflows.access import Rights
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.evidence import Owed
from workflows.findings import Key
from workflows.forms import Fault

LIFTABLE = (ObligationState.OPEN, ObligationState.MISSED, ObligationState.LATE)
MARK = "误列取消："  # how the lists tell it from an exception that was granted
LONGEST = 180


def may_lift(rights: Rights, owed: Owed) -> bool:
    """True while there is something to lift, for who supervises the unit and has no post in it."""
    return owed.obligation.state in LIFTABLE and _supervises(rights, owed.unit)


def _supervises(rights: Rights, unit: Unit) -> bool:
    own = any(place.unit_id == unit.id and not place.is_role for place in rights.places)
    return not own and rights.covers(unit, (Role.SUPERVISOR,), posts=False)


def lift(session: Session, key: Key, reason: str, *, by: User, now: datetime) -> int:
    """The unit no longer owes it, its finding is unfounded, and open proposals that rested on it
    alone lapse, all for the same reason; returns how many lapsed.

    NotAllowed for anybody but a supervisor of the unit; Conflict where it was met in time,
    excused or lifted before, or changed meanwhile. What was decided on the finding stays: the
    person concerned may ask for its correction.
    """
    rights = access.rights_of(session, by, now=now)
    owed = evidence.get(session, key, rights=rights)
    if not _supervises(rights, owed.unit):
        raise NotAllowed("Only a supervisor of the unit lifts what was asked by mistake.")
    if owed.obligation.state not in LIFTABLE:
        raise Conflict("There is nothing left to lift.")
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST:
        raise Invalid("Say why.", fields={"reason": Fault("Say why, in 180 characters at most.")})
    before = owed.obligation.state
    values = {
        "state": int(ObligationState.EXCUSED), "reason": MARK + reason, "settled_by": by.id
    }  # fmt: skip
    evidence.take(session, owed, values, seen=owed.obligation.evidence_id)
    finding = evidence.finding_about(session, owed)
    lapsed = refutations.refute(session, finding, reason, by=by, now=now) if finding else []
    audit.record(
        session,
        actor=by,
        action="obligation_lifted",
        subject=f"obligation {key}",
        now=now,
        unit_id=key.unit_id,
        detail={"reason": reason, "state": int(before), "proposals": len(lapsed)},
    )
    return len(lapsed)
