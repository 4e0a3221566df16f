"""评分公正性: named panel scores of a year looked at as a whole (never ballots); nothing changes.

Scores are compared in per cent of the indicator's points, so that a panel's marks on indicators of
different size can stand beside each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Unit, User, YearFact
from workflows import assessment_teams, recusals, scoring
from workflows.access import Rights, within
from workflows.assessment_lists import judged, plan
from workflows.scoring import Indicator, PanelReport

PANEL = "panel:"
HUNDRED = Decimal(100)
JUDGED = ("panel", "self_report")  # a survey is one figure that one person brings in


@dataclass(frozen=True)
class Item:
    """One unit under one indicator: what a panel scores."""

    unit: Unit
    indicator: Indicator


@dataclass(frozen=True)
class Said:
    """One score as it was given, in per cent and in points."""

    evaluator: User
    item: Item
    percent: Decimal

    @property
    def points(self) -> Decimal:
        return (self.percent * self.item.indicator.points / HUNDRED).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Spread:
    """How far apart the scores of one item are."""

    item: Item
    points: Decimal
    scores: int


@dataclass(frozen=True)
class Outlying:
    said: Said
    middle: Decimal


@dataclass(frozen=True)
class Leaning:
    """How an evaluator scores against the others of the same items, in per cent on average."""

    evaluator: User
    distance: Decimal
    scores: int


@dataclass(frozen=True)
class Conflicting:
    """A score in spite of a conflict of interest: the same unit, or a declaration."""

    said: Said
    declared: bool


@dataclass(frozen=True)
class Fairness:
    """What the committee should know before it decides."""

    said: Sequence[Said]
    spread: Sequence[Spread]
    outliers: Sequence[Outlying]
    leniency: Sequence[Leaning]
    missing: Sequence[tuple[User, Item]]
    conflicts: Sequence[Conflicting]
    teams_known: bool


class _Line(NamedTuple):
    """A stored score."""

    indicator: str
    ref: str
    share: Decimal
    unit: Unit


@dataclass(frozen=True)
class _Panel:
    """The year's scores by text keys, as the pure report takes them, and what the keys mean."""

    users: Mapping[str, User]
    items: Mapping[str, Item]
    scores: Mapping[str, Mapping[str, Decimal]]
    paths: Mapping[str, str]  # evaluator → path of his own unit

    def said(self, who: str, item: str) -> Said:
        return Said(self.users[who], self.items[item], self.scores[who][item])


def of(session: Session, assessment: Assessment, rights: Rights, *, now: datetime) -> Fairness:
    """The report over the units that the person judges."""
    rows = _scores(session, assessment, rights)
    teams = assessment_teams.of(session, assessment, now=now)
    panel = _panel(session, assessment, rows, teams)
    barred = _barred(session, assessment, panel)
    away = _not_asked(panel, teams)
    found = scoring.report(panel.scores, items=sorted(panel.items), conflicts=[*barred, *away])
    return _named(panel, found, barred, bool(teams))


def _scores(session: Session, assessment: Assessment, rights: Rights) -> Sequence[_Line]:
    rows = session.execute(
        select(YearFact.indicator, YearFact.ref, YearFact.share, Unit)
        .join(Unit, Unit.id == YearFact.unit_id)
        .where(
            YearFact.assessment_id == assessment.id,
            YearFact.ref.startswith(PANEL, autoescape=True),
            YearFact.struck_at.is_(None),
            within(judged(session, rights)),
        )
        .order_by(Unit.code, YearFact.indicator, YearFact.id)
    )
    return [_Line(*row) for row in rows]


def _panel(
    session: Session,
    assessment: Assessment,
    rows: Sequence[_Line],
    teams: Mapping[int, set[str]],
) -> _Panel:
    indicators = plan(session, assessment).indicators
    known = {one.code: one for one in indicators if one.means in JUDGED}
    items: dict[str, Item] = {}
    scores: dict[str, dict[str, Decimal]] = {}
    for line in rows:
        if line.indicator not in known:
            continue
        key = f"{line.unit.id}:{line.indicator}"
        items[key] = Item(line.unit, known[line.indicator])
        scores.setdefault(line.ref.removeprefix(PANEL), {})[key] = line.share * HUNDRED
    scored = {item.unit.id for item in items.values()}
    for unit_id in scored & teams.keys():
        for who in teams[unit_id]:
            scores.setdefault(who, {})
    users, paths = _people(session, scores)
    return _Panel(users, items, {who: scores[who] for who in users}, paths)


def _people(session: Session, keys: Iterable[str]) -> tuple[dict[str, User], dict[str, str]]:
    ids = [int(key) for key in keys if key.isdecimal()]
    rows = session.execute(
        select(User, Unit.path)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id.in_(ids))
        .order_by(User.id)
    ).all()
    return (
        {str(user.id): user for user, _ in rows},
        {str(user.id): path or "" for user, path in rows},
    )


def _barred(session: Session, assessment: Assessment, panel: _Panel) -> dict[tuple[str, str], bool]:
    """(evaluator, item) → declared or, if not, of the same unit."""
    declared = recusals.declared_pairs(session, assessment)
    found: dict[tuple[str, str], bool] = {}
    for who, user in panel.users.items():
        for key, item in panel.items.items():
            if (user.id, item.unit.id) in declared:
                found[who, key] = True
            elif recusals.belongs(panel.paths[who], item.unit):
                found[who, key] = False
    return found


def _not_asked(panel: _Panel, teams: Mapping[int, set[str]]) -> Iterator[tuple[str, str]]:
    """Who was not to score an item and did not: nothing of his is missing there."""
    for who, given in panel.scores.items():
        for key, item in panel.items.items():
            asked = teams.get(item.unit.id)
            if key not in given and asked is not None and who not in asked:
                yield who, key


def _named(
    panel: _Panel,
    found: PanelReport,
    barred: Mapping[tuple[str, str], bool],
    teams_known: bool,
) -> Fairness:
    said = [
        panel.said(who, key)
        for key in panel.items
        for who in panel.users
        if key in panel.scores[who]
    ]
    counted = {
        key: [one for who, one in _given(panel, key) if (who, key) not in barred]
        for key in panel.items
    }
    spread = [
        Spread(panel.items[key], points, len(counted[key]))
        for key, points in found.spread.items()
        if len(counted[key]) > 1
    ]
    return Fairness(
        said=said,
        spread=sorted(spread, key=lambda one: (-one.points, one.item.unit.code)),
        outliers=[
            Outlying(panel.said(one.evaluator, one.item), median(counted[one.item]))
            for one in found.outliers
        ],
        leniency=[
            Leaning(panel.users[who], distance, len(panel.scores[who]))
            for who, distance in found.leniency.items()
        ],
        missing=[(panel.users[who], panel.items[key]) for who, key in found.missing],
        conflicts=[
            Conflicting(panel.said(who, key), barred[who, key]) for who, key in found.conflicts
        ],
        teams_known=teams_known,
    )


def _given(panel: _Panel, key: str) -> Iterator[tuple[str, Decimal]]:
    for who, given in panel.scores.items():
        if key in given:
            yield who, given[key]
