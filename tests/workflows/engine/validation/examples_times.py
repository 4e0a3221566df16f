"""Examples of the rules on timers and expressions."""

from tests.workflows.engine.validation.case import Case
from tests.workflows.engine.validation.sketch import (
    boundary,
    catch,
    diagram,
    flow,
    line,
    multi,
    node,
    rule,
    service,
    sub,
    timer,
    user,
)

GOOD = line(user("a"))
XOR = "exclusiveGateway"


def waits(text: str, kind: str = "timeDate") -> str:
    return line(catch("e", timer(text, kind)))


def repeats(text: str, *, interrupting: bool = False) -> str:
    """A repeating timer on a task."""
    return (
        line(user("a"))
        + boundary("again", "a", timer(text, "timeCycle"), interrupting=interrupting)
        + service("tell", operation="notify")
        + '<endEvent id="told"/>'
        + flow("again", "tell")
        + flow("tell", "told")
    )


def asks(condition: str, *nodes: str, variables: str = "days") -> bytes:
    """A question after task a."""
    body = line(user("a"), *nodes, node(XOR, "g", attributes='default="g_finished"'), user("b"))
    again = flow("g", "b", condition, "f")
    return diagram(body.replace(flow("g", "b"), again) + flow("g", "finished"), variables=variables)


