"""The catalogue of duties: what the rules ask of which unit, kept as versions."""

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import DutyRule, Role, User
from workflows import access, audit
from workflows.deadlines import Calendar, day_of
from workflows.errors import Invalid, NotFound
from workflows.forms import Fault
from workflows.periods import MONTHS, RHYTHMS, Period, next_period, period_of

CATALOGUE = Path(__file__).parent.parent / "bpmn" / "_duties.json"
STATUSES = ("seen", "partly", "unconfirmed")
EVIDENCE = ("date", "attendance", "file")
QUORUMS = ("", "> 1/2", ">= 1/2", ">= 2/3")
ORDER = (
    *("DYDH", "ZWH", "DXZ", "DK", "ZTDR", "ZZSH", "MZPY", "TXTH", "HJ"),
    *("MZSH", "PX", "DF", "ZTYJ", "GBDH", "TBPY", "TQHB", "SZ"),
)
# What a version says; all else in the row tells when it holds.
CONTENT = (
    "name",
    "name_en",
    "who",
    "who_en",
    "unit_kind",
    "min_members",
    "max_members",
    "rhythm",
    "due_month",
    "grace_days",
    "evidence",
    "quorum",
    "source",
    "note",
    "note_en",
    "status",
    "generally",
)


def closes_on(rule: DutyRule, period: Period) -> date:
    """The last day that still counts as in time; what follows is grace for handing in."""
    if rule.rhythm == "year" and rule.due_month:
        year = period.first.year
        return date(year, rule.due_month, monthrange(year, rule.due_month)[1])
    return period.last


def due_at(rule: DutyRule, period: Period, calendar: Calendar) -> datetime:
    """The end of the organisation's day on which the evidence must be in."""
    day = closes_on(rule, period)
    if rule.grace_days:
        day = calendar.add_workdays(day, rule.grace_days)
    elif not calendar.is_workday(day):
        day = calendar.add_workdays(day, 1)
    return calendar.end_of_day(day)


def install(
    session: Session, now: datetime, *, source: Path = CATALOGUE, since: date | None = None
) -> int:
    """The shipped catalogue is in force; returns how many versions it took.

    Runs again without effect. A rule that the catalogue changed becomes a new version from its
    next period on; one changed locally is left alone. First versions hold from the running
    period, or from `since`.
    """
    newest = _newest(session)
    made = 0
    for entry in json.loads(source.read_text(encoding="utf-8"))["rules"]:
        known = newest.get(entry["code"])
        content = check({name: entry[name] for name in CONTENT})
        if known is None:
            _introduce(session, entry["code"], content, since=since, now=now)
        elif known.origin == "catalogue" and _content(known) != content:
            _supersede(session, known, content, by=None, now=now)
        else:
            continue
        made += 1
    return made


def _introduce(
    session: Session, code: str, content: Mapping[str, Any], *, since: date | None, now: datetime
) -> None:
    start = period_of(_calendar_rhythm(content["rhythm"]), since or day_of(now)).first
    rule = DutyRule(code=code, number=1, active_from=start, **content)
    session.add(rule)
    session.flush()
    audit.record(session, actor=None, action="duty_installed", subject=rule, now=now)


def revise(
    session: Session, code: str, changes: Mapping[str, Any], *, by: User, now: datetime
) -> DutyRule:
    """The organ's own version of a rule, from its next period on; running periods keep theirs."""
    access.require_role(access.rights_of(session, by, now=now), Role.SECURITY_ADMIN)
    known = _newest(session).get(code)
    if known is None:
        raise NotFound("There is no such duty.")
    content = check({**_content(known), **changes})
    if content == _content(known):
        raise Invalid("Nothing was changed.")
    return _supersede(session, known, content, by=by, now=now)


def _supersede(
    session: Session,
    known: DutyRule,
    content: Mapping[str, Any],
    *,
    by: User | None,
    now: datetime,
) -> DutyRule:
    start = max(known.active_from, _next_start((known.rhythm, content["rhythm"]), day_of(now)))
    rule = DutyRule(code=known.code, number=known.number + 1, active_from=start, **content)
    rule.origin = "local" if by else "catalogue"
    known.active_until = start
    session.add(rule)
    session.flush()
    before = _content(known)
    changed = {
        name: [before[name], content[name]] for name in CONTENT if before[name] != content[name]
    }
    audit.record(
        session,
        actor=by,
        action="duty_revised",
        subject=rule,
        now=now,
        detail={"code": rule.code, "number": rule.number, "changed": changed},
    )
    return rule


def _next_start(rhythms: Sequence[str], today: date) -> date:
    """The next day on which a period begins in each of the rhythms: no gap, no overlap."""
    longest = max((_calendar_rhythm(rhythm) for rhythm in rhythms), key=MONTHS.__getitem__)
    return next_period(period_of(longest, today)).first


def _calendar_rhythm(rhythm: str) -> str:
    return "year" if rhythm == "term" else rhythm


def _newest(session: Session) -> dict[str, DutyRule]:
    rules = session.scalars(select(DutyRule).order_by(DutyRule.number))
    return {rule.code: rule for rule in rules}


def _content(rule: DutyRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in CONTENT}


def check(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a version, if it holds together; raises Invalid naming the fields."""
    month = content["due_month"]
    faults = {
        "rhythm": content["rhythm"] not in RHYTHMS,
        "status": content["status"] not in STATUSES,
        "quorum": content["quorum"] not in QUORUMS,
        "evidence": not set(content["evidence"]) <= set(EVIDENCE),
        "due_month": month is not None and (content["rhythm"] != "year" or not 1 <= month <= 12),
        "grace_days": not 0 <= content["grace_days"] <= 60,
        "min_members": content["min_members"] < 0,
    }
    fields = {name: Fault("This value is not allowed here.") for name, bad in faults.items() if bad}
    if fields:
        raise Invalid("The rule does not hold together.", fields=fields)
    return dict(content)


def catalogue(session: Session) -> list[DutyRule]:
    """The newest version of every rule, in the catalogue's order."""
    return sorted(_newest(session).values(), key=lambda rule: place_of(rule.code))


def versions(session: Session, code: str) -> list[DutyRule]:
    """All versions of a rule, newest first; raises NotFound without any."""
    found = session.scalars(
        select(DutyRule).where(DutyRule.code == code).order_by(DutyRule.number.desc())
    ).all()
    if not found:
        raise NotFound("There is no such duty.")
    return list(found)


def in_force(session: Session, first: date, last: date) -> list[DutyRule]:
    """The versions that hold on some day between the two, in the catalogue's order."""
    rules = session.scalars(
        select(DutyRule).where(
            DutyRule.active_from <= last,
            or_(DutyRule.active_until.is_(None), DutyRule.active_until > first),
        )
    )
    return sorted(rules, key=lambda rule: (place_of(rule.code), rule.number))


def differences(before: DutyRule, after: DutyRule) -> list[tuple[str, Any, Any]]:
    """What a version says otherwise than another: the field, and what it said and says."""
    old, new = _content(before), _content(after)
    return [(name, old[name], new[name]) for name in CONTENT if old[name] != new[name]]


def holds_for(rule: DutyRule, period: Period) -> bool:
    """True if this version is the one for the period: it was in force when the period began."""
    day = period.last if period.rhythm == "term" else period.first
    return rule.active_from <= day and (rule.active_until is None or day < rule.active_until)


def place_of(code: str) -> int:
    return ORDER.index(code) if code in ORDER else len(ORDER)
