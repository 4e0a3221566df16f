"""Findings: who may see which, and what is known of the measures that rest on them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Finding, Proposal
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from workflows import access, finding_lists, findings
from workflows.errors import NotFound
from workflows.finding_lists import Filter


@pytest.fixture
def cast(session: Session) -> Cast:
    return assemble(session)


def found(cast: Cast, now: datetime, key: str = "k:1", **more: object) -> Finding:
    values: dict[str, object] = {
        "key": key,
        "fact": "支部党员大会未召开",
        "unit_id": cast.units["finance_branch"].id,
        "kind": "missed_duty",
        "rule": "DYDH/1",
        "evidence": ({"type": "note", "id": "1"},),
        "happened_on": date(2026, 2, 1),
        "severity": "sign",
    }
    fact = findings.Fact(**{**values, **more})  # type: ignore[arg-type]
    return findings.find(cast.session, fact, by=None, now=now)


def seen_by(cast: Cast, who: str, now: datetime, **chosen: object) -> list[str]:
    rights = cast.rights(who, now)
    page = finding_lists.page(cast.session, rights, Filter(**chosen))  # type: ignore[arg-type]
    for row in page.rows:
        assert finding_lists.get(cast.session, row.finding.id, rights=rights) is row.finding
    return [row.finding.key for row in page.rows]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("finance_branch_secretary", True),
        ("finance_secretary", True),
        ("finance_head", True),
        ("supervisor", True),
        ("work_deputy", True),
        ("finance_member", False),
        ("planning_secretary", False),
        ("planning_branch_secretary", False),
        ("system_admin", False),
        ("audit_admin", False),
    ],
)
def test_a_unit_and_those_above_it_see_what_was_found(
    cast: Cast, now: datetime, who: str, sees: bool
) -> None:
    one = found(cast, now)
    assert seen_by(cast, who, now) == (["k:1"] if sees else [])
    if not sees:
        with pytest.raises(NotFound):
            finding_lists.get(cast.session, one.id, rights=cast.rights(who, now))


def test_a_person_sees_what_was_found_about_him(cast: Cast, now: datetime) -> None:
    found(cast, now, person_id=cast.users["planning_member"].id)
    assert seen_by(cast, "planning_member", now) == ["k:1"]


def test_a_lead_to_be_transferred_is_not_shown_to_the_unit(cast: Cast, now: datetime) -> None:
    head = cast.users["finance_head"]
    found(cast, now, severity="violation", person_id=head.id)
    assert seen_by(cast, "supervisor", now) == ["k:1"]
    for who in ("finance_branch_secretary", "finance_head", "work_deputy"):
        assert seen_by(cast, who, now) == []


def restricted_case(cast: Cast, now: datetime) -> Case:
    install(cast.session, now)
    finding = found(cast, now)
    return steps.proposed_case(
        cast, now, "reminder", "finance_branch_secretary", "finance_branch", finding
    )


def test_what_arose_in_a_case_goes_by_the_case(cast: Cast, now: datetime) -> None:
    case = restricted_case(cast, now)
    found(cast, now, "k:2", case_id=case.id, person_id=cast.users["finance_branch_secretary"].id)
    assert case.restricted
    assert seen_by(cast, "work_deputy", now) == ["k:2", "k:1"]
    assert seen_by(cast, "supervisor", now) == ["k:1"]
    assert seen_by(cast, "finance_branch_secretary", now) == ["k:1"]


def test_the_list_is_narrowed_and_goes_on_page_by_page(cast: Cast, now: datetime) -> None:
    for number in range(5):
        found(cast, now, f"k:{number}", happened_on=date(2026, 2, 1) + timedelta(number // 2))
    gone = found(cast, now, "gone", kind="late_duty", unit_id=cast.units["planning"].id)
    findings.mark_unfounded(cast.session, gone, "查无此事", by=None, now=now)
    assert seen_by(cast, "supervisor", now, status="unfounded") == ["gone"]
    assert seen_by(cast, "supervisor", now, kind="late_duty") == ["gone"]
    assert seen_by(cast, "supervisor", now, unit=cast.units["planning"]) == ["gone"]
    assert seen_by(cast, "supervisor", now, since=date(2026, 2, 3)) == ["k:4"]
    assert len(seen_by(cast, "supervisor", now, until=date(2026, 2, 1))) == 3
    rights = cast.rights("supervisor", now)
    keys, after = [], None
    for _ in range(3):
        page = finding_lists.page(cast.session, rights, Filter(), after=after, size=2)
        keys += [row.finding.key for row in page.rows]
        after = page.after
    assert after is None
    assert keys == ["k:4", "k:3", "k:2", "gone", "k:1", "k:0"]


def uses(cast: Cast, who: str, now: datetime) -> list[tuple[str, str, bool]]:
    rights = cast.rights(who, now)
    one = findings.by_keys(cast.session, ["k:1"])["k:1"]
    return [
        (use.measure, use.state, use.is_proposal)
        for use in finding_lists.uses(cast.session, one, rights=rights)
    ]


def test_what_rests_on_it_is_told_to_those_who_may_know(cast: Cast, now: datetime) -> None:
    case = restricted_case(cast, now)
    told = [("reminder", "accepted", True), ("reminder", "preparing", False)]
    assert uses(cast, "work_deputy", now) == told
    assert uses(cast, "supervisor", now) == []
    assert uses(cast, "finance_branch_secretary", now) == []  # whom it is about
    proposal = cast.session.scalars(select(Proposal)).one()
    proposal.principal = cast.users["finance_branch_secretary"].id  # not even then
    cast.session.flush()
    assert uses(cast, "finance_branch_secretary", now) == []
    rows = finding_lists.page(cast.session, cast.rights("work_deputy", now), Filter()).rows
    assert [row.used_in for row in rows] == [("reminder",)]
    rows = finding_lists.page(cast.session, cast.rights("supervisor", now), Filter()).rows
    assert [row.used_in for row in rows] == [()]
    assert access.case_for(cast.session, case.id, rights=cast.rights("work_deputy", now))
