"""责任清单 on their way: drafted, decided by the party group, issued, signed for, in force.

党委（党组）落实全面从严治党主体责任规定: a list of responsibilities, adjusted each year.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from models import (
    DutyRule,
    Holding,
    Post,
    ResponsibilityList,
    ResponsibilityRound,
    Role,
    Unit,
    User,
)
from workflows import assignment, documents, responsibility_papers
from workflows.assignment import seats_of
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.registry import Act, effect, guard, operation
from workflows.responsibility_rounds import ISSUED, lines_of, lists_of, own_units

DRAFTERS = ("专职副书记", "机关党委书记")


def round_of(act: Act) -> ResponsibilityRound:
    """The round that the case at hand is about."""
    return act.session.scalars(
        select(ResponsibilityRound).where(
            ResponsibilityRound.organ_id == int(act.vars["organ"]),
            ResponsibilityRound.year == int(act.vars["year"]),
            ResponsibilityRound.number == int(act.vars["edition"]),
        )
    ).one()


@operation("prepare_lists")
def prepare_lists(act: Act) -> None:
    """The drafts are tied to their case; who drafts them is the organ's 专职副书记."""
    round_ = round_of(act)
    round_.case_id = act.case.id
    act.vars["drafters"] = [str(one) for one in _drafters(act)]
    act.session.flush()


def _drafters(act: Act) -> list[int]:
    """Filled posts of the first kind that there is; without any, the organiser above."""
    organ, day = act.session.get_one(Unit, int(act.vars["organ"])), day_of(act.now)
    units = [one.id for one in own_units(act.session, organ, today=day)]
    for kind in DRAFTERS:
        found = act.session.scalars(
            select(Post.id)
            .join(Holding, Holding.post_id == Post.id)
            .where(
                Post.unit_id.in_(units),
                Post.kind == kind,
                Holding.since <= day,
                or_(Holding.until.is_(None), Holding.until > day),
            )
            .distinct()
        ).all()
        if found:
            return list(found)
    return seats_of(act, Role.ORGANISER)


@guard("responsibility", "draft_lists")
def every_list_says_something(act: Act) -> None:
    """No list is empty, and each duty that a line names is one of the catalogue."""
    drafts = lists_of(act.session, round_of(act), "draft")
    lines = lines_of(act.session, [one.id for one in drafts])
    empty = [one.post_then for one in drafts if not lines[one.id]]
    if empty:
        raise Refused("The list of {names} is empty.", names="、".join(empty), guard="empty")
    named = {line.duty_code for own in lines.values() for line in own} - {""}
    known = set(
        act.session.scalars(select(DutyRule.code).where(DutyRule.code.in_(named)).distinct())
    )
    if named - known:
        raise Invalid("There is no duty {code}.", code="、".join(sorted(named - known)))


@guard("responsibility", "decide_lists")
def the_meeting_was_held(act: Act) -> None:
    """Lists are decided in a meeting that was held, with its minutes."""
    if act.answers["verdict"] != "approve":
        return
    if date.fromisoformat(act.answers["held_on"]) > day_of(act.now):
        raise Invalid("Please mend what is marked.", fields={"held_on": Fault("Not yet held.")})


@effect("responsibility", "decide_lists")
def lists_decided(act: Act) -> None:
    """Which meeting decided stands with the round."""
    if act.answers["verdict"] == "approve":
        round_ = round_of(act)
        round_.meeting = act.answers["meeting"][:200]
        round_.held_on = date.fromisoformat(act.answers["held_on"])


@operation("issue_lists")
def issue_lists(act: Act) -> None:
    """Each list is served on who holds its post today; a post that fell vacant gets none."""
    round_ = round_of(act)
    round_.state = "issued"
    items: dict[str, Any] = {}
    for row in lists_of(act.session, round_, "draft"):
        holder = _holder(act, row)
        if holder is None:
            row.state = "withdrawn"
            continue
        row.user_id, row.state, row.issued_on = holder, "issued", day_of(act.now)
        items[str(row.id)] = {
            "list": str(row.id),
            "post": str(row.post_id),
            "unit": str(row.unit_id),
            "name": row.post_then,
        }
    act.session.flush()
    act.vars["lists"] = items
    for key in items:
        row = act.session.get_one(ResponsibilityList, int(key))
        values = responsibility_papers.values(act.session, row)
        documents.issue(act, Paper("responsibility_list", values, about=key, serve=[row.user_id]))


def _holder(act: Act, row: ResponsibilityList) -> int | None:
    """Who holds the post today: the person of the draft, if it is still he."""
    held = assignment.holders_of(act.session, row.post_id, now=act.now) - {row.post_id}
    return row.user_id if row.user_id in held else min(held, default=None)


@guard("responsibility", "sign_list")
def the_holder_signs(act: Act) -> None:
    """A list is signed for by the person to whom it is made out, and nobody in his place."""
    row = _list_at_hand(act)
    if act.by is not None and act.by.id != row.user_id:
        raise Refused(
            "This list is made out to {name}: hand the post over first, then it is yours to sign.",
            name=act.session.get_one(User, row.user_id).name,
            guard="holder",
        )


@effect("responsibility", "sign_list")
def list_signed(act: Act) -> None:
    row = _list_at_hand(act)
    row.state, row.signed_on = "signed", day_of(act.now)
    row.remark = act.answers.get("remark") or ""


def _list_at_hand(act: Act) -> ResponsibilityList:
    """The list of the task: its key stands in the scope."""
    _, key = act.scope[-1]
    item: Mapping[str, Any] = act.vars["lists"][key]
    return act.session.get_one(ResponsibilityList, int(item["list"]))


@operation("note_silent")
def note_silent(act: Act) -> None:
    """逾期未签收: the list holds all the same, as it was served; who drafted it hears of it."""
    row = act.session.get_one(ResponsibilityList, int((act.item or {})["list"]))
    row.state = "silent"
    act.session.flush()
    for user_id in assignment.people(act, "case(drafters)"):
        documents.tell(
            act,
            user_id,
            kind="list_silent",
            subject=f"{row.post_then}逾期未签收责任清单",
            text="",
        )


@operation("put_in_force")
def put_in_force(act: Act) -> None:
    """The lists are in force; the editions before them are kept, and marked as replaced."""
    round_ = round_of(act)
    round_.state, round_.in_force_at = "in_force", act.now
    for row in lists_of(act.session, round_, "signed", "silent"):
        replace_older(act, row)
    act.session.flush()


def replace_older(act: Act, row: ResponsibilityList) -> None:
    earlier = ResponsibilityList.year < row.year
    if row.year > day_of(act.now).year:  # this year's holds until the year is over
        earlier = ResponsibilityList.year > row.year
    older = select(ResponsibilityList).where(
        ResponsibilityList.post_id == row.post_id,
        ResponsibilityList.state.in_(ISSUED),
        or_(
            earlier,
            (ResponsibilityList.year == row.year) & (ResponsibilityList.number < row.number),
        ),
    )
    for one in act.session.scalars(older):
        one.state, one.replaced_by = "replaced", row.id
