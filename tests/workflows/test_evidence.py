from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, DutyRule, Evidence, ObligationState, StoredFile
from tests.cast import Cast
from tests.workflows.owing import FIRST_QUARTER, finding, key, lay_down, owing_city, rule, state
from workflows import evidence, findings, obligations
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.evidence import Paper
from workflows.findings import Key

IN_TIME = date(2026, 2, 10)
LATER = timedelta(days=60)
SECRETARY = "finance_branch_secretary"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    return cast


@pytest.fixture
def owed(cast: Cast) -> Key:
    return key(cast.session, cast.units["finance_branch"])


def paper(held_on: date = IN_TIME, **more: object) -> Paper:
    return Paper(**{"held_on": held_on, "present": 15, "expected": 20} | more)  # type: ignore[arg-type]


def hand_in(cast: Cast, owed: Key, sent: Paper, *, now: datetime, by: str = SECRETARY) -> Evidence:
    return evidence.hand_in(cast.session, owed, sent, by=cast.users[by], now=now)


def test_held_in_the_period_is_on_time(cast: Cast, owed: Key, now: datetime) -> None:
    made = hand_in(cast, owed, paper(), now=now)
    assert state(cast.session, owed) == ObligationState.ON_TIME
    shown = evidence.get(cast.session, owed, rights=cast.rights("supervisor", now))
    assert shown.obligation.evidence_id == made.id
    assert shown.obligation.done_on == IN_TIME
    assert (
        cast.session.scalar(
            select(AuditRow.actor_id).where(AuditRow.action == "evidence_handed_in")
        )
        == cast.users[SECRETARY].id
    )


def test_held_after_the_period_is_late_even_within_the_grace(
    cast: Cast, owed: Key, now: datetime
) -> None:
    hand_in(cast, owed, paper(date(2026, 4, 2)), now=now + timedelta(days=33))
    assert state(cast.session, owed) == ObligationState.LATE
    assert obligations.settle_missed(cast.session, now=now + LATER)
    with pytest.raises(Exception, match="No row"):
        finding(cast.session, owed)


