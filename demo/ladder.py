"""提醒 and 约谈 of the demo, from the facts to the 整改; what may follow is in `inquiries.py`.

The facts are duties that the city's records show as missed, or a result that was found untrue;
each act is by whom the rules name.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from demo.acting import Scene
from demo.names import ORGANS
from demo.stories import Story, ago, before_long, do
from models import Case, DutyRule, Finding, Matter, Proposal, Unit, User
from workflows import access, assignment, cases, missed, proposals
from workflows.deadlines import day_of
from workflows.findings import Key
from workflows.obligations import Missed

Acts = Generator[datetime, None, Case]
LETTER_DAYS = 5


@dataclass(frozen=True)
class Climb:
    """An organ on the ladder, so many working days ago; a branch of it where one was reminded."""

    organ: int
    begun: int
    team: tuple[str, str] = ("ducha5", "ducha6")
    of_branch: bool = False
    answers: str = "jg"  # who is held to account: 机关党委书记, or dz, 党组书记

    @property
    def short(self) -> str:
        return ORGANS[self.organ - 1][0]

    @property
    def supervisor(self) -> str:
        return f"ducha{(self.organ - 1) // 6 + 1}"

    @property
    def head(self) -> str:
        return f"{self.short}-{self.answers}"

    @property
    def unit(self) -> str:
        return f"A{self.organ:02}D" if self.answers == "jg" else f"A{self.organ:02}"

    @property
    def talkers(self) -> tuple[str, str]:
        return (self.head if self.of_branch else "fenguan1", self.supervisor)

    def day(self, scene: Scene, number: float) -> datetime:
        """Office hours so many working days later; 4.5: in the afternoon of the fourth."""
        return ago(scene, self.begun - number)

    def date(self, scene: Scene, number: int) -> str:
        return before_long(scene, number - self.begun)


def branches(*organs: int) -> list[str]:
    """The codes of the organs' branches."""
    return [f"A{organ:02}{place:02}" for organ in organs for place in range(1, 9)]


def missed_by(scene: Scene, units: Sequence[str], at: datetime) -> Proposal:
    """What the rule proposes for the last duty on record that one of these units missed by then."""
    fact = _fact_on_record(scene, units, at)
    key = Key.read(str(fact.evidence[0]["id"]))
    code = scene.session.get_one(DutyRule, key.rule_id).code
    one = Missed(fact.id, key.rule_id, code, key.period, key.unit_id)
    missed.propose(scene.session, [one], now=at)
    return next(p for p in _proposals(scene) if str(fact.id) in p.findings)


def _fact_on_record(scene: Scene, units: Sequence[str], at: datetime) -> Finding:
    """A missed duty on which nothing rests yet, of the first of the units that has one."""
    used = {int(one) for proposal in _proposals(scene) for one in proposal.findings}
    wanted = (
        select(Finding)
        .join(Unit, Unit.id == Finding.unit_id)
        .where(Finding.kind == "missed_duty", Finding.happened_on < day_of(at))
        .order_by(Finding.happened_on.desc(), Finding.id)
    )
    for code in units:
        for fact in scene.session.scalars(wanted.where(Unit.code == code)):
            if fact.id not in used:
                return fact
    raise LookupError(f"{', '.join(units)}: nothing was missed before {at:%Y-%m-%d}")


def _proposals(scene: Scene) -> Sequence[Proposal]:
    return scene.session.scalars(select(Proposal).order_by(Proposal.id.desc())).all()


def open_proposal(scene: Scene, case_id: int, measure: str) -> Proposal:
    """What was proposed from that case and waits."""
    wanted = select(Proposal).where(
        Proposal.origin_case_id == case_id,
        Proposal.measure == measure,
        Proposal.status == "proposed",
    )
    return scene.session.scalars(wanted).one()


def accepted(scene: Scene, proposal: Proposal, at: datetime) -> Case:
    """The proposal is accepted by the holder of the post that decides it; its case waits."""
    holders = sorted(assignment.holders_of(scene.session, proposal.principal, now=at))
    user = scene.session.get_one(User, holders[0])
    rights = access.rights_of(scene.session, user, now=at)
    proposals.accept(scene.session, proposal.id, rights=rights, now=at)
    assert proposal.case_id is not None  # noqa: S101
    return scene.session.get_one(Case, proposal.case_id)


def facts_of(scene: Scene, case: Case, at: datetime) -> list[str]:
    """The facts on which the case rests, as its forms name them."""
    held = cases.look(scene.session, case, now=at).execution.vars["findings"]
    return [str(one) for one in held]


def letter(scene: Scene, case: Case, at: datetime, reply_due: str) -> None:
    """提醒函: what is found, and by when an answer is due."""
    do(
        scene,
        case,
        "decide_reminder",
        at,
        form="letter",
        ground="组织生活制度执行不到位，未按期完成规定动作。",
        basis=["discipline_21", "responsibility_16"],
        facts=facts_of(scene, case, at),
        request="说明原因，限期补开并建立台账。",
        reply_due=reply_due,
    )


def reminded(scene: Scene, units: Sequence[str], begun: int) -> Acts:
    """A missed duty is proposed for a reminder, so many working days ago; a day later accepted."""
    at = ago(scene, begun)
    yield at
    proposal = missed_by(scene, units, at)
    at = ago(scene, begun - 1)
    yield at
    return accepted(scene, proposal, at)


