"""Named panel scores looked at for fairness (never ballots): a report that changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, median

OUTLIER = 3.5  # modified z-score (Iglewicz and Hoaglin 1993)
SCALE = 0.6745


@dataclass(frozen=True)
class Outlier:
    evaluator: str
    item: str
    score: Decimal
    median: Decimal


@dataclass(frozen=True)
class PanelReport:
    """What the committee should know before it decides."""

    spread: Mapping[str, Decimal]  # item → highest less lowest score
    outliers: tuple[Outlier, ...]
    leniency: Mapping[str, Decimal]  # evaluator → mean distance above the others' mean
    missing: tuple[tuple[str, str], ...]  # (evaluator, item) without a score
    conflicts: tuple[tuple[str, str], ...]  # (evaluator, item): same unit or declared relative


def report(
    scores: Mapping[str, Mapping[str, Decimal]],
    *,
    items: Sequence[str],
    conflicts: Sequence[tuple[str, str]] = (),
) -> PanelReport:
    """The report on `scores[evaluator][item]`; who is in conflict with an item is left out."""
    barred = set(conflicts)
    by_item = {
        item: {who: said[item] for who, said in scores.items() if _counts(said, who, item, barred)}
        for item in items
    }
    spread = {
        item: max(said.values()) - min(said.values()) for item, said in by_item.items() if said
    }
    return PanelReport(
        spread=spread,
        outliers=tuple(_outliers(by_item)),
        leniency=_leniency(by_item),
        missing=tuple(
            (who, item)
            for who in sorted(scores)
            for item in items
            if item not in scores[who] and (who, item) not in barred
        ),
        conflicts=tuple(sorted(pair for pair in barred if pair[1] in scores.get(pair[0], {}))),
    )


def _counts(said: Mapping[str, Decimal], who: str, item: str, barred: set[tuple[str, str]]) -> bool:
    return item in said and (who, item) not in barred


def _outliers(by_item: Mapping[str, Mapping[str, Decimal]]) -> list[Outlier]:
    found = []
    for item, said in by_item.items():
        if len(said) < 4:  # with fewer nobody can be told from the rest
            continue
        middle = median(said.values())
        off = median(abs(score - middle) for score in said.values())
        for who, score in sorted(said.items()):
            distance = abs(score - middle)
            far = SCALE * float(distance / off) > OUTLIER if off else bool(distance)
            if far:
                found.append(Outlier(who, item, score, middle))
    return found


def _leniency(by_item: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    distances: dict[str, list[float]] = {}
    for said in by_item.values():
        for who, score in said.items():
            others = [float(other) for name, other in said.items() if name != who]
            if others:
                distances.setdefault(who, []).append(float(score) - fmean(others))
    return {who: Decimal(str(round(fmean(all_), 2))) for who, all_ in sorted(distances.items())}
