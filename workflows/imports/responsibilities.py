"""Sheet 责任清单: lists as they were issued before, one row for each line, in its order.

Only what is over comes and goes by workbook: lists that were signed for, or not in time, or
replaced. A list that waits to be signed for is issued by its diagram.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from models import DutyRule, Holding, Post, ResponsibilityLine, ResponsibilityList
from models.ids import new_id
from workflows.imports.book import Book, Plan, existing
from workflows.imports.cells import Column, Why, choice, code, day, text, whole
from workflows.imports.people import ACCOUNT
from workflows.imports.units import CODE
from workflows.imports.workbook import Row, Sheet
from workflows.posts import kinds

STATES = {"已签收": "signed", "逾期未签收": "silent", "已替换": "replaced"}
PERSONAL = {
    "亲自部署": "deploy",
    "亲自过问": "inquire",
    "亲自协调": "coordinate",
    "亲自督办": "oversee",
}
NOT_DUTY: Why = ("应为职责代码", "must be the code of a duty")
SHEET = Sheet(
    "责任清单",
    (
        Column("year", "年度", whole(2100), required=True),
        Column("unit", "单位编码", CODE, required=True),
        Column("kind", "岗位", choice({kind: kind for kind in kinds()}), required=True),
        Column("post", "岗位名称", text(), required=True),
        Column("number", "版次", whole(99), default=1),
        Column("login", "账号", ACCOUNT, required=True),
        Column("charge", "责任定位", text(), default=""),
        Column("title", "责任称谓", text(), default=""),
        Column("state", "状态", choice(STATES), required=True),
        Column("issued_on", "下达日期", day, required=True),
        Column("signed_on", "签收日期", day),
        Column("area", "责任领域", text(), required=True),
        Column("text", "责任内容", text(1000), required=True),
        Column("personal", "四个亲自", choice(PERSONAL), default=""),
        Column("duty_code", "职责代码", code(r"[A-Z]{2,10}", NOT_DUTY), default=""),
        Column("source", "依据", text(), default=""),
    ),
)
HEAD = ("charge", "title", "state", "issued_on", "signed_on")
LINE = ("area", "text", "personal", "duty_code", "source")
NO_POST: Why = ("该单位没有此岗位", "the unit has no such post")
NO_DUTY: Why = ("没有此职责", "there is no such duty")
NEVER: Why = ("此人从未任此岗位", "never held this post")
DIFFERS: Why = ("与同一清单的前一行不一致", "differs from the row before it of the same list")
ON_FILE: Why = (
    "与在册清单不一致，请在系统内办理调整",
    "differs from the list on file: adjust it in the system",
)
SIGNED: Why = ("已签收须填签收日期", "needs the day it was signed for")
UNSIGNED: Why = ("未签收的清单没有签收日期", "was not signed for: no day")
TOO_EARLY: Why = ("早于下达日期", "lies before it was issued")
Key = tuple[int, int, int]  # post, year, edition
PostKey = tuple[int, str, str]


@dataclass
class Listed:
    """One list as its rows say it."""

    row: Row  # its first
    unit_id: int
    user_id: int
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def head(self) -> dict[str, Any]:
        return {name: self.row.values[name] for name in HEAD}


class Checker:
    """Holds what every row is compared with: posts and holders on file and in this workbook."""

    def __init__(self, book: Book, plans: Sequence[Plan]) -> None:
        self.book = book
        self.duties = set(book.session.scalars(select(DutyRule.code).distinct()))
        self.posts: dict[PostKey, int] = {}
        self.held: set[tuple[int, int]] = set()  # post, user
        for plan in plans:
            for one in plan.new.get(Post, ()):
                self.posts[one["unit_id"], one["kind"], one["title"]] = one["id"]
            for one in plan.new.get(Holding, ()):
                self.held.add((one["post_id"], one["user_id"]))

    def check(self, rows: list[Row]) -> Plan:
        plan = Plan(SHEET.title)
        self._know(rows)
        lists: dict[Key, Listed] = {}
        for row in rows:
            self._take(lists, row)
        stored = self._on_file(lists)
        for key, one in lists.items():
            self._plan_one(plan, key, one, stored.get(key))
        return plan

    def _know(self, rows: Iterable[Row]) -> None:
        units = self.book.units
        named = {units[r.values["unit"]].id for r in rows if r.values["unit"] in units}
        session, ids = self.book.session, []
        for one in existing(session, Post, Post.__table__.c.unit_id, named):
            self.posts[one.unit_id, one.kind, one.title] = one.id
            ids.append(one.id)
        for one in existing(session, Holding, Holding.__table__.c.post_id, ids):
            self.held.add((one.post_id, one.user_id))

    def _fault(self, row: Row, title: str, why: Why) -> None:
        key = next(column.key for column in SHEET.columns if column.title == title)
        self.book.report.fault(SHEET.title, row.number, title, row.values[key], why)

    def _take(self, lists: dict[Key, Listed], row: Row) -> None:
        values = row.values
        unit = self.book.unit(SHEET.title, row.number, "单位编码", values["unit"])
        user = self.book.user(SHEET.title, row.number, "账号", values["login"])
        if unit is None or user is None or not self._is_sound(row):
            return
        post = self.posts.get((unit.id, values["kind"], values["post"]))
        if post is None:
            self._fault(row, "岗位名称", NO_POST)
            return
        if (post, user) not in self.held:
            self._fault(row, "账号", NEVER)
            return
        known = lists.setdefault(
            (post, values["year"], values["number"]), Listed(row, unit.id, user)
        )
        if known.user_id != user or known.head != {name: values[name] for name in HEAD}:
            self._fault(row, "账号", DIFFERS)
        known.lines.append({name: values[name] for name in LINE})

    def _is_sound(self, row: Row) -> bool:
        values, faults = row.values, []
        if values["duty_code"] and values["duty_code"] not in self.duties:
            faults.append(("职责代码", NO_DUTY))
        signed, issued = values["signed_on"], values["issued_on"]
        if values["state"] == "signed" and signed is None:
            faults.append(("签收日期", SIGNED))
        if values["state"] == "silent" and signed is not None:
            faults.append(("签收日期", UNSIGNED))
        if signed is not None and issued is not None and signed < issued:
            faults.append(("签收日期", TOO_EARLY))
        for title, why in faults:
            self._fault(row, title, why)
        return not faults

    def _on_file(self, lists: Mapping[Key, Listed]) -> dict[Key, Any]:
        posts = {post for post, _, _ in lists}
        table = ResponsibilityList.__table__.c
        return {
            (one.post_id, one.year, one.number): one
            for one in existing(self.book.session, ResponsibilityList, table.post_id, posts)
        }

    def _plan_one(self, plan: Plan, key: Key, one: Listed, stored: Any) -> None:
        post, year, number = key
        if stored is not None:
            if self._agrees(one, stored):
                plan.same += 1
            else:
                self._fault(one.row, "账号", ON_FILE)
            return
        list_id = new_id()
        head = {"id": list_id, "unit_id": one.unit_id, "post_id": post, "user_id": one.user_id}
        rest = {"post_then": one.row.values["post"], "remark": "", "version": 1}
        more = {"year": year, "number": number, "round_id": None, "replaced_by": None}
        plan.add(ResponsibilityList, {**head, **more, **rest, **one.head})
        for place, line in enumerate(one.lines, 1):
            own = {"id": new_id(), "list_id": list_id, "place": place, "plan_item_id": None}
            plan.add(ResponsibilityLine, {**own, **line})
        plan.counted += 1

    def _agrees(self, one: Listed, stored: Any) -> bool:
        if stored.user_id != one.user_id or any(
            getattr(stored, name) != value for name, value in one.head.items()
        ):
            return False
        rows = self.book.session.execute(
            select(*(getattr(ResponsibilityLine, name) for name in LINE))
            .where(ResponsibilityLine.list_id == stored.id)
            .order_by(ResponsibilityLine.place)
        )
        return [tuple(row) for row in rows] == [tuple(line.values()) for line in one.lines]


def export(
    row: Any, line: Any, post: Any, codes: Mapping[int, str], logins: Mapping[int, str]
) -> list[Any]:
    """One line of a list as the sheet's row."""
    personal = next((word for word, code in PERSONAL.items() if code == line.personal), None)
    return [
        row.year,
        codes[row.unit_id],
        post.kind,
        post.title,
        row.number,
        logins[row.user_id],
        row.charge or None,
        row.title or None,
        next(word for word, state in STATES.items() if state == row.state),
        row.issued_on,
        row.signed_on,
        line.area,
        line.text,
        personal,
        line.duty_code or None,
        line.source or None,
    ]
