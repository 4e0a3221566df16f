"""The pages on the use of results: lines, eligibility, records, exchange, growth, weak grades."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Debriefing, Draft, Holding, Proposal, ReadRow, ResultUse, Role
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, visit
from tests.workflows.steps import do, fact
from tests.workflows.using import begun, consulted, decision, line, the_measure
from webapp import clock
from workflows import cases, proposals, subjects

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    install(session, NOW)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    for holding in session.scalars(select(Holding)):
        holding.since = date(2020, 1, 1)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


@pytest.fixture
def case(cast: Cast) -> Case:
    """One line was decided, one was flagged and dropped."""
    case = begun(cast, NOW)
    award = line(cast, "finance_secretary", "award_priority", "excellent_worker")
    flagged = line(cast, "planning_secretary", "promotion_reference")
    do(cast, case, "draft_uses", "organiser", NOW, items=[award, flagged])
    flag = f"{flagged['subject']}:promotion_reference:{the_measure(cast).id}"
    answer = {"flag": flag, "verdict": "drop", "reason": "影响期未满"}
    do(cast, case, "answer_flags", "organiser", NOW, flags=[answer])
    consulted(cast, case, NOW)
    decided = decision(cast, award, flagged)
    decided["items"][1]["verdict"] = "drop"
    do(cast, case, "decide_uses", "work_secretary", NOW, **decided)
    cast.session.commit()
    return case


def use_of(cast: Cast, who: str) -> int:
    wanted = select(ResultUse.id).where(ResultUse.user_id == cast.users[who].id)
    found = cast.session.scalars(wanted).one()
    cast.session.commit()  # SQLite has room for one writer
    return found


def reads(cast: Cast, page: str) -> list[str]:
    cast.session.commit()
    query = select(ReadRow.user_name).where(ReadRow.page == page)
    found = list(cast.session.scalars(query))
    cast.session.commit()
    return found


def test_the_list_tells_who_decided_when_and_what_stood_against_it(
    app: Flask, cast: Cast, case: Case
) -> None:
    text = visit(app, cast, "organiser").get("/results").text
    assert "优秀党务干部" in text
    assert "work_secretary" in text
    assert "2026-12-31" in text  # the flagged is there, with the end of the effect
    assert "不予运用" in text


def test_the_list_is_narrowed_and_exported_formula_safe(app: Flask, cast: Cast, case: Case) -> None:
    row = cast.session.scalars(select(ResultUse).where(ResultUse.award != "")).one()
    row.name = "=1+1"
    cast.session.commit()
    visitor = visit(app, cast, "organiser")
    assert "planning_secretary" not in visitor.get("/results?state=approved").text
    assert "planning_secretary" in visitor.get("/results?use=promotion_reference&year=2026").text
    assert "没有符合条件" in visitor.get("/results?year=2019").text
    answer = visitor.get("/results?state=approved&export=xlsx")
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert len(lines) == 2
    assert (lines[1][1], lines[1][9]) == ("'=1+1", "work_secretary")
    assert reads(cast, "result uses export") == ["organiser"]


def test_a_line_shows_each_act_and_its_reading_is_logged(
    app: Flask, cast: Cast, case: Case
) -> None:
    url = f"/results/{use_of(cast, 'planning_secretary')}"
    text = visit(app, cast, "organiser").get(url).text
    for told in (
        "列入建议",
        "影响期未满",
        "不予运用",
        "不得列为考察对象",
        "工委会议（2026-03-02）",
    ):
        assert told in text
    assert reads(cast, "result use") == ["organiser"]


def test_a_person_sees_the_own_line_once_it_is_decided_and_nobody_else_s(
    app: Flask, cast: Cast, case: Case
) -> None:
    own = use_of(cast, "planning_secretary")
    visitor = visit(app, cast, "planning_secretary")
    assert visitor.get(f"/results/{own}").status_code == 200
    assert visitor.get(f"/results/{use_of(cast, 'finance_secretary')}").status_code == 404
    assert "finance_secretary" not in visitor.get("/results").text
    assert visit(app, cast, "finance_member").get(f"/results/{own}").status_code == 404
    cast.session.get_one(ResultUse, own).state = "proposed"
    cast.session.commit()
    assert visitor.get(f"/results/{own}").status_code == 404


def test_an_organiser_begins_the_use_of_a_year_and_nobody_else(app: Flask, cast: Cast) -> None:
    assert visit(app, cast, "organiser").send("/results", year="2026").status_code == 303
    cast.session.commit()
    found = cast.session.scalars(select(Case).where(Case.process == "result_use")).one()
    assert found.key.endswith(":2026")
    cast.session.commit()
    for wrong in ("", "1", "20 26", "９９９９"):
        assert visit(app, cast, "organiser").send("/results", year=wrong).status_code == 422
    assert visit(app, cast, "supervisor").send("/results", year="2026").status_code == 403


def test_eligibility_shows_everybody_with_measure_and_end(
    app: Flask, cast: Cast, case: Case
) -> None:
    visitor = visit(app, cast, "organiser")
    text = visitor.get("/results/eligibility?year=2026").text
    assert "finance_secretary" in text
    for told in ("planning_secretary", "诫勉", "2026-12-31", "不得列入"):
        assert told in text
    flagged = visitor.get("/results/eligibility?year=2026&flagged=yes").text
    assert "planning_secretary" in flagged
    assert "finance_secretary" not in flagged
    assert reads(cast, "eligibility") == ["organiser", "organiser"]
    assert visitor.get("/results/eligibility?year=2026&export=csv").mimetype == "text/csv"


def test_a_measure_that_is_revoked_is_gone_from_eligibility_at_once(
    app: Flask, cast: Cast, case: Case
) -> None:
    the_measure(cast).state = "revoked"
    cast.session.commit()
    text = visit(app, cast, "organiser").get("/results/eligibility?year=2026").text
    assert "planning_secretary" in text
    assert "诫勉" not in text


def test_a_record_is_read_by_who_may_and_the_reading_is_logged(
    app: Flask, cast: Cast, case: Case
) -> None:
    url = f"/results/records/{cast.users['finance_deputy'].id}"
    text = visit(app, cast, "finance_head").get(url).text
    for told in ("finance_committee专职副书记", "2020-01-01", "至今", "专职", "党务"):
        assert told in text
    assert visit(app, cast, "finance_deputy").get(url).status_code == 200
    assert reads(cast, "career record") == ["finance_head"]  # one's own is not logged
    assert visit(app, cast, "planning_head").get(url).status_code == 404
    assert visit(app, cast, "supervisor").get(url).status_code == 404
    assert visit(app, cast, "finance_deputy").get(f"{url}?export=xlsx").status_code == 200


def test_the_records_are_listed_within_reach(app: Flask, cast: Cast) -> None:
    text = visit(app, cast, "finance_head").get("/results/records").text
    assert "finance_branch_secretary" in text
    assert "planning_deputy" not in text
    nothing = visit(app, cast, "finance_member").get("/results/records").text
    assert "无权查阅" in nothing
    assert visit(app, cast, "organiser").get("/results/records?export=xlsx").status_code == 200
    assert reads(cast, "career records export") == ["organiser"]


def test_the_ticked_stand_in_the_organiser_s_draft(app: Flask, cast: Cast) -> None:
    begun(cast, NOW)
    cast.session.commit()
    visitor = visit(app, cast, "organiser")
    assert "finance_deputy" in visitor.get("/results/exchange?line=party").text
    assert "finance_head" in visitor.get("/results/exchange?line=business").text
    person = cast.users["finance_deputy"].id
    taken = visitor.send("/results/exchange", line="party", person=str(person))
    assert (taken.status_code, "/tasks/" in taken.location) == (303, True)
    cast.session.commit()
    assert len(cast.session.scalars(select(Draft)).one().answers["items"]) == 1
    cast.session.commit()
    assert visitor.send("/results/exchange", line="party").status_code == 303  # nobody ticked
    stranger = str(cast.users["finance_member"].id)
    assert visitor.send("/results/exchange", line="party", person=stranger).status_code == 404
    assert visitor.get("/results/exchange?line=party&export=xlsx").status_code == 200


def test_growth_stands_as_a_table_and_as_a_workbook(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "organiser")
    text = visitor.get("/results/growth").text
    assert all(str(year) in text for year in range(2022, 2027))
    sheet = load_workbook(BytesIO(visitor.get("/results/growth?export=xlsx").data)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert len(lines) == 1 + 5 * 2
    assert lines[-2][:3] == (2026, "党务", 6)


def test_weak_grades_stand_with_what_the_ladder_proposes(app: Flask, cast: Cast) -> None:
    begun(cast, NOW)
    user, unit = cast.users["finance_secretary"], cast.units["finance_committee"]
    row = cast.session.scalars(select(Debriefing).where(Debriefing.user_id == user.id)).one()
    row.grade = "poor"
    proposal = _proposed(cast, user.id, unit.id)
    cast.session.commit()
    visitor = visit(app, cast, "organiser")
    text = visitor.get("/results/weak?year=2026").text
    for told in ("finance_secretary", "约谈", "待决定"):
        assert told in text
    assert "planning_secretary" not in text  # good
    assert "/proposals?measure=interview" not in text  # he decides nothing
    decider = visit(app, cast, "work_deputy").get("/results/weak?year=2026").text
    assert "/proposals?measure=interview" in decider
    cast.session.get_one(Proposal, proposal).status = "declined"
    cast.session.commit()
    assert "不予采取" in visitor.get("/results/weak?year=2026").text
    assert visitor.get("/results/weak?year=2026&export=xlsx").status_code == 200
    assert visit(app, cast, "supervisor").get("/results/weak?year=2026").status_code == 403


def _proposed(cast: Cast, user_id: int, unit_id: int) -> int:
    origin = cast.session.scalars(select(Case).where(Case.key.endswith(":2025"))).one()
    draft = proposals.Draft(
        ground="debriefing",
        measure="interview",
        to="level(work_committee, deputy)",
        subject=subjects.person(cast.session, user_id, unit_id, now=NOW),
        findings=[fact(cast, NOW).id],
        why={},
        rule="measure_proposal",
        origin=str(origin.id),
        origin_case=origin,
    )
    return proposals.propose(cast.session, draft, by=None, now=NOW).id


@pytest.mark.parametrize("page", ["eligibility", "exchange", "growth", "weak"])
def test_what_prepares_decisions_is_closed_to_others(app: Flask, cast: Cast, page: str) -> None:
    for stranger in ("finance_secretary", "supervisor", "audit_admin"):
        assert visit(app, cast, stranger).get(f"/results/{page}").status_code == 403


def test_pages_follow_each_other_by_key(
    app: Flask, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("views", "records", "trends"):
        monkeypatch.setattr(f"webapp.results.{module}.PAGE", 1)
    visitor = visit(app, cast, "organiser")
    for url in ("/results?year=2026", "/results/eligibility?year=2026", "/results/records",
                "/results/exchange?line=party"):  # fmt: skip
        first = visitor.get(url).text
        second = visitor.get(_following(first)).text
        assert _rows(first) != _rows(second), url


def _following(text: str) -> str:
    _, found, rest = text.partition('rel="next" href="')
    assert found
    return rest.partition('"')[0].replace("&amp;", "&")


def _rows(text: str) -> str:
    return text.partition("<tbody>")[2].partition("</tbody>")[0]


def test_a_finished_use_is_on_the_own_record(app: Flask, cast: Cast, case: Case) -> None:
    later = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)
    cases.wake(cast.session, case.id, now=later)
    row = line(cast, "finance_secretary", "award_priority")
    stands = [{"subject": row["subject"], "stands": True}]
    do(cast, case, "settle_publicity", "organiser", later, items=stands)
    outcome = {"subject": row["subject"], "use": row["use"], "adopted": "yes", "on": "2026-03-16"}
    do(cast, case, "record_outcome", "handler", later, items=[outcome])
    cast.session.commit()
    me = cast.users["finance_secretary"].id
    text = visit(app, cast, "finance_secretary").get(f"/results/records/{me}").text
    assert "2026-03-16" in text
    assert "优秀党务干部" in text
