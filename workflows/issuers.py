"""发文机关: in whose name a paper goes out (GB/T 9704 7.2.4: full name or standard short name)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Unit, UnitKind, User
from workflows import access

ORGANS = (UnitKind.PARTY_GROUP, UnitKind.WORK_COMMITTEE, UnitKind.COMMITTEE)


def name_of(organ: Unit) -> str:
    """The organ as it signs: an organ of business work signs as its party group."""
    if organ.kind != UnitKind.PARTY_GROUP or organ.name.endswith(("党组", "党委")):
        return organ.name
    return f"中共{organ.name}党组"


def issuer_of(session: Session, by: User | None, *, now: datetime) -> str:
    """Who acts issues for his organ; what the clock issues goes out from the work committee."""
    organ = _organ_of(session, by, now) if by else None
    if organ is None:
        committees = select(Unit).where(Unit.kind == UnitKind.WORK_COMMITTEE).order_by(Unit.path)
        organ = session.scalar(committees.limit(1))
    return name_of(organ) if organ else ""


def _organ_of(session: Session, by: User, now: datetime) -> Unit | None:
    """The organ of his post, or else of his role: the nearest at or above it."""
    places = access.rights_of(session, by, now=now).places
    for place in sorted(places, key=lambda one: (one.is_role, one.principal)):
        way = [int(part) for part in place.path.split("/") if part]
        above = select(Unit).where(Unit.id.in_(way), Unit.kind.in_(ORGANS))
        found = session.scalar(above.order_by(Unit.path.desc()).limit(1))
        if found is not None:
            return found
    return None
