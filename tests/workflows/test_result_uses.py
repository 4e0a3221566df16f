"""结果运用: recommended, flagged, decided, shown to the public, adopted; then it is on record."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    CareerEntry,
    Case,
    CaseStatus,
    Document,
    ResultUse,
    Role,
)
from tests.cast import Cast, assemble, install
from tests.workflows.steps import do, open_nodes, refused
from tests.workflows.using import (
    begun,
    beside,
    consulted,
    decision,
    line,
    outcome_of,
    stages,
    the_measure,
)
from workflows import cases, documents, result_uses, suggestions
from workflows.errors import Invalid, NotAllowed


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    return begun(cast, now)


def test_an_award_is_shown_to_the_public_adopted_and_on_record(
    cast: Cast, case: Case, now: datetime
) -> None:
    award = line(cast, "finance_secretary", "award_priority", "excellent_worker")
    do(cast, case, "draft_uses", "organiser", now, items=[award])
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, award))
    later = now + timedelta(days=10)
    cases.wake(cast.session, case.id, now=later)
    stands = [{"subject": award["subject"], "stands": True}]
    do(cast, case, "settle_publicity", "organiser", later, items=stands)
    outcome = [outcome_of(award, "yes", on="2026-03-20")]
    do(cast, case, "record_outcome", "handler", later, items=outcome)
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "uses_closed")
    entry = cast.session.scalars(select(CareerEntry)).one()
    assert (entry.kind, entry.award, entry.line, entry.title) == (
        "award_priority",
        "excellent_worker",
        "party",
        "finance_committee机关党委书记",
    )
    assert (entry.happened_on, entry.full_time) == (date(2026, 3, 20), False)
    papers = set(cast.session.scalars(select(Document.template)))
    assert papers >= {"publicity_notice", "use_letter", "post_record"}
    assert stages(cast, "finance_secretary") == [
        ("proposed", "organiser", "年度考核等次为好"),
        ("approved", "work_secretary", "工委会议（2026-03-02）"),
        ("adopted", "handler", ""),
    ]


def test_who_is_under_an_effect_period_is_flagged_and_no_candidate(
    cast: Cast, case: Case, now: datetime
) -> None:
    reference = line(cast, "planning_secretary", "promotion_reference")
    do(cast, case, "draft_uses", "organiser", now, items=[reference])
    assert open_nodes(cast, case) == ["answer_flags"]
    flagged = cast.session.scalars(select(ResultUse)).one()
    assert flagged.flags == [
        {
            "measure": str(the_measure(cast).id),
            "form": "admonition",
            "bars": ["candidate"],
            "until": "2026-12-31",
        }
    ]
    flag = f"{reference['subject']}:promotion_reference:{the_measure(cast).id}"
    keep = [{"flag": flag, "verdict": "keep", "reason": "表现突出"}]
    with refused(cast, "candidate"):
        do(cast, case, "answer_flags", "organiser", now, flags=keep)
    drop = [{"flag": flag, "verdict": "drop", "reason": "影响期内"}]
    do(cast, case, "answer_flags", "organiser", now, flags=drop)
    consulted(cast, case, now)
    with refused(cast, "flag"):  # what was dropped does not come back by the decision
        do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, reference))
    assert [state for state, *_ in stages(cast, "planning_secretary")] == ["proposed", "dropped"]


def test_a_flag_that_may_be_kept_goes_on_with_its_reason_and_into_the_letter(
    cast: Cast, case: Case, now: datetime
) -> None:
    training = line(cast, "planning_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[training])
    flag = f"{training['subject']}:training:{the_measure(cast).id}"
    keep = [{"flag": flag, "verdict": "keep", "reason": "培训不受影响"}]
    do(cast, case, "answer_flags", "organiser", now, flags=keep)
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, training))
    assert [(s, note) for s, _, note in stages(cast, "planning_secretary")][1:] == [
        ("kept", "培训不受影响"),
        ("approved", "工委会议（2026-03-02）"),
    ]
    letter = cast.session.scalars(select(Document).where(Document.template == "use_letter")).one()
    assert letter.values["items"][0]["until"] == "2026年12月31日"
    assert documents.render(cast.session, letter)


def test_a_measure_that_came_after_the_check_bars_the_candidate_at_the_decision(
    cast: Cast, case: Case, now: datetime
) -> None:
    reference = line(cast, "finance_secretary", "promotion_reference")
    do(cast, case, "draft_uses", "organiser", now, items=[reference])
    consulted(cast, case, now)
    the_measure(cast).subject_user_id = cast.users["finance_secretary"].id
    cast.session.flush()
    with refused(cast, "candidate"):
        do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, reference))


def test_a_measure_that_was_revoked_flags_nobody(cast: Cast, case: Case, now: datetime) -> None:
    the_measure(cast).state = "revoked"
    reference = line(cast, "planning_secretary", "promotion_reference")
    do(cast, case, "draft_uses", "organiser", now, items=[reference])
    assert open_nodes(cast, case) == ["consult_bodies", "consult_bodies"]


@pytest.mark.parametrize(
    ("who", "use", "award"),
    [
        ("finance_member", "award_priority", "excellent_worker"),  # holds no party post
        ("finance_deputy", "promotion_reference", ""),  # was not graded
        ("finance_deputy", "award_priority", ""),  # which award?
    ],
)
def test_a_use_is_for_those_whom_it_is_for(
    cast: Cast, case: Case, now: datetime, who: str, use: str, award: str
) -> None:
    with pytest.raises(Invalid), cast.session.begin_nested():
        do(cast, case, "draft_uses", "organiser", now, items=[beside(cast, who, use, award)])


def test_members_and_party_workers_who_were_not_graded_may_be_named(
    cast: Cast, case: Case, now: datetime
) -> None:
    member = beside(cast, "finance_member", "award_priority", "excellent_member")
    worker = beside(cast, "planning_deputy", "award_priority", "excellent_worker")
    do(cast, case, "draft_uses", "organiser", now, items=[member, worker])
    consulted(cast, case, now)
    rows = [row | {"subject": f"user-{row['person']}"} for row in (member, worker)]
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, *rows))
    notice = cast.session.scalars(
        select(Document).where(Document.template == "publicity_notice")
    ).one()
    assert notice.values["awards"] == [
        {"award": "优秀党员", "names": "finance_member"},
        {"award": "优秀党务干部", "names": "planning_deputy"},
    ]


def test_nobody_proposes_himself(cast: Cast, case: Case, now: datetime) -> None:
    own = beside(cast, "organiser", "training")
    with refused(cast, "recusal"):
        do(cast, case, "draft_uses", "organiser", now, items=[own])


def test_every_line_is_decided(cast: Cast, case: Case, now: datetime) -> None:
    rows = [line(cast, "finance_secretary", use) for use in ("training", "exchange")]
    do(cast, case, "draft_uses", "organiser", now, items=rows)
    consulted(cast, case, now)
    with pytest.raises(Invalid, match="not decided"), cast.session.begin_nested():
        do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, rows[0]))
    dropped = decision(cast, *rows)
    dropped["items"][1] |= {"verdict": "drop"}
    with refused(cast, "reason"):
        do(cast, case, "decide_uses", "work_secretary", now, **dropped)
    dropped["items"][1] |= {"reason": "岗位暂无空缺"}
    do(cast, case, "decide_uses", "work_secretary", now, **dropped)
    states = cast.session.execute(select(ResultUse.use, ResultUse.state)).all()
    assert dict(states) == {"training": "approved", "exchange": "dropped"}


def test_an_award_that_falls_in_its_publicity_is_recorded_with_the_objection(
    cast: Cast, case: Case, now: datetime
) -> None:
    award = line(cast, "finance_secretary", "award_priority", "other")
    training = line(cast, "finance_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[award, training])
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, award, training))
    later = now + timedelta(days=10)
    cases.wake(cast.session, case.id, now=later)
    objection = {"objection": "材料不实", "verdict": "upheld", "reason": "经核实属实"}
    falls = {"items": [{"subject": award["subject"], "stands": False}], "objections": [objection]}
    do(cast, case, "settle_publicity", "organiser", later, **falls)
    assert ("fallen", "organiser", "材料不实：经核实属实") in stages(cast, "finance_secretary")
    do(cast, case, "record_outcome", "handler", later, items=[outcome_of(training, "yes")])
    assert cast.session.scalars(select(CareerEntry.kind)).all() == ["training"]


def test_each_form_says_what_is_known_already(cast: Cast, case: Case, now: datetime) -> None:
    def suggested(node: str) -> Any:
        run = cases.look(cast.session, case, now=now)
        schema = {"properties": {"items": ROWS, "flags": ROWS}}
        return suggestions.for_task(node, schema, run.execution.vars, "")

    assert "items" not in suggested("draft_uses")  # not everybody graded is named
    row = line(cast, "planning_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[row])
    flag = suggested("answer_flags")["flags"][0]["flag"]
    drop = [{"flag": flag, "verdict": "drop", "reason": "影响期内"}]
    do(cast, case, "answer_flags", "organiser", now, flags=drop)
    assert suggested("decide_uses")["items"] == [
        {"subject": row["subject"], "use": "training", "verdict": "drop", "reason": "影响期内"}
    ]


ROWS = {"type": "array", "items": {"properties": {"subject": {"x-ref": "subject"}}}}


def test_only_who_was_graded_is_named_and_once_per_use(
    cast: Cast, case: Case, now: datetime
) -> None:
    twice = [line(cast, "finance_secretary", "training")] * 2
    for rows in (twice, [line(cast, "finance_head", "training")]):
        with pytest.raises(Invalid), cast.session.begin_nested():
            do(cast, case, "draft_uses", "organiser", now, items=rows)


def test_a_returned_list_comes_back_to_its_drafter(cast: Cast, case: Case, now: datetime) -> None:
    training = line(cast, "finance_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[training])
    consulted(cast, case, now)
    back = decision(cast, next="return", opinion="请补充依据", items=[])
    do(cast, case, "decide_uses", "work_secretary", now, **back)
    assert open_nodes(cast, case) == ["draft_uses"]
    exchange = line(cast, "finance_secretary", "exchange")
    do(cast, case, "draft_uses", "organiser", now, items=[exchange])
    states = cast.session.execute(select(ResultUse.use, ResultUse.state)).all()
    assert dict(states) == {"training": "left_out", "exchange": "proposed"}


def test_without_an_award_nothing_is_shown_to_the_public(
    cast: Cast, case: Case, now: datetime
) -> None:
    training = line(cast, "finance_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[training])
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, training))
    assert open_nodes(cast, case) == ["record_outcome"]
    no = [outcome_of(training, "no")]
    with refused(cast, "reason"):
        do(cast, case, "record_outcome", "handler", now, items=no)


def test_a_stranger_begins_nothing(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        result_uses.begin(
            cast.session,
            cast.units["work"],
            2026,
            rights=cast.rights("finance_secretary", now),
            now=now,
        )