@pytest.mark.parametrize("held_on", [date(2026, 1, 1), date(2026, 3, 2)])
def test_the_first_day_and_today_are_allowed(
    cast: Cast, owed: Key, now: datetime, held_on: date
) -> None:
    hand_in(cast, owed, paper(held_on), now=now)
    assert state(cast.session, owed) == ObligationState.ON_TIME


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (paper(date(2026, 3, 3)), "held_on"),  # tomorrow
        (paper(date(2025, 12, 31)), "held_on"),
        (paper(present=None), "present"),
        (paper(expected=None), "expected"),
        (paper(present=21), "present"),
        (paper(present=-1), "present"),
        (paper(expected=10_000_000), "expected"),
        (paper(note="长" * 2001), "note"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    cast: Cast, owed: Key, now: datetime, sent: Paper, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        hand_in(cast, owed, sent, now=now)
    assert set(refused.value.fields) == {field}
    assert state(cast.session, owed) == ObligationState.OPEN


def test_today_is_the_organisations_day(cast: Cast, owed: Key, now: datetime) -> None:
    late_evening = now.replace(hour=17)  # already the next day in the office
    hand_in(cast, owed, paper(date(2026, 3, 3)), now=late_evening)


def test_attendance_is_not_asked_where_the_rule_does_not(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "TBPY", now.date(), now)
    one = key(session, cast.units["finance"], "TBPY")
    hand_in(cast, one, Paper(IN_TIME), now=now, by="finance_head")
    assert state(session, one) == ObligationState.ON_TIME


def test_a_file_of_another_unit_is_refused(cast: Cast, owed: Key, now: datetime) -> None:
    file = StoredFile(
        sha256="0" * 64,
        size=1,
        media_type="application/pdf",
        name="a.pdf",
        unit_id=cast.units["planning_branch"].id,
        stored_at=now,
    )
    cast.session.add(file)
    cast.session.flush()
    with pytest.raises(Invalid) as refused:
        hand_in(cast, owed, paper(file=file), now=now)
    assert set(refused.value.fields) == {"file"}


def test_evidence_is_handed_in_once(cast: Cast, owed: Key, now: datetime) -> None:
    hand_in(cast, owed, paper(), now=now)
    with pytest.raises(Conflict, match=SECRETARY):
        hand_in(cast, owed, paper(), now=now, by="finance_secretary")


def test_a_correction_replaces_and_keeps_the_old(cast: Cast, owed: Key, now: datetime) -> None:
    first = hand_in(cast, owed, paper(), now=now)
    second = hand_in(cast, owed, paper(date(2026, 2, 12), replaces=first.id), now=now)
    shown = evidence.get(cast.session, owed, rights=cast.rights("supervisor", now))
    kept = evidence.history(cast.session, shown)
    assert [one.evidence.id for one in kept] == [second.id, first.id]
    assert (first.replaced_by, first.held_on) == (second.id, IN_TIME)
    assert shown.obligation.done_on == date(2026, 2, 12)
    with pytest.raises(Conflict):
        hand_in(cast, owed, paper(replaces=first.id), now=now)


def test_of_two_at_once_one_wins(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        cast = owing_city(session, now)
        lay_down(session, "DYDH", FIRST_QUARTER, now)
        owed = key(session, cast.units["finance_branch"])
        rights = cast.rights(SECRETARY, now)
    with sessions() as slow:
        seen = evidence.get(slow, owed, rights=rights)
        slow.commit()  # what it has seen stays as it was
        with sessions.begin() as quick:
            evidence.hand_in(quick, owed, paper(), by=cast.users["finance_secretary"], now=now)
        assert seen.obligation.evidence_id is None
        with pytest.raises(Conflict, match="finance_secretary"):
            evidence.hand_in(slow, owed, paper(), by=cast.users[SECRETARY], now=now)
    with sessions() as session:
        assert len(session.scalars(select(Evidence)).all()) == 1


@pytest.mark.parametrize(
    ("by", "allowed"),
    [
        (SECRETARY, True),
        ("finance_secretary", True),  # the committee above
        ("finance_deputy", True),
        ("finance_head", False),  # leads the organ, is no secretary of the branch
        ("supervisor", False),
        ("finance_member", None),
        ("planning_branch_secretary", None),
        ("planning_secretary", None),
        ("system_admin", None),
        ("audit_admin", None),
    ],
)
def test_the_units_own_secretaries_hand_in(
    cast: Cast, owed: Key, now: datetime, by: str, allowed: bool | None
) -> None:
    if allowed:
        hand_in(cast, owed, paper(), now=now, by=by)
        assert state(cast.session, owed) == ObligationState.ON_TIME
    else:
        with pytest.raises(NotFound if allowed is None else NotAllowed):
            hand_in(cast, owed, paper(), now=now, by=by)
        assert state(cast.session, owed) == ObligationState.OPEN


def test_a_missed_one_handed_in_late_stays_found_as_late(
    cast: Cast, owed: Key, now: datetime
) -> None:
    obligations.settle_missed(cast.session, now=now + LATER)
    made = hand_in(cast, owed, paper(date(2026, 4, 20)), now=now + LATER)
    fact = finding(cast.session, owed)
    assert state(cast.session, owed) == ObligationState.LATE
    assert (fact.kind, fact.status) == ("late_duty", "established")
    assert fact.evidence[-1] == {"type": "evidence", "id": str(made.id)}


def test_a_missed_one_proved_in_time_is_no_finding(cast: Cast, owed: Key, now: datetime) -> None:
    obligations.settle_missed(cast.session, now=now + LATER)
    hand_in(cast, owed, paper(), now=now + LATER)
    fact = finding(cast.session, owed)
    assert state(cast.session, owed) == ObligationState.ON_TIME
    assert fact.status == findings.UNFOUNDED
    assert "2026-02-10" in fact.reason
    assert findings.about_unit(cast.session, owed.unit_id) == []


def test_a_correction_to_a_later_date_finds_the_lateness_again(
    cast: Cast, owed: Key, now: datetime
) -> None:
    obligations.settle_missed(cast.session, now=now + LATER)
    first = hand_in(cast, owed, paper(), now=now + LATER)
    hand_in(cast, owed, paper(date(2026, 4, 20), replaces=first.id), now=now + LATER)
    fact = finding(cast.session, owed)
    assert (fact.kind, fact.status) == ("late_duty", "established")


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        ("supervisor", None),
        ("finance_secretary", None),
        (SECRETARY, NotAllowed),
        ("finance_head", NotAllowed),
        ("planning_secretary", NotFound),
        ("finance_member", NotFound),
    ],
)
def test_the_superior_excuses(
    cast: Cast, owed: Key, now: datetime, by: str, refusal: type[Exception] | None
) -> None:
    obligations.settle_missed(cast.session, now=now + LATER)
    if refusal:
        with pytest.raises(refusal):
            evidence.excuse(cast.session, owed, "汛期", by=cast.users[by], now=now + LATER)
        assert state(cast.session, owed) == ObligationState.MISSED
        return
    evidence.excuse(cast.session, owed, "汛期抢险", by=cast.users[by], now=now + LATER)
    assert state(cast.session, owed) == ObligationState.EXCUSED
    fact = finding(cast.session, owed)
    assert (fact.status, fact.reason) == ("unfounded", "汛期抢险")
    with pytest.raises(Conflict):
        evidence.excuse(cast.session, owed, "再次", by=cast.users[by], now=now + LATER)


