"""Schemes and facts drawn by chance, and one plain scheme to start from."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from workflows.scoring import Fact, Scheme, read

VETOES = ("serious", "false_report")


def plain(**rules: Any) -> dict[str, Any]:
    """Two party indicators, one business indicator, a bonus and a deduction."""
    return {
        "year": 2026,
        "name": "机关党建考核方案",
        "rules": {
            "weights": {"party": "0.5", "business": "0.5"},
            "combine": "equal",
            "coefficients": {"good": "1", "fair": "0.95", "average": "0.85", "poor": "0.7"},
            "bonus_max": "5",
            "floor": "0",
            "grades": {"good": "90", "fair": "80", "average": "60"},
            "quota": "0.35",
            "tie_indicator": "effect",
            "veto": ["serious"],
        }
        | rules,
        "content": [
            {"code": "duty", "name": "按期履责", "side": "party", "points": "60"},
            {"code": "effect", "name": "业务促进", "side": "party", "points": "40"},
            {"code": "result", "name": "业务成效", "side": "business", "points": "100"},
            {"code": "plus", "name": "创新加分", "side": "bonus", "points": "8"},
            {"code": "minus", "name": "通报批评", "side": "deduction", "points": "10"},
        ],
        "means": {
            "duty": {"by": "computed", "source": "obligations", "per_fact": "2"},
            "effect": {"by": "effect", "promotes": "result"},
            "result": {"by": "import"},
            "plus": {"by": "panel"},
            "minus": {"by": "computed", "source": "findings", "per_fact": "0.5"},
        },
    }


def points(least: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least * 10, most * 10).map(lambda x: Decimal(x) / 10)


def _parts(total: int, pieces: list[int]) -> list[str]:
    """`total` cut into as many pieces, in the given proportions."""
    whole = sum(pieces)
    sizes = [max(total * 10 * piece // whole, 1) for piece in pieces]
    sizes[0] += total * 10 - sum(sizes)
    return [str(Decimal(size) / 10) for size in sizes]


def schemes() -> st.SearchStrategy[Scheme]:
    """A publishable scheme of any of the three ways of combining."""
    return stored_schemes().map(read)


@st.composite
def stored_schemes(draw: st.DrawFn) -> dict[str, Any]:
    """The same as it is stored."""
    stored = plain()
    combine = draw(st.sampled_from(["equal", "coefficient", "cap"]))
    party = draw(points(0, 1)) if combine == "cap" else Decimal("0.5")
    down = sorted(draw(st.lists(points(0, 1), min_size=4, max_size=4)), reverse=True)
    least = sorted(draw(st.sets(st.integers(1, 100), min_size=3, max_size=3)), reverse=True)
    stored["rules"] |= {
        "combine": combine,
        "weights": {"party": str(party), "business": str(1 - party)},
        "coefficients": dict(zip(("good", "fair", "average", "poor"), map(str, down), strict=True)),
        "bonus_max": str(draw(points(0, 10))),
        "floor": str(draw(points(0, 20))),
        "grades": dict(zip(("good", "fair", "average"), map(str, least), strict=True)),
        "quota": str(draw(points(0, 1))),
        "veto": list(VETOES),
    }
    _content(draw, stored)
    stored["rules"]["tie_indicator"] = draw(
        st.sampled_from(["", *(one["code"] for one in stored["content"])])
    )
    return stored


def _content(draw: st.DrawFn, stored: dict[str, Any]) -> None:
    content, means = [], {}
    for side in ("party", "business"):
        pieces = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
        for place, size in enumerate(_parts(100, pieces)):
            code = f"{side}{place}"
            content.append({"code": code, "name": f"指标{code}", "side": side, "points": size})
            off = str(draw(points(0, 3)))
            means[code] = {"by": "computed", "source": "obligations", "per_fact": off}
            if side == "party" and place and draw(st.booleans()):
                means[code] = {"by": "effect", "promotes": "business0"}
    content.append({"code": "plus", "name": "创新加分", "side": "bonus", "points": "6"})
    content.append({"code": "minus", "name": "通报批评", "side": "deduction", "points": "10"})
    means["plus"] = {"by": "panel"}
    means["minus"] = {"by": "computed", "source": "findings", "per_fact": "0.5"}
    stored["content"], stored["means"] = content, means


@st.composite
def facts_for(draw: st.DrawFn, scheme: Scheme) -> list[Fact]:
    """Up to twenty facts about one unit, good and adverse, some of one cause."""
    codes = [one.code for one in scheme.indicators]
    found = []
    for place in range(draw(st.integers(0, 20))):
        adverse = draw(st.booleans())
        found.append(
            Fact(
                indicator=draw(st.sampled_from(codes)),
                ref=f"fact:{place}",
                share=draw(points(0, 1)),
                weight=draw(points(1, 3)),
                adverse=adverse,
                times=draw(st.sampled_from([Decimal(1), Decimal(3)])) if adverse else Decimal(1),
                cause=draw(st.sampled_from(["", "c1", "c2"])) if adverse else "",
            )
        )
    return found
