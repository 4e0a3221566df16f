"""述职评议考核, before the session: the round is planned, the year checked, reports come in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Debriefing, DebriefingRound, Holding, Post, Role, Unit, UnitKind
from workflows import cases, codes, documents, year_facts
from workflows.access import Rights
from workflows.deadlines import ZONE, day_of
from workflows.documents import Paper
from workflows.errors import Invalid, NotAllowed, Refused
from workflows.forms import Fault
from workflows.parties import ids_of, local, names
from workflows.registry import Act, effect, guard, operation
from workflows.subjects import unit_of_post
from workflows.year_facts import Year

SOURCES = ("obligations", "matters", "findings", "measures", "rectifications")
SCRUTINEERS = 3
COMMENTS_BEFORE = timedelta(days=2)


def begin(session: Session, unit: Unit, year: int, *, rights: Rights, now: datetime) -> Case:
    """The organiser's round of the year waits for its plan; begun again, it is the same one."""
    if not rights.covers(unit, [Role.ORGANISER], posts=False):
        raise NotAllowed("Only the organiser of {unit} begins its round.", unit=unit.name)
    opening = cases.Opening(
        process="debriefing",
        key=f"debriefing:{unit.id}:{year}",
        title=f"{unit.name}{year}年度述职评议考核",
        unit_id=unit.id,
        variables={
            "organiser": str(unit.id),
            "year": year,
            "held_by": {"org": _level_of(unit)},
            "ballot": {"held": False},
        },
    )
    return cases.begin(session, opening, by=rights.user, now=now)


def _level_of(unit: Unit) -> str:
    """At which level the organiser's committee decides."""
    names_of = {UnitKind.WORK_COMMITTEE: "work_committee", UnitKind.COMMITTEE: "committee"}
    return names_of.get(UnitKind(unit.kind), "party_group")


@guard("debriefing", "plan_round")
def the_plan_holds(act: Act) -> None:
    """Three scrutineers, a session to come, and the reports due before it."""
    said = act.answers
    session_at = datetime.fromisoformat(said["session_at"])
    due = date.fromisoformat(said["report_due"])
    latest = day_of(session_at) - timedelta(days=int(act.rule("debriefing_report_days")))
    faults: dict[str, str] = {}
    if session_at <= act.now:
        faults["session_at"] = Fault("Choose a time to come.")
    if due > latest or due <= day_of(act.now):
        faults["report_due"] = Fault(
            "Reports are due at least {days} days before the session, and after today.",
            days=act.rule("debriefing_report_days"),
        )
    secretaries = set(ids_of(said["secretaries"]))
    scrutineers = set(ids_of(said["scrutineers"]))
    if said.get("ballot") and len(scrutineers) != SCRUTINEERS:
        faults["scrutineers"] = Fault("Name three scrutineers.")
    if scrutineers & secretaries:
        faults["scrutineers"] = Fault("Who debriefs does not watch over the ballot.")
    if int(said["year"]) != int(act.vars["year"]):
        faults["year"] = Fault("This round is that of {year}.", year=act.vars["year"])
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


@effect("debriefing", "plan_round")
def planned(act: Act) -> None:
    """Who debriefs, who comments, who watches, and by when: as the plan says."""
    said = act.answers
    session_at = datetime.fromisoformat(said["session_at"])
    last_day = day_of(session_at) - timedelta(days=1)
    act.vars["secretaries"] = {
        str(user_id): _item(act, user_id) for user_id in ids_of(said["secretaries"])
    }
    act.vars["commentators"] = {
        str(user_id): {"person": str(user_id)} for user_id in ids_of(said["commentators"])
    }
    act.vars["scrutineers"] = [str(one) for one in ids_of(said["scrutineers"])]
    report_due = act.calendar.end_of_day(date.fromisoformat(said["report_due"]))
    act.vars["due"] |= {
        "report": report_due.isoformat(),
        "report_last": act.calendar.end_of_day(last_day).isoformat(),
        "comments": (session_at - COMMENTS_BEFORE).isoformat(),
        "session": session_at.isoformat(),
    }


@effect("debriefing", "approve_round")
def approved(act: Act) -> None:
    """The plan is issued to everybody it names."""
    if act.answers["verdict"] != "approve":
        return
    plan = act.vars["plan_round"]
    documents.issue(
        act,
        Paper(
            "round_plan",
            {
                "addressee": "各述职党组织",
                "year": act.vars["year"],
                "secretaries": "、".join(one["name"] for one in act.vars["secretaries"].values()),
                "contents": codes.named("debriefing_content", plan["contents"]),
                "report_due": documents.chinese_date(date.fromisoformat(plan["report_due"])),
                "session_at": local(plan["session_at"]),
                **{part: act.rule(f"debriefing_{part}") for part in ("daily", "session", "ballot")},
            },
            serve=ids_of(act.vars["secretaries"]),
        ),
    )


def _item(act: Act, user_id: int) -> dict[str, Any]:
    unit_id = unit_of_post(act.session, user_id, now=act.now)
    if unit_id is None:
        raise Refused("{name} holds no post.", guard="post", name=names(act, [user_id])[0])
    return {"person": str(user_id), "unit": str(unit_id), "name": names(act, [user_id])[0]}


