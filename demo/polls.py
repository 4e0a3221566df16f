"""Surveys of the demo city: one with 2,000 answers and its report, one that runs, a research.

Who answers does so by his link, like everybody; who does not leaves no trace. What is said of the
"two skins" differs from organ to organ, so that the tables show something.
"""

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from demo.acting import Scene
from demo.stories import Story, ago, do
from models import Case, FieldNote, Survey, Unit, User
from workflows import (
    citations,
    field_notes,
    questionnaires,
    research,
    survey_answers,
    survey_links,
    survey_steps,
)
from workflows.field_notes import Note
from workflows.research import Plan, Said

SEED = 20260307
ANSWERS = 2_000
RESPONSE = 0.78  # of those asked
RUNNING = 160
SUPERVISOR, LEADER = "ducha1", "fenguan1"


def _choices(*titles: str) -> list[dict[str, str]]:
    return [
        {"code": f"c{place}", "title": title.partition("|")[0], "title_en": title.partition("|")[2]}
        for place, title in enumerate(titles, 1)
    ]


LEVELS = _choices("好|Good", "较好|Fair", "一般|Average", "差|Poor")
FUSION: Sequence[Mapping[str, Any]] = (
    {
        "code": "q1",
        "kind": "single",
        "title": "您所在支部的组织生活与业务工作结合得如何？",
        "title_en": "How closely do party life and business work belong together in your branch?",
        "required": True,
        "choices": _choices(
            "融为一体|As one", "结合较好|Rather well", "偶有结合|Now and then", "两张皮|Apart"
        ),
    },
    {
        "code": "q2",
        "kind": "multiple",
        "title": "党建与业务“两张皮”的主要表现是什么？（最多选三项）",
        "title_en": "How do the two skins show? (at most three)",
        "required": True,
        "most": 3,
        "choices": _choices(
            "计划分头定|Planned apart",
            "任务分头派|Assigned apart",
            "检查只看台账|Only papers are checked",
            "考核只重业务|Only business is assessed",
            "责任不清|Nobody is responsible",
            "没有两张皮|There are none",
        ),
        "show_if": {"question": "q1", "is": ["c2", "c3", "c4"]},
    },
    {
        "code": "q3",
        "kind": "matrix",
        "title": "请对“五同”各环节作出评价",
        "title_en": "Please judge the five stages",
        "choices": LEVELS,
        "rows": [
            {"code": f"r{place}", "title": title}
            for place, title in enumerate(("同谋划", "同部署", "同落实", "同检查", "同考核"), 1)
        ],
    },
    {
        "code": "q4",
        "kind": "scale",
        "title": "您对党建督促整改力度的评价",
        "title_en": "How firmly is rectification urged?",
        "required": True,
        "low": 1,
        "high": 10,
        "low_title": "很弱",
        "high_title": "很强",
    },
    {"code": "q5", "kind": "text", "title": "您的意见建议", "title_en": "Your suggestions"},
)
BURDEN: Sequence[Mapping[str, Any]] = (
    {
        "code": "q1",
        "kind": "single",
        "title": "与去年相比，基层报送材料的数量",
        "required": True,
        "choices": _choices("明显减少", "有所减少", "没有变化", "有所增加"),
    },
    {
        "code": "q2",
        "kind": "scale",
        "title": "您对为基层减负工作的满意度",
        "required": True,
        "low": 1,
        "high": 10,
    },
    {"code": "q3", "kind": "text", "title": "哪些材料最应取消？"},
)
SAYINGS = (
    "检查多看实效，少看台账。",
    "年初把业务目标和党建措施一起定下来。",
    "支部书记培训要结合业务。",
    "同一份材料不要重复报。",
    "整改要有人盯到底。",
)


@dataclass(frozen=True)
class Poll:
    """What is put to whom, and from when until when (working days before today)."""

    title: str
    purpose: str
    questions: Sequence[Mapping[str, Any]]
    units: Sequence[Unit]
    who: str
    begun: int
    closes: int


def stories(scene: Scene) -> list[Story]:
    """The surveys and the research, by a lot of their own: other stories stay as they were."""
    own = replace(scene, random=random.Random(SEED))
    return [_finished(own), _running(own)]


