"""From draft to version: a second person, a date, and the way back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Definition, DefinitionDraft, Notification
from tests.cast import assemble
from tests.workflows.releasing import DIAGRAM, UNFIT, Office, redrawn, shipped
from workflows import definitions, drafts, versions
from workflows.definitions import Unfit
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

INSTANT = timedelta(microseconds=1)
MONDAY = date(2026, 3, 9)
DAWN = datetime(2026, 3, 8, 16, 0, tzinfo=UTC)  # the first moment of that Monday in the office


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    return Office.open(assemble(session), now)


def approved(office: Office) -> DefinitionDraft:
    draft = office.by("first").changed()
    office.by("first").hand_in(draft)
    return office.by("second").review(draft)


def news(office: Office, who: str) -> list[str]:
    wanted = select(Notification.kind).where(Notification.recipient_id == office.cast.users[who].id)
    return list(office.cast.session.scalars(wanted.order_by(Notification.id)))


def test_a_draft_is_handed_in_approved_by_another_and_published(office: Office) -> None:
    draft = office.by("first").changed()
    assert office.by("first").hand_in(draft).state == "handed in"
    assert news(office, "second") == news(office, "third") == ["draft_to_review"]
    assert news(office, "first") == []
    assert office.by("second").review(draft, remark="可以").state == "approved"
    assert news(office, "first") == ["draft_approved"]
    made = office.by("first").publish(draft)
    assert (made.number, made.note, made.effective_from) == (2, "再核对一次", office.now)
    assert office.in_force(office.now) == 2
    with pytest.raises(NotFound):
        drafts.get(
            office.cast.session, draft.id, rights=office.cast.rights("process_admin", office.now)
        )
    said = office.cast.session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert said[-4:] == ["draft_saved", "draft_handed_in", "draft_approved", "published"]


@pytest.mark.parametrize("who", ["first", "second"])
def test_who_wrote_or_handed_in_reviews_nothing(office: Office, who: str) -> None:
    """The first drew, the second took over and handed in without a stroke of his own."""
    draft = office.by("first").changed()
    office.by("second").take_over(draft)
    office.by("second").hand_in(draft)
    with pytest.raises(NotAllowed):
        office.by(who).review(draft)
    assert draft.state == "handed in"
    office.by("third").review(draft)


def test_what_was_returned_is_mended_and_handed_in_anew(office: Office) -> None:
    first, draft = office.by("first"), office.by("first").changed()
    first.hand_in(draft)
    with pytest.raises(Invalid) as told:
        office.by("second").review(draft, approved=False, remark=" ")
    assert set(told.value.fields) == {"remark"}
    office.by("second").review(draft, approved=False, remark="名称不妥")
    assert (draft.state, draft.remark) == ("returned", "名称不妥")
    assert news(office, "first") == ["draft_returned"]
    first.write(draft, {DIAGRAM: redrawn({"提醒前核对": "核对"})})
    assert (draft.state, draft.remark) == ("drafting", "名称不妥")
    first.hand_in(draft)
    assert draft.remark == ""
    office.by("second").review(draft)


@pytest.mark.parametrize("state", ["handed in", "approved"])
def test_what_is_written_after_handing_in_has_to_be_handed_in_anew(
    office: Office, state: str
) -> None:
    draft = office.by("first").changed()
    office.by("first").hand_in(draft)
    seen = draft.version
    if state == "approved":
        office.by("second").review(draft)
    office.by("first").write(draft, {DIAGRAM: redrawn({"提醒前核对": "核对"})})
    assert (draft.state, draft.handed_in_by, draft.reviewed_by) == ("drafting", None, None)
    with pytest.raises(Conflict):
        office.by("first").publish(draft)
    office.by("first").hand_in(draft)
    with pytest.raises(Conflict):  # the reviewer had looked at the one before
        office.by("second").review(draft, seen=seen)


def _drafting(office: Office) -> DefinitionDraft:
    return office.by("first").changed()


def _handed_in(office: Office) -> DefinitionDraft:
    return office.by("first").hand_in(_drafting(office))


def _returned(office: Office) -> DefinitionDraft:
    return office.by("second").review(_handed_in(office), approved=False, remark="不妥")


FORBIDDEN = [
    (_drafting, "review"),
    (_drafting, "publish"),
    (_handed_in, "hand_in"),
    (_handed_in, "publish"),
    (_returned, "review"),
    (_returned, "publish"),
    (approved, "hand_in"),
    (approved, "review"),
]


@pytest.mark.parametrize(("reach", "act"), FORBIDDEN)
def test_no_step_is_left_out(
    office: Office, reach: Callable[[Office], DefinitionDraft], act: str
) -> None:
    draft = reach(office)
    state = draft.state
    who = office.by("third" if act == "review" else "first")
    with pytest.raises(Conflict) as told:
        getattr(who, act)(draft)
    assert {"who", "when"} <= told.value.facts.keys()
    assert draft.state == state
    assert office.in_force(office.now) == 1


def test_what_is_unfit_unchanged_or_without_a_note_is_not_handed_in(office: Office) -> None:
    first = office.by("first")
    draft = first.begin()
    with pytest.raises(Invalid):
        first.hand_in(draft)  # nothing differs
    first.write(draft, {DIAGRAM: redrawn(UNFIT)})
    with pytest.raises(Unfit) as unfit:
        first.hand_in(draft)
    assert unfit.value.faults[0].element == "decide_reminder"
    first.write(draft, {DIAGRAM: redrawn()})
    for day in (date(2026, 3, 1), date(2029, 1, 1)):
        with pytest.raises(Invalid) as told:
            first.hand_in(draft, note=" ", day=day)
        assert set(told.value.fields) == {"note", "effective_from"}
    assert draft.state == "drafting"
    with pytest.raises(Conflict):
        office.by("second").hand_in(draft)  # somebody else writes


def test_a_diagram_that_nothing_calls_any_more_is_left_behind(office: Office) -> None:
    first = office.by("first")
    draft = first.write(first.changed(), {"diagrams/spare": shipped().diagrams["reminder"]})
    assert "spare" in drafts.bundle_of(draft).diagrams
    first.write(draft, {"diagrams/spare": redrawn()})
    assert list(drafts.bundle_of(first.hand_in(draft)).diagrams) == ["reminder"]


def test_a_broken_version_never_touches_the_one_in_force(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks run once more at the last step: what they find there stops it."""
    draft = approved(office)
    before = office.cast.session.scalars(select(Definition.sha256)).all()
    monkeypatch.setattr(definitions, "faults_of", lambda _: ["a fault that was not there before"])
    with pytest.raises(Unfit):
        office.by("first").publish(draft)
    assert office.cast.session.scalars(select(Definition.sha256)).all() == before
    assert draft.state == "approved"
    current = definitions.latest(office.cast.session, "reminder", now=office.now)
    assert definitions.spec_of(office.cast.session, current.id).nodes


