"""What-if: the same facts under two ladders, in memory, checked against SQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker, undefer

from config import ROOT
from models import (
    AuditRow,
    Case,
    DefinitionDraft,
    Obligation,
    ObligationState,
    Proposal,
    Trial,
    TrialState,
    User,
)
from tests import standing
from tests.cast import Cast
from tests.trying import PROCESSES, TABLE, counted, stricter
from tests.workflows.owing import owing_city, rule
from workflows import access, assignment, definitions, drafts, jobs, subjects
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotFound
from workflows.what_if import crowd, ladders, reading, trials
from workflows.what_if.people import Directory
from workflows.what_if.reading import Wanted

BRANCHES = ("finance_branch", "planning_branch")
NOTHING: dict[str, Any] = {side: {"totals": {}} for side in ("old", "new")}
MISSED, LATE = ObligationState.MISSED, ObligationState.LATE
RULES = (
    "line_superior(subject)",
    "level(work_committee, deputy)",
    "level(party_group, principal)",
    "level(superior, collective)",
    "role(supervisor)",
    "min not(prepare_interview)",
)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    cast = owing_city(session, now)
    standing.stand(session, "what if", lambda: _make(session, cast, now), at=now)
    session.commit()
    return cast


def _make(session: Session, cast: Cast, now: datetime) -> None:
    values = definitions.read_parameters(ROOT / "bpmn" / "_parameters.json")
    definitions.install_parameters(session, values, by=None, now=now)
    for process in PROCESSES:
        definitions.publish_folder(session, ROOT / "bpmn" / process, by=None, now=now)
    _owe(session, cast)


def _owe(session: Session, cast: Cast) -> None:
    """Each branch missed its meeting in three months and held two late, the organ missed one."""
    code = rule(session)
    rows = []
    for month in (10, 11, 12):
        due = datetime(2025, month, 28, 15, 59, 59, tzinfo=UTC)
        for unit in (*BRANCHES, "finance") if month == 12 else BRANCHES:
            rows.append(_row(cast, unit, code.id, due, MISSED, None))
    for month, done in ((1, date(2026, 2, 3)), (2, date(2026, 2, 20))):
        due = datetime(2026, month, 25, 15, 59, 59, tzinfo=UTC)
        for unit in BRANCHES:
            rows.append(_row(cast, unit, code.id, due, LATE, done))
    session.execute(insert(Obligation), rows)


def _row(
    cast: Cast, unit: str, rule_id: int, due: datetime, state: int, done: date | None
) -> dict[str, object]:
    return {
        "rule_id": rule_id,
        "period": int(due.strftime("%Y%m01")),
        "unit_id": cast.units[unit].id,
        "due_at": int(due.timestamp()),
        "state": int(state),
        "done_on": done,
    }


def wanted(now: datetime) -> Wanted:
    return Wanted(now - timedelta(days=365), now)


def draft_of(cast: Cast, now: datetime, process: str = "reminder") -> DefinitionDraft:
    rights = cast.rights("process_admin", now)
    made = drafts.begin(cast.session, process, rights=rights, now=now)
    seen = made.version
    return drafts.write(
        cast.session, made.id, {TABLE: stricter()}, seen=seen, rights=rights, now=now
    )


def asked(draft: DefinitionDraft | None, now: datetime, **figures: str) -> trials.Asked:
    typed = {f"value:{name.replace('__', '.')}": text for name, text in figures.items()}
    day = day_of(now)
    first = (day - timedelta(days=365)).isoformat()
    return trials.Asked(draft.id if draft else None, first, day.isoformat(), None, typed)


def ask(cast: Cast, draft: DefinitionDraft | None, now: datetime, **figures: str) -> int:
    rights = cast.rights("process_admin", now)
    made = trials.ask(cast.session, asked(draft, now, **figures), rights=rights, now=now)
    cast.session.commit()
    return made.id


def after(sessions: sessionmaker[Session], trial: int) -> Trial:
    with sessions() as session:
        return session.get_one(Trial, trial, options=[undefer(Trial.result)])


def test_a_changed_table_shows_the_difference_and_agrees_with_sql(
    session: Session, sessions: sessionmaker[Session], cast: Cast, now: datetime
) -> None:
    trial = ask(cast, draft_of(cast, now), now)
    before = _written(session)
    session.rollback()  # whoever only reads on SQLite has the writer's place as well
    assert jobs.run_trials(sessions, now=now) == 1
    found = after(sessions, trial)
    result = found.result or {}
    assert found.state == TrialState.DONE
    assert found.done == found.total > 0
    by_sql = counted(session, wanted(now).since, wanted(now).until)
    assert by_sql == {
        "2025-10": {"interview": 2},
        "2025-11": {"interview": 2},
        "2025-12": {"interview": 3},
        "2026-01": {"interview": 2},  # those of February were held before they were due
    }
    assert result["new"]["rungs"] == by_sql
    assert result["old"]["rungs"] == {
        month: {"reminder": sum(rungs.values())} for month, rungs in by_sql.items()
    }
    # The rest of the interviews follows from what was assumed of rectifications: none here.
    assert result["old"]["totals"]["reminder"] == 9
    assert result["new"]["totals"]["reminder"] == 0
    assert result["new"]["totals"]["interview"] == 9
    assert {one["kind"] for one in result["affected"]} == {"new"}
    assert len(result["affected"]) == 3
    assert _written(session) == before  # nothing but the trial itself


def _written(session: Session) -> list[int]:
    return [
        session.scalar(select(func.count()).select_from(one)) or 0
        for one in (Case, Proposal, AuditRow)
    ]


def test_both_sides_are_the_same_where_nothing_changes(
    session: Session, cast: Cast, now: datetime
) -> None:
    common, organs = reading.read(session, wanted(now))
    pair = ladders.pair(session, Trial(process="", files=b"", figures={}), now=now)
    for _, old, new in crowd.replayed(organs, common, pair.old, pair.new, processes=1):
        assert old == new
        assert old["cases"] > 0


def test_a_reminder_that_lapses_sooner_comes_from_a_figure_alone(
    session: Session, sessions: sessionmaker[Session], cast: Cast, now: datetime
) -> None:
    with pytest.raises(Invalid):
        ask(cast, None, now)  # nothing is changed
    session.rollback()
    trial = ask(cast, None, now, days__red_over="1")
    assert jobs.run_trials(sessions, now=now) == 1
    found = after(sessions, trial)
    assert found.figures == {"days.red_over": 1}
    assert found.result is not None
    assert found.result["old"]["cells"] == found.result["new"]["cells"]  # there are no matters


def test_the_directory_finds_whom_the_rules_find(
    session: Session, cast: Cast, now: datetime
) -> None:
    _, organs = reading.read(session, wanted(now))
    people = {organ.name: Directory(organ) for organ in organs}
    units = {name: cast.units[name] for name in (*BRANCHES, "finance", "planning")}
    for name, unit in units.items():
        directory = people[name.removesuffix("_branch")]
        head = subjects.head_of(session, unit.id, now=now) if "branch" in name else None
        subject = head or subjects.organisation(session, unit.id)
        assert directory.subject_of(unit.id, day_of(now)) == subject
        for who in RULES:
            found = assignment.someone_for(
                session, who, subject=subject.as_vars(), unit_id=unit.id, now=now
            )
            mine = directory.superior_of(who, subject, {}, day_of(now))
            assert mine in found.principals, (name, who)


def test_a_cancelled_trial_keeps_nothing(
    session: Session, sessions: sessionmaker[Session], cast: Cast, now: datetime
) -> None:
    rights = cast.rights("process_admin", now)
    trial = ask(cast, draft_of(cast, now), now)
    session.rollback()
    with sessions.begin() as other:
        work = trials.claim(other, now=now)
    assert work is not None
    trials.cancel(session, trial, rights=rights, now=now)
    session.commit()
    with sessions.begin() as other:
        assert not trials.tell(other, trial, 1, 2, now=now)
        assert not trials.finish(other, trial, NOTHING, now=now)
    found = after(sessions, trial)
    assert (found.state, found.result, found.stopped_by) == ("cancelled", None, rights.user.id)
    with pytest.raises(Conflict):
        trials.cancel(session, trial, rights=rights, now=now)
    session.rollback()
    assert jobs.run_trials(sessions, now=now) == 0


def test_a_run_that_is_cancelled_on_its_way_stops(
    session: Session,
    sessions: sessionmaker[Session],
    cast: Cast,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial, user = ask(cast, draft_of(cast, now), now), cast.users["process_admin"].id
    session.rollback()
    lived: list[int] = []

    def one_by_one(*given: object, **_: object) -> Iterator[crowd.Part]:
        for part in real(*given, processes=1):  # type: ignore[arg-type]
            lived.append(part[0])
            yield part
            with sessions.begin() as other:
                if other.get_one(Trial, trial).state == TrialState.RUNNING:
                    rights = access.rights_of(other, other.get_one(User, user), now=now)
                    trials.cancel(other, trial, rights=rights, now=now)

    real = crowd.replayed
    monkeypatch.setattr(crowd, "replayed", one_by_one)
    monkeypatch.setattr(jobs, "TOLD", 0)
    assert jobs.run_trials(sessions, now=now) == 0
    assert len(lived) == 2  # of two organs the second was under way when it was seen
    assert after(sessions, trial).state == TrialState.CANCELLED


def test_two_trials_wait_for_each_other_and_each_holds_for_its_own_draft(
    session: Session, sessions: sessionmaker[Session], cast: Cast, now: datetime
) -> None:
    draft = draft_of(cast, now)
    first = ask(cast, draft, now)
    rights = cast.rights("process_admin", now)
    shipped = (ROOT / "bpmn" / "_decisions" / "measure_proposal.dmn").read_bytes()
    drafts.write(
        session, draft.id, {TABLE: shipped}, seen=draft.version, rights=rights, now=now
    )  # while the first waits
    second = ask(cast, draft, now)
    kept = [session.get_one(Trial, one) for one in (first, second)]
    assert [trials.holds_still(session, one) for one in kept] == [False, True]
    assert kept[0].sha256 != kept[1].sha256
    session.rollback()
    with sessions.begin() as one:
        work = trials.claim(one, now=now)
    with sessions.begin() as one:
        other = trials.claim(one, now=now)
        assert trials.claim(one, now=now) is None
    assert [work, other] == [first, second]
    # Nobody was heard of again: both are begun anew.
    assert jobs.run_trials(sessions, now=now + trials.STALE + timedelta(seconds=1)) == 2
    results = [after(sessions, one).result or {} for one in (first, second)]
    assert [one["new"]["totals"]["interview"] > 0 for one in results] == [True, False]


def test_a_broken_draft_is_refused(session: Session, cast: Cast, now: datetime) -> None:
    draft = draft_of(cast, now)
    rights = cast.rights("process_admin", now)
    broken = stricter().replace(b'>"interview"<', b">interview measure nobody knows(<")
    drafts.write(session, draft.id, {TABLE: broken}, seen=draft.version, rights=rights, now=now)
    with pytest.raises(definitions.Unfit):
        ask(cast, draft, now)
    session.rollback()
    assert session.scalar(select(func.count(Trial.id))) == 0


def test_what_breaks_is_told_and_the_next_one_runs(
    session: Session, sessions: sessionmaker[Session], cast: Cast, now: datetime
) -> None:
    broken, well = ask(cast, draft_of(cast, now), now), ask(cast, draft_of(cast, now), now)
    session.execute(update(Trial).where(Trial.id == broken).values(files=b"no files"))
    session.commit()
    assert jobs.run_trials(sessions, now=now) == 1
    assert after(sessions, broken).state == TrialState.FAILED
    assert after(sessions, broken).fault
    assert after(sessions, well).state == TrialState.DONE


def test_only_process_administrators_ask_and_look(
    session: Session, cast: Cast, now: datetime
) -> None:
    trial = ask(cast, draft_of(cast, now), now)
    for who in ("supervisor", "system_admin", "finance_head"):
        rights = cast.rights(who, now)
        with pytest.raises(NotFound):
            trials.get(session, trial, rights=rights)
        with pytest.raises(NotFound):
            trials.ask(session, asked(None, now), rights=rights, now=now)
        with pytest.raises(NotFound):
            trials.cancel(session, trial, rights=rights, now=now)


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        ("2025-13-01", "2026-03-01", "since"),
        ("2025-03-01", "2026-03-03", "until"),  # tomorrow
        ("2026-02-01", "2026-01-01", "until"),
        ("2020-01-01", "2026-01-01", "since"),
    ],
)
def test_a_span_without_sense_is_refused(
    session: Session, cast: Cast, now: datetime, since: str, until: str, field: str
) -> None:
    rights = cast.rights("process_admin", now)
    given = trials.Asked(None, since, until, None, {"value:days.red_over": "1"})
    with pytest.raises(Invalid) as refused:
        trials.ask(session, given, rights=rights, now=now)
    assert list(refused.value.fields) == [field]
