"""News in words: one sentence per kind, for the list in the app and for the mail."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from workflows.deadlines import ZONE


def _(sentence: str) -> str:
    """Marks a sentence for the catalogues; it is translated for its reader later."""
    return sentence


# By kind: the sentence, and what is said where its facts may not be told.
SAID: Mapping[str, tuple[str, str]] = {
    "due": (_("{task}: due on {due}."), _("A step that waits for you is due on {due}.")),
    "overdue": (
        _("{task}: overdue since {due}."),
        _("A step that waits for you is overdue since {due}."),
    ),
    "nobody_found": (
        _("{task}: nobody holds the post that it is for; it waits for you."),
        _("A step whose post nobody holds waits for you."),
    ),
    "no_admin": (
        _("Steps wait for nobody: no process administrator is in office. Please appoint one."),
    )
    * 2,
    "stuck": (_("Cases that run wait for nothing and nobody: {count}. Please look at them."),) * 2,
    "served": (_("For you to read: {title}."), _("A paper waits for you to read it.")),
    "withdrawn": (_("Withdrawn: {title}."), _("Something that concerned you was withdrawn.")),
    "cleared": (_("A matter that concerned you is cleared."),) * 2,
    "urged": (_("Urged: {case}."), _("You are urged in a case that waits for you.")),
    "plan_offer": (_("An item of your plan was behind twice: a matter is offered to you."),) * 2,
    "proposed": (_("A proposal waits for your decision."),) * 2,
    "withdrawal_asked": (
        _("{who} is asked to keep out of a case: please decide."),
        _("Somebody is asked to keep out of a case: please decide."),
    ),
    "draft_to_review": (
        _("{who} handed in a draft of {process}: it waits for your review."),
        _("A draft of a process waits for your review."),
    ),
    "draft_approved": (
        _("{who} approved the draft of {process}: it may be published."),
        _("Your draft of a process is approved."),
    ),
    "draft_returned": (
        _("{who} returned the draft of {process} with a remark."),
        _("Your draft of a process is returned."),
    ),
    "effect_ended": (_("The effect of a measure has ended."),) * 2,
    "city_circular": (
        _("{number} was issued: {title}."),
        _("A monthly circular was issued."),
    ),
    "survey": (
        _("You are asked in a survey: {title}, open until {closes}."),
        _("You are asked in a survey."),
    ),
    "chain_head": (
        _("At {at} the audit trail ended at {seq}:{mac}. Keep this outside the system."),
        _("The audit trail was sealed."),
    ),
}
OTHER = (_("There is news for you."),) * 2


def sentence(kind: str, facts: Mapping[str, Any], say: Callable[[str], str]) -> str:
    """The news with the facts at hand; `say` translates."""
    if kind == "due" and int(facts.get("rung") or 0) > 0:
        kind = "overdue"
    full, bare = SAID.get(kind, OTHER)
    told = {name: _tell(fact) for name, fact in facts.items()}
    for wording in (full, bare, OTHER[1]):
        try:
            return say(wording).format(**told)
        except (KeyError, IndexError, ValueError):  # a fact is missing, or may not be told
            continue
    return say(OTHER[1])


def _tell(fact: Any) -> str:
    """A moment, kept as text in the row, as the organisation's clocks show it."""
    if isinstance(fact, str) and "T" in fact and len(fact) < 40:
        try:
            moment = datetime.fromisoformat(fact)
        except ValueError:
            return fact
        return str(format_datetime(moment.astimezone(ZONE), "yyyy-MM-dd HH:mm"))
    return str(fact)


def path(task_id: int | None, case_id: int | None, facts: Mapping[str, Any]) -> str:
    """Where to go on from the news."""
    if "withdrawal" in facts:
        return f"/withdrawals/{facts['withdrawal']}"
    if "survey" in facts:
        return f"/surveys/{facts['survey']}/own"
    if "draft" in facts:
        return f"/process-drafts/{facts['draft']}"
    if task_id is not None:
        return f"/tasks/{task_id}"
    return f"/cases/{case_id}" if case_id is not None else "/news"
