"""The demo's assessment scheme, in its three parts, and what each organ is like.

What an organ is like makes its panels, surveys and business results; its duties come from the
record, where they are what they are.
"""

import random
from dataclasses import dataclass
from typing import Any

SEED = 7
# code, name, English name, side, points, means
INDICATORS: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
    ("duty", "党建责任按期履行", "Duties done on time", "party", "30",
     {"by": "computed", "source": "obligations"}),
    ("missed", "责任缺失情形", "Duties missed", "party", "10",
     {"by": "computed", "source": "findings", "per_fact": "0.5"}),
    ("panel", "党建工作实效现场评价", "Effect seen on the spot", "party", "20", {"by": "panel"}),
    ("own", "特色做法及成效", "Practice of its own", "party", "10", {"by": "self_report"}),
    ("voice", "党员群众满意度", "Satisfaction of members", "party", "10", {"by": "survey"}),
    ("effect", "以业务成效评价党建", "Party work by its effect", "party", "20",
     {"by": "effect", "promotes": "goals"}),
    ("goals", "年度重点任务完成", "Main tasks of the year", "business", "60", {"by": "import"}),
    ("lawful", "依法履职和服务效能", "Lawful and good service", "business", "20",
     {"by": "import"}),
    ("served", "服务对象满意度", "Satisfaction of those served", "business", "20",
     {"by": "survey"}),
    ("plus", "经验在全市推广", "Practice taken up by others", "bonus", "3", {"by": "panel"}),
    ("blame", "受到问责", "Held to account", "deduction", "10",
     {"by": "computed", "source": "measures", "per_fact": "2"}),
)  # fmt: skip
EVIDENCE = {
    "own": "特色做法材料及成效数据",
    "panel": "现场核查记录",
    "voice": "问卷汇总",
    "served": "政务服务评价汇总",
    "goals": "绩效部门年度考核结果",
}
OWNERS = {"goals": "绩效部门", "lawful": "绩效部门", "served": "绩效部门"}


def content(year: int, first: int) -> dict[str, Any]:
    """The scheme of the year as stored; the first year's quota for good was wider."""
    rules = {
        "weights": {"party": "0.5", "business": "0.5"},
        "combine": "equal",
        "bonus_max": "3",
        "floor": "0",
        "grades": {"good": "90", "fair": "80", "average": "60"},
        "quota": "0.4" if year == first else "0.35",
        "tie_indicator": "effect",
        "veto": ["serious"],
    }
    return {
        "rules": rules,
        "content": [
            {"code": code, "name": zh, "name_en": en, "side": side, "points": points,
             "evidence": EVIDENCE.get(code, ""), "owner": OWNERS.get(code, "市直机关工委")}
            for code, zh, en, side, points, _ in INDICATORS
        ],
        "means": {code: how for code, _zh, _en, _side, _points, how in INDICATORS},
    }  # fmt: skip


@dataclass(frozen=True)
class Bent:
    """How well an organ does its party work and its business, as shares of what there is to do."""

    party: float
    business: float


# Organs by their number whose two sides lie apart, or both low; the others are balanced.
LOPSIDED = {
    4: Bent(0.95, 0.74), 12: Bent(0.93, 0.77), 22: Bent(0.94, 0.79),  # 党建强、业务弱
    3: Bent(0.72, 0.95), 17: Bent(0.75, 0.94), 26: Bent(0.76, 0.93),  # 业务强、党建弱
    14: Bent(0.68, 0.70), 34: Bent(0.70, 0.73),  # 两头都弱
}  # fmt: skip
LEVELS = ((0.96, 6), (0.93, 10), (0.89, 12), (0.85, 8))  # share, how often


def bents(seed: int, organs: int, years_ago: int) -> dict[int, Bent]:
    """What each organ was like that many years before the last assessed one.

    Gaps narrow: a year earlier both sides of a lopsided organ lay further apart.
    """
    draw = random.Random(seed)
    levels = [share for share, often in LEVELS for _ in range(often)]
    found = {}
    for number in range(1, organs + 1):
        base = draw.choice(levels)
        bent = Bent(base + draw.uniform(-0.02, 0.02), base + draw.uniform(-0.03, 0.02))
        found[number] = _before(LOPSIDED.get(number, bent), draw, years_ago)
    return found


def _before(bent: Bent, draw: random.Random, years_ago: int) -> Bent:
    drift = draw.uniform(-0.015, 0.03)
    if not years_ago:
        return bent
    middle = (bent.party + bent.business) / 2
    apart = 1.25 * years_ago
    return Bent(
        min(0.97, middle + (bent.party - middle) * apart - drift),
        min(0.97, middle + (bent.business - middle) * apart - drift),
    )
