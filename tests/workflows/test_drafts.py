"""The draft of a process: one each, one writes, nothing of it is lost, and it may be unfit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, DefinitionDraft
from tests.cast import Cast, assemble
from tests.workflows.releasing import DIAGRAM, UNFIT, Office, redrawn, shipped
from workflows import definitions, drafts
from workflows.errors import Conflict, DomainError, Invalid, NotFound, TooLarge

FORM = "forms/hold_talk.ui.json"


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    return Office.open(assemble(session), now)


def test_a_draft_begins_as_the_newest_version_and_there_is_one_each(office: Office) -> None:
    draft = office.by("first").begin()
    assert drafts.bundle_of(draft) == shipped()
    assert (draft.base, draft.sha256, draft.state) == (1, shipped().digest, "drafting")
    assert office.by("first").begin() is draft
    with pytest.raises(Conflict) as told:
        office.by("second").begin()
    assert told.value.facts == {"who": office.cast.users["first"], "when": office.now}


def test_who_administers_no_processes_has_no_drafts(office: Office) -> None:
    draft = office.by("first").begin()
    stranger = office.by("supervisor")
    for act in (stranger.begin, lambda: stranger.take_over(draft), lambda: stranger.discard(draft)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotFound):
        stranger.write(draft, {DIAGRAM: redrawn()})


def test_a_draft_may_be_unfit_and_says_why(office: Office) -> None:
    first = office.by("first")
    draft = first.write(first.begin(), {DIAGRAM: redrawn(UNFIT)})
    fault = drafts.faults_of(draft)[0]
    assert (fault.element, fault.rule) == ("decide_reminder", "who-unreadable")
    assert drafts.bundle_of(draft).diagrams["reminder"] == redrawn(UNFIT)
    assert drafts.changes_of(office.cast.session, draft)[0].aspect == "who"
    first.write(draft, {DIAGRAM: b"<a/>"})  # well-formed, and no diagram at all
    assert [one.aspect for one in drafts.changes_of(office.cast.session, draft)] == ["unreadable"]
    assert drafts.faults_of(draft)


BAD: dict[str, tuple[str, bytes | None, type[DomainError]]] = {
    "no XML": (DIAGRAM, b"<a", Invalid),
    "an entity": (DIAGRAM, b'<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>', Invalid),
    "too deep": (DIAGRAM, b"<a>" * 5_000 + b"</a>" * 5_000, Invalid),
    "too large": (DIAGRAM, b"<a>" + b" " * 2_000_000 + b"</a>", TooLarge),
    "no JSON": (FORM, b"{", Invalid),
    "a number": (FORM, b"7", Invalid),
    "no template": ("documents/letter.docx", b"PK", Invalid),
    "no such part": ("scripts/run.py", b"", Invalid),
    "a way out": ("diagrams/../x", b"<a/>", Invalid),
    "no key": ("forms/notes.json", b"{}", Invalid),
    "its own diagram": (DIAGRAM, None, Invalid),
    "another id": ("decisions/light", b"<definitions/>", Invalid),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_is_refused_and_changes_nothing(office: Office, what: str) -> None:
    path, content, kind = BAD[what]
    first = office.by("first")
    draft = first.begin()
    before = draft.version
    with pytest.raises(kind):
        first.write(draft, {FORM: b"{}", path: content})
    assert drafts.bundle_of(draft) == shipped()
    assert draft.version == before


def test_a_file_is_added_and_taken_away(office: Office) -> None:
    first = office.by("first")
    made = {"forms/new.schema.json": b"{}", "tests/light.json": b"{}", FORM: None}
    bundle = drafts.bundle_of(first.write(first.begin(), made))
    assert bundle.forms["new.schema.json"] == b"{}"
    assert bundle.tests["light.json"] == b"{}"
    assert "hold_talk.ui.json" not in bundle.forms
    assert bundle.digest != shipped().digest


def test_of_two_windows_the_second_is_told_only_of_the_same_file(office: Office) -> None:
    first = office.by("first")
    draft = first.begin()
    seen = draft.version
    first.write(draft, {DIAGRAM: redrawn()}, seen)
    first.write(draft, {FORM: b'{"order": []}'}, seen)  # another editor in another window
    with pytest.raises(Conflict):
        first.write(draft, {DIAGRAM: redrawn(UNFIT)}, seen)
    assert drafts.bundle_of(draft).diagrams["reminder"] == redrawn()
    first.write(draft, {DIAGRAM: redrawn(UNFIT)})


def test_the_pen_changes_hands_and_the_former_holder_is_told_who_and_when(office: Office) -> None:
    first, second = office.by("first"), office.by("second")
    draft = first.changed()
    with pytest.raises(Conflict):
        second.write(draft, {FORM: b"{}"})
    with pytest.raises(Conflict):
        second.discard(draft)
    office.now += timedelta(minutes=5)
    second.take_over(draft)
    with pytest.raises(Conflict) as told:
        first.write(draft, {FORM: b"{}"})
    assert told.value.facts == {"who": office.cast.users["second"], "when": office.now}
    second.write(draft, {FORM: b"{}"})
    assert set(draft.writers) == {office.cast.users[who].id for who in ("first", "second")}
    said = office.cast.session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert said[-4:] == ["draft_made", "draft_saved", "draft_taken_over", "draft_saved"]


def test_a_draft_of_a_version_that_is_no_longer_the_newest_goes_on_from_that(
    office: Office,
) -> None:
    first = office.by("first")
    draft = first.changed()
    office.version(2, office.now)
    assert drafts.is_outdated(office.cast.session, draft)
    with pytest.raises(Conflict):
        first.hand_in(draft)
    first.go_on(draft)
    assert (draft.base, drafts.is_outdated(office.cast.session, draft)) == (2, False)
    first.hand_in(draft)


Act = Callable[[Session, Office], object]


def _other(sessions: sessionmaker[Session], now: datetime, act: Act) -> str:
    """What the second of two is told, who acts while the first has not ended."""
    with sessions() as own:
        try:
            act(own, Office(Cast.of(own), now))
        except Conflict as told:
            return str(getattr(told.facts["who"], "name", ""))
        return "nothing"


def _race(office: Office, sessions: sessionmaker[Session], first: Act, second: Act) -> str:
    office.cast.session.commit()
    with ThreadPoolExecutor(1) as pool:
        first(office.cast.session, office)
        waits = pool.submit(_other, sessions, office.now, second)
        sleep(0.1)
        office.cast.session.commit()
        return waits.result(timeout=20)


def test_of_two_who_begin_at_once_the_second_is_told_of_the_first(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    def second(_: Session, at: Office) -> object:
        return at.by("second").begin()

    told = _race(office, sessions, lambda *_: office.by("first").begin(), second)
    assert told == "process_admin"
    query = select(func.count()).select_from(DefinitionDraft)
    assert office.cast.session.scalar(query) == 1


def test_a_save_that_meets_a_take_over_is_told_of_it(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    draft = office.by("first").begin()
    seen, one = draft.version, draft.id

    def late(own: Session, at: Office) -> object:
        rights = at.cast.rights("process_admin", at.now)
        files = {DIAGRAM: redrawn()}
        return drafts.write(own, one, files, seen=seen, rights=rights, now=at.now)

    assert _race(office, sessions, lambda *_: office.by("second").take_over(draft), late) == (
        "second"
    )
    office.cast.session.expire_all()
    assert drafts.bundle_of(draft) == shipped()


def test_two_who_retire_the_last_two_versions_leave_one(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    office.version(2, office.now)
    office.cast.session.commit()
    with ThreadPoolExecutor(1) as pool:
        office.by("first").retire(2)

        def late() -> str:
            with sessions() as own:
                try:
                    Office(Cast.of(own), office.now).by("second").retire(1)
                except Conflict as told:
                    return told.message
                return "nothing"

        waits = pool.submit(late)
        sleep(0.1)
        office.cast.session.commit()
        assert "the last version in force" in waits.result(timeout=20)
    assert definitions.latest(office.cast.session, "reminder", now=office.now).number == 1
