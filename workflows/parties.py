"""The people and facts of the case at hand, as its acts and papers name them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from models import Finding, Unit, User
from workflows import assignment, documents, findings
from workflows.deadlines import ZONE
from workflows.errors import Refused
from workflows.forms import Fault
from workflows.registry import Act
from workflows.subjects import from_vars


def live_findings(act: Act) -> list[Finding]:
    """The case's facts that stand; Refused (guard 5) where none is left."""
    found = [findings.get(act.session, int(one)) for one in act.vars.get("findings") or []]
    live = [one for one in found if one.status != findings.UNFOUNDED]
    if not live:
        raise Refused("The facts of this case no longer stand.", guard="G5")
    return live


def require_standing(act: Act, facts: Iterable[Any], *, own: bool = False) -> list[Finding]:
    """The facts named in a form: each stands and, with `own`, is one of the case (guard 5)."""
    found = [findings.get(act.session, int(one)) for one in facts]
    known = {int(one) for one in act.vars.get("findings") or []}
    if own and any(one.id not in known for one in found):
        raise Refused(
            "A measure rests on the facts of its own case only.",
            guard="G5",
            fields={"facts": Fault("Name facts of this case.")},
        )
    fallen = [one.fact for one in found if one.status == findings.UNFOUNDED]
    if fallen:
        raise Refused(
            "“{facts}” was settled as unfounded: it counts no more.",
            guard="G5",
            facts="、".join(fallen),
            fields={"facts": Fault("Name facts that stand.")},
        )
    return found


def recipients(act: Act) -> list[int]:
    """Whom a paper about the subject reaches: the person; for an organisation, its head today."""
    return assignment.people(act, "subject")


def about(act: Act) -> dict[str, Any]:
    """What every paper says of its subject."""
    subject = from_vars(act.vars["subject"])
    unit = act.session.get_one(Unit, subject.unit_id)
    addressee = subject.name if subject.kind == "org" else f"{unit.name} {subject.name}"
    return {"subject": subject.name, "addressee": addressee, "post": subject.post}


def ids_of(value: Any) -> list[int]:
    """Ids out of a form's value: one, a list, or a context keyed by id."""
    if value in (None, "", [], {}):
        return []
    return [int(one) for one in value] if isinstance(value, list | dict) else [int(value)]


def posts_people(act: Act, unit: Unit, kind: str) -> list[int]:
    """Who holds that post at the unit, or nearest above it, today; sorted by id."""
    posts = assignment.posts_above(act, unit.path, [kind])
    held = (assignment.holders_of(act.session, post, now=act.now) for post in posts)
    return sorted({user for users in held for user in users})


def names(act: Act, value: Any) -> list[str]:
    return [act.session.get_one(User, one).name for one in ids_of(value)]


def local(moment: str) -> str:
    """A stored moment as a paper prints it: 2026年3月2日 09:00."""
    at = datetime.fromisoformat(moment).astimezone(ZONE)
    return f"{documents.chinese_date(at.date())} {at:%H:%M}"
