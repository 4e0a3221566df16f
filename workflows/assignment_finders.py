"""Whom each term of a who rule names: posts and seats, and the people whom the case knows."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import or_, select

from models import Holding, Post, Role, Task, Unit, UnitKind, User
from workflows import assignment_posts as posts
from workflows.assignment_posts import Rungs
from workflows.deadlines import day_of
from workflows.engine import feel
from workflows.engine.environment import values
from workflows.engine.scopes import layers
from workflows.registry import Act


def _subject(act: Act) -> Rungs:
    """The person himself; for an organisation, its head's post."""
    subject = posts.look_up(act.vars, "subject") or {}
    if subject.get("user"):
        yield [int(subject["user"])]
        return
    unit = act.session.get(Unit, int(subject["unit"])) if subject.get("unit") else None
    heads = ["党组书记", "机关党委书记", "支部书记"]
    if unit is not None and unit.kind == UnitKind.BRANCH:
        heads = ["支部书记"]
    elif unit is not None and unit.kind == UnitKind.ORGAN_COMMITTEE:
        heads = ["机关党委书记"]
    yield posts.posts_above(act, unit.path if unit else posts.path_of(act), heads)


def _starter(act: Act) -> Rungs:
    yield [act.case.opened_by] if act.case.opened_by else []


def _case(act: Act, path: str) -> Rungs:
    yield posts.ids_in(posts.look_up(act.vars, path))


def _chosen(act: Act, node: str, field: str) -> Rungs:
    """Whom an earlier step chose; inside a repetition, that of the same item before others."""
    said = (posts.look_up(layer, f"{node}.{field}") for layer in layers(act.vars, act.scope))
    yield posts.ids_in(next((one for one in said if one), None))


def _item(act: Act, path: str) -> Rungs:
    yield posts.ids_in(posts.look_up(act.item or {}, path.removeprefix("item.")))


def _same(act: Act, node: str) -> Rungs:
    """Who did the node: the post acted through (so a successor takes over), else the person."""
    done = act.session.execute(
        select(Task.done_as, Task.done_by)
        .where(Task.case_id == act.case.id, Task.node == node, Task.done_by.is_not(None))
        .order_by(Task.done_at.desc())
        .limit(1)
    ).first()
    yield [int(done[0] or done[1] or 0)] if done else []


def _external(act: Act, _body: str = "") -> Rungs:
    """A body without an account: the handler enters its signed paper, both names kept."""
    yield from posts.seats_along(act, Role.HANDLER, posts.path_of(act))


def _expression(act: Act, text: str) -> Rungs:
    """Whom FEEL names, by id; what cannot be computed names nobody."""
    here: list[Mapping[str, Any]] = [{"item": act.item}, *layers(act.vars, act.scope)]
    try:
        parsed = feel.parse(text)
        wanted = parsed.names | parsed.filter_names
        names = {
            name: next((feel.to_feel(one[name]) for one in here if one.get(name) is not None), None)
            for name in wanted
        }
        value = feel.evaluate(parsed, names, functions={"values": values})
        yield posts.ids_in(feel.from_feel(value))
    except feel.FeelError:
        yield []


def doers(act: Act, node: str | None = None) -> set[int]:
    """Who did the node in this case, or any of its steps."""
    done = select(Task.done_by).where(Task.case_id == act.case.id, Task.done_by.is_not(None))
    if node is not None:
        done = done.where(Task.node == node)
    return {one for one in act.session.scalars(done) if one}


def people_of(act: Act, where: str) -> set[int]:
    """Who belongs to the unit: members of its branches, and who holds a post in it."""
    unit = posts.unit_named(act, where)
    if unit is None:
        return set()
    day = day_of(act.now)
    members = select(User.id).join(Unit, Unit.id == User.unit_id)
    holders = (
        select(Holding.user_id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.since <= day, or_(Holding.until.is_(None), Holding.until > day))
    )
    within = Unit.path.startswith(unit.path, autoescape=True)
    both = members.where(within).union_all(holders.where(within))
    return set(act.session.scalars(both))


FINDERS: dict[str, Callable[..., Rungs]] = {
    "role": posts.role_over,
    "post": posts.post_at,
    "line_superior": posts.line_superior,
    "superior": posts.superior,
    "leader": posts.leader,
    "discipline": posts.discipline,
    "level": posts.level_up,
    "min": posts.lowest,
    "subject": _subject,
    "starter": _starter,
    "starter_choice": _case,
    "chosen": _chosen,
    "same": _same,
    "case": _case,
    "item": _item,
    "external": _external,
    "expression": _expression,
}
# What names people, posts or seats by their ids: whether anybody is still there is to be asked.
BY_ID = frozenset(
    {"subject", "starter", "starter_choice", "chosen", "same", "case", "item", "expression"}
)
