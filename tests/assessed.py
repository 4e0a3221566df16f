"""A group of organs with three assessed years: panels, ties, a veto, one matter told twice."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models import Assessment, Role, UnitKind, UnitVeto, YearFact
from models.ids import new_id
from tests import standing
from tests.cast import Cast, assemble, install
from workflows import assessments, schemes, scores
from workflows.schemes import Draft

GROUP = "organs"
NAMES = (
    "发展和改革委员会", "财政局", "教育局", "科学技术局", "工业和信息化局", "民政局", "司法局",
    "人力资源和社会保障局", "自然资源局", "生态环境局", "住房和城乡建设局", "交通运输局",
)  # fmt: skip
CONTENT = (
    ("duty", "按期履责", "Duties on time", "party", 40,
     {"by": "computed", "source": "obligations"}),
    ("matter", "督办事项办结", "Matters closed", "party", 20,
     {"by": "computed", "source": "matters"}),
    ("brand", "党建品牌实效", "Party work that tells", "party", 20, {"by": "panel"}),
    ("effect", "业务促进", "Effect on business", "party", 20, {"by": "effect", "promotes": "core"}),
    ("core", "核心业务指标", "Core business", "business", 60, {"by": "import"}),
    ("service", "服务对象满意度", "Satisfaction", "business", 40, {"by": "import"}),
    ("minus", "通报批评", "Circulars", "deduction", 10,
     {"by": "computed", "source": "findings", "per_fact": "1"}),
    ("blame", "问责情形", "Accountability", "deduction", 10,
     {"by": "computed", "source": "measures", "per_fact": "2"}),
)  # fmt: skip
RULES = {
    "weights": {"party": "0.5", "business": "0.5"},
    "combine": "equal",
    "bonus_max": "5",
    "floor": "0",
    "grades": {"good": "85", "fair": "75", "average": "60"},
    "quota": "0.35",
    "tie_indicator": "effect",
    "veto": ["serious"],
}
EQUALS = (1, 4, 6, 8, 9)
EVALUATORS = ("assessor", "assessor2", "assessor3", "assessor4", "assessor5")


def content() -> dict[str, Any]:
    """The scheme as it is stored."""
    return {
        "rules": RULES,
        "content": [
            {"code": code, "name": zh, "name_en": en, "side": side, "points": str(points)}
            for code, zh, en, side, points, _ in CONTENT
        ],
        "means": {code: how for code, _zh, _en, _side, _points, how in CONTENT},
    }


def city(session: Session, now: datetime) -> Cast:
    """The cast, what ships in force, and three years of assessment."""

    def make() -> None:
        install(session, now)
        three_years(assemble(session), now)

    standing.forget(session, standing.stand(session, "three years", make, at=now))
    return Cast.of(session)


def three_years(cast: Cast, now: datetime, organs: int = len(NAMES)) -> list[Assessment]:
    """2023 to 2025, scored; the last one is not decided yet."""
    for who in EVALUATORS:
        cast.grant(who, Role.ASSESSOR, "work")
    keys = [_organ(cast, number) for number in range(organs)]
    found = [_year(cast, year, keys, now) for year in (2023, 2024, 2025)]
    cast.session.flush()
    return found


def _organ(cast: Cast, number: int) -> str:
    key = f"organ{number:02}"
    unit = cast.unit(key, UnitKind.PARTY_GROUP, "work", managed_by="committee")
    again = "" if number < len(NAMES) else f"（{number // len(NAMES) + 1}）"
    unit.name = f"市{NAMES[number % len(NAMES)]}{again}"
    return key


def _year(cast: Cast, year: int, keys: list[str], now: datetime) -> Assessment:
    session = cast.session
    said = Draft(GROUP, year, f"{year}年度机关党建考核方案", content())
    scheme = schemes.draft(session, said, rights=cast.rights("assessor", now), now=now)
    schemes.publish(session, scheme, by=cast.users["work_secretary"], now=now)
    made = assessments.begin(
        session, scheme, cutoff=date(year, 12, 31), case_id=None, by=None, now=now
    )
    made.frozen_at = now
    session.flush()
    rows = [row for at, key in enumerate(keys) for row in _facts(cast, made, at, key, now)]
    session.execute(insert(YearFact), rows)
    if year == 2025:
        last = cast.units[keys[-1]].id
        session.add(
            UnitVeto(assessment_id=made.id, unit_id=last, code="serious", ref="finding:1",
                     text="领导班子成员严重违纪违法")
        )  # fmt: skip
        session.flush()
    scores.compute(session, made, [cast.units[key] for key in keys])
    return made


def _facts(cast: Cast, made: Assessment, at: int, key: str, now: datetime) -> list[dict[str, Any]]:
    """The organ's year by its number: five of the best are equal, every fourth is lopsided."""
    year, twin = made.year - 2023, 8 if at in EQUALS else at
    wave = (twin * 7 + year * 5) % 11
    party = Decimal(96 - wave - (18 if twin % 4 == 3 else 0)) / 100
    core, service = Decimal(90 + (twin * 3 + year) % 9) / 100, Decimal(95 - wave) / 100
    rows = [
        _fact(cast, made, key, "duty", "obligations:1:on_time", party, now),
        _fact(cast, made, key, "matter", "matter:1", party, now),
        _fact(cast, made, key, "core", "file:1", core, now, by="assessor"),
        _fact(cast, made, key, "service", "file:1", service, now, by="assessor"),
    ]
    for place, who in enumerate(EVALUATORS):
        far = at == 2 and place == 4
        share = Decimal("0.30") if far else party - Decimal(place) / 50
        ref = f"panel:{cast.users[who].id}"
        if not (at == 5 and place == 3):
            rows.append(_fact(cast, made, key, "brand", ref, share, now, by=who))
    if at % 4 == 3:
        for code, ref in (("minus", "finding:7"), ("blame", "measure:7")):
            row = _fact(cast, made, key, code, ref, Decimal(1), now)
            rows.append(row | {"adverse": True, "cause": f"missed:{at}", "text": "专题会议未召开"})
    return rows


def _fact(
    cast: Cast, made: Assessment, key: str, code: str, ref: str, share: Decimal, now: datetime,
    *, by: str = "",
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": new_id(),
        "assessment_id": made.id,
        "unit_id": cast.units[key].id,
        "indicator": code,
        "ref": ref,
        "text": f"{code}得分率{share * 100:.0f}%",
        "share": share,
        "weight": Decimal(1),
        "adverse": False,
        "times": Decimal(1),
        "cause": "",
        "entered_by": cast.users[by].id if by else None,
        "entered_at": now,
    }
