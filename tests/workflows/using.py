"""结果运用 on its way: the acts of the cast, named once for lines, records and pages."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import Case, Debriefing, DebriefingRound, Measure, ResultUse, Task, UseEvent
from tests.cast import Cast
from tests.workflows.steps import do
from workflows import result_uses, tasks


def begun(cast: Cast, now: datetime) -> Case:
    """Two secretaries were graded in 2026; one of them is under an effect period."""
    rights = cast.rights("organiser", now)
    work = cast.units["work"]
    other = result_uses.begin(cast.session, work, 2025, rights=rights, now=now)
    round_ = DebriefingRound(case_id=other.id, organiser_id=work.id, year=2026, weights={})
    cast.session.add(round_)
    cast.session.flush()
    for who in ("finance", "planning"):
        cast.session.add(
            Debriefing(
                round_id=round_.id,
                user_id=cast.users[f"{who}_secretary"].id,
                unit_id=cast.units[f"{who}_committee"].id,
                post_then="机关党委书记",
                state="graded",
                facts={},
                grade="good",
            )
        )
    cast.session.add(
        Measure(
            key="measure:test",
            case_id=other.id,
            kind="accountability",
            form="admonition",
            subject_kind="cadre",
            subject_user_id=cast.users["planning_secretary"].id,
            subject_name="planning_secretary",
            state="in_force",
            effect_from=date(2026, 1, 1),
            effect_until=date(2026, 12, 31),
            bars=["candidate"],
        )
    )
    cast.session.flush()
    return result_uses.begin(cast.session, work, 2026, rights=rights, now=now)


def key(cast: Cast, who: str) -> str:
    return f"user-{cast.users[who].id}"


def line(cast: Cast, who: str, use: str, award: str = "") -> dict[str, Any]:
    row = {"subject": key(cast, who), "use": use, "reason": "年度考核等次为好"}
    return row | ({"award": award} if award else {})


def beside(cast: Cast, who: str, use: str, award: str = "") -> dict[str, Any]:
    """A line for somebody who was not graded."""
    row = line(cast, who, use, award)
    return {"person": str(cast.users[who].id), **{k: v for k, v in row.items() if k != "subject"}}


def stages(cast: Cast, who: str) -> list[tuple[str, str, str]]:
    """What the person's line went through: state, by whom, with which words."""
    rows = cast.session.execute(
        select(UseEvent.state, UseEvent.by, UseEvent.note)
        .join(ResultUse, ResultUse.id == UseEvent.use_id)
        .where(ResultUse.user_id == cast.users[who].id)
        .order_by(UseEvent.id)
    )
    names = {user.id: name for name, user in cast.users.items()}
    return [(state, names[by or 0], note) for state, by, note in rows]


def consulted(cast: Cast, case: Case, now: datetime) -> None:
    for task in cast.session.scalars(
        select(Task).where(Task.case_id == case.id, Task.node == "consult_bodies")
    ):
        rights = cast.rights("handler", now)
        tasks.complete(cast.session, task.id, {"opinion": "none"}, rights=rights, now=now)


def decision(cast: Cast, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "meeting": "工委会议",
        "held_on": "2026-03-02",
        "minutes": "1",
        "next": "approve",
        "items": [
            {"subject": one["subject"], "use": one["use"], "verdict": "approve"} for one in lines
        ],
    } | more


def outcome_of(row: dict[str, Any], adopted: str, **more: str) -> dict[str, Any]:
    return {"subject": row["subject"], "use": row["use"], "adopted": adopted} | more


def the_measure(cast: Cast) -> Measure:
    return cast.session.scalars(select(Measure)).one()


def entered(cast: Cast, case: Case, now: datetime) -> None:
    """The finance secretary's training was adopted: it stands in the record."""
    training = line(cast, "finance_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[training])
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, training))
    do(cast, case, "record_outcome", "handler", now, items=[outcome_of(training, "yes")])
