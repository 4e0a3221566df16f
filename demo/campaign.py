"""This year's debriefings of the demo in full swing.

The work committee's own round collects reports; of four organs' rounds one has its ballot counted,
one votes, one sits at this moment, one waits for its plan to be approved.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select

from demo import urns
from demo.acting import Scene
from demo.names import ORGANS
from demo.rounds import (
    ORGANISER,
    Plan,
    Round,
    check_report,
    checked,
    comment,
    minutes,
    planned,
    prepared,
    report,
    secretaries,
    written,
)
from demo.schemes import Bent
from models import Unit
from workflows import debriefing_attendance, debriefing_live, tasks
from workflows.deadlines import ZONE, day_of
from workflows.debriefing_live import Typed

STAGES = {9: "counted", 1: "votes", 2: "sits", 5: "planned"}  # rounds of organs, by number
TYPED = ("spoke", "comment", "by", "score", "question", "answer")


def this_year(scene: Scene, year: int, bents: Mapping[int, Bent]) -> dict[str, Mapping[int, str]]:
    """The rounds as they stand now; the codes of the open urn's scrutineers, by the unit."""
    today = day_of(scene.now)
    due, sat = today + timedelta(days=8), scene.calendar.roll(today + timedelta(days=20))
    plan = Plan(
        *("GW", year, secretaries(bents), ("shuji", "fenguan1"), ("gwks1", "gwks2", "mishu")),
        report_due=due,
        session_at=datetime.combine(sat, time(9), ZONE),
    )
    round_ = planned(scene, plan, _before(scene, 25))
    checked(round_, _before(scene, 16))
    for number, login in enumerate(round_.logins, 1):
        _half_way(round_, number, login)
    codes = {}
    for number, stage in STAGES.items():
        made = _own_round(scene, number, stage, year)
        if stage == "votes":
            codes[ORGANS[number - 1][1]] = made
    return codes


def _before(scene: Scene, days: int) -> datetime:
    """Office hours of a working day at least so many days ago."""
    day = day_of(scene.now) - timedelta(days=days)
    while not scene.calendar.is_workday(day):
        day -= timedelta(days=1)
    return scene.hours(day)


def _half_way(round_: Round, number: int, login: str) -> None:
    """By their number: accepted, handed in, sent back, drafted, or nothing yet."""
    stage = ("accepted", "accepted", "handed in", "sent back", "drafted", "nothing")[number % 6]
    scene = round_.scene
    if stage == "drafted":
        task = round_.task("write_report", login)
        some = dict(list(written(scene, login).items())[: 2 + number % 3])
        at = _before(scene, 1)
        tasks.save_draft(scene.session, task.id, some, rights=scene.rights(login, at), now=at)
    if stage in ("accepted", "handed in", "sent back"):
        written_at = _before(scene, 3 + number % 5) if stage != "handed in" else _before(scene, 1)
        report(round_, login, written_at)
    if stage in ("accepted", "sent back"):
        check_report(round_, login, _before(scene, 2), back=stage == "sent back")


def _own_round(scene: Scene, number: int, stage: str, year: int) -> Mapping[int, str]:
    """An organ's round of its branch secretaries, as far as the stage says."""
    short = ORGANS[number - 1][0]
    draw = scene.random
    branches = [unit for unit in range(1, 9) if _has(scene, f"A{number:02}{unit:02}")]
    quality = {f"{short}-zb{place}": draw.choice((0.95, 0.91, 0.88, 0.83)) for place in branches}
    held = {"counted": 6, "votes": 0, "sits": 0, "planned": -30}[stage]
    sat = _session(scene, held, stage)
    plan = Plan(
        *(f"A{number:02}", year, quality, (f"{short}-dz", f"{short}-jg")),
        scrutineers=(f"{short}-lx", "zuzhi2", "mishu"),
        report_due=day_of(sat) - timedelta(days=12),
        session_at=sat,
    )
    if stage == "planned":
        planned(scene, plan, _before(scene, 1), approved=False)
        return {}
    round_ = planned(scene, plan, _before(scene, 40 + held))
    checked(round_, _before(scene, 30 + held))
    for login in quality:
        at = _before(scene, 16 + held + draw.randint(0, 6))
        report(round_, login, at)
        check_report(round_, login, _before(scene, 13 + held))
    prepared(round_)
    _live(round_, short, whole=stage != "sits")
    return _ballot(round_, stage) if stage != "sits" else {}


def _has(scene: Scene, code: str) -> bool:
    return scene.session.scalar(select(Unit.id).where(Unit.code == code)) is not None


def _session(scene: Scene, days: int, stage: str) -> datetime:
    """When it sat: this very hour, or at nine of an earlier working day."""
    if stage in ("sits", "votes"):
        return scene.now - timedelta(hours=2 if stage == "votes" else 1)
    if days < 0:
        later = scene.calendar.roll(day_of(scene.now) - timedelta(days=days))
        return datetime.combine(later, time(9), ZONE)
    return datetime.combine(day_of(_before(scene, days)), time(9), ZONE)


def _live(round_: Round, short: str, *, whole: bool) -> None:
    """The record as it was typed during the session; not the whole: two have spoken so far."""
    scene, at = round_.scene, round_.session_at + timedelta(minutes=5)
    rights = scene.rights(ORGANISER, at)
    session, row = scene.session, round_.row
    debriefing_live.open_record(session, row.id, "机关三楼会议室", rights=rights, now=at)
    debriefing_attendance.attend(session, row.id, add=_hall(scene, short), rights=rights)
    for what in ("last_year", "inspection"):
        debriefing_live.tell(session, row.id, what, rights=rights, now=at)
    turns = debriefing_live.turns(session, row)
    by_id = {round_.key(login): login for login in round_.logins}
    for place, turn in enumerate(turns):
        at += timedelta(minutes=9)
        debriefing_live.call(session, row.id, turn.debriefing.id, rights=rights, now=at)
        if not whole and place == 2:
            return
        said = comment(round_, by_id[str(turn.debriefing.user_id)], f"{short}-jg")
        typed = Typed(**{name: str(said[name]) for name in TYPED})
        debriefing_live.keep(session, row.id, turn.debriefing.id, typed, seen=0, rights=rights)
    debriefing_live.end(session, row.id, rights=rights, now=at)
    answers = {**debriefing_live.answers(session, row), "minutes": minutes(round_, at)}
    scene.do(scene.open_task(round_.case, "hold_session"), at, answers, by=ORGANISER)


def _hall(scene: Scene, short: str) -> list[int]:
    """Leaders of the organ and members of its branches, beside the secretaries."""
    leaders = [f"{short}-{post}" for post in ("dz", "bz1", "bz2", "zr", "jg")]
    members = [f"{short}-{branch:02}{member:02}" for branch in (1, 2, 3) for member in (2, 3, 4)]
    return [scene.user(login).id for login in (*leaders, f"{short}-lx", *members)]


def _ballot(round_: Round, stage: str) -> Mapping[int, str]:
    """Voted and counted, or open with some of the votes in; then the codes are needed."""
    at = round_.session_at + timedelta(minutes=90)
    if stage == "counted":
        urns.held(round_.scene, round_.case, round_.quality, at)
        return {}
    codes = urns.opened(round_.scene, round_.case, at)
    urns.voted(round_.scene, round_.case, round_.quality, every=3)
    return codes
