"""Two finished assessment years of the demo's organs: from scheme to frozen result, by its people.

In each one disputed facts are struck out, another stands, one unit is silent, and one objects to
its result: what the review finds changes a fact, and so its score.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from demo import lists
from demo import schemes as plans
from demo.acting import Scene
from demo.names import ORGANS
from demo.schemes import Bent
from demo.texts import INTEGRATION, PRACTICES
from models import Assessment, Case, Task, Unit, YearFact
from workflows import assessment_rounds, assessments, schemes, score_sheets
from workflows.deadlines import ZONE, Calendar, day_of
from workflows.schemes import GROUP, Draft

TEAM = ("kaohe", "kaohe2")
REVIEWER = "kaohe3"
SILENT = 27  # nobody is 专职副书记 there
ANSWERED = (True, False, True)  # whether the facts of those who dispute are struck out
INNOVATORS = (1, 9, 18, 31)
# Working days of the new year on which what is done.
SELF_REVIEW, VERIFY, LAPSED, BUSINESS, MODERATE = (2, 6), (7, 10), 12, 13, 14
CONFIRM, REVIEW, MODERATE_AGAIN, CONFIRM_AGAIN, DECIDE, OVER = (15, 17), 18, 19, 20, 21, 30


def last_finished(today: date, calendar: Calendar) -> int:
    """The last year whose assessment is over by today."""
    year = today.year - 1
    return year if today > calendar.add_workdays(date(year + 1, 1, 1), OVER) else year - 1


@dataclass
class Round:
    """One year's assessment on its way."""

    scene: Scene
    case: Case
    year: int
    bents: dict[int, Bent]
    disputes: dict[int, bool] = field(default_factory=dict)  # organ → whether it is right
    objects: int = 0  # the organ that objects to its result

    def day(self, number: int | tuple[int, int]) -> datetime:
        """Some minute of that working day of the new year, or of one between both."""
        chosen = number if isinstance(number, int) else self.scene.random.randint(*number)
        return self.scene.workday(date(self.year + 1, 1, 1), chosen)

    @property
    def assessment(self) -> Assessment:
        return assessments.get(self.scene.session, GROUP, self.year)

    def unit(self, number: int) -> Unit:
        return self.scene.unit(f"A{number:02}")

    def task(self, node: str, number: int) -> Task:
        return self.scene.open_task(self.case, node, str(self.unit(number).id))

    @property
    def units(self) -> Sequence[tuple[int, Unit]]:
        return [(number, self.unit(number)) for number in range(1, len(ORGANS) + 1)]


def play(scene: Scene, years: Sequence[int]) -> None:
    """The years are assessed one after the other, each with what follows from it."""
    for ago, year in zip(range(len(years) - 1, -1, -1), years, strict=True):
        round_ = _begun(scene, year, years[0], plans.bents(plans.SEED, len(ORGANS), ago))
        _quarrels(round_)
        _reviewed(round_)
        _judged(round_)
        _heard(round_)
        _published(round_)
        _followed_up(round_)


def _begun(scene: Scene, year: int, first: int, bents: dict[int, Bent]) -> Round:
    """The scheme of the year is drafted, approved and published; facts freeze at its end."""
    at = scene.workday(date(year, 3, 1), 5)
    rights = scene.rights("kaohe", at)
    said = Draft(GROUP, year, f"{year}年度机关党建考核方案", plans.content(year, first))
    scheme = schemes.draft(scene.session, said, rights=rights, now=at)
    case = assessment_rounds.begin(
        scene.session, scene.unit("GW"), year, group=GROUP, rights=rights, now=at
    )
    round_ = Round(scene, case, year, bents)
    answers = {
        "year": year,
        "units": [str(unit.id) for _, unit in round_.units],
        "scheme": str(scheme.id),
        "team": scene.ids(*TEAM),
        "cutoff": f"{year}-12-31",
        "register_no": f"备〔{year}〕{scene.random.randint(3, 12)}号",
    }
    scene.do(scene.open_task(case, "set_scheme"), at, answers, by="kaohe")
    at = scene.workday(date(year, 3, 1), 9)
    lines = [f"会议审议通过{year}年度机关党建考核方案。", "党建与业务同考核、同权重。"]
    minutes = scene.paper(case, "工委会议纪要", lines, at, "mishu")
    verdict = {"verdict": "approve", "minutes": minutes}
    scene.do(scene.open_task(case, "approve_scheme"), at, verdict)
    scene.wake(case, datetime.combine(date(year + 1, 1, 1), time(0, 10), ZONE))
    return round_


