"""The demo city on paper: units, people named by post, who held what since when, roles.

Nobody here exists. The same seed and the same month give the same city.
"""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from demo.names import ORGANS
from workflows.deadlines import plus_months

SUPERVISED = 6  # organs of one supervisor
STORY = ("A0101", "A0102", "A0901", "A0902")  # branches whose last duties the clock finds missed
Line = list[Any]


@dataclass(frozen=True)
class Body:
    """A unit as the duty records need it."""

    code: str
    kind: str
    members: int
    formed_on: date
    quality: float  # the share of duties done in time


@dataclass
class Town:
    """The sheets of the workbook, without the duty records."""

    today: date
    random: random.Random
    units: list[Line] = field(default_factory=list)
    people: list[Line] = field(default_factory=list)
    holdings: list[Line] = field(default_factory=list)
    grants: list[Line] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)

    def months_ago(self, months: int) -> date:
        return plus_months(self.today.replace(day=1), -months)

    def unit(self, code: str, name: str, kind: str, parent: str | None, **more: Any) -> str:
        """A unit; `more`: managed_by, members, formed_on, term_ends_on, quality."""
        formed = more.get("formed_on", date(2015, 1, 1))
        members = more.get("members", 0)
        managed = more.get("managed_by", "工委")
        term = more.get("term_ends_on")
        self.units.append([code, name, None, kind, parent, managed, members, formed, term, None])
        self.bodies.append(Body(code, kind, members, formed, more.get("quality", 0.985)))
        return code

    def person(
        self, login: str, name: str, unit: str, managed_by: str = "党组", *, cadre: bool = False
    ) -> str:
        row = [login, name, unit, "正式党员", "是" if cadre else "否", managed_by, None, "是"]
        self.people.append(row)
        return login

    def post(self, unit: str, kind: str, title: str, *held: tuple[str, date, date | None]) -> None:
        """A post with its holders, one after the other; nobody: it is vacant."""
        full = "是" if kind == "专职副书记" else "否"
        for login, since, until in held:
            self.holdings.append([unit, kind, title, None, login, since, until, full])
        if not held:
            self.holdings.append([unit, kind, title, None, None, None, None, full])

    def holder(
        self, login: str, title: str, kind: str, unit: str, managed_by: str = "党组"
    ) -> None:
        """A person named by the post, in it for the whole time that the demo covers."""
        self.person(login, title, unit, managed_by, cadre=True)
        self.post(unit, kind, title, (login, date(2023, 3, 1), None))

    def grant(self, login: str, role: str, *units: str) -> None:
        for unit in units:
            self.grants.append([login, role, unit, date(2023, 3, 1), None])


def build(seed: int, today: date) -> Town:
    """The whole city as on that day."""
    town = Town(today, random.Random(seed))
    _above(town)
    organs = [_organ(town, number, *names) for number, names in enumerate(ORGANS, 1)]
    _staff(town, organs)
    return town


def _above(town: Town) -> None:
    town.unit("SW", "中共市委", "党委", None, managed_by="党委")
    town.unit("GW", "市直机关工委", "机关工委", "SW", managed_by="党委")
    for number, name in enumerate(("办公室", "组织处", "宣传处", "督查室"), 1):
        town.unit(f"GW{number:02}", f"市直机关工委{name}", "内设机构", "GW")
        title = f"市直机关工委{name}负责人"
        town.holder(f"gwks{number}", title, "部门负责人", f"GW{number:02}", "工委")
    town.holder("shiwei", "市委主要负责人", "党委书记", "SW", "党委")
    town.holder("shuji", "工委书记", "工委书记", "GW", "党委")
    town.holder("fenguan1", "工委分管领导一", "工委分管领导", "GW", "党委")
    # The second deputy came a year ago; his predecessor's term stays as history.
    came = town.months_ago(12)
    town.person("fenguan2", "工委分管领导二", "GW", "党委", cadre=True)
    town.person("fenguan2-qr", "工委原分管领导二", "GW", "党委", cadre=True)
    town.post(
        *("GW", "工委分管领导", "工委分管领导二"),
        ("fenguan2-qr", date(2022, 5, 1), came),
        ("fenguan2", came, None),
    )


def _staff(town: Town, organs: list[str]) -> None:
    """The work committee's own people, each role in hands of its own."""
    for number in range(1, 7):
        login = town.person(f"ducha{number}", f"督导员{number}", "GW04", "工委")
        mine = organs[(number - 1) * SUPERVISED : number * SUPERVISED]
        town.grant(login, "督导员", *mine)
    for number in (1, 2, 3):
        login = town.person(f"chengban{number}", f"工委承办人{number}", "GW01", "工委")
        town.grant(login, "承办人", "GW")
    for login, name, role in (
        ("zuzhi", "工委组织员", "组织员"),
        ("zuzhi2", "工委组织员2", "组织员"),
        ("kaohe", "工委考核组员", "考核组员"),
        ("kaohe2", "工委考核组员2", "考核组员"),
        ("kaohe3", "工委考核组员3", "考核组员"),
        ("mishu", "工委会议秘书", "会议秘书"),
        ("liucheng", "流程管理员", "流程管理员"),
        ("liucheng2", "流程管理员2", "流程管理员"),
        ("xitong", "系统管理员", "系统管理员"),
        ("anquan", "安全管理员", "安全管理员"),
        ("shenji", "审计管理员", "审计管理员"),
    ):
        town.grant(town.person(login, name, "GW01", "工委"), role, "GW")
    town.grant("gwks4", "督导员", "GW")  # over what the work committee itself holds
    # A supervisor who has left: the role ended, the record stays.
    left = town.person("ducha7", "原督导员7", "GW04", "工委")
    town.grants.append([left, "督导员", "GW", date(2022, 3, 1), town.months_ago(9)])


