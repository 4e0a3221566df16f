"""Examples of the rules on flows, paths, parallel branches, loops and guards."""

from tests.workflows.engine.validation.case import Case
from tests.workflows.engine.validation.sketch import (
    BEGUN,
    DONE,
    boundary,
    catch,
    diagram,
    flow,
    flows,
    line,
    multi,
    node,
    service,
    sub,
    timer,
    user,
)

GOOD = line(user("a"))
XOR, AND, OR = "exclusiveGateway", "parallelGateway", "inclusiveGateway"
YES, NO = 'a.verdict = "yes"', 'a.verdict = "no"'


def choice(*outgoing: str, default: str | None = "g_y", kind: str = XOR) -> str:
    """A question after task a with two ways: x and y."""
    attributes = f'default="{default}"' if default else ""
    nodes = user("a") + node(kind, "g", attributes=attributes) + service("x") + service("y")
    return f"{BEGUN}{nodes}{DONE}{flows('begun a g', 'x finished', 'y finished')}" + "".join(
        outgoing
    )


CHOICE = choice(flow("g", "x", YES), flow("g", "y"))
EVENTS = {"m": catch("m"), "t": catch("t", timer("due.a")), "u": catch("u", timer("due.b"))}


def event_choice(*names: str, more: str = "") -> str:
    """An event gateway with catch events behind it."""
    nodes = "".join(EVENTS.get(name) or user(name) for name in names)
    ways = flows("begun g", *(f"g {name} finished" for name in names))
    return BEGUN + node("eventBasedGateway", "g") + nodes + DONE + ways + more


FLOWS = [
    Case(
        "flow-with-unknown-end",
        "f",
        GOOD + flow("a", "lost", id="f"),
        GOOD,
        frozenset({"several-outgoing-flows"}),
    ),
    Case("flow-with-unknown-end", "f", GOOD + flow("lost", "a", id="f"), GOOD),
    Case(
        "flow-with-unknown-end",
        "f",
        line(user("a"), sub("s", user("b"))) + flow("b", "a", id="f"),
        line(user("a"), sub("s", user("b"))),
    ),
    Case("several-outgoing-flows", "a", line(user("a"), user("b")) + flow("a", "finished"), GOOD),
    Case(
        "condition-ignored",
        "f",
        BEGUN + user("a") + DONE + flow("begun", "a") + flow("a", "finished", YES, "f"),
        # A flow without an id is allowed: the engine gives it one.
        BEGUN + user("a") + DONE + flow("begun", "a", id="") + flow("a", "finished", id=""),
    ),
    Case(
        "condition-missing",
        "f",
        choice(flow("g", "x", id="f"), flow("g", "y")),
        CHOICE,
    ),
    Case(
        "default-with-condition",
        "g_y",
        choice(flow("g", "x", YES), flow("g", "y", NO)),
        CHOICE,
    ),
    Case(
        "default-unknown",
        "g",
        choice(flow("g", "x", YES), flow("g", "y", NO), default="lost"),
        CHOICE,
    ),
    Case("default-unknown", "a", line(user("a", attributes='default="a_finished"')), GOOD),
    Case(
        "default-missing",
        "g",
        choice(flow("g", "x", YES), flow("g", "y", NO), default=None),
        CHOICE,
    ),
    Case(
        "default-missing",
        "g",
        choice(flow("g", "x", YES), flow("g", "y", NO), default=None, kind=OR),
        choice(flow("g", "x", YES), flow("g", "y"), kind=OR),
    ),
    Case(
        "flow-into-start",
        "begun",
        line(user("a"), node(XOR, "g", attributes='default="g_finished"'))
        + flow("g", "begun", YES),
        CHOICE,
    ),
    Case(
        "flow-from-end",
        "finished",
        GOOD + service("b") + '<endEvent id="e"/>' + flows("finished b e"),
        GOOD,
    ),
    Case(
        "flow-to-itself",
        "g",
        choice(flow("g", "x", YES), flow("g", "y"), flow("g", "g", NO)),
        CHOICE,
        frozenset({"automatic-loop"}),
    ),
    Case("event-gateway-target", "a", event_choice("m", "a"), event_choice("m", "t")),
    Case(
        "event-gateway-target",
        "m",
        BEGUN
        + user("a")
        + node(XOR, "x", attributes='default="x_g"')
        + node("eventBasedGateway", "g")
        + EVENTS["m"]
        + EVENTS["t"]
        + DONE
        + flows("begun a x g m finished", "g t finished")
        + flow("x", "m", YES),
        event_choice("m", "t"),
    ),
    Case("event-gateway-two-timers", "g", event_choice("t", "u"), event_choice("m", "t")),
    Case("event-gateway-single", "g", event_choice("m"), event_choice("m", "t")),
    Case(
        "boundary-without-host",
        "late",
        GOOD + boundary("late", "lost", timer("due.a")) + flow("late", "finished"),
        GOOD + boundary("late", "a", timer("due.a")) + flow("late", "finished"),
    ),
    Case(
        "boundary-on-unsupported-host",
        "late",
        line(service("s")) + boundary("late", "s", timer("due.a")) + flow("late", "finished"),
        GOOD,
    ),
]
PATHS = [
    Case("unreachable", "b", GOOD + service("b") + flow("b", "finished"), GOOD),
    Case(
        "dead-end",
        "b",
        choice(flow("g", "b", YES), flow("g", "y")).replace(DONE, DONE + service("b")),
        CHOICE,
        frozenset({"unreachable"}),
    ),
    Case(
        "no-way-to-end",
        "b",
        choice(
            flow("g", "b", YES),
            flow("g", "y"),
            flow("g", "x", NO),
            user("b"),
            user("c"),
            flows("b c b"),
        ),
        choice(flow("g", "b", YES), flow("g", "y"), flow("g", "x", NO), user("b"), flow("b", "a")),
    ),
    Case(
        "side-path-joins-main",
        "late",
        line(user("a"), user("b"))
        + boundary("late", "a", timer("due.a"), interrupting=False)
        + flow("late", "b"),
        line(user("a"), user("b"))
        + boundary("late", "a", timer("due.a"), interrupting=False)
        + service("note_it")
        + '<endEvent id="noted"/>'
        + flows("late note_it noted"),
    ),
]


