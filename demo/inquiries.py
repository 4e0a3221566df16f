"""问责 and 申诉 of the demo: inquiry, hearing, decision, execution; an appeal under review."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from demo.acting import Scene
from demo.ladder import Acts, Climb, facts_of, hand_in, neglected
from demo.stories import do
from models import Case, Measure
from workflows import appeals, cases
from workflows.deadlines import day_of

POINT = "已两次部署核实，因集中迎检未能落实。"
ATONED = "主动补报真实情况"


def _key(scene: Scene, one: Climb) -> str:
    return f"user-{scene.user(one.head).id}"


def entered(scene: Scene, one: Climb) -> Acts:
    """登记: the start waits for who may approve it."""
    case = yield from neglected(scene, one)
    at = one.day(scene, 25)
    yield at
    do(scene, case, "enter_case", at, **_entry(scene, one, case, at))
    return case


def started(scene: Scene, one: Climb) -> Acts:
    """启动, 调查组: the inquiry is under way."""
    case = yield from entered(scene, one)
    at = one.day(scene, 27)
    yield at
    reason = "事实基本清楚，需进一步查明责任。"
    said = {"verdict": "start", "reason": reason, "basis": ["accountability_7", "accountability_9"]}
    do(scene, case, "approve_start", at, **said)
    at = one.day(scene, 28)
    yield at
    leader, member = scene.ids(*one.team)
    outline = "核实反馈材料来源，与有关人员谈话，查明约谈后的整改情况。"
    team = {"leader": leader, "members": [member], "recusal_asked": True, "outline": outline}
    do(scene, case, "form_team", at, **team)
    return case


def _entry(scene: Scene, one: Climb, case: Case, at: datetime) -> dict[str, Any]:
    subject = {
        "kind": "cadre",
        "ref": _key(scene, one),
        "post_then": f"{scene.unit(f'A{one.organ:02}D').name}书记",
        "duty_class": "main",
        "managed_by": str(scene.unit("GW" if one.answers == "jg" else "SW").id),
        "principal": True,
    }
    return {
        "entry": "proposal",
        "facts": facts_of(scene, case, at),
        "situation": ["organization", "responsibility"],
        "consequence": "反馈不实，约谈后仍未整改，党建责任长期不落实。",
        "subjects": [subject],
        "already_filed": False,
    }


def heard(scene: Scene, one: Climb) -> Acts:
    """调查, 事实材料, 见面, 申辩, 采纳说明."""
    case = yield from started(scene, one)
    at = one.day(scene, 36)
    yield at
    do(scene, case, "investigate", at, by=one.team[0], **_found(scene, one, case, at))
    at = one.day(scene, 38)
    yield at
    text = "经查，督办事项反馈不实，约谈后逾期未报整改方案。"
    facts = facts_of(scene, case, at)
    material = [{"subject": _key(scene, one), "text": text, "facts": facts}]
    do(scene, case, "write_facts", at, by=one.team[0], material=material)
    at = one.day(scene, 39)
    yield at
    met = {
        "came": "met",
        "met_at": at.isoformat(),
        "place": "工委三楼谈话室",
        "present": scene.ids(*one.team),
        "heard": "承认事实，提出曾两次部署。",
    }
    do(scene, case, "meet_subject", at, by=one.team[0], signed=True, **met)
    at = one.day(scene, 40)
    yield at
    said = {"opinion": "partly", "defence": [{"point": POINT}]}
    do(scene, case, "subject_opinion", at, by=one.head, signed=True, **said)
    at = one.day(scene, 41)
    yield at
    points = [{"point": POINT, "adopted": False, "reason": "无部署记录佐证，不予采纳。"}]
    answers = {"points": points, "signature": "signed", "recheck": False}
    do(scene, case, "answer_points", at, by=one.team[0], **answers)
    return case


def _found(scene: Scene, one: Climb, case: Case, at: datetime) -> dict[str, Any]:
    key, facts = _key(scene, one), facts_of(scene, case, at)
    fact = "对反馈材料审核把关不严，约谈后仍不整改。"
    return {
        "facts": [{"fact": fact, "evidence": facts, "execution": "weak", "subject": key}],
        "circumstances": [
            {"article": "17", "tag": "改革探索失误", "found": False},
            {"article": "18", "tag": ATONED, "found": True},
            {"article": "19", "tag": "屡教不改", "found": False},
        ],
        "outcome": "established",
    }


def reported(scene: Scene, one: Climb) -> Acts:
    """调查报告, signed by the whole team: the collective decision waits."""
    case = yield from heard(scene, one)
    at = one.day(scene, 43)
    yield at
    do(scene, case, "draft_report", at, by=one.team[0], **_report(scene, one, case, at))
    for part, member in ((43.5, one.team[0]), (43.8, one.team[1])):
        at = one.day(scene, part)
        yield at
        who = scene.ids(member)[0]
        do(scene, case, "sign_report", at, by=member, item=who, sign="signed")
    return case


def decided(scene: Scene, one: Climb) -> Acts:
    """集体研究, 审批, 送达, 宣布: the admonition is in force and is executed."""
    case = yield from reported(scene, one)
    at = one.day(scene, 46)
    yield at
    do(scene, case, "decide_collectively", at, **_concluded(scene, one, case, at))
    at = one.day(scene, 47)
    yield at
    verdict = {"verdict": "approve", "opinion": "同意给予诫勉。"}
    do(scene, case, "approve_decision", at, signed=True, **verdict)
    at = one.day(scene, 48)
    yield at
    _served(scene, one, case, at)
    at = one.day(scene, 49)
    yield at
    told = [{"subject": _key(scene, one), "organisation": str(scene.unit(one.unit).id)}]
    record = "在机关党委全体会议上宣布。"
    on = day_of(at).isoformat()
    do(scene, case, "announce", at, announced_on=on, to=told, record=record)
    at = one.day(scene, 52)
    yield at
    hand_in(scene, one, case, at)
    return case


def _report(scene: Scene, one: Climb, case: Case, at: datetime) -> dict[str, Any]:
    proposal = {
        "subject": _key(scene, one),
        "duty_class": "main",
        "form": "admonition",
        "article": "第八条第二款第（二）项",
    }
    return {
        "discussion": "调查组集体讨论，意见一致。",
        "basics": f"{scene.unit(f'A{one.organ:02}D').name}书记，负机关党建主要领导责任。",
        "basis": ["accountability_7"],
        "course": "查阅记录、个别谈话、实地核查。",
        "facts": facts_of(scene, case, at),
        "attitude": "能够配合调查，对主要事实无异议。",
        "proposals": [proposal],
        "circumstances": [
            {"tag": ATONED, "adopted": True, "reason": "调查期间已补报部分真实情况。"}
        ],
    }


def _concluded(scene: Scene, one: Climb, case: Case, at: datetime) -> dict[str, Any]:
    lines = ["会议听取调查组汇报，研究处理意见。"]
    conclusion = {
        "subject": _key(scene, one),
        "kind": "account",
        "form": "admonition",
        "article": "第八条第二款第（二）项",
        "reason": "履行党建主要领导责任不力，约谈后仍不整改。",
        "circumstances": "调查期间主动补报真实情况，予以考虑。",
    }
    return {
        "meeting": "工委委员会会议",
        "held_on": day_of(at).isoformat(),
        "present": scene.ids("shuji", "fenguan1", "fenguan2"),
        "minutes": scene.paper(case, "工委会议纪要", lines, at, "mishu"),
        "conclusions": [conclusion],
        "next": "approve",
    }


def _served(scene: Scene, one: Climb, case: Case, at: datetime) -> None:
    lines = ["问责决定书已送达本人，本人签收。"]
    receipt = {
        "subject": _key(scene, one),
        "received_on": day_of(at).isoformat(),
        "mode": "direct",
        "receipt": scene.paper(case, "送达回证", lines, at, "chengban1"),
    }
    do(scene, case, "serve_decision", at, receipts=[receipt])


def appealed(scene: Scene, one: Climb) -> Acts:
    """The subject appeals; reviewers with no hand in the first case are at work."""
    first = yield from decided(scene, one)
    at = one.day(scene, 55)
    yield at
    measure = scene.session.scalars(select(Measure).where(Measure.case_id == first.id)).one()
    said = {
        "grounds": "已两次部署核实，认定“不整改”与事实不完全相符。",
        "request": "请求变更为通报。",
        "signature": scene.user(one.head).name,
    }
    rights = scene.rights(one.head, at)
    case: Case = appeals.file(scene.session, measure.id, said, rights=rights, now=at)
    received = day_of(at).isoformat()
    at = one.day(scene, 56)
    yield at
    admitted = {"kind": "appeal", "received_on": received, "in_time": True, "verdict": "admit"}
    do(scene, case, "register_appeal", at, **admitted)
    at = one.day(scene, 58)
    yield at
    reviewers = {"reviewers": scene.ids("ducha3", "chengban3"), "recusal_asked": True}
    do(scene, case, "appoint_reviewers", at, **reviewers)
    return case


def executed(scene: Scene, one: Climb) -> Acts:
    """Part of what the decision entails is done; the rest waits for its hands."""
    case = yield from decided(scene, one)
    at = one.day(scene, 53)
    yield at
    do(scene, case, "rect_plan_check", at, verdict="accept", opinion="同意按方案整改。")
    items = cases.look(scene.session, case, now=one.day(scene, 54)).execution.vars["items"]
    for number, (item, what) in enumerate(sorted(items.items())):
        if what["kind"] not in ("inform_discipline", "inform_organization"):
            continue
        at = one.day(scene, 54) + timedelta(minutes=20 * number)
        yield at
        done = {"done_on": day_of(at).isoformat(), "result": "已书面通报。"}
        do(scene, case, "execute_item", at, item=item, **done)
    return case
