"""Who acts: each term with whom it names and whom it does not, and the policies beside it."""

import re
from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import (
    Case,
    Definition,
    Grant,
    Holding,
    Notification,
    ParameterSet,
    Post,
    Role,
    Task,
    UnitKind,
)
from tests import standing
from tests.cast import Cast, assemble
from workflows import assignment, assignment_previews, assignment_words, calendars, notices
from workflows.assignment import Rule
from workflows.assignment_finders import FINDERS
from workflows.assignment_previews import Given
from workflows.deadlines import ZONE, Calendar
from workflows.engine.who import TERMS, Unreadable
from workflows.errors import NotFound
from workflows.registry import Act

CASE = 7
CHINESE = re.compile("[一-鿿]")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    """The city, with a leader in charge and two discipline groups."""
    standing.stand(session, "assignment", lambda: _extend(assemble(session)), at=now)
    return Cast.of(session)


def _extend(cast: Cast) -> None:
    cast.unit("finance_budget", UnitKind.DEPARTMENT, "finance")
    cast.holder("finance_vice", "班子成员", "finance", cadre=True)
    cast.holder("group_leader", "纪检组长", "planning")
    cast.holder("work_group_leader", "纪检组长", "work")
    cast.grant("organ_handler", Role.HANDLER, "planning")
    oversees(cast, "finance_vice", "finance_budget")
    oversees(cast, "work_deputy", "finance")
    oversees(cast, "group_leader", "finance")


def oversees(cast: Cast, who: str, codes: str) -> None:
    post = post_of(cast, who)
    cast.session.execute(update(Post).where(Post.id == post).values(oversees=codes))


def post_of(cast: Cast, who: str) -> int:
    held = select(Holding.post_id).where(Holding.user_id == cast.users[who].id)
    return cast.session.scalars(held).first() or 0


def relieve(cast: Cast, who: str) -> None:
    cast.session.execute(delete(Holding).where(Holding.user_id == cast.users[who].id))


def act(cast: Cast, now: datetime, unit: str = "finance", **variables: object) -> Act:
    """In a case of the unit, opened by `starter`, about `about`."""
    starter, about = variables.pop("starter", None), variables.pop("about", None)
    variables["unit"] = str(cast.units[unit].id)
    if about:
        user = cast.users[str(about)]
        variables["subject"] = {"kind": "cadre", "user": str(user.id), "unit": variables["unit"]}
        variables["subject_users"] = [str(user.id)]
    opened_by = cast.users[str(starter)].id if starter else None
    case = Case(id=CASE, unit_id=cast.units[unit].id, opened_by=opened_by)
    return Act(cast.session, case, variables, None, now, Calendar())


def done(cast: Cast, now: datetime, node: str, who: str) -> None:
    """The step stands as done in the case."""
    session, unit = cast.session, cast.units["finance"].id
    said = {"number": 1, "made_at": now, "values": {}}
    if session.get(Case, CASE) is None:
        version = Definition(
            process="trial", number=1, name="试", spec=b"", sha256="", published_at=now,
            effective_from=now,
        )  # fmt: skip
        figures = ParameterSet(**said)
        session.add_all([version, figures])
        session.flush()
        session.add(
            Case(
                id=CASE, definition_id=version.id, parameters_id=figures.id, process="trial",
                key="trial", title="试", unit_id=unit, state=b"", opened_at=now,
            )
        )  # fmt: skip
        session.flush()
    task = Task(
        case_id=CASE, engine_id=uuid4(), node=node, name=node, unit_id=unit, opened_at=now,
        done_at=now, done_by=cast.users[who].id,
    )  # fmt: skip
    session.add(task)
    session.flush()


def named(cast: Cast, seen: Act, rule: str | Rule) -> list[str]:
    found = assignment.resolve(seen, rule)
    behind = [assignment.holders_of(cast.session, one, now=seen.now) for one in found.principals]
    ids = {one for users in behind for one in users} - found.excluded
    return sorted(name for name, user in cast.users.items() if user.id in ids)


def ids(cast: Cast, *names: str) -> list[str]:
    return [str(cast.users[name].id) for name in names]


SUPERVISORS = ["supervisor", "supervisor2", "supervisor3"]