def forked(inside: str, *chains: str, join: str = AND, fork: str = AND) -> str:
    """Branches between f and j."""
    default = 'default="f_y"' if fork != AND else ""
    nodes = node(fork, "f", attributes=default) + service("x") + service("y") + node(join, "j")
    return BEGUN + nodes + inside + DONE + flows("begun f", "j finished", *chains)


BRANCHES = ("f x j", "f y j")
PARALLEL = forked("", *BRANCHES)
OR_FLOWS = flow("f", "x", "rule.a = 1") + flow("f", "y")
TOKENS = [
    Case(
        "join-waits-for-ever",
        "j",
        forked(flow("f", "x", "rule.a = 1") + flow("f", "y"), "x j", "y j", fork=XOR),
        PARALLEL,
    ),
    Case("runs-twice", "j", forked("", *BRANCHES, join=XOR), PARALLEL),
    Case("runs-twice", "z", forked(service("z"), "f x z", "f y z", "z j"), PARALLEL),
    Case(
        "runs-twice",
        "j",
        forked(OR_FLOWS, "x j", "y j", join=XOR, fork=OR),
        forked(OR_FLOWS, "x j", "y j", join=OR, fork=OR),
    ),
    Case(
        "join-waits-for-ever",
        "j",
        forked(OR_FLOWS, "x j", "y j", join=AND, fork=OR),
        forked("", *BRANCHES, join=OR),
    ),
    # A branch leaves for an end of its own: the join never sees it.
    Case(
        "join-waits-for-ever",
        "j",
        forked(
            node(XOR, "g", attributes='default="g_j"')
            + '<endEvent id="out"/>'
            + flow("g", "out", "rule.a = 1"),
            "f x g j",
            "f y j",
        ),
        # … unless that end closes everything.
        forked(
            node(XOR, "g", attributes='default="g_j"')
            + '<endEvent id="out"><terminateEventDefinition/></endEvent>'
            + flow("g", "out", "rule.a = 1"),
            "f x g j",
            "f y j",
        ),
    ),
    # A loop goes back into the split itself, which then waits like a join.
    Case(
        "join-waits-for-ever",
        "f",
        forked(
            user("a") + node(XOR, "g", attributes='default="g_finished"') + flow("g", "f", YES),
            *BRANCHES,
            "j a g finished",
        ).replace(flow("j", "finished"), ""),
        forked(
            user("a")
            + user("b")
            + node(XOR, "g", attributes='default="g_finished"')
            + flow("g", "b", YES),
            *BRANCHES,
            "j a g finished",
            "b a",
        ).replace(flow("j", "finished"), ""),
        frozenset({"runs-twice"}),
    ),
    # A loop leaves one branch to before the split while the other is open.
    Case(
        "runs-twice",
        "j",
        BEGUN
        + user("a")
        + node(AND, "f")
        + service("x")
        + user("b")
        + node(XOR, "g", attributes='default="g_j"')
        + node(AND, "j")
        + DONE
        + flows("begun a f x j finished", "f b g j")
        + flow("g", "a", YES),
        PARALLEL,
        frozenset({"join-waits-for-ever"}),
    ),
    Case(
        "too-many-branches",
        "demo",
        BEGUN
        + node(OR, "f", attributes='default="f_s0"')
        + DONE
        + "".join(service(f"s{n}") for n in range(12))
        + "".join(flow("f", f"s{n}", None if n == 0 else "rule.a = 1") for n in range(12))
        + node(OR, "j")
        + flows("begun f", "j finished", *(f"s{n} j" for n in range(12))),
        PARALLEL,
    ),
]