def _quarrels(round_: Round) -> None:
    """Who will not agree with his facts: of the organs against which some count, the first few."""
    facts = [number for number, _ in round_.units if number != SILENT and _a_fact(round_, number)]
    *disputing, objecting = facts[:: max(1, len(facts) // 4)][: len(ANSWERED) + 1]
    round_.disputes = dict(zip(disputing, ANSWERED, strict=False))
    round_.objects = objecting


def _reviewed(round_: Round) -> None:
    """自评与核查: each unit looks at its facts, the team scores; one unit stays silent."""
    days = sorted((round_.day(SELF_REVIEW), number) for number, _ in round_.units)
    for at, number in days:
        if number != SILENT:
            _self_review(round_, number, at)
    for number, _ in round_.units:
        if number != SILENT:
            _verify(round_, number, round_.day(VERIFY))
    lapsed = round_.day(LAPSED)
    round_.scene.wake(round_.case, lapsed)
    _verify(round_, SILENT, lapsed + timedelta(minutes=40))


def _self_review(round_: Round, number: int, at: datetime) -> None:
    task = round_.task("self_review", number)
    if number in round_.disputes and (fact := _a_fact(round_, number)):
        by = round_.scene.awaited(task, at)
        reason = DISPUTED[round_.disputes[number]]
        assessments.dispute(round_.scene.session, fact.id, reason=reason, by=by, now=at)
    bent = round_.bents[number]
    answers = {
        "checked": True,
        "scores": [
            {"indicator": "own", "score": _points(10, bent.party + 0.03, round_.scene.random),
             "statement": round_.scene.random.choice(PRACTICES)}
        ],
        "integration": round_.scene.random.choice(INTEGRATION),
    }  # fmt: skip
    round_.scene.do(task, at, answers)


DISPUTED = {
    True: "该次会议已按期召开，原始记录漏录，现补交会议记录原件。",
    False: "当期人员集中参加业务检查，会议改期召开，请予扣减从轻。",
}


def _a_fact(round_: Round, number: int) -> YearFact | None:
    """One adverse fact that counts against the organ."""
    unit_id = round_.unit(number).id
    facts = score_sheets.facts_behind(round_.scene.session, round_.assessment, unit_id, "missed")
    standing = [fact for fact in facts if fact.struck_at is None and fact.disputed_at is None]
    return standing[0] if standing else None


def _points(most: int, share: float, draw: random.Random) -> float:
    """Half points around the share, as people give them."""
    reached = round(2 * most * (share + draw.uniform(-0.025, 0.025))) / 2
    return min(float(most), max(0.0, reached))


def _verify(round_: Round, number: int, at: datetime) -> None:
    """Disputes are answered, then each of the team scores; surveys come in with their papers."""
    task = round_.task("verify_unit", number)
    by = round_.scene.user(TEAM[number % 2])
    unit_id = round_.unit(number).id
    for fact in assessments.open_disputes(round_.scene.session, round_.assessment, unit_id):
        if round_.disputes[number]:
            reason = "经核查会议记录原件，会议按期召开，予以剔除。"
            assessments.strike(round_.scene.session, fact.id, reason=reason, by=by, now=at)
        else:
            reason = "改期未报备，责任缺失事实成立，予以维持。"
            assessments.dismiss(round_.scene.session, fact.id, reason=reason, by=by, now=at)
    round_.scene.do(task, at, {"scores": _marks(round_, number)}, by=by.login)


def _marks(round_: Round, number: int) -> list[dict[str, Any]]:
    draw, bent = round_.scene.random, round_.bents[number]
    first, second = round_.scene.ids(*TEAM)
    asked = draw.randint(60, 240)
    voice, served = _points(10, bent.party, draw), _points(20, bent.business + 0.02, draw)
    rows = [
        ("panel", first, _points(20, bent.party, draw), "现场核查组织生活记录、随机访谈党员"),
        ("panel", second, _points(20, bent.party - 0.01, draw), "查阅决策台账、走访服务窗口"),
        ("own", first, _points(10, bent.party, draw), "材料与数据逐项核对"),
        ("own", second, _points(10, bent.party, draw), "听取受益群众和企业意见"),
        ("voice", first, voice, f"发放问卷{asked}份，满意率{voice * 10:.0f}%"),
        ("served", second, served, f"服务对象评价{asked * 9}件，满意率{served * 5:.0f}%"),
    ]
    if number in INNOVATORS:
        rows.append(("plus", first, draw.choice((1.5, 2.0, 2.5)), "经验由市委办公室转发推广"))
        rows.append(("plus", second, draw.choice((1.5, 2.0)), "两个以上单位已推广应用"))
    return [
        {"indicator": code, "by": who, "score": score, "basis": basis}
        for code, who, score, basis in rows
    ]


def _judged(round_: Round) -> None:
    """合成: the performance office's results come in, and both sides are put together."""
    scene, at = round_.scene, round_.day(BUSINESS)
    results = [
        {"unit": str(unit.id),
         "score": round(100 * round_.bents[number].business + scene.random.uniform(-1, 1), 1)}
        for number, unit in round_.units
    ]  # fmt: skip
    lines = [f"{round_.year}年度市直机关绩效考核结果，供党建考核使用。"]
    source = scene.paper(round_.case, "年度绩效考核结果", lines, at, "chengban1")
    answers = {"results": results, "source": source}
    scene.do(scene.open_task(round_.case, "enter_business"), at, answers)
    _moderate(round_, round_.day(MODERATE))


def _moderate(round_: Round, at: datetime) -> None:
    """综合评定 as the points, the quota and the ties suggest."""
    sheets = score_sheets.sheets(round_.scene.session, round_.assessment)
    items = [
        {
            "unit": str(sheet.unit_id),
            "suggested": sheet.suggested,
            "proposed": sheet.suggested,
        }
        for sheet in sheets
    ]
    task = round_.scene.open_task(round_.case, "moderate")
    round_.scene.do(task, at, {"items": items}, by="kaohe")


def _heard(round_: Round) -> None:
    """Each unit confirms its own result; one objects, and the review strikes a fact out."""
    days = sorted((round_.day(CONFIRM), number) for number, _ in round_.units)
    disputed = _a_fact(round_, round_.objects)
    for at, number in days:
        said: dict[str, Any] = {"answer": "accept"}
        if number == round_.objects and disputed:
            said = {"answer": "object", "grounds": GROUNDS}
            by = round_.scene.awaited(round_.task("confirm_result", number), at)
            assessments.dispute(round_.scene.session, disputed.id, reason=GROUNDS, by=by, now=at)
        round_.scene.do(round_.task("confirm_result", number), at, said)
    if disputed:
        _upheld(round_, disputed)


GROUNDS = "该次主题党日与上级统一活动合并开展，已按要求报备，不应计入责任缺失。"
UPHELD = "经复核报备材料属实，剔除该项事实，得分相应调整。"


def _upheld(round_: Round, fact: YearFact) -> None:
    scene, at = round_.scene, round_.day(REVIEW)
    assessments.strike(scene.session, fact.id, reason=UPHELD, by=scene.user(REVIEWER), now=at)
    items = [{"unit": str(fact.unit_id), "verdict": "change", "reason": UPHELD}]
    scene.do(scene.open_task(round_.case, "review_scores"), at, {"items": items}, by=REVIEWER)
    _moderate(round_, round_.day(MODERATE_AGAIN))
    again = round_.task("confirm_result", round_.objects)
    scene.do(again, round_.day(CONFIRM_AGAIN), {"answer": "accept"})


def _published(round_: Round) -> None:
    """集体审定, 公示, and the results are frozen."""
    scene, at = round_.scene, round_.day(DECIDE)
    moderated = scene.session.scalars(
        select(Task)
        .where(Task.case_id == round_.case.id, Task.node == "moderate", Task.done_at.is_not(None))
        .order_by(Task.done_at.desc())
    ).first()
    rows = (moderated.answers or {})["items"] if moderated else []
    lines = [f"会议审定{round_.year}年度机关党建考核等次，同意公示。"]
    answers = {
        "meeting": "工委会议",
        "held_on": day_of(at).isoformat(),
        "minutes": scene.paper(round_.case, "工委会议纪要（考核审定）", lines, at, "mishu"),
        "verdict": "approve",
        "grades": [{"unit": row["unit"], "grade": row["proposed"]} for row in rows],
    }
    scene.do(scene.open_task(round_.case, "decide_assessment"), at, answers)
    if round_.case.wake_at is not None:
        scene.wake(round_.case, round_.case.wake_at + timedelta(minutes=5))


def _followed_up(round_: Round) -> None:
    """Weak units put right what was found; what was proposed through the ladder is decided."""
    published = round_.assessment.published_at
    if published is None:
        raise RuntimeError(f"the assessment of {round_.year} was not published")
    lists.settle(round_.scene, round_.case, day_of(published))
