"""How many may be good: what is proposed, what may be, who decided the conflict and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Debriefing, DebriefingRound, Task, User
from workflows import definitions

GOOD = "good"


@dataclass(frozen=True)
class Moved:
    """Who was proposed as good and is decided as something else."""

    name: str
    grade: str
    comment: str


@dataclass(frozen=True)
class Quota:
    """Where a round stands with its grades of good."""

    size: int  # graded
    most: int
    proposed: Sequence[str]  # names; none: not proposed yet
    note: str
    decided: int | None  # how many are good; none: not decided yet
    meeting: str
    held_on: str
    reason: str
    decided_at: datetime | None
    moved: Sequence[Moved]

    @property
    def over(self) -> int:
        """How many more are proposed than may be."""
        return max(0, len(self.proposed) - self.most)


def most_of(share: Any, size: int) -> int:
    """How many of so many may be good: the share of them, rounded down."""
    return int(Decimal(str(share)) * size)


def of_round(session: Session, round_: DebriefingRound, case: Case) -> Quota | None:
    """The quota of a round whose grades are proposed, decided or about to be; none before that."""
    rows = session.scalars(
        select(Debriefing).where(
            Debriefing.round_id == round_.id,
            Debriefing.graded.is_(True),
            Debriefing.state != "removed",
        )
    ).all()
    if not any(one.total is not None for one in rows):
        return None
    rules = definitions.parameters_of(session, case.parameters_id).rule
    said = {node: _last(session, case, node) for node in ("propose_grades", "decide_grades")}
    proposed, decided = said["propose_grades"], said["decide_grades"]
    good = [row["secretary"] for row in proposed.get("items", ()) if row["proposed"] == GOOD]
    names = _names(session, rows)
    grades = {str(row.user_id): row for row in rows if row.decided_at is not None}
    return Quota(
        size=len(rows),
        most=most_of(rules["debriefing_quota"], len(rows)),
        proposed=[names.get(one, one) for one in good],
        note=proposed.get("quota_note", ""),
        decided=sum(row.grade == GOOD for row in grades.values()) if grades else None,
        meeting=decided.get("meeting", ""),
        held_on=decided.get("held_on", ""),
        reason=decided.get("quota_reason", ""),
        decided_at=max((row.decided_at for row in grades.values() if row.decided_at), default=None),
        moved=_moved(good, grades, names),
    )


def _last(session: Session, case: Case, node: str) -> Mapping[str, Any]:
    """What was answered at a step the last time."""
    task = session.scalar(
        select(Task)
        .where(Task.case_id == case.id, Task.node == node, Task.done_at.is_not(None))
        .order_by(Task.id.desc())
        .limit(1)
    )
    return (task.answers or {}) if task else {}


def _names(session: Session, rows: Sequence[Debriefing]) -> dict[str, str]:
    ids = [one.user_id for one in rows]
    found = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {str(user_id): name for user_id, name in found}


def _moved(
    good: Sequence[str], grades: Mapping[str, Debriefing], names: Mapping[str, str]
) -> list[Moved]:
    return [
        Moved(names.get(one, one), grades[one].grade or "", grades[one].comment)
        for one in good
        if one in grades and grades[one].grade != GOOD
    ]
