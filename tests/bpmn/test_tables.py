"""The decision tables that ship: what each row answers, at its bounds; no row is left unasked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bpmn.test_drawings import DECISIONS, DMN, ROOT, root_of
from tests.bpmn.test_measure_proposal import NOTHING, ROWS
from tests.bpmn.test_supervision import CALM
from tests.bpmn.walker import lent
from workflows.engine import Outcome, to_feel, to_json
from workflows.engine.decisions import Decision, parse_dmn

Case = tuple[int, dict[str, Any], dict[str, Any]]  # the row that answers, its answer, the facts

CADRE = {"kind": "cadre", "managed_by": "work_committee", "principal": False, "form": None}
ORG = CADRE | {"kind": "org"}
OF_COMMITTEE = {"managed_by": "committee"}
OF_GROUP = {"managed_by": "party_group"}
HEAD = OF_COMMITTEE | {"principal": True}
APPEALED: dict[str, Any] = {"appealed": {"org": "party_group", "rank": "collective"}}


def level(org: str, rank: str, may: str = "decide", decider: str = "acting") -> dict[str, Any]:
    return {"org": org, "rank": rank, "may": may, "decider": decider}


def asked(step: str, who: Mapping[str, Any], form: str | None = None, **more: Any) -> Any:
    return {"step": step} | dict(who) | {"form": form} | more


LEVELS: list[Case] = [
    (1, level("work_committee", "principal"), asked("interview", ORG | OF_COMMITTEE)),
    (2, level("work_committee", "principal"), asked("interview", CADRE | HEAD)),
    (3, level("work_committee", "deputy"), asked("interview", CADRE | OF_COMMITTEE)),
    (3, level("work_committee", "deputy"), asked("interview", ORG)),
    (3, level("party_group", "deputy"), asked("interview", CADRE | OF_GROUP)),
    (4, level("committee", "principal"), asked("start", ORG | OF_COMMITTEE)),
    (5, level("committee", "principal"), asked("start", CADRE | HEAD)),
    (6, level("work_committee", "principal"), asked("start", CADRE | OF_COMMITTEE)),
    (6, level("party_group", "principal"), asked("start", ORG | OF_GROUP)),
    (7, level("committee", "principal"), asked("decision", ORG | OF_COMMITTEE, "examination")),
    (7, level("committee", "principal"), asked("decision", ORG | OF_COMMITTEE, "circular")),
    (
        8,
        level("work_committee", "collective", decider="work_committee"),
        asked("decision", ORG, "circular"),
    ),
    (
        8,
        level("party_group", "collective", decider="party_group"),
        asked("decision", ORG | OF_GROUP, "examination"),
    ),
    (
        9,
        level("committee", "principal", "propose", "superior"),
        asked("decision", ORG, "reorganization"),
    ),
    (10, level("committee", "principal"), asked("decision", CADRE | OF_COMMITTEE, "admonition")),
    (10, level("committee", "principal"), asked("decision", CADRE | HEAD, "circular")),
    (
        11,
        level("work_committee", "principal", decider="work_committee"),
        asked("decision", CADRE, "admonition"),
    ),
    (
        11,
        level("party_group", "principal", decider="party_group"),
        asked("decision", CADRE | OF_GROUP, "circular"),
    ),
    *(
        (
            row,
            level(org, "principal", "propose", "organization"),
            asked("decision", CADRE | {"managed_by": org}, form),
        )
        for row, org in ((12, "committee"), (13, "work_committee"), (13, "party_group"))
        for form in ("suspension", "reassignment", "demotion", "ordered_resignation", "removal")
    ),
    *(
        (
            14,
            level(org, "principal", "propose", "discipline"),
            asked("decision", CADRE | {"managed_by": org}, "discipline"),
        )
        for org in ("committee", "work_committee", "party_group")
    ),
    (
        15,
        level("party_group", "collective", decider="deciding"),
        asked("appeal", CADRE | HEAD, **APPEALED),
    ),
    (
        16,
        level("superior", "collective", decider="superior"),
        asked("superior_correction", CADRE, **APPEALED),
    ),
    (17, level("committee", "principal"), asked("decision", ORG | OF_COMMITTEE, "exempt")),
    (18, level("committee", "principal"), asked("decision", CADRE | HEAD, "unfounded")),
    (19, level("work_committee", "principal"), asked("decision", CADRE | OF_COMMITTEE, "other")),
    (19, level("party_group", "principal"), asked("decision", ORG | OF_GROUP, "exempt")),
    (20, level("committee", "principal", decider="committee"), asked("decision", CADRE)),
    (20, level("committee", "principal", decider="committee"), asked("decision", ORG, "removal")),
]


def period(months: int, bars: str, starts: str = "decision_date") -> dict[str, Any]:
    return {"months": months, "starts": starts, "bars": bars}


SANCTION = "promotion, award, candidate"
PERIODS: list[Case] = [
    (1, period(6, SANCTION), {"form": "admonition"}),
    (1, period(6, SANCTION), {"form": "admonition", "running": True}),
    (2, period(0, "candidate"), {"form": "suspension"}),
    (3, period(12, "promotion, candidate"), {"form": "reassignment"}),
    (4, period(24, "promotion, candidate"), {"form": "demotion"}),
    (5, period(24, "leading_post_12, higher_post, candidate"), {"form": "ordered_resignation"}),
    (5, period(24, "leading_post_12, higher_post, candidate"), {"form": "removal"}),
    (6, period(12, SANCTION), {"form": "party_warning"}),
    (7, period(18, SANCTION), {"form": "party_serious_warning"}),
    (8, period(24, SANCTION), {"form": "party_removal"}),
    (9, period(24, SANCTION), {"form": "party_probation"}),
    (10, period(60, "readmission"), {"form": "party_expulsion"}),
    (11, period(6, SANCTION), {"form": "admin_warning"}),
    (12, period(12, SANCTION), {"form": "admin_demerit"}),
    (13, period(18, SANCTION), {"form": "admin_serious_demerit"}),
    (14, period(24, SANCTION), {"form": "admin_demotion"}),
    (15, period(24, SANCTION), {"form": "admin_removal"}),
    (16, period(0, "candidate"), {"form": "circular", "running": True}),
    *(
        (17, period(0, "", "none"), {"form": form})
        for form in ("circular", "examination", "reorganization", "reminder", "interview")
    ),
    (17, period(0, "", "none"), {"form": "criticism"}),
]


def lights(*cases: tuple[int, str, dict[str, Any]]) -> list[Case]:
    return [(row, {"light": light}, lent() | CALM | facts) for row, light, facts in cases]


LIGHT = lights(
    (1, "red", {"false_report": True, "days_left": 90}),
    (2, "red", {"floor": "red"}),
    (3, "red", {"missed_urges": 1}),
    (4, "red", {"days_left": -6}),
    (5, "red", {"yellow_count": 2}),
    (6, "yellow", {"floor": "yellow"}),
    (7, "yellow", {"days_left": -1}),
    (7, "yellow", {"days_left": -5}),
    (8, "yellow", {"returns": 2}),
    (9, "blue", {"share_left": 20}),
    (9, "blue", {"grade": "urgent", "days_left": 1, "share_left": 20}),
    (10, "blue", {"days_left": 3}),
    (10, "blue", {"grade": "complex", "days_left": 0}),
    (11, "blue", {"returns": 1}),
    (12, "green", {"grade": "urgent", "days_left": 3, "share_left": 100}),
    (12, "green", {"days_left": 4, "share_left": 21}),
    (12, "green", {"floor": None}),
)
SANMING = lights(
    (1, "red", {"false_report": True}),
    (2, "red", {"floor": "red"}),
    (3, "red", {"missed_urges": 1}),
    (4, "yellow", {"floor": "yellow"}),
    (5, "yellow", {"days_left": -1}),
    (6, "blue", {"returns": 1}),
    (7, "blue", {"share_left": 20}),
    (8, "green", {"days_left": 0, "share_left": 21}),
)
SUQIAN = lights(
    (1, "red", {"false_report": True}),
    (2, "red", {"floor": "red"}),
    (3, "red", {"days_left": -1}),
    (4, "yellow", {"floor": "yellow"}),
    (5, "yellow", {"missed_urges": 1}),
    (6, "yellow", {"returns": 1}),
    (7, "blue", {"share_left": 20}),
    (8, "blue", {"days_left": 3}),
    (9, "green", {"days_left": 4, "share_left": 21}),
)
GUANGYUAN = lights(
    (1, "red", {"false_report": True}),
    (2, "red", {"floor": "red"}),
    (3, "red", {"missed_urges": 1}),
    (4, "red", {"days_left": -6, "yellow_count": 2}),
    (5, "yellow", {"floor": "yellow"}),
    (6, "yellow", {"days_left": -5, "yellow_count": 2}),
    (7, "yellow", {"days_left": -6, "yellow_count": 1}),
    (8, "yellow", {"returns": 2}),
    (9, "blue", {"days_left": 3}),
    (10, "green", {"days_left": 4, "returns": 1}),
)
LONGCHANG = lights(
    (1, "red", {"false_report": True}),
    (2, "red", {"floor": "red"}),
    (3, "red", {"missed_urges": 1}),
    (4, "red", {"days_left": -6}),
    (5, "yellow", {"floor": "yellow"}),
    (6, "yellow", {"days_left": -5}),
    (7, "yellow", {"returns": 2}),
    (8, "blue", {"days_left": 3}),
    (9, "green", {"days_left": 4, "returns": 1}),
)
WELL = {
    "score": 95,
    "held_to_account": False,
    "absent": False,
    "interviewed": False,
    "last_list_open": 0,
    "quota_left": True,
}
DEBRIEFED: list[tuple[int, str, dict[str, Any]]] = [
    (1, "poor", {"score": 59.99}),
    (2, "average", {"held_to_account": True}),
    (3, "average", {"absent": True}),
    (4, "average", {"score": 60}),
    (4, "average", {"score": 79.99}),
    (5, "fair", {"interviewed": True}),
    (6, "fair", {"last_list_open": 1}),
    (7, "fair", {"score": 80}),
    (7, "fair", {"score": 89.99}),
    (8, "fair", {"quota_left": False}),
    (9, "good", {"score": 90}),
]
ASSESSED: list[tuple[int, str, dict[str, Any]]] = [
    (1, "poor", {"veto": True}),
    (2, "poor", {"points": 59.99}),
    (3, "average", {"points": 60}),
    (4, "fair", {"points": 80}),
    (5, "fair", {"quota_left": False}),
    (6, "good", {"points": 90}),
]

TABLES: dict[str, list[Case]] = {
    "_decisions/debriefing_grade.dmn": [
        (row, {"grade": grade}, WELL | facts) for row, grade, facts in DEBRIEFED
    ],
    "_decisions/assessment_grade.dmn": [
        (row, {"grade": grade}, {"veto": False, "points": 95, "quota_left": True} | facts)
        for row, grade, facts in ASSESSED
    ],
    "_decisions/approval_level.dmn": LEVELS,
    "_decisions/effect_period.dmn": [
        (row, answer, {"place": "default", "running": False} | facts)
        for row, answer, facts in PERIODS
    ],
    "_decisions/light.dmn": LIGHT,
    "_decisions/light/sanming.dmn": SANMING,
    "_decisions/light/suqian.dmn": SUQIAN,
    "_decisions/light/guangyuan.dmn": GUANGYUAN,
    "_decisions/light/longchang.dmn": LONGCHANG,
}
# Tables that name every row that holds, asked in a module of their own.
LISTS: dict[str, list[dict[str, Any]]] = {
    "_decisions/measure_proposal.dmn": [NOTHING | facts for _, _, facts in ROWS]
}
FLAT = [(path, *case) for path, cases in TABLES.items() for case in cases]


def table_of(path: Path) -> Decision:
    (decision,) = parse_dmn(path.read_bytes())
    return decision


def decide(path: Path, facts: Mapping[str, Any]) -> Outcome:
    return table_of(path).decide({name: to_feel(value) for name, value in facts.items()})


@pytest.mark.parametrize(("name", "row", "answer", "facts"), FLAT)
def test_a_row_answers(name: str, row: int, answer: dict[str, Any], facts: dict[str, Any]) -> None:
    outcome = decide(ROOT / name, facts)
    said = to_json(outcome.value)
    assert outcome.rows == (row,)
    assert {name: said[name] for name in answer} == answer


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_every_row_of_a_shipped_table_is_taken(path: Path) -> None:
    """Counted in the XML, so that a new row or a new table asks for a case."""
    name = path.relative_to(ROOT).as_posix()
    asked_of = [facts for _, _, facts in TABLES.get(name, [])] + LISTS.get(name, [])
    taken = {row for facts in asked_of for row in decide(path, facts).rows}
    assert taken == set(range(1, 1 + len(list(root_of(path).iterfind(".//dmn:rule", DMN)))))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_no_table_is_left_without_an_answer(path: Path) -> None:
    """The last row of a shipped table asks nothing: whatever the facts are, it answers."""
    assert not any(table_of(path).rules[-1].tests)


@pytest.mark.parametrize("managed_by", ["committee", "work_committee", "party_group"])
@pytest.mark.parametrize("form", ["reorganization", "suspension", "removal", "discipline"])
def test_what_an_organ_may_not_decide_it_proposes(managed_by: str, form: str) -> None:
    """问责条例 12: 改组, 组织处理 and 处分 are never decided here."""
    who = (ORG if form == "reorganization" else CADRE) | {"managed_by": managed_by}
    answer: Any = decide(ROOT / "_decisions/approval_level.dmn", asked("decision", who, form)).value
    assert answer["may"] == "propose"


def test_the_ladder_is_that_of_the_parameters() -> None:
    """What an admin sets is what turns the light."""
    shorter = {"days": {"red_after": 2, "blue_before": 1}, "rule": {"share_left_blue": 50}}
    for days, share, light in ((-3, 0, "red"), (2, 60, "green"), (2, 50, "blue")):
        facts = CALM | shorter | {"days_left": days, "share_left": share}
        assert to_json(decide(ROOT / "_decisions/light.dmn", facts).value) == {"light": light}
