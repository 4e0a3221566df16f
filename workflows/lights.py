"""灯: it moves by the table `light` and by nobody's hand; no light touches a measure.

Up at once; down only by a granted extension or a corrected fact (processes.md §14).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    LIGHTS,
    Case,
    DecisionRecord,
    Finding,
    LightEvent,
    Matter,
    Proposal,
    Urging,
)
from workflows import calendars, cases, definitions, findings, hosting
from workflows.deadlines import day_of, plus_months
from workflows.engine import to_json
from workflows.errors import Refused
from workflows.matters import the_matter
from workflows.proposals import recount
from workflows.registry import Act, inputs, operation

CORRECTED = "corrected"  # the cause of a fall: the fact behind the light did not stand
HORIZON = 40  # working days past the last known date: no ladder of ours changes later


@inputs("light")
def inputs_of(act: Act) -> Mapping[str, Any]:
    """The table's inputs, from the ledger and the calendar."""
    return _inputs_at(act, the_matter(act), act.now)


def _inputs_at(act: Act, matter: Matter, at: datetime) -> dict[str, Any]:
    left, total = _days(act, matter, at)
    return {
        "days_left": left,
        "share_left": round(100 * max(left, 0) / total) if total > 0 else 0,
        "missed_urges": sum(_missed(act, one, at) for one in urgings_of(act)),
        "yellow_count": matter.yellow_count,
        "returns": matter.returns,
        "false_report": matter.false_report and not _corrected(act, matter),
        "grade": matter.grade,
        "floor": matter.floor,
    }


def _days(act: Act, matter: Matter, at: datetime) -> tuple[int, int]:
    """Working days left to the target and in all; once the moment passed, at least one late."""
    target = _target(matter)
    if target is None:
        return 0, 0
    day, end = day_of(at), day_of(target)
    left = act.calendar.workdays_between(day, end)
    since = date.fromisoformat(act.vars["watch"]["since"])
    return (min(left, -1) if at > target else left), act.calendar.workdays_between(since, end)


def _target(matter: Matter) -> datetime | None:
    return matter.redo_at or matter.due_at


def urgings_of(act: Act) -> list[Urging]:
    wanted = select(Urging).where(Urging.case_id == act.case.id).order_by(Urging.number)
    return list(act.session.scalars(wanted))


def _missed(act: Act, urging: Urging, at: datetime) -> bool:
    """The new date has passed while the work was still open."""
    if urging.met is not None or urging.new_date is None:
        return urging.met is False
    return at > act.calendar.end_of_day(urging.new_date)


def _corrected(act: Act, matter: Matter) -> bool:
    """The report was found not to be false after all."""
    if not matter.false_report:
        return False
    found = findings.by_keys(act.session, [f"false_report:{matter.id}"])
    return any(one.status == findings.UNFOUNDED for one in found.values())


@operation("record_light")
def record_light(act: Act) -> None:
    """记灯: the higher of rule and last, its event, and when it can change next."""
    record = act.session.scalars(
        select(DecisionRecord)
        .where(DecisionRecord.case_id == act.case.id, DecisionRecord.decision == "light")
        .order_by(DecisionRecord.id.desc())
        .limit(1)
    ).one()
    why = {"inputs": record.inputs, "rows": record.rows, "calendar": record.calendar}
    _take(act, str(act.vars["light"]), why, record.id)


def relight(act: Act, cause: str) -> None:
    """The date or the fact behind the light changed: judged at once, and it may fall."""
    act.vars["extended"] = True
    _judge(act, cause)
    if act.vars["due"]["watch"]:
        act.rearmed.append(("wait_change", datetime.fromisoformat(act.vars["due"]["watch"])))


def judge_anew(act: Act) -> None:
    """The dates behind the light moved while it stood still: its next change is known again."""
    _judge(act, "clock")
    if act.vars["due"]["watch"]:
        act.rearmed.append(("wait_change", datetime.fromisoformat(act.vars["due"]["watch"])))


