"""Steps of the demo's debriefings, and the work committee's finished round of last year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from demo import lists, urns
from demo.acting import Scene
from demo.names import ORGANS
from demo.schemes import Bent
from demo.texts import (
    ANSWERS,
    CAUSES,
    COMMENTS,
    INTEGRATION,
    LAST_LIST,
    NEXT_YEAR,
    NO_LIST,
    PROBLEMS,
    QUESTIONS,
    REQUESTS,
    RESULTS,
    SENT_BACK,
    STRENGTHS,
)
from models import Case, Debriefing, DebriefingRound, Task
from workflows import cases, debriefing_quota, debriefings
from workflows.deadlines import ZONE, day_of

ORGANISER = "zuzhi"
CONTENTS = ["responsibility", "integration"]


@dataclass
class Round:
    """One round on its way: its case, and how good each secretary's work is."""

    scene: Scene
    case: Case
    year: int
    quality: dict[str, float]  # by login, in the order of the plan
    session_at: datetime

    @property
    def logins(self) -> list[str]:
        return list(self.quality)

    def key(self, login: str) -> str:
        return str(self.scene.user(login).id)

    @property
    def row(self) -> DebriefingRound:
        wanted = select(DebriefingRound).where(DebriefingRound.case_id == self.case.id)
        return self.scene.session.scalars(wanted).one()

    def task(self, node: str, login: str) -> Task:
        return self.scene.open_task(self.case, node, self.key(login))


@dataclass(frozen=True)
class Plan:
    """Who debriefs before whom, and when: `report_due` and `session_at` of the plan."""

    unit: str
    year: int
    quality: Mapping[str, float]
    commentators: Sequence[str]
    scrutineers: Sequence[str]
    report_due: date
    session_at: datetime


def last_year(scene: Scene, year: int, bents: Mapping[int, Bent]) -> None:
    """The work committee's round of that year, from its plan to its lists put right."""
    first = scene.calendar.roll(date(year + 1, 1, 6))
    sat = datetime.combine(scene.calendar.add_workdays(first, 9), time(9), ZONE)
    plan = Plan(
        *("GW", year, secretaries(bents), ("shuji", "fenguan1"), ("gwks1", "gwks2", "mishu")),
        report_due=first - timedelta(days=5),
        session_at=sat,
    )
    round_ = planned(scene, plan, scene.hours(scene.calendar.roll(date(year, 12, 1))))
    checked(round_, scene.workday(date(year, 12, 1), 5))
    for login in round_.logins:
        at = scene.workday(date(year, 12, 1), scene.random.randint(7, 16))
        report(round_, login, at)
        check_report(round_, login, at + timedelta(days=1))
    _sat(round_, present=_city(scene))
    urns.held(scene, round_.case, round_.quality, sat + timedelta(hours=4))
    _graded(round_, day_of(sat))
    lists.settle(scene, round_.case, scene.calendar.add_workdays(day_of(sat), 12))


def secretaries(bents: Mapping[int, Bent]) -> dict[str, float]:
    return {f"{ORGANS[number - 1][0]}-jg": bent.party for number, bent in bents.items()}


def _city(scene: Scene) -> list[str]:
    """Who sat in the hall beside the secretaries: leaders above them, and party members."""
    heads = [f"{short}-dz" for short, _ in ORGANS[:8]]
    members = [f"{short}-0103" for short, _ in ORGANS[:12]]
    return scene.ids("shuji", "fenguan1", "fenguan2", *heads, *members)


