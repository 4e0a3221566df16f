"""督办事项 of the demo: every light, and every step at which a matter can wait for somebody."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.acting import Scene
from demo.names import ORGANS
from demo.stories import Story, ago, before_long, do
from models import Case
from workflows import matters, tasks

Acts = Generator[datetime, None, Case]


@dataclass(frozen=True)
class Errand:
    """What is asked of an organ, by its number; it was drafted so many working days ago."""

    organ: int
    drafted: int
    title: str
    content: str
    requirement: str
    source: str = "meeting"
    grade: str = "normal"
    helper: int = 0

    @property
    def short(self) -> str:
        return ORGANS[self.organ - 1][0]

    @property
    def supervisor(self) -> str:
        return f"ducha{(self.organ - 1) // 6 + 1}"


def _drafted(scene: Scene, one: Errand) -> Acts:
    """拟办: a supervisor puts the matter forward."""
    at = ago(scene, one.drafted)
    yield at
    rights = scene.rights(one.supervisor, at)
    task = matters.new_matter(scene.session, rights=rights, now=at)
    case = task.case
    said: dict[str, Any] = {
        "title": one.title,
        "content": one.content,
        "source": one.source,
        "source_date": before_long(scene, -one.drafted - 2),
        "lead_unit": str(scene.unit(f"A{one.organ:02}").id),
        "co_units": [str(scene.unit(f"A{one.helper:02}").id)] if one.helper else [],
        "leader": str(scene.user(f"{one.short}-zr").id),
        "requirement": one.requirement,
        "grade": one.grade,
        "feedback": "once",
        "disposition": "file",
    }
    do(scene, case, "draft_matter", at, by=one.supervisor, **said)
    return case


def _filed(scene: Scene, one: Errand) -> Acts:
    """立项: the deputy in charge has it filed and handed over."""
    case = yield from _drafted(scene, one)
    at = ago(scene, one.drafted - 1)
    yield at
    opinion = {"verdict": "file", "floor": "green", "opinion": "同意立项，请按时限办结。"}
    do(scene, case, "approve_filing", at, **opinion)
    return case


def _accepted(scene: Scene, one: Errand) -> Acts:
    """签收 two working days after the draft, the plan a day later: the work is under way."""
    case = yield from _filed(scene, one)
    at = ago(scene, one.drafted - 2)
    yield at
    handler = str(scene.user(f"{one.short}-zf").id)
    do(scene, case, "acknowledge", at, answer="accept", handler=handler)
    if one.grade == "urgent":
        return case
    at = ago(scene, one.drafted - 3)
    yield at
    steps = [
        {"step": "摸清底数、列出清单", "responsible": handler,
         "due": before_long(scene, 6 - one.drafted)},
        {"step": "逐项办理、形成报告", "responsible": handler,
         "due": before_long(scene, 10 - one.drafted)},
    ]  # fmt: skip
    do(scene, case, "make_plan", at, steps=steps)
    return case


def _reported(scene: Scene, one: Errand, days: int, *, signed: bool = True) -> Acts:
    """The result is handed in so many working days ago; a day later signed for the unit."""
    case = yield from _accepted(scene, one)
    at = ago(scene, days)
    yield at
    report = {
        "kind": "final",
        "progress": "已逐项对照要求办理完毕。",
        "result": f"“{one.title}”各项要求已落实，材料已归档备查。",
        "self_check": "经自查，未发现遗漏事项。",
    }
    do(scene, case, "do_work", at, **report)
    if signed:
        at = ago(scene, days - 1)
        yield at
        do(scene, case, "unit_sign", at, verdict="submit", opinion="同意报送。", signed=True)
    return case


def _reviewed(scene: Scene, one: Errand, days: int, verdict: str) -> Acts:
    """审核, so many working days ago."""
    case = yield from _reported(scene, one, days + 2)
    at = ago(scene, days)
    yield at
    met = verdict == "accept"
    said: dict[str, Any] = {
        "verdict": verdict,
        "checked": [
            {"requirement": one.requirement, "met": met, "note": "" if met else "缺少现场佐证"}
        ],
        "opinion": "要求已全部落实。" if met else "结果与要求有差距，补充佐证后再报。",
    }
    if not met:
        said["redo_by"] = before_long(scene, 5 - days)
    do(scene, case, "review_result", at, **said)
    return case


def drafted(scene: Scene, one: Errand) -> Story:
    """Waits for 立项审批."""
    yield from _drafted(scene, one)


def filed(scene: Scene, one: Errand) -> Story:
    """Waits for 签收."""
    yield from _filed(scene, one)


def objected(scene: Scene, one: Errand) -> Story:
    """The organ says it is not its matter: waits for 异议裁定."""
    case = yield from _filed(scene, one)
    at = ago(scene, one.drafted - 2)
    yield at
    reason = "该事项主责在市财政局，本单位仅承担配合职责，建议改派。"
    do(scene, case, "acknowledge", at, answer="object", reason=reason)


def working(scene: Scene, one: Errand) -> Story:
    """Green, blue or yellow: as the days since it was accepted say."""
    yield from _accepted(scene, one)


def urged(scene: Scene, one: Errand) -> Story:
    """Overdue since two working days, and urged: the new date lies ahead."""
    case = yield from _accepted(scene, one)
    at = ago(scene, 1)
    yield at
    do(scene, case, "urge", at, **_urging(scene, 3))


def _urging(scene: Scene, new: int) -> dict[str, Any]:
    return {"new_date": before_long(scene, new), "text": "已超过办理时限，请倒排工期，限期办结。"}


def red(scene: Scene, one: Errand) -> Story:
    """Urged in vain: red, and an order on site waits to be written."""
    yield from _red(scene, one)


def _red(scene: Scene, one: Errand) -> Acts:
    case = yield from _accepted(scene, one)
    overdue = one.drafted - 12  # ten working days after it was accepted
    at = ago(scene, overdue - 1.5)
    yield at
    do(scene, case, "urge", at, **_urging(scene, 4 - overdue))
    return case


def ordered(scene: Scene, one: Errand) -> Story:
    """Red, 现场督办 ordered, and still not done: what follows is proposed."""
    case = yield from _red(scene, one)
    at = ago(scene, one.drafted - 17.5)
    yield at
    said = {
        "mode": "on_site",
        "text": "带队现场督办，逐项核对进度，当场明确办结时间。",
        "visit_on": before_long(scene, 19 - one.drafted),
    }
    do(scene, case, "order_on_site", at, **said)


def extended(scene: Scene, one: Errand) -> Story:
    """More time was asked for: waits for the supervisor's check."""
    case = yield from _accepted(scene, one)
    at = ago(scene, 3)
    yield at
    work = scene.open_task(case, "do_work")
    handler = f"{one.short}-zf"
    asked = {
        "reason": "涉及部门多，数据比对量大。",
        "forecast": before_long(scene, 12),
        "progress": "已完成三分之二。",
    }
    rights = scene.rights(handler, at)
    tasks.take_act(scene.session, work.id, "extension_asked", asked, rights=rights, now=at)
    at = ago(scene, 2)
    yield at
    opinion = {"support": True, "opinion": "情况属实，同意延期。"}
    do(scene, case, "extension_opinion", at, **opinion)


