"""Who acts: terms, what they name, and the policies beside them."""

from tests.workflows.engine.validation.case import Case
from tests.workflows.engine.validation.sketch import bundle, diagram, line, multi, user
from workflows.engine.bundle import Bundle


def who(rule: str, **more: str) -> str:
    """Task b has the rule; task a comes before it."""
    return line(user("a"), user("b", who=rule, **more))


def twice(act: str, **process: str) -> Bundle:
    """Task b is an act of this kind that would not be asked twice."""
    return bundle(diagram(who("role(handler)", act=act, ifTwice="once"), None, **process))


GOOD = who("role(handler)")
CASES = [
    *(
        Case("who-unreadable", "b", who(bad), who(good))
        for bad, good in (
            ("role(handler, unit, a)", "role(handler, unit)"),
            ("not_starter", "role(handler) not_starter"),
            ("role(handler) starter", "starter"),
            ("role(handler)not(a)", "role(handler) not(a)"),
            ("superior(subject)", "superior(subject, 2)"),
            ("expression", "expression(a.verdict)"),
            ("post(unit, 党组书记", "post(unit, 党组书记) not_of(unit)"),
        )
    ),
    *(
        Case("who-unknown-argument", "b", who(bad), who(good))
        for bad, good in (
            ("role(security_admin)", "role(process_admin)"),
            ("post(unit, 处长)", "post(unit, 部门负责人)"),
            ("level(party_committee, deputy)", "level(work_committee, deputy)"),
            ("level(committee, deputy)", "level(committee, principal)"),
            ("superior(starter, 9)", "superior(starter, 1)"),
        )
    ),
    *(
        Case("who-unknown-variable", "b", who(bad), who(good))
        for bad, good in (
            ("leader(organ)", "leader(unit)"),
            ("discipline(lead)", "discipline(subject)"),
            ("case(lost.person)", "case(a.verdict)"),
            ("starter_choice(picked)", "starter"),
            ("role(handler) not_of(organ)", "role(handler) not_of(unit)"),
        )
    ),
    *(
        Case("who-unknown-field", "b", who(bad), who(good))
        for bad, good in (
            ("chosen(a, person)", "chosen(a, verdict)"),
            ("case(a.person)", "case(a.verdict)"),
        )
    ),
    Case("who-unknown-node", "b", who("chosen(lost, verdict)"), GOOD),
    Case(
        "expression-without-item",
        "b",
        who("item(person)"),
        line(user("a"), user("b", multi("rule.all"), who="item(person)")),
    ),
    Case("expression-unreadable", "b", who("expression(if a)"), GOOD),
    Case("expression-unknown-name", "b", who("expression(boss)"), who('expression("12")')),
    Case("expression-unknown-function", "b", who("expression(workdays(3))"), GOOD),
    *(
        Case(
            "property-value",
            "b",
            who("role(handler)", **{name: bad}),
            who("starter", **{name: good}),
        )
        for name, bad, good in (
            ("ifNobody", "pass", "superior"),
            ("ifStarter", "skip", "superior"),
            ("ifTwice", "never", "once"),
        )
    ),
    *(Case("who-twice-exempt", "b", twice(act), twice("approval")) for act in ("decision", "vote")),
    Case(
        "who-twice-exempt",
        "b",
        twice("approval", requires="meeting"),
        twice("approval"),
        frozenset({"meeting-missing"}),
    ),
    Case("who-twice-exempt", "b", who("starter", signature="yes", ifTwice="once"), GOOD),
]
