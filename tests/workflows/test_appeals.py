"""申诉: filed by the subject, reviewed by others, corrected by a new act and told again."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Acknowledgement, Case, Delivery, Document, Finding, Measure, Proposal
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from tests.workflows.steps import do, ids, refused, the_measure
from workflows import appeals, cases, effects, measures
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

WHO = "finance_head"
TESTS = ("facts", "evidence", "basis", "responsibility", "procedure", "handling")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def filed(cast: Cast, measure: Measure, now: datetime, who: str = WHO) -> Case:
    answers = {"grounds": "责任认定过重", "request": "请求变更", "signature": who}
    return appeals.file(cast.session, measure.id, answers, rights=cast.rights(who, now), now=now)


def register(cast: Cast, case: Case, now: datetime, **more: object) -> None:
    answers = {
        "kind": "appeal",
        "received_on": now.date().isoformat(),
        "in_time": True,
        "verdict": "admit",
    } | more
    do(cast, case, "register_appeal", "handler", now, **answers)


def appoint(cast: Cast, case: Case, now: datetime, *names: str) -> None:
    reviewers = ids(cast, *(names or ("supervisor3", "handler2")))
    answers = {"reviewers": reviewers, "recusal_asked": True}
    do(cast, case, "appoint_reviewers", "city_secretary", now, **answers)


def discussed(
    cast: Cast, case: Case, now: datetime, conclusion: str, form: str = "", *, abuse: bool = False
) -> None:
    """复核 and 集体研究 are done: the decision waits."""
    tests = [{"test": one, "ok": one != "handling", "reason": "已核"} for one in TESTS]
    do(
        cast,
        case,
        "review_appeal",
        "supervisor3",
        now,
        heard="听取申诉人意见",
        tests=tests,
        proposal=conclusion,
        abuse_suspected=abuse,
    )
    more = {"new_form": [form]} if form else {}
    do(
        cast,
        case,
        "discuss_appeal",
        "clerk",
        now,
        meeting="市委常委会会议",
        held_on="2026-03-02",
        minutes="1",
        conclusion=conclusion,
        reason="处理偏重",
        **more,
    )


def decide(cast: Cast, case: Case, now: datetime, verdict: str) -> None:
    answers = {"verdict": verdict, "reason": "复核结论", "signature": "city_secretary"}
    do(cast, case, "decide_appeal", "city_secretary", now, **answers)


def reply(cast: Cast, case: Case, now: datetime) -> None:
    served = [{"who": WHO, "received_on": "2026-03-02", "receipt": "1"}]
    do(cast, case, "serve_reply", "handler", now, served=served)


def tell_again(cast: Cast, case: Case, now: datetime) -> None:
    circle = cases.look(cast.session, case, now=now).execution.vars["circle"]
    scope = [{"who": one["who"], "how": "书面", "done_on": "2026-03-02"} for one in circle]
    do(cast, case, "tell_again", "handler", now, scope=scope, filed_both=True)


def waiting(cast: Cast, now: datetime) -> tuple[Case, Measure, Case]:
    """An admonition in force, appealed against, the reviewers at work."""
    first = steps.in_force(cast, now)
    measure = the_measure(cast, first)
    case = filed(cast, measure, now)
    register(cast, case, now)
    appoint(cast, case, now)
    return first, measure, case


def bars(cast: Cast, now: datetime) -> list[str]:
    return [bar for bar, _ in effects.bars_of(cast.session, cast.users[WHO].id, now=now)]


def served_on(cast: Cast, case: Case, template: str | None = None) -> set[int | None]:
    rows = select(Delivery.recipient_id).join(Document, Document.id == Delivery.document_id)
    rows = rows.where(Document.case_id == case.id)
    if template:
        rows = rows.where(Document.template == template)
    return set(cast.session.scalars(rows))


def test_filing_stops_no_execution(cast: Cast, now: datetime) -> None:
    first = steps.in_force(cast, now)
    before = steps.open_nodes(cast, first)
    case = filed(cast, the_measure(cast, first), now)
    assert case.parent_case_id == first.id
    assert steps.open_nodes(cast, first) == before
    assert "execute_item" in before
    assert the_measure(cast, first).state == "in_force"
    steps.execute(cast, first, now, WHO)
    steps.rectify(cast, first, now, owner=WHO, reviewer="supervisor")
    do(cast, first, "confirm_execution", "handler", now, complete=True)
    assert first.outcome == "executed"


def test_only_the_subject_appeals_and_once_at_a_time(cast: Cast, now: datetime) -> None:
    measure = the_measure(cast, steps.in_force(cast, now))
    for other in ("finance_secretary", "finance_deputy", "city_secretary", "supervisor"):
        with pytest.raises(NotFound):
            filed(cast, measure, now, other)
    filed(cast, measure, now)
    with pytest.raises(Conflict):
        filed(cast, measure, now)


def test_no_appeal_before_the_decision_is_in_force(cast: Cast, now: datetime) -> None:
    measure = the_measure(cast, steps.heard(cast, now))
    with pytest.raises(Conflict):
        filed(cast, measure, now)


@pytest.mark.parametrize(("month", "day", "in_time"), [(3, 2, True), (4, 2, True), (4, 3, False)])
def test_it_is_in_time_within_a_month(
    cast: Cast, now: datetime, month: int, day: int, in_time: bool
) -> None:
    measure = the_measure(cast, steps.in_force(cast, now))
    at = now.replace(month=month, day=day)
    case = filed(cast, measure, at)
    if not in_time:
        with refused(cast, "late"):
            register(cast, case, at, in_time=False)
    with pytest.raises(Invalid) as fault, cast.session.begin_nested():
        register(cast, case, at, in_time=not in_time)
    assert list(fault.value.fields) == ["in_time"]
    late = {"verdict": "inadmissible", "reason": "逾期提出"}
    register(cast, case, at, in_time=in_time, **({} if in_time else late))
    assert cases.look(cast.session, case, now=at).execution.vars["in_time"] is in_time
    assert steps.open_nodes(cast, case) == [
        "appoint_reviewers" if in_time else "decide_inadmissible"
    ]


def late_appeal(cast: Cast, now: datetime) -> tuple[Case, datetime]:
    """Filed a day after the month; put forward as inadmissible."""
    measure = the_measure(cast, steps.in_force(cast, now))
    at = now.replace(month=4, day=3)
    case = filed(cast, measure, at)
    register(cast, case, at, in_time=False, verdict="inadmissible", reason="逾期提出")
    return case, at


def test_a_late_appeal_is_inadmissible(cast: Cast, now: datetime) -> None:
    case, at = late_appeal(cast, now)
    for who in ("work_secretary", "handler", "supervisor"):  # below the level that decided
        with pytest.raises((NotFound, NotAllowed)):
            do(cast, case, "decide_inadmissible", who, at, verdict="admit", reason="受理")
    do(cast, case, "decide_inadmissible", "city_secretary", at, verdict="refuse", reason="逾期")
    assert case.outcome == "inadmissible"
    assert served_on(cast, case, "inadmissible_notice") == {cast.users[WHO].id}
    assert served_on(cast, case, "appeal_receipt") == set()


@pytest.mark.parametrize(
    ("verdict", "until"), [("admit", "2026-05-06"), ("as_correction", "2026-04-20")]
)
def test_the_level_that_decided_may_take_a_late_appeal(
    cast: Cast, now: datetime, verdict: str, until: str
) -> None:
    """With a reason on record; as a correction it is decided in good time, not in a month."""
    case, at = late_appeal(cast, now)
    with pytest.raises(Invalid):
        do(cast, case, "decide_inadmissible", "city_secretary", at, verdict=verdict)
    reason = {"verdict": verdict, "reason": "住院期间无法提出"}
    do(cast, case, "decide_inadmissible", "city_secretary", at, **reason)
    assert steps.open_nodes(cast, case) == ["appoint_reviewers"]
    assert served_on(cast, case, "appeal_receipt") == {cast.users[WHO].id}
    due = cases.look(cast.session, case, now=at).execution.vars["due"]["appeal"]
    assert due.startswith(until)


def test_a_correction_of_the_organ_s_own_is_bound_to_no_month(cast: Cast, now: datetime) -> None:
    measure = the_measure(cast, steps.in_force(cast, now))
    at = now.replace(month=4, day=3)
    case = filed(cast, measure, at)
    register(cast, case, at, kind="own_correction", in_time=False)
    assert steps.open_nodes(cast, case) == ["appoint_reviewers"]


def test_who_registers_late_does_not_make_it_late(cast: Cast, now: datetime) -> None:
    measure = the_measure(cast, steps.in_force(cast, now))
    case = filed(cast, measure, now.replace(month=4, day=2))
    register(cast, case, now.replace(month=4, day=9))
    assert steps.open_nodes(cast, case) == ["appoint_reviewers"]


def test_reviewers_had_no_hand_in_the_first_case(cast: Cast, now: datetime) -> None:
    first = steps.in_force(cast, now)
    case = filed(cast, the_measure(cast, first), now)
    register(cast, case, now)
    for names in (("supervisor", "supervisor3"), (WHO, "supervisor3")):
        with refused(cast, "G2"):
            appoint(cast, case, now, *names)


def test_it_is_maintained(cast: Cast, now: datetime) -> None:
    _, measure, case = waiting(cast, now)
    discussed(cast, case, now, "maintain")
    decide(cast, case, now, "maintain")
    reply(cast, case, now)
    assert case.outcome == "appeal_closed"
    assert measure.state == "in_force"
    assert bars(cast, now) == ["promotion", "award", "candidate"]


def test_a_lighter_form_takes_its_place(cast: Cast, now: datetime) -> None:
    first, old, case = waiting(cast, now)
    discussed(cast, case, now, "change", "circular")
    decide(cast, case, now, "change")
    new = the_measure(cast, first)
    assert (old.state, old.form) == ("superseded", "admonition")
    assert (new.state, new.form, new.supersedes_id) == ("in_force", "circular", old.id)
    assert bars(cast, now) == []
    before = measures.findings_of(cast.session, old)
    assert [one.id for one in measures.findings_of(cast.session, new)] == [x.id for x in before]
    reply(cast, case, now)
    tell_again(cast, case, now)
    assert case.outcome == "appeal_corrected"


def test_the_facts_of_a_changed_measure_carry_no_second_one(cast: Cast, now: datetime) -> None:
    _, _, case = waiting(cast, now)
    discussed(cast, case, now, "change", "circular")
    decide(cast, case, now, "change")
    finding = cast.session.scalars(select(Finding)).one()
    second = steps.proposed_case(
        cast, now, "accountability", "finance_secretary", "finance_committee", finding
    )
    with refused(cast, "G7"):
        steps.enter(cast, second, now)


def test_a_superior_who_corrects_decides_himself(cast: Cast, now: datetime) -> None:
    """条例 21: no lower than the decision on an appeal, one step above it for 责令纠正."""
    case = filed(cast, the_measure(cast, steps.in_force(cast, now)), now)
    register(cast, case, now, kind="superior_correction")
    appoint(cast, case, now)
    discussed(cast, case, now, "revoke")
    level = cases.look(cast.session, case, now=now).execution.vars["min"]
    assert (level["org"], level["rank"]) == ("superior", "collective")
    decide(cast, case, now, "revoke")


def test_ones_own_appeal_makes_nothing_heavier(cast: Cast, now: datetime) -> None:
    _, _, case = waiting(cast, now)
    discussed(cast, case, now, "change", "removal")
    with refused(cast, "no_heavier"):
        decide(cast, case, now, "change")


def test_revoking_restores_eligibility_and_stops_the_execution(cast: Cast, now: datetime) -> None:
    first, measure, case = waiting(cast, now)
    discussed(cast, case, now, "revoke")
    decide(cast, case, now, "revoke")
    assert measure.state == "revoked"
    assert bars(cast, now) == []
    assert (first.status, first.outcome) == ("finished", "execution_stopped")
    assert steps.open_nodes(cast, first) == []


def test_the_same_circle_is_told_again(cast: Cast, now: datetime) -> None:
    first, _, case = waiting(cast, now)
    told = served_on(cast, first)
    assert cast.users[WHO].id in told
    discussed(cast, case, now, "revoke")
    decide(cast, case, now, "revoke")
    reply(cast, case, now)
    tell_again(cast, case, now)
    assert served_on(cast, case, "correction_circular") == told
    assert case.outcome == "appeal_corrected"
    unread = select(Acknowledgement.subject).where(Acknowledgement.case_id == case.id)
    assert "更正通报" in cast.session.scalars(unread).all()


def test_suspected_abuse_is_reported(cast: Cast, now: datetime) -> None:
    _, _, case = waiting(cast, now)
    discussed(cast, case, now, "revoke", abuse=True)
    decide(cast, case, now, "revoke")
    reply(cast, case, now)
    tell_again(cast, case, now)
    assert case.outcome == "appeal_reported"
    proposal = cast.session.scalars(select(Proposal).where(Proposal.ground == "abuse")).one()
    assert (proposal.measure, proposal.status) == ("accountability", "proposed")