def planned(scene: Scene, plan: Plan, at: datetime, *, approved: bool = True) -> Round:
    rights = scene.rights(ORGANISER, at)
    case = debriefings.begin(scene.session, scene.unit(plan.unit), plan.year, rights=rights, now=at)
    answers = {
        "year": plan.year,
        "secretaries": scene.ids(*plan.quality),
        "contents": CONTENTS,
        "report_due": plan.report_due.isoformat(),
        "session_at": plan.session_at.isoformat(),
        "scrutineers": scene.ids(*plan.scrutineers),
        "commentators": scene.ids(*plan.commentators),
        "ballot": True,
    }
    scene.do(scene.open_task(case, "plan_round"), at, answers, by=ORGANISER)
    if approved:
        task = scene.open_task(case, "approve_round")
        scene.do(task, scene.workday(day_of(at), 2), {"verdict": "approve"})
    return Round(scene, case, plan.year, dict(plan.quality), plan.session_at)


def checked(round_: Round, at: datetime) -> None:
    """The supervisor has looked at what the record says and gives the daily score."""
    draw = round_.scene.random
    rows = [
        {"secretary": round_.key(login), "score": round(100 * quality + draw.uniform(-2, 1.5), 1),
         "reason": "日常督查与年度核查"}
        for login, quality in round_.quality.items()
    ]  # fmt: skip
    answers = {"facts": [], "daily_score": rows}
    round_.scene.do(round_.scene.open_task(round_.case, "check_year"), at, answers)


def report(round_: Round, login: str, at: datetime) -> None:
    said = {**written(round_.scene, login), "signature": round_.scene.user(login).name}
    round_.scene.do(round_.task("write_report", login), at, said, by=login)


def written(scene: Scene, login: str) -> dict[str, Any]:
    """A report, without its signature."""
    draw = scene.random
    listed = select(Debriefing.id).where(
        Debriefing.user_id == scene.user(login).id, Debriefing.list_case_id.is_not(None)
    )
    has_list = scene.session.scalar(listed.limit(1)) is not None
    results = [text.format(n=draw.randint(9, 16), m=draw.randint(3, 8)) for text in RESULTS]
    return {
        "results": "\n".join(results),
        "problems": "\n".join(draw.sample(PROBLEMS, 2)),
        "causes": draw.choice(CAUSES),
        "next_year": "\n".join(draw.sample(NEXT_YEAR, 2)),
        "last_list": draw.choice(LAST_LIST if has_list else NO_LIST),
        "integration": draw.choice(INTEGRATION),
    }


def check_report(round_: Round, login: str, at: datetime, *, back: bool = False) -> None:
    said = {"verdict": "accept"}
    if back:
        said = {"verdict": "return", "comments": round_.scene.random.choice(SENT_BACK)}
    round_.scene.do(round_.task("check_report", login), at, said)


def prepared(round_: Round) -> None:
    """Who comments has noted what to say, three days before."""
    draw = round_.scene.random
    at = round_.session_at - timedelta(days=3)
    wanted = select(Task).where(
        Task.case_id == round_.case.id, Task.node == "prepare_comments", Task.done_at.is_(None)
    )
    for task in round_.scene.session.scalars(wanted.order_by(Task.id)).all():
        comments = [
            {"secretary": round_.key(login), "strength": draw.choice(STRENGTHS),
             "problem": draw.choice(PROBLEMS), "request": draw.choice(REQUESTS)}
            for login in round_.logins
        ]  # fmt: skip
        round_.scene.do(task, at, {"comments": comments})


def comment(round_: Round, login: str, by: str) -> dict[str, Any]:
    draw = round_.scene.random
    points = round(100 * round_.quality[login] + draw.uniform(-3, 2))
    return {
        "secretary": round_.key(login),
        "spoke": "oral",
        "comment": draw.choice(STRENGTHS) + draw.choice(PROBLEMS),
        "by": round_.key(by),
        "score": min(98, points),
        "question": draw.choice(QUESTIONS),
        "answer": draw.choice(ANSWERS),
    }


def _sat(round_: Round, present: list[str]) -> None:
    """The session was held and its record handed in."""
    scene, end = round_.scene, round_.session_at + timedelta(hours=3, minutes=30)
    prepared(round_)
    answers = {
        "held_at": round_.session_at.isoformat(),
        "place": "市直机关会议中心三楼会议室",
        "present": present,
        "last_year_told": True,
        "inspection_told": True,
        "items": [
            comment(round_, login, ("shuji", "fenguan1")[place % 2])
            for place, login in enumerate(round_.logins)
        ],
        "minutes": minutes(round_, end),
    }
    scene.do(scene.open_task(round_.case, "hold_session"), end, answers, by=ORGANISER)