def _judge(act: Act, cause: str) -> None:
    asked = _inputs_at(act, the_matter(act), act.now)
    light, rows = _rule(act, asked)
    calendar = act.calendar.label(day_of(act.now))
    why = {"inputs": to_json(asked), "rows": rows, "calendar": calendar, "cause": cause}
    _take(act, light, why, None)


def due_ids(session: Session, *, now: datetime, limit: int = 100) -> Sequence[int]:
    """Cases whose light may change by `now`, whatever step of theirs waits for a person."""
    return session.scalars(
        select(Case.id)
        .join(Matter, Matter.case_id == Case.id)
        .where(Matter.watch_at <= now, Case.status.in_(cases.MOVING))
        .order_by(Matter.watch_at, Case.id)
        .limit(limit)
    ).all()


def look_again(session: Session, case_id: int, *, now: datetime) -> int:
    """The light is judged though an urging or an order waits to be written; 1 if it was due.

    A light that waited for somebody's hand would not move by itself.
    """
    case = cases.take(session, case_id)
    matter = session.scalars(select(Matter).where(Matter.case_id == case_id)).one()
    if case.status not in cases.MOVING or matter.watch_at is None or matter.watch_at > now:
        return 0
    if case.wake_at is not None and case.wake_at <= now:
        return cases.wake(session, case_id, now=now)
    run = cases.open_run(session, case, by=None, now=now)
    _judge(run.act, "clock")
    run.save()
    return 1


def _rule(act: Act, asked: Mapping[str, Any]) -> tuple[str, list[int]]:
    """What the case's own version of the table answers to these inputs."""
    decision = definitions.spec_of(act.session, act.case.definition_id).decision("light")
    functions = hosting.calendar_functions(act.calendar, act.now)
    outcome = decision.decide({**act.vars, **asked}, functions=functions)
    value: Any = outcome.value
    return str(value["light"]), list(outcome.rows)


def _take(act: Act, ruled: str, why: dict[str, Any], decision_id: int | None) -> None:
    matter, watch = the_matter(act), act.vars["watch"]
    corrected = _corrected(act, matter)
    may_fall = bool(act.vars.pop("extended", False)) or corrected
    if corrected:
        why["cause"] = CORRECTED
    matter.false_report = matter.false_report and not corrected
    for urging in urgings_of(act):
        if _missed(act, urging, act.now):
            urging.met = False
    light = ruled if may_fall else max(ruled, matter.light, key=LIGHTS.index)
    if light != matter.light:
        _turn(act, matter, light, why, decision_id)
    act.vars["light"] = light
    watch["red_ever"] = watch.get("red_ever", False) or light == "red"
    watch["ground"] = _ground(act, matter)
    following = next_change(act, matter)
    act.vars["due"]["watch"] = following.isoformat() if following else None
    matter.watch_at = following
    act.session.flush()


def _turn(
    act: Act, matter: Matter, light: str, why: dict[str, Any], decision_id: int | None
) -> None:
    """The event with its reason; a new yellow is urged anew, a new red ordered anew."""
    act.session.add(
        LightEvent(
            matter_id=matter.id,
            at=act.now,
            before=matter.light,
            after=light,
            decision_id=decision_id,
            why=why,
        )
    )
    rises = LIGHTS.index(light) > LIGHTS.index(matter.light)
    if light == "yellow" and rises:
        matter.yellow_count += 1
        act.vars["watch"]["urged"] = False
    if light == "red":
        act.vars["watch"]["ordered"] = False
    matter.light, matter.light_since = light, act.now
    act.session.flush()


def _ground(act: Act, matter: Matter) -> str | None:
    """What the light gives rise to, each ground once."""
    proposed = act.vars["watch"].get("proposed", [])
    if matter.false_report and "false_report" not in proposed:
        return "false_report"
    if matter.light != "red":
        return None
    if "unit_reds" not in proposed and _reds_of_unit(act, matter) >= int(
        act.vars["rule"]["unit_reds"]
    ):
        return "unit_reds"
    if "red_over" not in proposed and _red_over_at(act, matter) <= act.now:
        return "red_over"
    return None


