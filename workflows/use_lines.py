"""Each line of a use of results is on record from the draft to its outcome, act by act."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from models import Measure, ResultUse, UseEvent
from workflows import effects
from workflows.registry import Act

Row = Mapping[str, Any]


def of_case(act: Act) -> Sequence[ResultUse]:
    """The case's lines, in the order in which they were first drafted."""
    return act.session.scalars(
        select(ResultUse).where(ResultUse.case_id == act.case.id).order_by(ResultUse.id)
    ).all()


def standing(act: Act, *states: str) -> Sequence[ResultUse]:
    """The lines that are in one of these states."""
    return [line for line in of_case(act) if line.state in states]


def draft(act: Act, rows: Sequence[Row]) -> None:
    """The lines are as drafted; what an earlier draft named and this one does not is left out."""
    known = {(line.subject, line.use): line for line in of_case(act)}
    named = set()
    for row in rows:
        key = (str(row["subject"]), str(row["use"]))
        named.add(key)
        line = known.get(key) or _new(act, row)
        line.award, line.reason, line.flags = row.get("award", ""), row["reason"], []
        note(act, line, "proposed", row["reason"])
    for key, line in known.items():
        if key not in named and line.state != "left_out":
            note(act, line, "left_out")


def _new(act: Act, row: Row) -> ResultUse:
    about = act.vars["subjects"][row["subject"]]
    line = ResultUse(
        case_id=act.case.id,
        year=int(act.vars["year"]),
        subject=str(row["subject"]),
        user_id=int(about["user"]) if about.get("user") else None,
        unit_id=int(about["unit"]),
        name=about["name"],
        post_then=about.get("post") or "",
        grade=about.get("grade") or "",
        use=row["use"],
        flags=[],
        state="proposed",
    )
    act.session.add(line)
    act.session.flush()
    return line


def note(act: Act, line: ResultUse, state: str, why: str = "") -> None:
    """The line is in the state, by whose act stands beside it; `kept` only answers a flag."""
    if state != "kept":
        line.state = state
    act.session.add(
        UseEvent(
            use_id=line.id, at=act.now, state=state, by=act.by.id if act.by else None, note=why
        )
    )
    act.session.flush()


def flag(act: Act) -> Sequence[dict[str, str]]:
    """Every proposed line of a person under an effect period is flagged, with measure and end."""
    found = []
    lines = standing(act, "proposed")
    users = [line.user_id for line in lines if line.user_id is not None]
    measures = effects.running_of(act.session, users, now=act.now)
    for line in lines:
        line.flags = [_flag(one) for one in measures.get(line.user_id or 0, ())]
        found += [
            {
                "flag": f"{line.subject}:{line.use}:{one['measure']}",
                "subject": line.subject,
                "name": line.name,
                "use": line.use,
                "form": one["form"],
                "bars": ",".join(one["bars"]),
                "until": one["until"],
            }
            for one in line.flags
        ]
    act.session.flush()
    return found


def _flag(measure: Measure) -> dict[str, Any]:
    return {
        "measure": str(measure.id),
        "form": measure.form or measure.kind,
        "bars": list(measure.bars),
        "until": str(measure.effect_until),
    }


def is_barred(act: Act, line: ResultUse) -> Measure | None:
    """The measure under whose effect the person can be no 考察对象 (干部任用条例 24); or none."""
    if line.use != "promotion_reference" or line.user_id is None:
        return None
    running = effects.running_of(act.session, [line.user_id], now=act.now)
    return next((one for one in running.get(line.user_id, ()) if "candidate" in one.bars), None)