def escalated(scene: Scene, one: Climb) -> Acts:
    """A letter that nobody answered: the reminder is escalated, and a talk proposed."""
    near = range(one.organ - (one.organ - 1) % 6, one.organ - (one.organ - 1) % 6 + 6)
    case = yield from reminded(scene, branches(one.organ, *near), one.begun)
    at = one.day(scene, 2)
    yield at
    letter(scene, case, at, one.date(scene, 2 + LETTER_DAYS))
    at = one.day(scene, 8)
    yield at
    note = "逾期未作书面说明，问题未见改正。"
    said = {"facts_found": "true", "verdict": "escalate", "note": note}
    do(scene, case, "assess_reminder", at, **said)
    at = one.day(scene, 9)
    yield at
    return accepted(scene, open_proposal(scene, case.id, "interview"), at)


def untrue(scene: Scene, one: Climb) -> Acts:
    """A matter's result was found untrue on the eighth day: a talk is proposed, and accepted."""
    at = one.day(scene, 9)
    yield at
    unit = scene.unit(f"A{one.organ:02}")
    wanted = select(Matter.case_id).where(Matter.lead_unit_id == unit.id, Matter.false_report)
    case_id = scene.session.scalars(wanted).one()
    return accepted(scene, open_proposal(scene, case_id, "interview"), at)


def planned(scene: Scene, one: Climb) -> Acts:
    """约谈方案: waits for its approval."""
    case = yield from (escalated if one.of_branch else untrue)(scene, one)
    at = one.day(scene, 10)
    yield at
    do(
        scene,
        case,
        "prepare_interview",
        at,
        subject=["branch_secretary" if one.of_branch else "principal"],
        mode="individual",
        ground="提醒后逾期未改正。" if one.of_branch else "督办事项反馈不实。",
        basis=["discipline_21", "organs_11"],
        facts=facts_of(scene, case, at),
        talkers=scene.ids(*one.talkers),
        recorder=scene.ids("mishu")[0],
        planned_at=one.day(scene, 15).isoformat(),
        place="工委三楼谈话室",
        bring="组织生活记录原件、整改设想",
        copy_to="none",
    )
    return case


def minuted(scene: Scene, one: Climb) -> Acts:
    """约谈 was held and its minutes signed by who was talked to."""
    case = yield from planned(scene, one)
    for number, node, said in (
        (11, "approve_interview", {"verdict": "approve", "opinion": "同意。"}),
        (12, "confirm_interview", {"answer": "attend"}),
    ):
        at = one.day(scene, number)
        yield at
        do(scene, case, node, at, **said)
    at = one.day(scene, 15) + timedelta(hours=1)
    yield at
    do(scene, case, "hold_interview", at, signed=True, **_talk(scene, one, at))
    at = one.day(scene, 16)
    yield at
    do(scene, case, "sign_minutes", at, sign="signed")
    return case


def talked(scene: Scene, one: Climb) -> Acts:
    """The minutes are finished: the list is handed out."""
    case = yield from minuted(scene, one)
    at = one.day(scene, 16.6)
    yield at
    do(scene, case, "finish_minutes", at, signed=True)
    return case


def _talk(scene: Scene, one: Climb, at: datetime) -> dict[str, Any]:
    return {
        "outcome": "held",
        "at": at.isoformat(),
        "present": scene.ids(*one.talkers),
        "problems": "党建责任落实不严，问题发现后未及时改正。",
        "statement": "对指出的问题认账，将立即整改。",
        "attitude": "诚恳",
        "requirements": [
            {"requirement": "补开应开未开的会议", "due": one.date(scene, 25)},
            {"requirement": "建立组织生活台账并按月自查", "due": one.date(scene, 32)},
        ],
    }


PLAN = (
    ("问题发现后未及时改正", "两周内逐项改正，邀请督导员到场核验"),
    ("审核把关不严", "统一台账格式，报送前集体审核"),
)


def hand_in(scene: Scene, one: Climb, case: Case, at: datetime) -> None:
    """整改方案: what is put right how, by whom and until when."""
    owner = str(scene.awaited(scene.open_task(case, "rect_plan"), at).id)
    due = one.date(scene, 32)
    items = [
        {"problem": problem, "measure": measure, "responsible": owner, "due": due}
        for problem, measure in PLAN
    ]
    do(scene, case, "rect_plan", at, items=items, signed=True)


def rectified(scene: Scene, one: Climb) -> Acts:
    """The plan of the 整改 was accepted: the work is under way."""
    case = yield from talked(scene, one)
    at = one.day(scene, 19)
    yield at
    hand_in(scene, one, case, at)
    at = one.day(scene, 20)
    yield at
    do(scene, case, "rect_plan_check", at, verdict="accept", opinion="同意按方案整改。")
    return case


def mended(scene: Scene, one: Climb) -> Story:
    """The plan came late after all; what was asked for is done, checked and seen again."""
    at = one.day(scene, 25.5)
    yield at
    unit = scene.unit(f"A{one.organ:02}")
    wanted = select(Case).where(Case.process == "interview", Case.unit_id == unit.id)
    case = scene.session.scalars(wanted).one()
    hand_in(scene, one, case, at)
    done = [{"item": problem, "done": True} for problem, _ in PLAN]
    passed = [{"item": item, "verdict": "pass", "basis": "现场核验"} for item, _ in PLAN]
    for number, node, said in (
        (27.5, "rect_plan_check", {"verdict": "accept"}),
        (33, "rect_work", {"progress": done, "self_check": "已逐项自查。", "signed": True}),
        (36, "rect_verify", {"items": passed, "overall": "pass", "opinion": "整改属实。"}),
        (42.5, "rect_revisit", {"state": "held", "record": "成效保持，未见反弹。"}),
    ):
        at = one.day(scene, number)
        yield at
        do(scene, case, node, at, **said)


def neglected(scene: Scene, one: Climb) -> Acts:
    """No plan came in time after the talk: 问责 is proposed, and the proposal accepted."""
    case = yield from talked(scene, one)
    at = one.day(scene, 24)
    yield at
    return accepted(scene, open_proposal(scene, case.id, "accountability"), at)
