"""Timers: said once, in a way that gives a moment, within what a case can live to see."""

import re
from datetime import timedelta

from lxml import etree

from workflows.engine.moments import Duration, read_duration, read_moment
from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Step, text_of
from workflows.engine.validation.vocabulary import bpmn

RULES = {
    "timer-missing": ("定时事件没有写时间。", "The timer says no time."),
    "timer-several": (
        "定时事件写了多个时间，只有一个会生效。",
        "The timer says several times; only one would count.",
    ),
    "timer-unreadable": (
        "时间写法无法识别，应为 ISO 8601 或 FEEL 表达式。",
        "The time is neither ISO 8601 as it is meant here nor FEEL.",
    ),
    "timer-negative": (
        "时长为负，引擎会当作正数。",
        "A negative duration would be taken for a positive one.",
    ),
    "timer-too-long": (
        "时长超过 30 年。",
        "The duration is longer than 30 years.",
    ),
    "timer-without-offset": (
        "日期时间须带时区（如 +08:00），否则随服务器变化。",
        "A date-time needs an offset (such as +08:00); without one it means what the server likes.",
    ),
    "timer-cycle-months": (
        "按月或年的重复以第一个月的长短为准，之后都会错位。",
        "A repetition by months or years keeps the length of the first one and drifts.",
    ),
    "timer-cycle-rounds": (
        "重复次数应为 1 至 1000，或留空表示一直重复到节点办结。",
        "A repetition has 1 to 1000 rounds, or none given: then it goes on while the node is open.",
    ),
    "timer-cycle-too-fast": (
        "重复间隔短于一分钟。",
        "The repetition is faster than once a minute.",
    ),
    "timer-cycle-misplaced": (
        "只有边界事件可以重复，别处只触发一次。",
        "Only a boundary event repeats; anywhere else the timer would fire once.",
    ),
    "timer-cycle-interrupting": (
        "重复的定时不能用于中断型边界事件，引擎会多次触发。",
        "A repeating timer on an interrupting boundary event would fire again and again.",
    ),
}

KINDS = ("timeDate", "timeDuration", "timeCycle")
LOOKS_LIKE_DURATION = re.compile(r"[+-]?\s*P[\dT-]")
LOOKS_LIKE_DATE = re.compile(r"\d{4}-?(?:\d\d|W\d)")
LOOKS_LIKE_CYCLE = re.compile(r"R-?\d*/")
CYCLE = re.compile(r"R(\d{0,9})/(?:[^/]+/)?([^/]+)")
LONGEST_YEARS = 30
MOST_ROUNDS = 1000


def check_timers(diagram: Diagram, report: Report) -> None:
    for step in diagram.steps.values():
        for event in step.xml.iterchildren(bpmn("timerEventDefinition")):
            _check_timer(diagram.file, step, event, report)


def _check_timer(file: str, step: Step, event: etree._Element, report: Report) -> None:
    times = [xml for kind in KINDS for xml in event.iterchildren(bpmn(kind))]
    if len(times) > 1:
        report.add(file, "timer-several", step.xml)
        return
    if not times or not text_of(times[0]):
        report.add(file, "timer-missing", step.xml)
        return
    kind, text = etree.QName(times[0]).localname, text_of(times[0])
    if kind == "timeCycle" and step.kind != "boundaryEvent":
        report.add(file, "timer-cycle-misplaced", step.xml, detail=text)
    elif kind == "timeCycle" and step.interrupts:
        report.add(file, "timer-cycle-interrupting", step.xml, detail=text)
    rule = literal_fault(kind, text)
    if rule is not None:
        report.add(file, rule, step.xml, detail=text)


def is_literal(text: str) -> bool:
    """Say whether a time is meant as ISO 8601; anything else is FEEL."""
    return any(
        looks.match(text) for looks in (LOOKS_LIKE_DURATION, LOOKS_LIKE_DATE, LOOKS_LIKE_CYCLE)
    )


def literal_fault(kind: str, text: str) -> str | None:
    """Return the rule that a literal time breaks where it stands."""
    if LOOKS_LIKE_CYCLE.match(text):
        return _cycle_fault(text) if kind == "timeCycle" else "timer-unreadable"
    if LOOKS_LIKE_DURATION.match(text):
        return _duration_fault(text) if kind == "timeDuration" else "timer-unreadable"
    if LOOKS_LIKE_DATE.match(text):
        return _date_fault(text) if kind == "timeDate" else "timer-unreadable"
    return None


def _duration_fault(text: str) -> str | None:
    if "-" in text:
        return "timer-negative"
    duration = read_duration(text)
    if duration is None:
        return "timer-too-long" if re.search(r"\d{4}", text) else "timer-unreadable"
    return "timer-too-long" if _years(duration) > LONGEST_YEARS else None


def _years(duration: Duration) -> float:
    return duration.months / 12 + duration.length / timedelta(days=366)


def _date_fault(text: str) -> str | None:
    moment = read_moment(text)
    if moment is None:
        return "timer-unreadable"
    return "timer-without-offset" if moment.tzinfo is None else None


def _cycle_fault(text: str) -> str | None:
    match = CYCLE.fullmatch(text)
    if match is None:
        return "timer-unreadable"
    if match[1] and not 1 <= int(match[1]) <= MOST_ROUNDS:
        return "timer-cycle-rounds"
    fault = _duration_fault(match[2])
    step = read_duration(match[2])
    if fault is not None or step is None:
        return fault
    if step.months:
        return "timer-cycle-months"
    return "timer-cycle-too-fast" if step.length < timedelta(minutes=1) else _start_fault(text)


def _start_fault(text: str) -> str | None:
    parts = text.split("/")
    return _date_fault(parts[1]) if len(parts) == 3 else None
