"""What a form's lists offer: whom the actor may reach, in a post or in a role."""

from datetime import datetime

from sqlalchemy.orm import Session

from tests.cast import assemble
from workflows.choices import Chooser


def test_who_works_in_a_role_can_be_chosen_and_no_administrator(
    session: Session, now: datetime
) -> None:
    cast = assemble(session)
    cast.person("newcomer", unit="work")
    chooser = Chooser(session, cast.rights("supervisor", now), now, {}, {})
    offered = dict(chooser("user", "talkers"))
    for name in ("supervisor2", "handler", "work_deputy", "finance_secretary"):
        assert str(cast.users[name].id) in offered
    for name in ("system_admin", "security_admin", "audit_admin", "newcomer"):
        assert str(cast.users[name].id) not in offered