@pytest.mark.parametrize(
    ("unit", "rule", "people"),
    [
        ("finance", "post(unit, 党组书记)", ["finance_head"]),
        ("finance_branch", "post(unit, 党组书记)", ["finance_head"]),  # the nearest above
        ("planning", "post(unit, 纪检组长)", ["group_leader"]),
        ("finance", "role(supervisor)", SUPERVISORS),
        ("finance", "role(handler)", ["handler", "handler2"]),
        ("planning", "role(handler, unit)", ["organ_handler"]),
        ("finance", "line_superior(subject)", ["finance_head"]),
        ("finance", "superior(subject, 1)", ["finance_head"]),
        ("finance", "superior(subject, 2)", ["work_secretary"]),
        ("finance", "superior(starter, 1)", ["finance_head"]),  # the first one is the subject
        ("finance_budget", "leader(unit)", ["finance_vice"]),
        ("finance", "leader(unit)", ["work_deputy"]),
        ("planning_branch", "leader(unit)", ["planning_head"]),  # nobody is put in charge of it
        ("finance", "discipline(unit)", ["group_leader"]),  # sent to planning, finance as well
        ("finance_branch", "discipline(unit)", ["group_leader"]),
        ("work", "discipline(unit)", ["work_group_leader"]),
        ("finance", "level(work_committee, deputy)", ["work_deputy"]),
        ("finance", "min", ["work_secretary"]),
        ("finance", "subject", ["finance_secretary"]),
        ("finance", "starter", ["finance_branch_secretary"]),
        ("finance", "starter_choice(picked)", ["finance_deputy"]),
        ("finance", "chosen(enter, helpers)", ["handler", "handler2"]),
        ("finance", "case(enter.helpers)", ["handler", "handler2"]),
        ("finance", "item(person)", ["planning_head"]),
        ("finance", "external(organization)", ["handler", "handler2"]),
        ("finance", 'expression(if size > 3 then picked else "0")', ["finance_deputy"]),
        ("finance", "role(supervisor) not(enter)", SUPERVISORS[1:]),
        ("finance", "same(enter)", ["supervisor"]),
        ("finance", "starter not_starter", ["process_admin"]),
        ("finance", "role(handler, unit) not_of(unit)", ["handler", "handler2"]),
        ("finance", "post(unit, 联络员) not_of(unit)", ["process_admin"]),
    ],
)
def test_a_term_names_its_people(
    cast: Cast, now: datetime, unit: str, rule: str, people: list[str]
) -> None:
    seen = act(
        cast,
        now,
        unit,
        starter="finance_branch_secretary",
        about="finance_secretary",
        picked=ids(cast, "finance_deputy")[0],
        size=4,
        min={"org": "work_committee", "rank": "principal"},
        enter={"helpers": {key: {} for key in ids(cast, "handler", "handler2")}},
    )
    seen.item = {"person": ids(cast, "planning_head")}
    done(cast, now, "enter", "supervisor")
    assert named(cast, seen, rule) == people


def test_every_term_of_the_catalogue_is_found_and_said_in_both_languages() -> None:
    for name, kind in TERMS.items():
        rule = f"{name}({', '.join('ab' for _ in kind.args)})" if kind.args else name
        rule = f"starter {rule}" if kind.takes_away else rule
        zh, en = assignment_words.say({"who": rule})
        assert rule not in (zh, en)
        assert not CHINESE.search(en)
        assert kind.takes_away or name in FINDERS


def test_a_rule_is_said_with_the_names_of_its_steps_and_its_policies() -> None:
    said = {
        "who": "post(lead_unit, 责任领导) not(do_work)",
        "ifNobody": "superior",
        "ifTwice": "again",
    }
    zh, en = assignment_words.say(said, {"do_work": ("办理", "Do the work")})
    assert zh.startswith("牵头单位的责任领导，办理“办理”的人除外；找不到办理人时：先交该职务的上级")
    assert en.startswith(
        "责任领导 of the lead unit; not who did “Do the work”; if nobody is found:"
    )
    assert assignment_words.say({"who": "post(unit"}) == ("post(unit", "post(unit")


# --- policies ------------------------------------------------------------------------------------


def test_nobody_found_goes_up_the_tree_or_to_the_superior_or_at_once_to_the_process_admin(
    cast: Cast, now: datetime
) -> None:
    relieve(cast, "finance_head")
    cast.holder("second_head", "党组书记", "work")
    seen = act(cast, now)
    rule = "post(unit, 党组书记)"
    assert named(cast, seen, rule) == ["second_head"]
    assert assignment.resolve(seen, rule).by == assignment.ABOVE
    assert named(cast, seen, Rule(rule, if_nobody="superior")) == ["work_secretary"]
    at_once = assignment.resolve(seen, Rule(rule, if_nobody="process_admin"))
    assert at_once.by == assignment.ADMIN
    assert at_once.fell_back


def test_whoever_is_out_of_office_is_not_found(cast: Cast, now: datetime) -> None:
    seen = act(cast, now, picked=ids(cast, "handler"))
    assert named(cast, seen, "case(picked)") == ["handler"]
    cast.users["handler"].enabled = False
    cast.session.flush()
    assert named(cast, seen, "case(picked)") == ["process_admin"]