def test_a_committee_does_not_excuse_itself(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "SZ", now.date(), now)
    one = key(session, cast.units["finance_committee"], "SZ")
    rule(session, "SZ").generally = True
    session.flush()
    with pytest.raises(NotAllowed):
        evidence.excuse(session, one, "忙", by=cast.users["finance_secretary"], now=now)
    evidence.excuse(session, one, "机构合并", by=cast.users["supervisor"], now=now)


def test_only_a_rule_that_says_generally_is_excused(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "ZZSH", now.date(), now)
    one = key(session, cast.units["finance_branch"], "ZZSH")
    with pytest.raises(Refused) as refused:
        evidence.excuse(session, one, "忙", by=cast.users["supervisor"], now=now)
    assert refused.value.facts["guard"] == "generally"


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_an_excuse_has_a_reason(cast: Cast, owed: Key, now: datetime, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        evidence.excuse(cast.session, owed, reason, by=cast.users["supervisor"], now=now)
    assert set(refused.value.fields) == {"reason"}


def test_what_was_excused_stays_so_unless_held_in_time(
    cast: Cast, owed: Key, now: datetime
) -> None:
    evidence.excuse(cast.session, owed, "汛期", by=cast.users["supervisor"], now=now)
    first = hand_in(cast, owed, paper(date(2026, 4, 20)), now=now + LATER)
    assert state(cast.session, owed) == ObligationState.EXCUSED
    hand_in(cast, owed, paper(replaces=first.id), now=now + LATER)
    assert state(cast.session, owed) == ObligationState.ON_TIME


@pytest.mark.parametrize(
    ("quorum", "present", "expected", "met"),
    [
        ("> 1/2", 10, 20, False),
        ("> 1/2", 11, 20, True),
        (">= 1/2", 10, 20, True),
        (">= 2/3", 13, 20, False),
        (">= 2/3", 14, 21, True),
        ("", 1, 20, None),
        ("> 1/2", None, 20, None),
        ("> 1/2", 0, 0, None),
    ],
)
def test_the_quorum_is_a_note_and_no_bar(
    quorum: str, present: int | None, expected: int | None, met: bool | None
) -> None:
    assert evidence.quorum_met(DutyRule(quorum=quorum), present, expected) is met


def test_too_few_people_do_not_bar_handing_in(cast: Cast, owed: Key, now: datetime) -> None:
    hand_in(cast, owed, paper(present=3), now=now)
    shown = evidence.get(cast.session, owed, rights=cast.rights(SECRETARY, now))
    assert evidence.history(cast.session, shown)[0].quorum_met is False
    assert state(cast.session, owed) == ObligationState.ON_TIME


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1-2",
        "1-2-3-4",
        "a-b-c",
        "-1-2-3",
        "1-2-" + "9" * 20,
        "１-2-3",
        "1-2-9999999999999999999",
        "1-99991232-3",
    ],
)
def test_a_text_that_is_no_key_finds_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        Key.read(text)


def test_an_obligation_that_is_not_there_is_not_found(cast: Cast, owed: Key, now: datetime) -> None:
    with pytest.raises(NotFound):
        evidence.get(
            cast.session, owed._replace(period=20250101), rights=cast.rights("supervisor", now)
        )