def looped(*nodes: str, condition: str = "rule.again = true") -> str:
    """Go round through the nodes until told otherwise."""
    return line(*nodes, node(XOR, "g", attributes='default="g_finished"')) + flow(
        "g", nodes[0].split('id="')[1].split('"')[0], condition
    )


LOOPS = [
    Case("automatic-loop", "s", looped(service("s")), looped(user("s"))),
    Case("automatic-loop", "s", looped(service("s")), looped(catch("s", timer("due.a")))),
    Case(
        "automatic-loop",
        "s",
        looped(service("s"), service("t")),
        looped(service("s"), service("t", bounded="3")),
    ),
    Case("automatic-loop", "s", looped(sub("s", service("t"))), looped(sub("s", user("t")))),
    Case(
        "standard-loop",
        "a",
        line(user("a", '<standardLoopCharacteristics loopMaximum="3"/>')),
        GOOD,
        frozenset({"unsupported-element"}),
    ),
    Case(
        "multi-instance-unsupported",
        "g",
        line(node(XOR, "g", multi("rule.all"))),
        line(service("g", multi("rule.all"))),
    ),
    Case(
        "multi-instance-without-collection",
        "a",
        line(user("a", multi(""))),
        line(user("a", multi("rule.all"))),
    ),
    Case(
        "multi-instance-cardinality",
        "a",
        line(user("a", multi("", "<loopCardinality>__import__('os')</loopCardinality>"))),
        line(sub("a", user("b"), before=multi("rule.all"))),
        frozenset({"unsupported-element"}),
    ),
    Case(
        "unsupported-element",
        "a",
        line(user("a", multi("rule.all", "<complexBehaviorDefinition/>"))),
        line(user("a", multi("rule.all", attributes='isSequential="true"'))),
    ),
    Case(
        "unsupported-attribute",
        "a",
        line(user("a", multi("rule.all", attributes='behavior="One"'))),
        line(user("a", multi("rule.all", attributes='behavior="All"'))),
    ),
    Case(
        "multi-instance-item",
        "a",
        line(user("a", multi("rule.all", '<inputDataItem id="i" name="voter"/>'))),
        line(user("a", multi("rule.all", '<inputDataItem id="i" name="item"/>'))),
    ),
    Case(
        "multi-instance-overwrites",
        "a",
        line(user("a", multi("a"))),
        line(user("a", multi("rule.a"))),
    ),
]


def guarded(body: str, requires: str = "meeting") -> bytes:
    """A process that asks for a meeting before its decision."""
    return diagram(body, requires=requires)


MEET = line(user("meet", act="meeting"), user("decide", act="decision"))
SKIP = line(
    user("a"),
    node(XOR, "g", attributes='default="g_meet"'),
    user("meet", act="meeting"),
    user("decide", act="decision"),
) + flow("g", "decide", YES)
GUARDS = [
    Case("decision-without-meeting", "decide", guarded(SKIP), guarded(MEET)),
    Case(
        "decision-without-meeting",
        "decide",
        guarded(
            line(sub("s", user("meet", act="meeting")), user("decide", act="decision"))
            + boundary("late", "s", timer("due.a"))
            + flow("late", "decide")
        ),
        guarded(line(sub("s", user("meet", act="meeting")), user("decide", act="decision"))),
    ),
    Case(
        "decision-without-meeting",
        "decide",
        guarded(line(user("decide", act="decision"), user("meet", act="meeting"))),
        guarded(MEET),
    ),
    Case("meeting-missing", "demo", guarded(line(user("decide", act="approval"))), MEET),
]
CASES = [*FLOWS, *PATHS, *TOKENS, *LOOPS, *GUARDS]