@pytest.mark.parametrize(
    ("policy", "people"),
    [("may", ["finance_liaison"]), ("excluded", ["process_admin"]), ("superior", ["finance_head"])],
)
def test_the_handler_who_opened_the_case(
    cast: Cast, now: datetime, policy: str, people: list[str]
) -> None:
    cast.holder("finance_liaison", "班子成员", "finance_committee")
    seen = act(cast, now, starter="finance_liaison")
    rule = Rule("post(unit, 联络员)", if_starter=policy)
    assert named(cast, seen, rule) == people
    seen.by = cast.users["finance_liaison"]
    mine = [post_of(cast, "finance_liaison"), seen.by.id]
    assert assignment.may_do(seen, mine, rule, mine) is (policy == "may")


def test_another_does_it_where_there_is_another(cast: Cast, now: datetime) -> None:
    seen = act(cast, now)
    done(cast, now, "enter", "handler")
    rule = Rule("role(handler)", if_twice="other")
    assert named(cast, seen, rule) == ["handler2"]
    waits = assignment.resolve(seen, rule).principals
    for who, may in (("handler", False), ("handler2", True)):
        seen.by = cast.users[who]
        assert assignment.may_do(seen, waits, rule, [*waits, seen.by.id]) is may
    done(cast, now, "check", "handler2")  # now both have acted: either may again
    assert named(cast, seen, rule) == ["handler", "handler2"]


def test_the_alarm_reaches_somebody_even_without_a_process_admin(cast: Cast, now: datetime) -> None:
    cast.session.execute(delete(Grant).where(Grant.user_id == cast.users["process_admin"].id))
    seen = act(cast, now)
    found = assignment.resolve(seen, "starter")
    assert found.by == assignment.NOBODY
    assert found.principals  # the seat: whoever is given it has the task
    done(cast, now, "enter", "handler")
    task = cast.session.scalars(select(Task)).one()
    for _ in range(2):
        notices.nobody_found(cast.session, seen, task, rule="starter")
    rows = cast.session.scalars(select(Notification)).all()
    assert {one.recipient_id for one in rows} == {
        cast.users["security_admin"].id,
        cast.users["system_admin"].id,
    }
    assert all(one.task_id is None and "task" not in one.facts for one in rows)


# --- tried beforehand ----------------------------------------------------------------------------


def test_a_preview_tells_offices_who_is_left_out_and_how_it_fell_back(
    cast: Cast, now: datetime
) -> None:
    rights = cast.rights("process_admin", now)
    head = post_of(cast, "finance_head")
    given = Given(cast.units["finance"].id, subject=head)
    found = assignment_previews.preview(
        cast.session, {"who": "post(unit, 党组书记)"}, given, rights=rights, now=now
    )
    assert found.by == assignment.ADMIN
    assert [(one.kind, one.names) for one in found.found] == [("process_admin", ("process_admin",))]
    assert [(one.name, one.why) for one in found.left_out] == [("finance_head", "subject")]
    later = Given(cast.units["finance"].id, on=date(2030, 1, 1))
    cast.session.execute(
        update(Holding).where(Holding.post_id == head).values(until=date(2029, 1, 1))
    )
    found = assignment_previews.preview(
        cast.session, {"who": "post(unit, 党组书记)"}, later, rights=rights, now=now
    )
    assert (found.by, found.left_out) == (assignment.ADMIN, ())
    found = assignment_previews.preview(
        cast.session, {"who": "case(rect.owner)"}, given, rights=rights, now=now
    )
    assert (found.depends, found.found) == (("case",), ())


def test_a_preview_keeps_to_the_units_of_the_process_admin(cast: Cast, now: datetime) -> None:
    rights = cast.rights("process_admin", now)
    outside = Given(cast.units["city"].id)
    with pytest.raises(NotFound):
        assignment_previews.preview(cast.session, {"who": "min"}, outside, rights=rights, now=now)
    with pytest.raises(NotFound):
        assignment_previews.offices(cast.session, outside.unit_id, rights=rights, now=now)
    assert "city" not in {
        name for _, name in assignment_previews.units(cast.session, "", rights=rights)
    }
    with pytest.raises(Unreadable) as fault:
        assignment_previews.preview(
            cast.session,
            {"who": "role(handler) nobody"},
            Given(cast.units["finance"].id),
            rights=rights,
            now=now,
        )
    assert fault.value.column == 15


def test_each_day_up_to_a_deadline_is_counted_or_not(session: Session, now: datetime) -> None:
    calendars.seed(session, now=now)
    start = datetime(2026, 2, 13, 9, tzinfo=ZONE)  # the Friday before the Spring Festival
    end = datetime(2026, 2, 25, 23, tzinfo=ZONE)
    days, total = assignment_previews.days_counted(session, start, end)
    assert [one.day.day for one in days if one.count] == [14, 24, 25]
    assert (total, len(days)) == (3, 12)
    assert all(one.name for one in days if one.day.weekday() < 5 and one.count is None)