def to_sign(scene: Scene, one: Errand) -> Story:
    """Handed in: waits for 单位审签."""
    yield from _reported(scene, one, 1, signed=False)


def to_review(scene: Scene, one: Errand) -> Story:
    """Signed: waits for the supervisor's 审核."""
    yield from _reported(scene, one, 2)


def returned(scene: Scene, one: Errand) -> Story:
    """Sent back by the supervisor: blue, a new date ahead."""
    yield from _reviewed(scene, one, 2, "return")


def untrue(scene: Scene, one: Errand) -> Story:
    """The result was found untrue on the eighth day: red; done again at once, and closed."""
    case = yield from _reviewed(scene, one, one.drafted - 8, "false_report")
    again = {
        "kind": "final",
        "progress": "已按退回意见重新办理。",
        "result": "如实补报，现场佐证齐全。",
        "self_check": "已逐项自查。",
    }
    checked = [{"requirement": one.requirement, "met": True}]
    order = {"mode": "letter", "text": "反馈不实，限期如实补报，并说明审核把关情况。"}
    for number, node, said in (
        (8, "order_on_site", order),
        (9, "do_work", again),
        (10, "unit_sign", {"verdict": "submit", "opinion": "属实。", "signed": True}),
        (11, "review_result", {"verdict": "accept", "checked": checked, "opinion": "经核属实。"}),
        (12, "close_by_leader", {"verdict": "close", "opinion": "同意销号。"}),
    ):
        at = ago(scene, one.drafted - number - 0.9)
        yield at
        do(scene, case, node, at, **said)


def to_close(scene: Scene, one: Errand) -> Story:
    """Found good: waits for 销号审批."""
    yield from _reviewed(scene, one, 1, "accept")


def closed(scene: Scene, one: Errand) -> Story:
    """销号 within its time; a leader's instruction is closed by a leader."""
    case = yield from _reviewed(scene, one, one.drafted - 10, "accept")
    at = ago(scene, one.drafted - 11)
    yield at
    do(scene, case, "close_by_leader", at, verdict="close", opinion="同意销号。")