# ---- from when on


def test_a_version_is_in_force_from_the_first_moment_of_its_day(office: Office) -> None:
    made = office.by("first").publish(approved(office), MONDAY)
    assert made.effective_from == DAWN
    assert [office.in_force(at) for at in (office.now, DAWN - INSTANT, DAWN)] == [1, 1, 2]
    assert _stands(office, DAWN - INSTANT) == {2: "takes effect later", 1: "in force"}
    assert _stands(office, DAWN) == {2: "in force", 1: "earlier"}


def _stands(office: Office, at: datetime) -> dict[int, str]:
    history = versions.history(office.cast.session, "reminder")
    return {number: str(one) for number, one in versions.standings(history, now=at).items()}


def test_today_and_no_day_are_at_once(office: Office) -> None:
    assert office.by("first").publish(approved(office), date(2026, 3, 2)).effective_from == (
        office.now
    )


def test_before_its_day_a_version_can_be_withdrawn_and_on_it_no_more(office: Office) -> None:
    office.version(2, DAWN)
    office.now = DAWN
    with pytest.raises(Conflict):
        office.by("second").withdraw(2)
    office.now = DAWN - INSTANT
    with pytest.raises(Invalid):
        office.by("second").withdraw(2, " ")
    with pytest.raises(Conflict):
        office.by("second").retire(2)
    made = office.by("second").withdraw(2, "通知推迟")
    assert (made.is_withdrawn, made.retire_reason) == (True, "通知推迟")
    assert office.in_force(DAWN + timedelta(days=9)) == 1
    assert _stands(office, DAWN)[2] == "withdrawn"
    with pytest.raises(Conflict) as told:
        office.by("first").withdraw(2)
    assert told.value.facts["who"] is office.cast.users["second"]
    assert office.by("first").begin().base == 1  # the next one is made of what stands
    newest = definitions.newest_of(office.cast.session, "reminder")
    assert newest is not None
    assert newest.number == 1


def test_the_number_of_a_withdrawn_version_is_not_given_again(office: Office) -> None:
    office.version(2, DAWN)
    office.by("first").withdraw(2)
    draft = approved(office)
    assert office.by("first").publish(draft).number == 3


def test_a_draft_of_a_version_that_was_withdrawn_has_to_be_looked_at_again(
    office: Office,
) -> None:
    office.version(2, DAWN)
    draft = approved(office)
    assert draft.base == 2
    office.by("first").withdraw(2)
    with pytest.raises(Conflict) as told:
        office.by("first").publish(draft)
    assert told.value.facts == {"number": 2}


def test_no_version_overtakes_one_that_waits(office: Office) -> None:
    office.version(2, DAWN)
    draft = approved(office)
    for day in (None, MONDAY - timedelta(days=1)):
        with pytest.raises(Invalid) as told:
            office.by("first").publish(draft, day)
        assert set(told.value.fields) == {"effective_from"}
    assert office.by("first").publish(draft, MONDAY + timedelta(days=1)).number == 3
    assert [office.in_force(DAWN), office.in_force(DAWN + timedelta(days=1))] == [2, 3]


# ---- the way back


def test_a_retired_version_gives_way_to_the_one_before(office: Office) -> None:
    office.version(2, office.now)
    assert office.in_force(office.now) == 2
    with pytest.raises(Invalid):
        office.by("first").retire(2, "")
    office.by("first").retire(2, "判定有误")
    assert office.in_force(office.now) == 1
    assert _stands(office, office.now) == {2: "retired", 1: "in force"}
    with pytest.raises(Conflict) as told:
        office.by("first").retire(1)
    assert told.value.facts == {"number": 1}
    with pytest.raises(NotFound):
        office.by("first").retire(3)
    with pytest.raises(NotFound):
        office.by("supervisor").retire(1)


def test_one_that_takes_effect_later_does_not_stand_in(office: Office) -> None:
    """Until then the process would have no version at all."""
    office.version(2, DAWN)
    with pytest.raises(Conflict):
        office.by("first").retire(1)