def _organs(scene: Scene, wanted: float) -> list[Unit]:
    """The first organs with at least that many people."""
    found: list[Unit] = []
    people = 0
    organs = select(Unit).where(Unit.kind == "party_group").order_by(Unit.code)
    for organ in scene.session.scalars(organs).all():
        inside = select(func.count(User.id)).join(Unit, Unit.id == User.unit_id)
        inside = inside.where(Unit.path.startswith(organ.path), User.enabled.is_(True))
        people += scene.session.scalar(inside) or 0
        found.append(organ)
        if people >= wanted:
            break
    return found


def _finished(scene: Scene) -> Story:
    poll = Poll(
        title="机关党建与业务工作融合情况调研",
        purpose="了解机关党建与业务工作“两张皮”的表现、原因和改进意见。",
        questions=FUSION,
        units=_organs(scene, ANSWERS / RESPONSE),
        who="everyone",
        begun=44,
        closes=30,
    )
    case = yield from _sent_out(scene, poll)
    yield ago(scene, poll.closes + 6)
    _answer(scene, case, ANSWERS, ago(scene, poll.closes + 6), _on_fusion)
    at = ago(scene, poll.closes + 3)
    yield at
    do(scene, case, "hold_talks", at, by=SUPERVISOR, **_talks(at))
    at = ago(scene, 26)
    yield at
    do(scene, case, "analyse", at, by=SUPERVISOR, **_analysis(scene, case))
    at = ago(scene, 24)
    yield at
    do(scene, case, "approve_conclusions", at, by=LEADER, verdict="approve", opinion="同意。")
    yield from _research(scene, case)


def _running(scene: Scene) -> Story:
    poll = Poll(
        title="为基层减负情况问卷调查",
        purpose="了解报送材料的数量和基层的感受。",
        questions=BURDEN,
        units=_organs(scene, 10_000),
        who="posts",
        begun=6,
        closes=-5,
    )
    case = yield from _sent_out(scene, poll)
    yield ago(scene, 2)
    _answer(scene, case, RUNNING, ago(scene, 2), _on_burden)


def _sent_out(scene: Scene, poll: Poll) -> Generator[datetime, None, Case]:
    """The survey's case, designed, approved and sent out."""
    at = ago(scene, poll.begun)
    yield at
    rights = scene.rights(SUPERVISOR, at)
    row = questionnaires.draft(
        scene.session, f"{poll.title}问卷", rights=rights, now=at, questions=poll.questions
    )
    questionnaires.publish(scene.session, row, by=rights.user, now=at)
    case = survey_steps.begin(scene.session, rights=rights, now=at).case
    do(
        scene,
        case,
        "design_survey",
        at,
        by=SUPERVISOR,
        title=poll.title,
        purpose=poll.purpose,
        methods=["ask", "visit", "check"],
        team=scene.ids(SUPERVISOR, "ducha2"),
        asked=True,
        questionnaire=str(row.id),
        anonymity="anonymous",
        population=[str(unit.id) for unit in poll.units],
        who=poll.who,
        attributes=["organ", "post"],
        closes=ago(scene, poll.closes).isoformat(),
        talks=[{"group": "支部书记和业务骨干", "number": 2}],
        samples=[{"kind": "组织生活记录", "number": 20}],
    )
    at = ago(scene, poll.begun - 1)
    yield at
    do(scene, case, "approve_survey", at, by=LEADER, verdict="approve", opinion="同意。")
    return case


def _answer(scene: Scene, case: Case, count: int, at: datetime, say: Any) -> None:
    """So many of those asked answer, drawn by lot: more of some units than of others."""
    session = scene.session
    survey = session.scalars(select(Survey).where(Survey.case_id == case.id)).one()
    sheets = survey_links.issue(session, survey, by=scene.user(SUPERVISOR), now=at)
    links = [
        (token, scene.random.random() / (0.6 + number % 5 / 6), number)
        for number, sheet in enumerate(sheets)
        for token in sheet.tokens
    ]
    for token, _, number in sorted(links, key=lambda one: one[1])[:count]:
        survey_answers.hand_in(session, token, say(scene.random, number % 7), now=at)


