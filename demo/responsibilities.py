"""责任清单 of all organs: this year's, signed for but for a few; two organs adjust theirs now."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from demo.acting import Scene
from demo.town import Line, Town
from workflows import responsibility_rounds
from workflows.deadlines import day_of
from workflows.imports.responsibilities import PERSONAL
from workflows.responsibility_lists import task_to_sign
from workflows.responsibility_rounds import Start, lists_of
from workflows.responsibility_templates import SHIPPED, Charge, charges, in_force

SILENT = frozenset({"A07", "A2303"})  # units whose list was not signed for in time
LEFT = 2  # changes of a holder that nobody has handed over yet
SIGNED, UNSIGNED, REPLACED = "已签收", "逾期未签收", "已替换"
Held = tuple[str, date, date | None]  # who, since, until


def rows(town: Town) -> list[Line]:
    """The sheet of lists: each post of the template, made out to whoever held it when."""
    issued = _issued(town.today)
    words = {code: word for word, code in PERSONAL.items()}
    left = LEFT
    found: list[Line] = []
    for (unit, kind, title), held in _posts(town):
        charge = _template().get(kind)
        if charge is None or not unit.startswith("A"):
            continue
        chain = [one for one in held if one[2] is None or one[2] > issued]
        if len(chain) > 1 and left:
            left, chain = left - 1, chain[:1]
        for edition, (login, since, until) in enumerate(chain, 1):
            first = max(issued, since)
            state = REPLACED if edition < len(chain) else UNSIGNED if unit in SILENT else SIGNED
            signed = None if state == UNSIGNED else _signed(first, town, until)
            head = [town.today.year, unit, kind, title, edition, login, charge.charge]
            head += [charge.title or None, state, first, signed]
            found += [
                [*head, one.area, one.text, words.get(one.personal), one.duty or None, one.source]
                for one in charge.duties
            ]
    return found


def _posts(town: Town) -> Iterator[tuple[tuple[str, str, str], list[Held]]]:
    filled = sorted(row for row in town.holdings if row[4])
    for key, held in groupby(filled, key=lambda row: tuple(row[:3])):
        spans = sorted((row[5], row[4], row[6]) for row in held)
        yield (key[0], key[1], key[2]), [(login, since, until) for since, login, until in spans]


def _template() -> dict[str, Charge]:
    shipped: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return {one.post: one for one in charges(shipped["templates"][0])}


def _issued(today: date) -> date:
    """In February; before it, some weeks ago."""
    return min(date(today.year, 2, 10), today - timedelta(days=25))


def _signed(first: date, town: Town, until: date | None) -> date:
    """Within the week, and while he held the post."""
    latest = min(until - timedelta(days=1) if until else town.today, town.today)
    return max(first, min(first + timedelta(days=town.today.day % 4 + 1), latest))


def play(scene: Scene) -> None:
    """市财政局 has an adjustment to decide; that of 市发展和改革委员会 is half signed for."""
    _adjusted(scene, "A09", "caizheng")
    _adjusted(scene, "A01", "fagai", decided=True)


def _adjusted(scene: Scene, code: str, short: str, *, decided: bool = False) -> None:
    at = _office(scene, 6)
    template = in_force(scene.session, "three_levels")
    if template is None:
        raise RuntimeError("no template of responsibility lists is in force")
    start = Start(scene.unit(code), day_of(scene.now).year, template.id, carry=True)
    rights = scene.rights(f"{short}-zf", at)
    case = responsibility_rounds.begin(scene.session, start, rights=rights, now=at)
    note = "根据党组会议精神，调整充实党建与业务工作同谋划的责任内容。"
    scene.do(scene.open_task(case, "draft_lists"), _office(scene, 5), {"note": note})
    if not decided:
        return
    at = _office(scene, 3)
    lines = ["会议议题：研究调整年度责任清单。", "会议同意下达。"]
    minutes = scene.paper(case, "党组会议纪要", lines, at, f"{short}-dz")
    verdict = {"verdict": "approve", "meeting": "党组会议", "held_on": day_of(at).isoformat()}
    task = scene.open_task(case, "decide_lists")
    scene.do(task, at, {**verdict, "minutes": minutes}, by=f"{short}-dz")
    _half_signed(scene, case.id, _office(scene, 2))


def _half_signed(scene: Scene, case_id: int, at: datetime) -> None:
    """Every second holder has signed for his list; the head and the first branch have not."""
    round_ = responsibility_rounds.of_case(scene.session, case_id)
    for place, row in enumerate(lists_of(scene.session, round_, "issued")):
        task = task_to_sign(scene.session, row)
        if task is not None and place % 2:
            scene.do(task, at, {"signature": row.user.name}, by=row.user.login)


def _office(scene: Scene, days: int) -> datetime:
    """Office hours of a working day at least so many days ago."""
    day = day_of(scene.now) - timedelta(days=days)
    while not scene.calendar.is_workday(day):
        day -= timedelta(days=1)
    return scene.hours(day)