def _red_over_at(act: Act, matter: Matter) -> datetime:
    """The morning on which the light has been red for longer than it may be."""
    days = int(act.vars["days"]["red_over"]) + 1
    since = day_of(matter.light_since or act.now)
    return act.calendar.start_of_day(act.calendar.add_workdays(since, days))


def _reds_of_unit(act: Act, matter: Matter) -> int:
    """Guard 5: distinct matters of the unit that were red in twelve months, or since proposed."""
    months = int(act.vars["rule"]["unit_reds_months"])
    since = act.calendar.start_of_day(plus_months(day_of(act.now), -months))
    proposed = act.session.scalar(
        select(func.max(Finding.made_at)).where(
            Finding.kind == "unit_reds", Finding.unit_id == matter.lead_unit_id
        )
    )
    return len(
        _red_since(act.session, matter.lead_unit_id, max(since, proposed) if proposed else since)
    )


@recount("unit_reds")
def reds_still_stand(session: Session, proposal: Proposal, now: datetime) -> None:
    """Guard 5 when it is accepted: as many distinct matters were rightly red as then."""
    case = session.get_one(Case, proposal.origin_case_id)
    rule = definitions.parameters_of(session, case.parameters_id).rule
    since = plus_months(day_of(proposal.made_at), -int(rule["unit_reds_months"]))
    earlier = session.scalar(
        select(func.max(Finding.made_at)).where(
            Finding.kind == "unit_reds",
            Finding.unit_id == proposal.subject_unit_id,
            Finding.made_at < proposal.made_at,
        )
    )
    start = calendars.load(session).start_of_day(since)
    count = len(_red_since(session, proposal.subject_unit_id, max(start, earlier or start)))
    if count < int(rule["unit_reds"]):
        raise Refused(
            "Only {count} different matters of the unit were rightly red, not {least}.",
            guard="G5",
            count=count,
            least=rule["unit_reds"],
        )


def _red_since(session: Session, unit_id: int | None, since: datetime) -> set[int]:
    """Matters of the unit that turned red after that moment, rightly: a corrected one is not."""
    events = session.scalars(
        select(LightEvent)
        .join(Matter, Matter.id == LightEvent.matter_id)
        .where(Matter.lead_unit_id == unit_id, LightEvent.at > since)
        .order_by(LightEvent.id)
    )
    found: set[int] = set()
    for event in events:
        if event.after == "red":
            found.add(event.matter_id)
        elif event.why.get("cause") == CORRECTED:
            found.discard(event.matter_id)
    return found


def next_change(act: Act, matter: Matter) -> datetime | None:
    """The next moment at which the table, or a ground, says something else; none: never again.

    The table itself is asked for each coming day, so that a city's own ladder is watched rightly.
    """
    if matter.light == LIGHTS[-1]:
        at = _red_over_at(act, matter)
        return at if at > act.now else None
    level = LIGHTS.index(matter.light)
    for at in _moments(act, matter):
        if LIGHTS.index(_rule(act, _inputs_at(act, matter, at))[0]) > level:
            return at
    return None


def _moments(act: Act, matter: Matter) -> list[datetime]:
    """Each coming working day's start, and the second after each date that can be missed."""
    target, today = _target(matter), day_of(act.now)
    ends = [act.calendar.end_of_day(one.new_date) for one in urgings_of(act) if one.new_date]
    ends += [target] if target else []
    last = max([today, *map(day_of, ends)])
    days = act.calendar.workdays_between(today, last) + HORIZON
    starts = (
        act.calendar.start_of_day(act.calendar.add_workdays(today, n)) for n in range(1, days + 1)
    )
    moments = {*starts, *(one + timedelta(seconds=1) for one in ends)}
    return sorted(one for one in moments if one > act.now)