MOMENT = 'date and time("2026-01-01T00:00:00Z")'
TWO = (
    "<timerEventDefinition><timeDate>due.a</timeDate>"
    "<timeDuration>P1D</timeDuration></timerEventDefinition>"
)
TIMERS = [
    Case("timer-missing", "e", waits(" "), waits("due.a")),
    Case("timer-missing", "e", line(catch("e", "<timerEventDefinition/>")), waits("due.a")),
    Case("timer-several", "e", line(catch("e", TWO)), waits("due.a")),
    *(
        Case("timer-unreadable", "e", waits(text, kind), waits("due.a"))
        for text, kind in (
            ("PT1X", "timeDuration"),
            ("P1D", "timeDate"),
            ("2026-01-01T00:00:00+08:00", "timeDuration"),
            ("2026-13-41T00:00:00+08:00", "timeDate"),
            ("R3/PT1H", "timeDuration"),
        )
    ),
    *(
        Case("timer-negative", "e", waits(text, "timeDuration"), waits("PT1H", "timeDuration"))
        for text in ("-PT1H", "PT-1H")
    ),
    *(
        Case("timer-too-long", "e", waits(text, "timeDuration"), waits("P30Y", "timeDuration"))
        for text in ("P999999999Y", "P31Y", "P9999M", "PT9999999H")
    ),
    *(
        Case("timer-without-offset", "e", waits(text), waits("2026-01-01T00:00:00+08:00"))
        for text in ("2026-01-01T00:00:00", "2026-01-01", "2026-W01-1")
    ),
    *(
        Case("timer-cycle-months", "again", repeats(text), repeats("R3/P30D"))
        for text in ("R3/P1M", "R/P1Y")
    ),
    *(
        Case("timer-cycle-rounds", "again", repeats(text), repeats("R/PT24H"))
        for text in ("R0/P1D", "R9999/P1D", "R999999999/P1D")
    ),
    *(
        Case("timer-cycle-too-fast", "again", repeats(text), repeats("R3/PT1M"))
        for text in ("R3/PT1S", "R3/PT0S")
    ),
    Case("timer-negative", "again", repeats("R3/-PT1H"), repeats("R3/PT1H")),
    Case("timer-too-long", "again", repeats("R3/P31Y"), repeats("R3/P1D")),
    Case("timer-unreadable", "again", repeats("R3/x/y/z"), repeats("R3/P1D")),
    Case(
        "timer-without-offset",
        "again",
        repeats("R3/2026-01-01T00:00:00/P1D"),
        repeats("R3/2026-01-01T00:00:00Z/P1D"),
    ),
    Case("timer-cycle-misplaced", "e", waits("R3/P1D", "timeCycle"), waits("P1D", "timeDuration")),
    Case(
        "timer-cycle-interrupting",
        "again",
        repeats("R3/P1D", interrupting=True),
        repeats("R3/P1D"),
    ),
]
IN_MULTI = line(
    user("a"), sub("s", user("b"), catch("e", timer("item.until")), before=multi("rule.all"))
)
EXPRESSIONS = [
    *(
        Case("expression-unreadable", "f", asks(text), asks('a.verdict = "yes"'))
        for text in ("a.verdict =", "1 +", "((((", 'a.verdict = "yes', "1+" * 2_100)
    ),
    Case("expression-unreadable", "e", waits("in 3 days"), waits("workdays(3)")),
    Case("expression-unreadable", "a", line(user("a", due="workdays(")), GOOD),
    Case("expression-unreadable", "a", line(user("a", multi("rule.["))), GOOD),
    Case(
        "expression-unreadable",
        "a",
        line(user("a", multi("rule.all", "<completionCondition>count(</completionCondition>"))),
        line(
            user(
                "a",
                multi(
                    "rule.all",
                    '<completionCondition>count(votes[verdict = "yes"]) / total &gt;= 2/3 or '
                    "done = total</completionCondition>",
                ),
            )
        ),
    ),
    Case(
        "expression-unknown-name", "f", asks("lost.x = 1"), asks("found.x = 1", variables="found")
    ),
    Case("expression-unknown-name", "f", asks("votes = 1"), asks("days.a = 1")),
    Case(
        "expression-unknown-name",
        "e",
        waits("PT1h", "timeDate").replace("PT1h", "pt1h"),
        waits("due.a"),
    ),
    Case("expression-unknown-name", "f", asks('light = "red"'), asks('colour = "red"', rule("r"))),
    Case("expression-unknown-function", "f", asks("eval(1) = 1"), asks("abs(1) = 1")),
    Case("expression-unknown-function", "e", waits("weekdays(3)"), waits("workdays(3)")),
    Case("expression-unknown-field", "f", asks("a.verdikt = 1"), asks("a.date = null")),
    Case(
        "expression-unknown-field",
        "f",
        asks("r.light = 1", rule("r")),
        asks('r.colour = "red"', rule("r")),
    ),
    Case("expression-unknown-value", "f", asks('a.verdict = "ja"'), asks('a.verdict != "no"')),
    Case(
        "expressions-too-costly",
        "demo",
        line(*(user(f"t{n}", due="due.a + " * 400 + "due.a") for n in range(20))),
        line(*(user(f"t{n}", due="workdays(days.a)") for n in range(20))),
    ),
    Case(
        "expressions-too-costly",
        "demo",
        line(
            *(user(f"t{n}", due=f'date and time("20{n}-01-01T00:00:00Z")') for n in range(10, 40))
        ),
        line(
            *(user(f"t{n}", due=f'date and time("20{n}-01-01T00:00:00Z")') for n in range(10, 30))
        ),
    ),
    Case("expression-without-item", "e", waits("item.until"), IN_MULTI),
    *(
        Case("expression-constant", "e", waits(text), waits(MOMENT))
        for text in ('"soon"', "3", 'date("2026-01-01")', "null")
    ),
]
PARAMETER = (
    "<spiffworkflow:parameters>"
    '<spiffworkflow:parameter id="p" type="str" value="{}"/></spiffworkflow:parameters>'
)
PARAMETERS = [
    Case(
        "expression-unreadable",
        "s",
        line(service("s", more=PARAMETER.format("1 +"))),
        line(service("s", more=PARAMETER.format("rule.a + 1"))),
    ),
    Case(
        "expression-unknown-name",
        "s",
        line(sub("outer", service("s", more=PARAMETER.format("lost")))),
        line(sub("outer", service("s", more=PARAMETER.format("days.a")))),
    ),
]
CASES = [*TIMERS, *EXPRESSIONS, *PARAMETERS]
