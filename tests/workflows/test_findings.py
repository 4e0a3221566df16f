from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AuditRow, Finding
from tests.cast import Cast, install
from tests.workflows import matter_paths as path
from tests.workflows.owing import FIRST_QUARTER, finding, key, lay_down, owing_city
from workflows import evidence, findings, obligations
from workflows.errors import Conflict, Invalid, NotFound
from workflows.findings import Fact

GONE = (("evidence", "7"), ("file", "8"), ("note", "x"))


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return owing_city(session, now)


def fact(cast: Cast, key: str = "matter:1", **more: Any) -> Fact:
    values: Mapping[str, Any] = {
        "key": key,
        "fact": "督办事项逾期未办结",
        "unit_id": cast.units["finance"].id,
        "kind": "overdue_matter",
        "rule": "light v1",
        "evidence": ({"type": "matter", "id": "1"},),
        "happened_on": date(2026, 3, 1),
    }
    return Fact(**{**values, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"evidence": ()},
        {"evidence": ({"type": "matter", "id": ""},)},
        {"evidence": ({"id": "1"},)},
        {"rule": ""},
        {"severity": "dreadful"},
    ],
)
def test_a_finding_cites_evidence_and_rule(cast: Cast, now: datetime, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        findings.find(cast.session, fact(cast, **more), by=None, now=now)
    assert cast.session.scalar(select(func.count()).select_from(Finding)) == 0


def test_a_key_is_found_once(cast: Cast, now: datetime) -> None:
    first = findings.draft(cast.session, fact(cast), by=cast.users["supervisor"], now=now)
    again = findings.find(cast.session, fact(cast), by=None, now=now)
    assert first.id == again.id
    assert again.status == findings.DRAFT
    marks = select(func.count()).select_from(AuditRow).where(AuditRow.action.like("finding%"))
    assert cast.session.scalar(marks) == 1


def test_it_goes_from_draft_to_established_or_unfounded(cast: Cast, now: datetime) -> None:
    by = cast.users["supervisor"]
    one = findings.draft(cast.session, fact(cast), by=by, now=now)
    assert findings.about_unit(cast.session, one.unit_id) == []
    findings.establish(cast.session, one, by=by, now=now)
    assert findings.about_unit(cast.session, one.unit_id) == [one]
    with pytest.raises(Invalid):
        findings.mark_unfounded(cast.session, one, " ", by=by, now=now)
    findings.mark_unfounded(cast.session, one, "查无此事", by=by, now=now)
    assert (one.status, one.reason, one.settled_by) == ("unfounded", "查无此事", by.id)
    assert findings.about_unit(cast.session, one.unit_id) == []
    with pytest.raises(Conflict):
        findings.establish(cast.session, one, by=by, now=now)
    assert cast.session.scalar(select(AuditRow.id).where(AuditRow.action == "finding_unfounded"))


def test_findings_about_a_person_are_his(cast: Cast, now: datetime) -> None:
    head = cast.users["finance_head"]
    one = findings.find(cast.session, fact(cast, person_id=head.id), by=None, now=now)
    old = fact(cast, "matter:0", person_id=head.id, happened_on=date(2025, 3, 1))
    findings.find(cast.session, old, by=None, now=now)
    recent = findings.about_person(cast.session, head.id, since=date(2026, 1, 1))
    assert [found.id for found in recent] == [one.id]
    assert findings.about_person(cast.session, cast.users["planning_head"].id) == []


def test_counts_are_of_distinct_matters(cast: Cast, now: datetime) -> None:
    install(cast.session, now)
    for organ in ("finance", "planning"):
        cast.person(f"{organ}_handler", unit=organ)
    case = path.opened(cast, now)
    for number in range(3):  # three cards on one matter
        findings.find(cast.session, fact(cast, f"card:{number}", case_id=case.id), by=None, now=now)
    findings.find(cast.session, fact(cast, "other"), by=None, now=now)
    gone = findings.find(cast.session, fact(cast, "gone"), by=None, now=now)
    findings.mark_unfounded(cast.session, gone, "查无此事", by=None, now=now)
    unit = cast.units["finance"].id

    def count(**more: Any) -> int:
        wanted: dict[str, Any] = {"kind": "overdue_matter", "since": date(2026, 1, 1), **more}
        return findings.distinct_matters(cast.session, **wanted)

    assert count(unit_id=unit) == 2
    assert count(unit_id=unit, since=date(2026, 3, 2)) == 0
    assert count(unit_id=cast.units["planning"].id) == 0
    assert count(kind="false_report", unit_id=unit) == 0


def test_why_points_to_everything_it_rests_on(cast: Cast, now: datetime) -> None:
    later = now + timedelta(days=60)
    lay_down(cast.session, "DYDH", FIRST_QUARTER, now)
    obligations.settle_missed(cast.session, now=later)
    one = key(cast.session, cast.units["finance_branch"])
    made = evidence.hand_in(
        cast.session,
        one,
        evidence.Paper(date(2026, 4, 20), present=15, expected=20),
        by=cast.users["finance_branch_secretary"],
        now=later,
    )
    why = findings.why(cast.session, finding(cast.session, one))
    assert why.unit.id == one.unit_id
    assert why.rule is not None
    assert (why.rule.code, why.rule.number) == ("DYDH", 1)
    assert [tuple(link) for link in why.links] == [
        ("obligation", str(one), "支部党员大会"),
        ("evidence", str(made.id), "2026-04-20"),
    ]


def test_evidence_that_is_gone_has_no_label(cast: Cast, now: datetime) -> None:
    cited = (
        {"type": "evidence", "id": "7"},
        {"type": "file", "id": "8"},
        {"type": "note", "id": "x"},
    )
    one = findings.find(cast.session, fact(cast, evidence=cited), by=None, now=now)
    why = findings.why(cast.session, one)
    assert [link.label for link in why.links] == ["", "", "x"]
    assert why.rule is None


def test_what_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        findings.get(session, 1)
