"""灯: it moves by the table `light` and by nobody's hand; no light touches a measure.

Up at once; down only by a granted extension or a corrected fact (processes.md §14).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from models import LIGHTS, DecisionRecord, LightEvent, Matter, Urging
from workflows import documents
from workflows.deadlines import day_of, plus_months
from workflows.documents import Paper
from workflows.errors import Invalid
from workflows.matters import the_matter
from workflows.registry import Act, effect, guard, inputs, operation

RED_DAYS = 5  # [D]: red for longer than this is a ground
NEW_DATE_DAYS = 5  # [D]: how far an urging may set the new date


@inputs("light")
def inputs_of(act: Act) -> Mapping[str, Any]:
    """The table's inputs, from the ledger and the calendar."""
    matter = the_matter(act)
    left = _days_left(act, matter)
    days = max(int(act.vars.get("result_days", 1)), 1)
    return {
        "days_left": left,
        "share_left": max(0, round(100 * left / days)),
        "missed_urges": _missed_urges(act),
        "yellow_count": matter.yellow_count,
        "returns": matter.returns,
        "false_report": matter.false_report,
        "grade": matter.grade,
        "floor": matter.floor,
    }


def _target(matter: Matter) -> datetime | None:
    return matter.redo_at or matter.due_at


def _days_left(act: Act, matter: Matter) -> int:
    target = _target(matter)
    if target is None:
        return int(act.vars.get("result_days", 1))
    return act.calendar.workdays_between(day_of(act.now), day_of(target))


def _missed_urges(act: Act) -> int:
    """Urgings whose new date has passed while the work is still open."""
    today = day_of(act.now)
    return (
        act.session.scalar(
            select(func.count(Urging.id)).where(
                Urging.case_id == act.case.id, Urging.new_date < today
            )
        )
        or 0
    )


@operation("record_light")
def record_light(act: Act) -> None:
    """记灯: the higher of rule and last, its event, and when it can change next."""
    matter = the_matter(act)
    ruled = str(act.vars["light"])
    may_fall = bool(act.vars.pop("extended", False))
    light = ruled if may_fall else max(ruled, matter.light, key=LIGHTS.index)
    if light != matter.light:
        _turn(act, matter, light)
    act.vars["light"] = light
    watch = act.vars["watch"]
    watch["red_ever"] = watch.get("red_ever", False) or light == "red"
    watch["ground"] = watch.get("ground") or _ground(act, matter)
    following = _next_change(act, matter)
    act.vars["due"]["watch"] = following.isoformat() if following else None


def _turn(act: Act, matter: Matter, light: str) -> None:
    record = act.session.scalars(
        select(DecisionRecord)
        .where(DecisionRecord.case_id == act.case.id, DecisionRecord.decision == "light")
        .order_by(DecisionRecord.id.desc())
        .limit(1)
    ).first()
    act.session.add(
        LightEvent(
            matter_id=matter.id,
            at=act.now,
            before=matter.light,
            after=light,
            decision_id=record.id if record else None,
            why={"inputs": record.inputs, "rows": record.rows} if record else {},
        )
    )
    if light == "yellow":
        matter.yellow_count += 1
    matter.light, matter.light_since = light, act.now
    act.session.flush()


def _ground(act: Act, matter: Matter) -> str | None:
    """What the light gives rise to, each ground once."""
    proposed = act.vars["watch"].get("proposed", [])
    if matter.light != "red":
        return None
    if "unit_reds" not in proposed and _reds_of_unit(act, matter) >= int(
        act.vars["rule"].get("unit_reds", 3)
    ):
        return "unit_reds"
    if "red_over" not in proposed and _days_left(act, matter) < -2 * RED_DAYS:
        return "red_over"
    return None


def _reds_of_unit(act: Act, matter: Matter) -> int:
    """Distinct matters of the unit that were red in the last twelve months (guard 5)."""
    since = act.calendar.start_of_day(plus_months(day_of(act.now), -12))
    return (
        act.session.scalar(
            select(func.count(func.distinct(LightEvent.matter_id)))
            .join(Matter, Matter.id == LightEvent.matter_id)
            .where(
                Matter.lead_unit_id == matter.lead_unit_id,
                LightEvent.after == "red",
                LightEvent.at >= since,
            )
        )
        or 0
    )


def _next_change(act: Act, matter: Matter) -> datetime | None:
    """The next morning on which the table can answer otherwise; none: never again."""
    target = _target(matter)
    if target is None:
        return None
    day, calendar = day_of(target), act.calendar
    share = max(1, round(int(act.vars.get("result_days", 1)) * 0.2))
    moments = [calendar.add_workdays(day, -n) for n in (3, share)]
    moments += [calendar.add_workdays(day, n) for n in (1, RED_DAYS + 1, 2 * RED_DAYS + 1)]
    moments += _urging_days(act)
    today = day_of(act.now)
    later = sorted(one for one in moments if one > today)
    return calendar.start_of_day(later[0]) + timedelta(seconds=1) if later else None


def _urging_days(act: Act) -> list[date]:
    dates = act.session.scalars(select(Urging.new_date).where(Urging.case_id == act.case.id))
    return [one + timedelta(days=1) for one in dates if one is not None]


@guard("supervision", "urge")
def new_date_is_near(act: Act) -> None:
    """催办 sets a second date, at most five working days on [D]."""
    new = date.fromisoformat(act.answers["new_date"])
    latest = act.calendar.add_workdays(day_of(act.now), NEW_DATE_DAYS)
    if not day_of(act.now) < new <= latest:
        raise Invalid(
            "The new date lies within {days} working days.",
            days=NEW_DATE_DAYS,
            fields={"new_date": "Choose an earlier day."},
        )


@effect("supervision", "urge")
def urged(act: Act) -> None:
    """催办单: counted, with the new date; the next one comes only with the next yellow."""
    matter = the_matter(act)
    matter.urge_count += 1
    act.session.add(
        Urging(
            case_id=act.case.id,
            number=matter.urge_count,
            by=act.by.id if act.by else 0,
            at=act.now,
            text=act.answers["text"],
            new_date=date.fromisoformat(act.answers["new_date"]),
        )
    )
    act.session.flush()
    act.vars["watch"]["urged"] = True
    documents.issue(
        act,
        Paper(
            "urge_notice",
            {
                "subject": matter.title,
                "n": matter.urge_count,
                "new_date": act.answers["new_date"],
                "text": act.answers["text"],
            },
        ),
    )


@effect("supervision", "order_on_site")
def ordered(act: Act) -> None:
    """红牌督办单 and 现场督办."""
    matter = the_matter(act)
    act.vars["watch"]["ordered"] = True
    documents.issue(
        act,
        Paper(
            "red_card",
            {
                "subject": matter.title,
                "first_due": str(day_of(matter.first_due_at)) if matter.first_due_at else "",
                "mode": act.answers["mode"],
                "text": act.answers["text"],
            },
        ),
    )