def _on_fusion(chance: random.Random, mood: int) -> dict[str, list[str]]:
    """Some units see it as one work, others as two skins; one in nine writes something."""
    weights = [4 + 2 * mood, 9 + mood, 8, max(1, 9 - mood)]
    first = chance.choices(["c1", "c2", "c3", "c4"], weights)[0]
    said = {"q-q1": [first], "q-q4": [str(min(10, max(1, round(chance.gauss(4.6 + mood / 3, 2)))))]}
    if first != "c1":
        shown = chance.choices(["c1", "c2", "c3", "c4", "c5"], [5, 6, 8, 4, 5], k=3)
        said["q-q2"] = sorted(set(shown))
    if chance.random() < 0.93:  # a matrix is long: some pass it over
        for row in range(1, 6):
            weights = [3 + mood, 6, 5 + (row > 3) * 3, 2]
            said[f"q-q3-r{row}"] = chance.choices(["c1", "c2", "c3", "c4"], weights)
    if chance.random() < 1 / 9:
        said["q-q5"] = [chance.choice(SAYINGS)]
    return said


def _on_burden(chance: random.Random, mood: int) -> dict[str, list[str]]:
    said = {
        "q-q1": chance.choices(["c1", "c2", "c3", "c4"], [3 + mood, 8, 5, 2]),
        "q-q2": [str(min(10, max(1, round(chance.gauss(6, 2)))))],
    }
    if chance.random() < 0.1:
        said["q-q3"] = [chance.choice(SAYINGS)]
    return said


def _talks(at: datetime) -> dict[str, Any]:
    day = at.date().isoformat()
    return {
        "talks": [
            {
                "method": "forum",
                "date": day,
                "group": "部分机关党支部书记",
                "notes": "年初计划由业务处室和支部分头制定，到检查时才放到一起。",
                "confidential": False,
            },
            {
                "method": "talk",
                "date": day,
                "group": "业务处室负责人",
                "notes": "希望检查时间错开，重看成效。",
                "confidential": True,
            },
        ],
        "samples": [
            {
                "kind": "支部党员大会记录",
                "looked": 20,
                "note": "二十份中九份议题没有涉及业务工作。",
            }
        ],
    }


def _analysis(scene: Scene, case: Case) -> dict[str, Any]:
    sources = citations.of_case(scene.session, case.id)
    asked = [one.ref for one in sources if one.ref.startswith("survey:")]
    notes = [one.ref for one in sources if one.ref.startswith("note:")]
    return {
        "problems": [
            {
                "problem": "组织生活与业务工作结合不紧，分头谋划较为普遍",
                "basis": [asked[0], notes[0]],
            },
            {"problem": "检查偏重台账，议题与业务脱节", "basis": [asked[1], notes[-1]]},
            {"problem": "督促整改力度不足，同检查、同考核环节偏弱", "basis": [asked[2], asked[3]]},
        ],
        "causes": "年度计划由不同处室分别制定；考核指标分设，责任人不同；检查以资料为主。",
        "suggestions": [
            {"text": "推行五同计划，业务目标与党建措施成对下达", "follow_up": True},
            {"text": "检查以成效为主，减少资料报送", "follow_up": False},
        ],
    }


def _research(scene: Scene, case: Case) -> Story:
    """A research that takes the survey in, with what was seen on the spot; it is not over yet."""
    at = ago(scene, 20)
    yield at
    session, rights = scene.session, scene.rights(SUPERVISOR, at)
    survey = session.scalars(select(Survey).where(Survey.case_id == case.id)).one()
    plan = Plan(
        "破解机关党建与业务工作“两张皮”问题研究",
        "两张皮表现在哪些环节，哪些做法能够推动融合？",
        team=[scene.user("ducha2").id],
        surveys=[survey.id],
    )
    row = research.begin(session, plan, rights=rights, now=at)
    note = Note(
        "visit",
        "市发展和改革委员会第1党支部",
        planned_at=at,
        place="支部活动室",
        outline="看计划怎样定、任务怎样派、成效怎样评。",
        held_at=at,
        record="支部把重点项目进度列入组织生活议题，项目例会与支部会合并召开。",
    )
    seen: FieldNote = field_notes.add(
        session, research.holder(session, row), note, rights=rights, now=at
    )
    for kind, text, evidence in (
        ("problem", "谋划和检查两个环节脱节最为突出。", [f"survey:{survey.id}:q3"]),
        ("cause", "计划分头制定，责任人不同。", [f"survey:{survey.id}:q2", f"note:{seen.id}"]),
        ("suggestion", "把项目例会与支部会结合起来召开。", [f"note:{seen.id}"]),
    ):
        said = Said(kind, text, evidence)
        research.put_claim(session, row, said, rights=rights, now=at)
