"""Sheet 岗位任职: posts, and who held them from when until when."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from models import Holding, Post
from models.ids import new_id
from workflows.imports.book import Book, Plan, differs, existing
from workflows.imports.cells import Column, choice, day, text, yes_no
from workflows.imports.people import ACCOUNT
from workflows.imports.spans import Span, require_apart, require_order
from workflows.imports.units import CODE
from workflows.imports.workbook import Row, Sheet
from workflows.posts import POSTS, kinds

SHEET = Sheet(
    "岗位任职",
    (
        Column("unit", "单位编码", CODE, required=True),
        Column("kind", "岗位", choice({kind: kind for kind in kinds()}), required=True),
        Column("title", "岗位名称", text(), required=True),
        Column("oversees", "分管单位", text(1000), default=""),
        Column("login", "账号", ACCOUNT),
        Column("since", "任职日期", day),
        Column("until", "离任日期", day),
        Column("full_time", "专职", yes_no, default=False),
    ),
)
ONE_HOLDER = ("同一岗位同一时期有两人任职", "somebody else holds this post at that time")
Key = tuple[int, str, str]  # of a post: unit, kind, title


class Posts:
    """The posts that the sheet names, those on file and those to come."""

    def __init__(self, book: Book, rows: list[Row]) -> None:
        units = {book.units[r.values["unit"]].id for r in rows if r.values["unit"] in book.units}
        stored = list(existing(book.session, Post, Post.__table__.c.unit_id, units))
        self.stored: dict[Key, Any] = {(p.unit_id, p.kind, p.title): p for p in stored}
        self.ids: dict[Key, int] = {key: post.id for key, post in self.stored.items()}
        self.oversees: dict[Key, str] = {}
        held = existing(
            book.session, Holding, Holding.__table__.c.post_id, (post.id for post in stored)
        )
        self.held: dict[tuple[int, int, date], Any] = {
            (one.post_id, one.user_id, one.since): one for one in held
        }


def check(book: Book, rows: list[Row]) -> Plan:
    """Posts are made as they are named; holdings on file get their end, never another beginning."""
    plan = Plan(SHEET.title)
    posts = Posts(book, rows)
    spans: dict[int, list[Span]] = defaultdict(list)
    named: set[tuple[int, int, date]] = set()
    for row in rows:
        post = _post_of(book, plan, posts, row)
        span = _span_of(book, row, post) if post else None
        if span is None:
            continue
        if (key := (span.what, span.who, span.since)) in named:
            why = ("此行重复", "stands there twice")
            book.report.fault(SHEET.title, row.number, "账号", row.values["login"], why)
            continue
        named.add(key)
        spans[span.what].append(span)
        _plan_one(plan, posts, span, row.values["full_time"])
    for key, one in posts.held.items():
        if key not in named:
            spans[one.post_id].append(Span(one.user_id, one.post_id, one.since, one.until))
    for together in spans.values():
        require_apart(book, SHEET.title, "任职日期", together, ONE_HOLDER)
    return plan


def _post_of(book: Book, plan: Plan, posts: Posts, row: Row) -> int | None:
    values = row.values
    unit = book.unit(SHEET.title, row.number, "单位编码", values["unit"])
    if unit is None:
        return None
    if values["kind"] not in POSTS[unit.kind]:
        why = ("此类单位不设该岗位", "a unit of this kind has no such post")
        book.report.fault(SHEET.title, row.number, "岗位", values["kind"], why)
        return None
    key = (unit.id, values["kind"], values["title"])
    known = posts.oversees.setdefault(key, values["oversees"])
    if known != values["oversees"]:
        why = ("同一岗位各行的分管单位不一致", "differs from another row of this post")
        book.report.fault(SHEET.title, row.number, "分管单位", values["oversees"], why)
        return None
    _require_units(book, row)
    return _planned(plan, posts, key, values["oversees"])


def _require_units(book: Book, row: Row) -> None:
    for code in filter(None, row.values["oversees"].split(",")):
        book.unit(SHEET.title, row.number, "分管单位", code.strip())


def _planned(plan: Plan, posts: Posts, key: Key, oversees: str) -> int:
    stored = posts.stored.get(key)
    if key not in posts.ids:
        posts.ids[key] = new_id()
        made = dict(zip(("unit_id", "kind", "title"), key, strict=True))
        plan.add(Post, {**made, "id": posts.ids[key], "oversees": oversees})
    elif stored is not None and stored.oversees != oversees:
        plan.change(Post, {"id": stored.id, "oversees": oversees})
        del posts.stored[key]  # changed once
    return posts.ids[key]


def _span_of(book: Book, row: Row, post: int) -> Span | None:
    """Who holds the post when; none for a vacant post."""
    values = row.values
    if values["login"] is None:
        if values["since"] or values["until"]:
            why = ("有日期而无账号", "there are dates but no person")
            book.report.fault(SHEET.title, row.number, "账号", None, why)
        return None
    if values["since"] is None:
        why = ("不能为空", "must not be empty")
        book.report.fault(SHEET.title, row.number, "任职日期", None, why)
        return None
    user = book.user(SHEET.title, row.number, "账号", values["login"])
    if user is None:
        return None
    span = Span(user, post, values["since"], values["until"], row.number)
    return span if require_order(book, SHEET.title, span, "离任日期") else None


def _plan_one(plan: Plan, posts: Posts, span: Span, full_time: bool) -> None:
    stored = posts.held.get((span.what, span.who, span.since))
    values = {"until": span.until, "full_time": full_time}
    if stored is None:
        made = {"id": new_id(), "post_id": span.what, "user_id": span.who, "since": span.since}
        plan.add(Holding, {**made, **values})
        plan.counted += 1
    elif differs(stored, values, values):
        plan.change(Holding, {"id": stored.id, **values})
        plan.altered += 1
    else:
        plan.same += 1


def export(
    post: Any, holding: Any, codes: Mapping[int, str], logins: Mapping[int, str]
) -> list[str | int | date | None]:
    """One holding, or a vacant post, as the sheet's row."""
    row: list[str | int | date | None] = [
        codes[post.unit_id],
        post.kind,
        post.title,
        post.oversees or None,
    ]
    if holding is None:
        return [*row, None, None, None, "否"]
    full = "是" if holding.full_time else "否"
    return [*row, logins[holding.user_id], holding.since, holding.until, full]
