"""Where the facts of a year can be read: the obligation, matter, finding or case behind each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DutyRule, Matter, Measure, YearFact


@dataclass(frozen=True)
class Source:
    """What a fact's `ref` names: its kind, its id, and for duties the rule's code and the state."""

    kind: str  # duty, matter, finding, case, file
    key: str
    state: str = ""


def of(session: Session, facts: Iterable[YearFact]) -> Mapping[str, Source]:
    """ref → where it can be read; what was scored by a person has no place of its own."""
    parts = {fact.ref: fact.ref.split(":") for fact in facts}
    ids: dict[str, list[int]] = {}
    for kind, *rest in parts.values():
        if rest and rest[0].isdecimal():
            ids.setdefault(kind, []).append(int(rest[0]))
    codes = _codes(session, ids.get("obligations", ()))
    cases = {
        "matter": _cases(session, Matter, ids.get("matter", ())),
        "measure": _cases(session, Measure, ids.get("measure", ())),
    }
    found = {ref: _source(part, codes, cases) for ref, part in parts.items()}
    return {ref: source for ref, source in found.items() if source is not None}


def _codes(session: Session, ids: Iterable[int]) -> dict[str, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.execute(select(DutyRule.id, DutyRule.code).where(DutyRule.id.in_(wanted)))
    return {str(rule_id): code for rule_id, code in rows}


def _cases(
    session: Session, model: type[Matter] | type[Measure], ids: Iterable[int]
) -> dict[str, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.execute(select(model.id, model.case_id).where(model.id.in_(wanted)))
    return {str(one): str(case_id) for one, case_id in rows}


def _source(
    part: list[str], codes: Mapping[str, str], cases: Mapping[str, Mapping[str, str]]
) -> Source | None:
    kind, key = part[0], part[1] if len(part) > 1 else ""
    if kind == "obligations" and key in codes:
        return Source("duty", codes[key], part[2] if len(part) > 2 else "")
    if kind in cases and key in cases[kind]:
        return Source("matter" if kind == "matter" else "case", cases[kind][key])
    if kind in ("finding", "case", "file") and key.isdecimal():
        return Source(kind, key)
    return None
