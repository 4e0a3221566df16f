"""What was asked of a unit by mistake is lifted, and what was made of it falls."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, ObligationState, Proposal
from tests.cast import Cast, install
from tests.workflows.owing import FIRST_QUARTER, finding, key, lay_down, owing_city, state
from workflows import evidence, lifting, missed, obligations, proposals
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.evidence import Paper
from workflows.findings import Key

REASON = "该支部当季未成立满半期"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    return cast


@pytest.fixture
def owed(cast: Cast) -> Key:
    return key(cast.session, cast.units["finance_branch"])


@pytest.fixture
def later(cast: Cast, now: datetime) -> datetime:
    """The clock has found it missed and proposed a measure."""
    later = now + timedelta(days=60)
    found = obligations.settle_missed(cast.session, now=later)
    assert missed.propose(cast.session, found, now=later)
    return later


def lift(cast: Cast, one: Key, now: datetime, who: str = "supervisor", why: str = REASON) -> int:
    return lifting.lift(cast.session, one, why, by=cast.users[who], now=now)


def proposal_on(cast: Cast, one: Key) -> Proposal:
    fact = str(finding(cast.session, one).id)
    return next(p for p in cast.session.scalars(select(Proposal)) if fact in p.findings)


def test_its_finding_and_its_proposal_fall_for_the_same_reason(
    cast: Cast, owed: Key, later: datetime
) -> None:
    proposal = proposal_on(cast, owed)
    other = proposal_on(cast, key(cast.session, cast.units["planning_branch"]))
    assert lift(cast, owed, later) == 1
    assert state(cast.session, owed) == ObligationState.EXCUSED
    fact = finding(cast.session, owed)
    assert (fact.status, fact.reason) == ("unfounded", REASON)
    assert (proposal.status, proposal.reason) == ("lapsed", REASON)
    assert proposal.decided_by == cast.users["supervisor"].id
    assert other.status == "proposed"
    trail = cast.session.execute(
        select(AuditRow.action, AuditRow.actor_id).order_by(AuditRow.id.desc()).limit(3)
    ).all()
    by = cast.users["supervisor"].id
    assert {tuple(one) for one in trail} == {
        ("finding_unfounded", by), ("lapsed", by), ("obligation_lifted", by)
    }  # fmt: skip


def test_a_lapsed_proposal_is_not_accepted(cast: Cast, owed: Key, later: datetime) -> None:
    proposal = proposal_on(cast, owed)
    lift(cast, owed, later)
    decider = next(
        name
        for name in cast.users
        if proposal.principal in cast.rights(name, later).principals
    )  # fmt: skip
    with pytest.raises(Conflict):
        proposals.accept(
            cast.session, proposal.id, rights=cast.rights(decider, later), now=later
        )  # fmt: skip


def test_a_proposal_with_another_fact_stays(cast: Cast, owed: Key, later: datetime) -> None:
    proposal = proposal_on(cast, owed)
    other = finding(cast.session, key(cast.session, cast.units["planning_branch"]))
    proposals.rest_also_on(cast.session, proposal, [other.id])
    assert lift(cast, owed, later) == 0
    assert proposal.status == "proposed"
    assert lift(cast, key(cast.session, cast.units["planning_branch"]), later) == 2


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("finance_branch_secretary", NotAllowed),
        ("finance_secretary", NotAllowed),  # the committee above may excuse, not lift
        ("work_secretary", NotAllowed),
        ("planning_secretary", NotFound),
        ("finance_member", NotFound),
        ("security_admin", NotFound),
    ],
)
def test_nobody_lifts_but_who_supervises(
    cast: Cast, owed: Key, later: datetime, who: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        lift(cast, owed, later, who)
    assert state(cast.session, owed) == ObligationState.MISSED


def test_a_supervisor_lifts_nothing_of_his_own_unit(cast: Cast, owed: Key, later: datetime) -> None:
    cast.holder("supervisor", "支部委员", "finance_branch")
    with pytest.raises(NotAllowed):
        lift(cast, owed, later)
    lift(cast, owed, later, "supervisor2")


@pytest.mark.parametrize("why", ["", "  ", "长" * 181])
def test_it_is_lifted_with_a_reason(cast: Cast, owed: Key, later: datetime, why: str) -> None:
    with pytest.raises(Invalid) as refusal:
        lift(cast, owed, later, why=why)
    assert set(refusal.value.fields) == {"reason"}


def test_the_longest_reason_has_room(cast: Cast, owed: Key, now: datetime) -> None:
    lift(cast, owed, now, why="长" * 180)
    cast.session.flush()


def test_what_was_met_or_lifted_is_not_lifted(cast: Cast, owed: Key, now: datetime) -> None:
    lift(cast, owed, now)
    with pytest.raises(Conflict):
        lift(cast, owed, now)
    other = key(cast.session, cast.units["planning_branch"])
    evidence.hand_in(
        cast.session, other, Paper(FIRST_QUARTER, 15, 20),
        by=cast.users["planning_branch_secretary"], now=now,
    )  # fmt: skip
    with pytest.raises(Conflict):
        lift(cast, other, now)


def test_a_lifted_one_is_not_laid_down_again(cast: Cast, owed: Key, now: datetime) -> None:
    lift(cast, owed, now)
    assert lay_down(cast.session, "DYDH", FIRST_QUARTER, now) == 0
    obligations.settle_missed(cast.session, now=now + timedelta(days=60))
    assert state(cast.session, owed) == ObligationState.EXCUSED


def test_a_duty_proved_in_time_takes_its_proposal_with_it(
    cast: Cast, owed: Key, later: datetime
) -> None:
    proposal = proposal_on(cast, owed)
    evidence.hand_in(
        cast.session, owed, Paper(FIRST_QUARTER, 15, 20),
        by=cast.users["finance_branch_secretary"], now=later,
    )  # fmt: skip
    assert proposal.status == "lapsed"
