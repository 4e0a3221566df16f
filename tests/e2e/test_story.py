"""The whole story in a browser: a missed duty, 提醒, 约谈, 问责, 申诉. Each step is a click of the
person whom the rules name; at each one the wrong person sends the same and is refused."""

from sqlalchemy import select

from models import AuditRow
from tests.e2e.acting import Office
from tests.e2e.appealing import appealing
from tests.e2e.holding import holding
from tests.e2e.interviewing import interviewing
from tests.e2e.lighting import (
    a_matter_is_opened,
    a_red_too_long_is_only_proposed,
    it_turned_red_by_itself,
)
from tests.e2e.reminding import duties_are_missed, reminding
from webapp import clock
from workflows import audit


def test_from_a_missed_duty_to_the_corrected_decision(office: Office) -> None:
    duties_are_missed(office)
    matter = a_matter_is_opened(office)
    reminding(office)
    interviewing(office)
    it_turned_red_by_itself(office, matter)
    measure = holding(office)
    appealing(office, measure)
    a_red_too_long_is_only_proposed(office)
    every_step_left_a_line(office)
    the_trail_holds(office)


def every_step_left_a_line(office: Office) -> None:
    with office.sessions() as session:
        rows = session.execute(
            select(AuditRow.subject_id, AuditRow.actor_id).where(
                AuditRow.action == "completed", AuditRow.subject_type == "task"
            )
        ).all()
    lines = {(int(task), who) for task, who in rows}
    assert lines == set(office.done)


def the_trail_holds(office: Office) -> None:
    with office.sessions.begin() as session:
        while audit.seal(session, now=clock.now()):
            pass
        verdict = audit.verify(session)
    assert (verdict.faults, verdict.unsealed) == ((), 0)
    assert verdict.sealed >= len(office.done)
