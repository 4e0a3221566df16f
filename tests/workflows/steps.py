"""约谈, 问责, 申诉 on their way: the acts of the cast, named once for the tests of all three."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest
from sqlalchemy import select

from models import Case, Finding, Measure, Proposal, Task
from tests.cast import Cast
from workflows import cases, findings, proposals, subjects, tasks
from workflows.errors import Refused

DISCLOSED = [{"tag": "actively_remedied", "adopted": True, "reason": "主动补救属实"}]


def open_task(cast: Cast, case: Case, node: str) -> Task:
    return cast.open_task(case, node)


def open_nodes(cast: Cast, case: Case) -> list[str]:
    return sorted(
        cast.session.scalars(
            select(Task.node).where(Task.case_id == case.id, Task.done_at.is_(None))
        )
    )


def do(cast: Cast, case: Case, node: str, who: str, now: datetime, **answers: object) -> Task:
    return cast.do(case, node, who, now, answers)


@contextmanager
def refused(cast: Cast, guard: str) -> Iterator[None]:
    """What happens inside is refused by the named guard and leaves nothing behind."""
    with pytest.raises(Refused) as refusal, cast.session.begin_nested():
        yield
    cast.session.expire_all()
    assert refusal.value.facts["guard"] == guard


def ids(cast: Cast, *names: str) -> list[str]:
    return [str(cast.users[name].id) for name in names]


def fact(cast: Cast, now: datetime, key: str = "meeting:1") -> Finding:
    return findings.find(
        cast.session,
        findings.Fact(
            key=key,
            fact="党的建设专题会议连续两个季度未召开",
            unit_id=cast.units["finance"].id,
            kind="missed_duty",
            rule="DYDH v1",
            evidence=({"type": "obligation", "id": "1-20260101-1"},),
            happened_on=date(2026, 2, 1),
        ),
        by=None,
        now=now,
    )


def proposed(
    cast: Cast, now: datetime, measure: str, who: str, unit: str, finding: Finding
) -> Proposal:
    """The measure is proposed against the person."""
    subject = subjects.person(cast.session, cast.users[who].id, cast.units[unit].id, now=now)
    return proposals.propose(
        cast.session,
        proposals.Draft(
            ground="missed_duty",
            measure=measure,
            to="level(work_committee, deputy)",
            subject=subject,
            findings=[finding.id],
            why={},
            rule="measure_proposal v1",
            origin=f"{finding.key}:{who}:{now.isoformat()}",
        ),
        by=None,
        now=now,
    )


def proposed_case(
    cast: Cast, now: datetime, measure: str, who: str, unit: str, finding: Finding | None = None
) -> Case:
    """The proposal was accepted: its case is open."""
    proposal = proposed(cast, now, measure, who, unit, finding or fact(cast, now))
    proposals.accept(cast.session, proposal.id, rights=cast.rights("work_deputy", now), now=now)
    assert proposal.case_id is not None
    return cast.session.get_one(Case, proposal.case_id)


def the_measure(cast: Cast, case: Case) -> Measure:
    return cast.session.scalars(
        select(Measure).where(Measure.case_id == case.id).order_by(Measure.id.desc()).limit(1)
    ).one()


def facts_of(cast: Cast, case: Case) -> list[str]:
    found = cases.look(cast.session, case, now=case.opened_at).execution.vars["findings"]
    return [str(one) for one in found]


def rectify(
    cast: Cast, case: Case, now: datetime, *, owner: str, reviewer: str, overall: str = "pass"
) -> None:
    """整改: plan, check, work, and the check with its verdict."""
    plan = [
        {
            "problem": "专题会议未召开",
            "measure": "补开并建立台账",
            "responsible": ids(cast, owner)[0],
            "due": "2026-03-20",
        }
    ]
    do(cast, case, "rect_plan", owner, now, items=plan, signature=owner)
    do(cast, case, "rect_plan_check", reviewer, now, verdict="accept")
    progress = [{"item": "专题会议未召开", "done": True}]
    do(cast, case, "rect_work", owner, now, progress=progress, self_check="已补开", signature=owner)
    checked = [{"item": "专题会议未召开", "verdict": overall, "basis": "会议记录"}]
    do(cast, case, "rect_verify", reviewer, now, items=checked, overall=overall, opinion="属实")


def row_of(cast: Cast, who: str) -> dict[str, object]:
    """A person as 提请登记 names him."""
    return {
        "kind": "cadre",
        "ref": f"user-{cast.users[who].id}",
        "post_then": who,
        "duty_class": "main",
        "managed_by": str(cast.units["city"].id),
        "principal": True,
    }


def enter(cast: Cast, case: Case, now: datetime, who: str = "finance_head", **more: object) -> Task:
    answers = {
        "entry": "proposal",
        "facts": facts_of(cast, case),
        "situation": ["organization"],
        "consequence": "党建责任落空",
        "subjects": [row_of(cast, who)],
        "already_filed": False,
    } | more
    return do(cast, case, "enter_case", "handler", now, **answers)


def start(cast: Cast, case: Case, now: datetime, by: str = "city_secretary") -> None:
    answers = {"verdict": "start", "reason": "事实基本清楚", "basis": ["accountability_9"]}
    do(cast, case, "approve_start", by, now, **answers)


def team(cast: Cast, case: Case, now: datetime, *members: str) -> Task:
    leader, *others = ids(cast, *(members or ("supervisor", "supervisor2")))
    answers = {"leader": leader, "members": others, "recusal_asked": True}
    return do(cast, case, "form_team", "work_deputy", now, **answers)


def investigate(cast: Cast, case: Case, now: datetime, key: str) -> None:
    found = [
        {"fact": "会议未召开", "evidence": ["会议记录缺失"], "execution": "weak", "subject": key}
    ]
    tags = [
        {"article": "17", "tag": "reform_trial", "found": False},
        {"article": "18", "tag": "actively_remedied", "found": True},
        {"article": "19", "tag": "repeated", "found": False},
    ]
    answers = {"facts": found, "circumstances": tags, "outcome": "established"}
    do(cast, case, "investigate", "supervisor", now, **answers)


def hear(cast: Cast, case: Case, now: datetime, who: str, *, recheck: bool = False) -> None:
    """事实材料, 见面, 意见, 采纳说明."""
    key = f"user-{cast.users[who].id}"
    material = [{"subject": key, "text": "会议未召开", "facts": facts_of(cast, case)}]
    do(cast, case, "write_facts", "supervisor", now, material=material)
    do(
        cast,
        case,
        "meet_subject",
        "supervisor",
        now,
        came="met",
        met_at=now.isoformat(),
        place="工委会议室",
        present=ids(cast, "supervisor", "supervisor2"),
        heard="承认事实",
        signature="supervisor",
    )
    do(
        cast,
        case,
        "subject_opinion",
        who,
        now,
        opinion="partly",
        defence=[{"point": "已部署但落实不力"}],
        signature=who,
    )
    points = [{"point": "已部署但落实不力", "adopted": False, "reason": "无会议记录"}]
    answers = {"points": points, "signature": "signed", "recheck": recheck}
    do(cast, case, "answer_points", "supervisor", now, **answers)


def report(
    cast: Cast, case: Case, now: datetime, key: str, circumstances: object = DISCLOSED
) -> Task:
    proposal = {"subject": key, "duty_class": "main", "form": "admonition", "article": "第八条"}
    answers = {
        "discussion": "调查组一致意见",
        "basics": "基本情况",
        "basis": ["accountability_7"],
        "course": "查阅资料、谈话",
        "facts": facts_of(cast, case),
        "attitude": "配合",
        "proposals": [proposal],
        "circumstances": circumstances,
    }
    return do(cast, case, "draft_report", "supervisor", now, **answers)


def sign(cast: Cast, case: Case, now: datetime) -> None:
    for who in ("supervisor", "supervisor2"):
        cast.do(case, "sign_report", who, now, {"sign": "signed"}, item=ids(cast, who)[0])


def conclude(
    cast: Cast, case: Case, now: datetime, key: str, form: str = "admonition", **more: object
) -> Task:
    conclusion = {
        "subject": key,
        "kind": "account",
        "form": form,
        "article": "第八条第二款",
        "reason": "履行主体责任不力",
        "circumstances": "主动补救",
    } | more
    answers = {
        "meeting": "工委委员会会议",
        "held_on": "2026-03-02",
        "present": ids(cast, "work_secretary", "work_deputy"),
        "minutes": "1",
        "conclusions": [conclusion],
        "next": "approve",
    }
    return do(cast, case, "decide_collectively", "clerk", now, **answers)


def heard(cast: Cast, now: datetime, who: str = "finance_head", by: str = "city_secretary") -> Case:
    """提请, 启动, 调查 and 见面 are done: the report waits to be written."""
    unit = "finance" if who == "finance_head" else "finance_committee"
    case = proposed_case(cast, now, "accountability", who, unit)
    enter(cast, case, now, who)
    start(cast, case, now, by)
    team(cast, case, now)
    investigate(cast, case, now, f"user-{cast.users[who].id}")
    hear(cast, case, now, who)
    return case


def in_force(
    cast: Cast,
    now: datetime,
    who: str = "finance_head",
    *,
    by: str = "city_secretary",
    form: str = "admonition",
) -> Case:
    """The decision was made, served and announced: its execution has begun."""
    key = f"user-{cast.users[who].id}"
    case = heard(cast, now, who, by)
    report(cast, case, now, key)
    sign(cast, case, now)
    conclude(cast, case, now, key, form)
    do(cast, case, "approve_decision", by, now, verdict="approve", opinion="同意", signature=by)
    receipt = {"subject": key, "received_on": "2026-03-02", "mode": "direct", "receipt": "1"}
    do(cast, case, "serve_decision", "handler", now, receipts=[receipt])
    told = [{"subject": key, "organisation": str(cast.units["finance"].id)}]
    answers = {"announced_on": "2026-03-02", "to": told, "record": "宣布记录"}
    do(cast, case, "announce", "handler", now, **answers)
    return case


def execute(cast: Cast, case: Case, now: datetime, who: str) -> None:
    """Every item is done by its hand."""
    me = str(cast.users[who].id)
    items = cases.look(cast.session, case, now=now).execution.vars["items"]
    while "execute_item" in open_nodes(cast, case):
        task = open_task(cast, case, "execute_item")
        hand = who if me in items[task.item_key]["who"] else "handler"
        answers = {"done_on": "2026-03-02", "result": "已办"}
        if items[task.item_key]["kind"] == "proposed":
            answers["adopted"] = "adopted"
        tasks.complete(cast.session, task.id, answers, rights=cast.rights(hand, now), now=now)