def minutes(round_: Round, at: datetime) -> str:
    lines = ["会议通报上年问题整改情况，逐人述职，一述一评，现场询问，组织民主测评。"]
    return round_.scene.paper(round_.case, "述职评议会会议记录", lines, at, ORGANISER)


def _rows(round_: Round) -> Sequence[Debriefing]:
    wanted = select(Debriefing).where(Debriefing.round_id == round_.row.id)
    return round_.scene.session.scalars(wanted.order_by(Debriefing.id)).all()


def _graded(round_: Round, sat: date) -> None:
    """Grades are proposed, decided by the committee, told to each, and reported."""
    scene = round_.scene
    rows = _rows(round_)
    at = scene.workday(sat, 2)
    items = [
        {"secretary": str(row.user_id), "suggested": row.suggested, "proposed": row.suggested}
        for row in rows
    ]
    over = _over(round_, rows, at)
    note = {"quota_note": "末位得分相同，请会议研究取舍。"} if over else {}
    scene.do(
        scene.open_task(round_.case, "propose_grades"), at, {"items": items, **note}, by=ORGANISER
    )
    _decided(round_, rows, over, scene.workday(sat, 5))
    for login in round_.logins:
        at = scene.workday(sat, scene.random.randint(6, 9))
        scene.do(round_.task("confirm_feedback", login), at, {"answer": "accept"}, by=login)
    at = scene.workday(sat, 12)
    told = {"sent_on": day_of(at).isoformat(), "filed_in_cadre_file": True}
    scene.do(scene.open_task(round_.case, "report_results"), at, told, by=ORGANISER)


def _over(round_: Round, rows: Sequence[Debriefing], at: datetime) -> set[int]:
    """Who is suggested as good and is one too many: those with the least, by id where equal."""
    session, case = round_.scene.session, round_.case
    share = cases.look(session, case, now=at).execution.vars["rule"]["debriefing_quota"]
    good = [row for row in rows if row.suggested == "good"]
    good.sort(key=lambda row: (row.total or 0, row.id), reverse=True)
    return {row.user_id for row in good[debriefing_quota.most_of(share, len(rows)) :]}


def _decided(round_: Round, rows: Sequence[Debriefing], over: set[int], at: datetime) -> None:
    """集体审定; where more were proposed than may be, it says why the choice fell as it did."""
    scene = round_.scene
    lines = ["会议综合日常、会议点评和民主测评情况，审定述职评议等次。"]
    answers = {
        "meeting": "工委会议",
        "held_on": day_of(at).isoformat(),
        "minutes": scene.paper(round_.case, "工委会议纪要（述职等次）", lines, at, "mishu"),
        "verdict": "approve",
        "grades": [_grade(round_, place, row, over) for place, row in enumerate(rows)],
    }
    if over:
        answers["quota_reason"] = "得分相同的，优先考虑上年清单整改和支部分类指导成效更好的同志。"
    scene.do(scene.open_task(round_.case, "decide_grades"), at, answers)


def _grade(round_: Round, place: int, row: Debriefing, over: set[int]) -> dict[str, Any]:
    """What the committee decided; every third has problems to put right, and all who are weak."""
    draw = round_.scene.random
    said = {
        "secretary": str(row.user_id),
        "grade": "fair" if row.user_id in over else row.suggested,
        "comment": draw.choice(COMMENTS),
    }
    if place % 3 == 2 or row.suggested in ("average", "poor"):
        said["problems"] = "\n".join(draw.sample(PROBLEMS, 2))
        said["requests"] = "\n".join(draw.sample(REQUESTS, 2))
    return said