@operation("collect_year")
def collect_year(act: Act) -> None:
    """汇集事实: what the record says of each secretary's unit; nobody is asked for it again."""
    round_ = _round(act)
    cutoff = day_of(act.now)
    for item in act.vars["secretaries"].values():
        unit = act.session.get_one(Unit, int(item["unit"]))
        debriefing = _debriefing(act, round_, int(item["person"]), unit)
        year = Year([unit], round_.year, cutoff)
        debriefing.facts = {
            source: [
                {"ref": fact.ref, "text": fact.text, "adverse": fact.adverse}
                for fact in year_facts.of_source(act.session, source, year)
            ]
            for source in SOURCES
        }
    act.session.flush()


def _round(act: Act) -> DebriefingRound:
    known = act.session.scalar(
        select(DebriefingRound).where(DebriefingRound.case_id == act.case.id)
    )
    said = act.vars["plan_round"]
    round_ = known or DebriefingRound(
        case_id=act.case.id,
        organiser_id=act.case.unit_id,
        year=int(act.vars["year"]),
        weights={},
    )
    round_.session_at = datetime.fromisoformat(said["session_at"])
    act.session.add(round_)
    act.session.flush()
    return round_


def _debriefing(act: Act, round_: DebriefingRound, user_id: int, unit: Unit) -> Debriefing:
    known = act.session.scalar(
        select(Debriefing).where(Debriefing.round_id == round_.id, Debriefing.user_id == user_id)
    )
    if known is not None:
        return known
    since, post = _post_of(act, user_id, unit.id)
    row = Debriefing(
        round_id=round_.id,
        user_id=user_id,
        unit_id=unit.id,
        post_then=post,
        state="reporting",
        graded=_months(since, date(round_.year, 12, 31)) >= int(act.rule("debriefing_months")),
        facts={},
    )
    act.session.add(row)
    act.session.flush()
    return row


def _post_of(act: Act, user_id: int, unit_id: int) -> tuple[date, str]:
    found = act.session.execute(
        select(Holding.since, Post.title, Post.kind)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.user_id == user_id, Post.unit_id == unit_id)
        .order_by(Holding.since)
        .limit(1)
    ).one()
    return found.since, found.title or found.kind


def _months(since: date, until: date) -> int:
    return (until.year - since.year) * 12 + until.month - since.month + (until.day >= since.day)


def of_person(act: Act, user_id: int) -> Debriefing:
    """The person's debriefing in the case at hand."""
    return act.session.scalars(
        select(Debriefing)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .where(DebriefingRound.case_id == act.case.id, Debriefing.user_id == user_id)
    ).one()


def all_of(act: Act) -> Sequence[Debriefing]:
    """Every debriefing of the case at hand."""
    return act.session.scalars(
        select(Debriefing)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .where(DebriefingRound.case_id == act.case.id)
        .order_by(Debriefing.id)
    ).all()


def require_each_once(act: Act, rows: Sequence[Mapping[str, Any]], wanted: Sequence[int]) -> None:
    """A form's rows name each secretary once, and nobody else."""
    said = sorted(int(row["secretary"]) for row in rows)
    if said != sorted(wanted):
        missing = names(act, sorted(set(wanted) - set(said)))
        raise Invalid(
            "Each secretary has one line. Missing: {names}.",
            names="、".join(missing) or "-",
            fields={"items": Fault("Each secretary has one line.")},
        )


@guard("debriefing", "check_year")
def the_scores_are_scores(act: Act) -> None:
    """Each secretary has one daily score between 0 and 100."""
    rows = act.answers["daily_score"]
    require_each_once(act, rows, ids_of(act.vars["secretaries"]))
    _require_points(rows)


def _require_points(rows: Sequence[Mapping[str, Any]]) -> None:
    if any(not 0 <= float(row["score"]) <= 100 for row in rows if row.get("score") is not None):
        raise Invalid("A score lies between 0 and 100.")


@effect("debriefing", "check_year")
def year_checked(act: Act) -> None:
    for row in act.answers["daily_score"]:
        of_person(act, int(row["secretary"])).daily = year_facts.exact(row["score"])


@effect("debriefing", "write_report")
def reported(act: Act) -> None:
    """The report is in; it may still be sent back."""
    of_person(act, _person(act)).state = "reported"


def _person(act: Act) -> int:
    return int((act.item or _item_of(act))["person"])


def _item_of(act: Act) -> Mapping[str, Any]:
    """The multi-instance item of a person's act: its key stands in the scope."""
    _, key = act.scope[-1]
    item: Mapping[str, Any] = act.vars["secretaries"][key]
    return item


@guard("debriefing", "check_report")
def not_just_before_the_session(act: Act) -> None:
    """A report is not sent back when the session is less than two days away."""
    session_at = datetime.fromisoformat(act.vars["plan_round"]["session_at"])
    if act.answers["verdict"] == "return" and session_at - act.now < COMMENTS_BEFORE:
        raise Refused("The session is less than two days away: accept, and say it there.",
                      guard="time")  # fmt: skip


@effect("debriefing", "check_report")
def report_checked(act: Act) -> None:
    accepted = act.answers["verdict"] == "accept"
    of_person(act, _person(act)).state = "accepted" if accepted else "reporting"


@operation("note_missing")
def note_missing(act: Act) -> None:
    """未提交: on record as silence."""
    item = act.item or {}
    of_person(act, int(item["person"])).state = "absent"


def local_day(moment: str) -> date:
    """The organisation's day of a stored moment."""
    return datetime.fromisoformat(moment).astimezone(ZONE).date()