def _organ(town: Town, number: int, short: str, name: str) -> str:
    organ, committee = f"A{number:02}", f"A{number:02}D"
    quality = town.random.choice((0.93, 0.96, 0.98, 0.99, 0.995))
    sizes = [town.random.randint(16, 32) for _ in range(town.random.randint(5, 8))]
    total = sum(sizes)
    kind = "机关党委" if total >= 100 else "机关党总支"  # 基层组织工作条例 5, 6
    term = _term(town, 60 if total >= 100 else 36)
    town.unit(organ, name, "党组", "GW", managed_by="党委", members=total, quality=quality)
    more: dict[str, Any] = {"members": total, "quality": quality, "term_ends_on": term}
    town.unit(committee, f"{name}{kind}", "机关党委", organ, **more)
    for place, title in enumerate(("办公室", "业务科"), 1):
        town.unit(f"A{number:02}K{place}", f"{name}{title}", "内设机构", organ)
    _leaders(town, number, short, name)
    _party_staff(town, number, short, f"{name}{kind}")
    for place, members in enumerate(sizes, 1):
        _branch(town, number, place, members, quality)
    return organ


def _leaders(town: Town, number: int, short: str, name: str) -> None:
    """党组书记 and 班子; in every fourth organ the head changed within the last two years."""
    organ, title = f"A{number:02}", f"{name}党组书记"
    head = town.person(f"{short}-dz", title, organ, "党委", cadre=True)
    if number % 4 == 0:
        came = town.months_ago(3 + number % 18)
        before = town.person(f"{short}-dz0", f"{name}原党组书记", organ, "党委", cadre=True)
        town.post(organ, "党组书记", title, (before, date(2021, 6, 1), came), (head, came, None))
    else:
        town.post(organ, "党组书记", title, (head, date(2023, 3, 1), None))
    words = "一二三四"[: 2 + number % 3]
    for place, word in enumerate(words, 1):
        town.holder(f"{short}-bz{place}", f"{name}班子成员{word}", "班子成员", organ, "党委")
    town.holder(f"{short}-lx", f"{name}联络员", "联络员", organ)
    town.holder(f"{short}-zr", f"{name}责任领导", "责任领导", organ)


def _party_staff(town: Town, number: int, short: str, committee: str) -> None:
    """The committee's secretary is one of the organ's leaders, but for a few organs."""
    code, organ = f"A{number:02}D", f"A{number:02}"
    login = town.person(f"{short}-jg", f"{committee}书记", code, "工委", cadre=True)
    since = date(2023, 3, 1)
    town.post(code, "机关党委书记", f"{committee}书记", (login, since, None))
    if number not in (7, 23, 31):
        name = ORGANS[number - 1][1]
        town.post(organ, "班子成员", f"{name}班子成员（机关党建）", (login, since, None))
    deputy = town.person(f"{short}-zf", f"{committee}专职副书记", code, cadre=True)
    held = [] if number == 27 else [(deputy, since, None)]  # one post is vacant
    town.post(code, "专职副书记", f"{committee}专职副书记", *held)


def _branch(town: Town, number: int, place: int, members: int, quality: float) -> None:
    short, organ = ORGANS[number - 1]
    code, name = f"A{number:02}{place:02}", f"{organ}第{place}党支部"
    formed = date(2015, 1, 1)
    if place == 6 and number % 6 == 0:
        formed = town.months_ago(11)  # a young branch owes nothing for the time before
    own = min(0.998, quality + town.random.uniform(-0.02, 0.01))
    more: dict[str, Any] = {"members": members, "formed_on": formed, "quality": own}
    town.unit(
        code,
        name,
        "党支部",
        f"A{number:02}D",
        managed_by="党组",
        term_ends_on=_branch_term(town, number, place),
        **more,
    )
    for member in range(1, members):
        login = town.person(f"{short}-{place:02}{member:02}", f"{name}党员{member:02}", code)
        if member in (5, 6) and number % 5 == 0:
            town.people[-1][3] = "预备党员"
        assert login  # noqa: S101
    _secretary(town, (number, place), (short, code, name))


def _secretary(town: Town, place: tuple[int, int], names: tuple[str, str, str]) -> None:
    """Every sixth branch elected another secretary within the last two years."""
    (number, branch), (short, code, name) = place, names
    login = town.person(f"{short}-zb{branch}", f"{name}书记", code, cadre=True)
    title = f"{name}书记"
    if (number + branch) % 6:
        town.post(code, "支部书记", title, (login, date(2023, 3, 1), None))
        return
    came = town.months_ago(2 + (number * branch) % 20)
    before = f"{short}-{branch:02}01"  # now a member like any other
    start = date(2021, 6, 1)
    if came > start:
        town.post(code, "支部书记", title, (before, start, came), (login, came, None))


def _term(town: Town, months: int) -> date:
    """The last day of a term that runs."""
    return plus_months(town.today.replace(day=1), town.random.randint(2, months))


def _branch_term(town: Town, number: int, place: int) -> date:
    """A few branches are past their term (换届), a few near its end."""
    if (number, place) in ((3, 1), (14, 2), (22, 3)):
        return plus_months(town.today.replace(day=1), -1 - place)
    return _term(town, 36)
