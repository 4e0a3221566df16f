"""督导检查 in the demo city: one finished with its 回访, one running, a filed plan, rules.

Both draw from the records that the organs handed in; nothing is made up that the system has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from demo.acting import Scene
from demo.stories import Story, ago, before_long, do
from models import Case, FieldFinding, SupervisionPlanEntry, Unit, Visit
from workflows import (
    inspection_lists,
    inspection_plans,
    inspection_visits,
    inspections,
    institutions,
)
from workflows.deadlines import day_of
from workflows.inspection_overlaps import Said
from workflows.inspection_visits import Noted, Problem, Verdict, Wanted
from workflows.institutions import Said as Rule

KEEPER, TEAM = "gwks4", ("ducha2", "ducha3")
DONE, RUNNING = ("A06", "A12"), ("A07", "A15")
DONE_TOPIC, RUNNING_TOPIC = "破解党建与业务“两张皮”集中督导调研", "机关党组织议事决策制度执行检查"
METHODS = ["listen", "look", "ask", "visit", "check"]
PROBLEMS = (
    (
        "general",
        "抽查的会议记录多为照抄文件，讨论未结合本单位业务",
        "会议记录如实反映讨论情况，议题与业务工作衔接",
    ),
    (
        "sign",
        "支部工作计划与业务计划各写一份，没有共同的推进措施",
        "按五同要求制定党建与业务共同计划",
    ),
)
REGISTERED = ("A01", "A02", "A03", "A06", "A07", "A12", "A15")
RULES = (
    (
        "ZZ-01",
        "operation",
        "党组织工作运行规则",
        "支部每月研究一次党建与业务工作，会议有议题、有记录、有落实",
    ),
    (
        "YS-01",
        "deliberation",
        "党组议事决策规则",
        "重大事项集体讨论决定，主要负责人末位表态，记录完整",
    ),
    (
        "FG-01",
        "division",
        "班子成员党建工作分工",
        "班子成员按一岗双责联系支部，每季度到联系支部一次",
    ),
)


def stories(scene: Scene) -> list[Story]:
    """The register and the plan first, then both inspections as they went."""
    return [_registered(scene), _finished(scene), _running(scene)]


def _registered(scene: Scene) -> Story:
    """Each of these organs has its three rules; one was written anew since."""
    at = ago(scene, 60)
    yield at
    rights, since = scene.rights(KEEPER, at), date(at.year - 1, 1, 1)
    for organ in REGISTERED:
        unit = scene.unit(organ)
        for code, kind, name, asked in RULES:
            said = Rule(code, kind, name, f"〔{since.year}〕1号", asked, since)
            institutions.enter(scene.session, unit, said, rights=rights, now=at)
    newer = Rule("YS-01", "deliberation", "党组议事决策规则", f"〔{at.year}〕2号",
                 "重大事项会前充分酝酿，集体讨论决定，主要负责人末位表态，记录完整",
                 date(at.year, 1, 1))  # fmt: skip
    institutions.enter(scene.session, scene.unit("A07"), newer, rights=rights, now=at)


@dataclass(frozen=True)
class Item:
    """An item of the plan as the demo has it; its days lie in one year."""

    code: str
    kind: str
    topic: str
    units: Sequence[str]
    start: date
    end: date

    def said(self, scene: Scene) -> Said:
        end = min(self.end, date(self.start.year, 12, 31))
        units = tuple(scene.unit(one).id for one in self.units)
        return Said(
            code=self.code,
            kind=self.kind,
            comprehensive=False,
            topic=self.topic,
            from_day=self.start,
            to_day=end,
            units=units,
        )


def _filed(scene: Scene, item: Item, at: datetime) -> SupervisionPlanEntry:
    """The item stands in the plan of its year, which is filed."""
    organ, rights, year = scene.unit("GW"), scene.rights(KEEPER, at), item.start.year
    entry = inspection_plans.enter(
        scene.session, organ, item.said(scene), year=year, rights=rights, now=at
    )
    inspection_plans.file(
        scene.session, organ, year, f"备〔{year}〕7号", on=day_of(at), rights=rights, now=at
    )
    return entry


def _opened(scene: Scene, item: Item, at: datetime) -> Case:
    """The filed item is planned by the supervisor, who names the teams."""
    entry = _filed(scene, item, at)
    case = inspections.begin(scene.session, entry, rights=scene.rights(KEEPER, at), now=at)
    members = scene.ids(*TEAM)
    do(
        scene, case, "draft_inspection", at, topic=entry.topic, basis=["organs_33", "year_plan"],
        methods=METHODS, teams=[{"unit": str(scene.unit(one).id), "members": members}
                                for one in item.units],
        by=KEEPER, **{"from": entry.from_day.isoformat(), "to": entry.to_day.isoformat()},
    )  # fmt: skip
    return case


def _visits(scene: Scene, case: Case) -> list[tuple[Visit, Unit]]:
    seen = inspection_lists.of_case(scene.session, case.id, rights=scene.rights(KEEPER, scene.now))
    return [(one.visit, one.unit) for one in seen.visits]


def _looked(scene: Scene, visit: Visit, at: datetime) -> int:
    """听、看、查: a talk, a place, and records drawn at random; the id of what was looked up."""
    session, rights, day = scene.session, scene.rights(TEAM[0], at), day_of(at)
    for method, text in (
        ("listen", "听取机关党委书记汇报，座谈党员12人，反映学习与业务结合不紧"),
        ("look", "实地察看党员活动室和业务窗口"),
    ):
        noted = Noted(method, day, text)
        inspection_visits.add_evidence(session, visit, noted, rights=rights, now=at)
    wanted = Wanted("meeting", date(day.year - 1, day.month, 1), day, 5)
    seed = f"{scene.random.getrandbits(128):032x}"
    sample = inspection_visits.draw(session, visit, wanted, rights=rights, now=at, seed=seed)
    noted = Noted("check", day, "抽查会议记录，三份讨论内容与所附文件相同",
                  sample.id, int(sample.picks[0]))  # fmt: skip
    return inspection_visits.add_evidence(session, visit, noted, rights=rights, now=at).id


def _found(scene: Scene, visit: Visit, at: datetime, count: int) -> list[FieldFinding]:
    """So many problems, each on what was looked up."""
    piece, rights = _looked(scene, visit, at), scene.rights(TEAM[0], at)
    rule = next(iter(inspection_visits.rules(scene.session, visit, day_of(at))))
    return [
        inspection_visits.add_problem(
            scene.session, visit, Problem(fact, severity, rule, (piece,), asked),
            rights=rights, now=at,
        )
        for severity, fact, asked in PROBLEMS[:count]
    ]  # fmt: skip


def _left(scene: Scene, case: Case, visit: Visit, at: datetime) -> None:
    said: dict[str, Any] = {"visited_on": day_of(at).isoformat(), "outcome": "problems"}
    do(scene, case, "field_work", at, item=str(visit.unit_id), by=TEAM[0], signed=True, **said)


def _answered(scene: Scene, case: Case, visit: Visit, rows: Sequence[FieldFinding],
              at: datetime) -> None:  # fmt: skip
    """The unit agrees with the first and explains the others."""
    item = str(visit.unit_id)
    who = scene.awaited(scene.open_task(case, "hear_unit", item), at)
    rights = scene.rights(who.login, at)
    for place, row in enumerate(rows):
        said, why = ("explain", "共同计划正在会签，月底前印发") if place else ("agree", "")
        inspection_visits.answer(scene.session, row, said, why, rights=rights, now=at)
    do(scene, case, "hear_unit", at, item=item, read=True, signed=True)


def _settled(scene: Scene, case: Case, visit: Visit, rows: Sequence[FieldFinding],
             at: datetime) -> None:  # fmt: skip
    rights = scene.rights(TEAM[0], at)
    for row in rows:
        verdict = Verdict("keep", "经核对属实")
        inspection_visits.settle(scene.session, row, verdict, rights=rights, now=at)
    do(scene, case, "settle_findings", at, item=str(visit.unit_id), by=TEAM[0], signed=True)


def _finished(scene: Scene) -> Story:
    """From the plan to the list: two units visited, summed up, rectified, seen again."""
    start = ago(scene, 58)
    yield start
    item = Item("DJ-01", "topical", DONE_TOPIC, DONE, day_of(start), day_of(ago(scene, 48)))
    case = _opened(scene, item, start)
    yield (at := ago(scene, 56.5))
    do(scene, case, "approve_inspection", at, verdict="approve")
    yield (at := ago(scene, 54))
    found = []
    for count, (visit, _) in enumerate(_visits(scene, case), 1):
        found.append((visit, _found(scene, visit, at, count)))
        _left(scene, case, visit, at)
    yield (at := ago(scene, 51))
    for visit, rows in found:
        _answered(scene, case, visit, rows, at)
    yield (at := ago(scene, 49.5))
    for visit, rows in found:
        _settled(scene, case, visit, rows, at)
    yield (at := ago(scene, 46))
    summary = {
        "common": "党建与业务计划各写各的，会议记录重形式。",
        "good": "部分支部把项目推进会与主题党日合开。",
        "suggestions": "用五同计划统一部署，抽查以质量为准。",
    }
    do(scene, case, "write_summary", at, by=KEEPER, **summary)
    yield (at := ago(scene, 43))
    minutes = scene.paper(case, "工委会议纪要", ["会议审定督导检查综合报告。"], at, "mishu")
    do(scene, case, "approve_summary", at, verdict="approve", minutes=minutes,
       held_on=day_of(at).isoformat())  # fmt: skip
    yield (at := ago(scene, 41))
    do(scene, case, "report_up", at, by=KEEPER, done="reported", on=day_of(at).isoformat())
    yield from _rectified(scene, found[0][0])


def _rectified(scene: Scene, visit: Visit) -> Story:
    """整改 of the first unit, checked, and 回访 after it."""
    at = ago(scene, 39)
    yield at
    case = scene.session.get_one(Case, visit.rectification_id)
    fact = PROBLEMS[0][1]
    owner = str(scene.awaited(scene.open_task(case, "rect_plan"), at).id)
    row = {"problem": fact, "measure": "修订会议记录办法，逐月抽看", "responsible": owner,
           "due": before_long(scene, -15)}  # fmt: skip
    do(scene, case, "rect_plan", at, items=[row], signed=True)
    passed = [{"item": fact, "verdict": "pass", "basis": "现场核验会议记录"}]
    for number, node, said in (
        (37.0, "rect_plan_check", {"verdict": "accept"}),
        (22.0, "rect_work", {"progress": [{"item": fact, "done": True}],
                             "self_check": "已逐项自查。", "signed": True}),
        (18.0, "rect_verify", {"items": passed, "overall": "pass", "opinion": "整改属实。"}),
        (9.0, "rect_revisit", {"state": "held", "record": "回访三个支部，成效保持，未见反弹。"}),
    ):  # fmt: skip
        at = ago(scene, number)
        yield at
        do(scene, case, node, at, **said)


def _running(scene: Scene) -> Story:
    """The team is at work: one unit is being heard, at the other evidence comes in."""
    start = ago(scene, 6)
    yield start
    end = date.fromisoformat(before_long(scene, 10))
    item = Item("DJ-02", "rules", RUNNING_TOPIC, RUNNING, day_of(start), end)
    case = _opened(scene, item, start)
    _unfiled(scene, start)
    yield (at := ago(scene, 5))
    do(scene, case, "approve_inspection", at, verdict="approve")
    yield (at := ago(scene, 2))
    first, second = (visit for visit, _ in _visits(scene, case))
    _found(scene, first, at, 2)
    _left(scene, case, first, at)
    _looked(scene, second, at)


def _unfiled(scene: Scene, at: datetime) -> None:
    """An item that waits for its filing."""
    start = date.fromisoformat(before_long(scene, 25))
    end = date.fromisoformat(before_long(scene, 30))
    item = Item("DJ-03", "rules", "党费收缴使用管理制度执行检查", ("A20", "A21"), start, end)
    inspection_plans.enter(
        scene.session, scene.unit("GW"), item.said(scene), year=start.year,
        rights=scene.rights(KEEPER, at), now=at,
    )  # fmt: skip
