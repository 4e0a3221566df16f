"""Who acts: the grammar of the `who` setting, what its terms name, and the policies beside it."""

import re
from collections.abc import Iterator

from workflows.engine import feel
from workflows.engine.validation.faults import Report, Texts
from workflows.engine.validation.forms import form_of
from workflows.engine.validation.model import Diagram, Step
from workflows.engine.validation.scope import Surroundings
from workflows.engine.validation.settings import needs_person
from workflows.engine.who import MOST_STEPS, RANKS, Term, Unreadable, expression_of, kind_of, parse

RULES = {
    "who-missing": (
        "没有写由谁办理（who）。",
        "It does not say who acts (who).",
    ),
    "who-unreadable": (
        "办理人规则的写法不对。",
        "The rule of who acts is not in the grammar.",
    ),
    "who-unknown-node": (
        "办理人规则引用的节点不存在，或不是由人办理。",
        "The rule of who acts names a node that does not exist or that no person does.",
    ),
    "who-unknown-argument": (
        "办理人规则写了不存在的角色、职务、层级或级数。",
        "The rule of who acts names a role, post, level or number of ranks that there is not.",
    ),
    "who-unknown-variable": (
        "办理人规则取用的变量在本流程中不存在，办理时找不到人。",
        "The rule of who acts uses a variable that the process does not have, so it finds nobody.",
    ),
    "who-unknown-field": (
        "办理人规则取用的步骤没有这个表单字段，办理时找不到人。",
        "The step that the rule of who acts names has no such form field, so it finds nobody.",
    ),
    "who-twice-exempt": (
        "决定、见面、签字、表决和评分不得因同一人而沿用意见（ifTwice=once）；问责流程的审批亦同。",
        "A decision, meeting, signature, vote or score is never skipped because the same person "
        "comes twice (ifTwice=once); in an accountability process no approval either.",
    ),
}

ARGUMENT = re.compile(r"[^\W\d][\w.]*")
STEPS = re.compile(rf"[1-{MOST_STEPS}]")
# There without being said: the case's unit and subject, the item at hand, who opened the case.
GIVEN = frozenset({"unit", "subject", "starter"})
PERSONAL = frozenset({"decision", "meeting", "signature", "vote", "score"})
ACCOUNTABILITY = frozenset({"accountability", "appeal"})
Broken = tuple[str, str | Texts]


def check_people(diagram: Diagram, around: Surroundings, report: Report) -> None:
    for step in diagram.steps.values():
        who = step.properties.get("who", "").strip()
        if needs_person(step):
            for rule, detail in _faults_of(who, step, around) if who else [("who-missing", "")]:
                report.add(diagram.file, rule, step.xml, detail=detail)
        if step.properties.get("ifTwice") == "once" and _is_exempt(diagram, step):
            report.add(diagram.file, "who-twice-exempt", step.xml)


def _is_exempt(diagram: Diagram, step: Step) -> bool:
    act = step.properties.get("act", "")
    if act in PERSONAL or step.properties.get("signature") == "yes" or step.multi is not None:
        return True
    process = diagram.process.get("id", "")
    strict = process in ACCOUNTABILITY or diagram.properties.get("requires") == "meeting"
    return strict and act == "approval"


def _faults_of(who: str, step: Step, around: Surroundings) -> Iterator[Broken]:
    """Yield each rule that a who setting breaks, with the part that breaks it."""
    try:
        terms = parse(who)
        kinds = [kind_of(term, first=place == 0) for place, term in enumerate(terms)]
    except Unreadable as fault:
        where = f"{fault.part} @ {fault.column}"
        yield "who-unreadable", (f"{where}：{fault.zh}", f"{where}: {fault.en}")
        return
    for term, kind in zip(terms, kinds, strict=True):
        for name, value in zip(kind.args, term.args, strict=False):
            broken = _argument_fault(name, value, term, (step, around))
            if broken is not None:
                yield broken, f"{term.name}({', '.join(term.args)})"
                break
    yield from _expression_faults(who, around)


def _argument_fault(name: str, value: str, term: Term, at: tuple[Step, Surroundings]) -> str | None:
    """The rule that one argument breaks; its kind says what it must be."""
    step, around = at
    if name == "feel":
        return None  # read along with all other expressions
    if name == "steps":
        return None if STEPS.fullmatch(value) else "who-unknown-argument"
    if not ARGUMENT.fullmatch(value):
        return "who-unreadable"
    if name == "node":
        return None if value in around.people_nodes else "who-unknown-node"
    if name == "field":
        return _field_fault(term.args[0], value, around)
    if name in {"unit", "person", "people", "variable", "item"}:
        return _variable_fault(name, value, step, around)
    return _word_fault(name, value, term, around)


def _word_fault(name: str, value: str, term: Term, around: Surroundings) -> str | None:
    """A role, a post, a body or a rank; the last two may be looked up in the case."""
    if name == "rank" and "." not in value and value not in RANKS:
        return "who-unreadable"
    if around.people is None or name not in around.people or "." in value:
        return None
    known = around.people[name]
    if name == "org" and term.args[1] in RANKS:
        return None if f"{value}.{term.args[1]}" in known else "who-unknown-argument"
    return None if value in known or name == "org" else "who-unknown-argument"


def _field_fault(node: str, field: str, around: Surroundings) -> str | None:
    step = around.steps.get(node)
    form = form_of(step, around) if step is not None else None
    return None if form is None or field in form.fields else "who-unknown-field"


def _variable_fault(name: str, value: str, step: Step, around: Surroundings) -> str | None:
    root, _, rest = value.partition(".")
    if name == "item" or root == "item":
        return None if around.has_item(step) else "expression-without-item"
    if root in around.people_nodes and rest and around.steps[root].multi is None:
        return _field_fault(root, rest.partition(".")[0], around)
    declared = GIVEN | around.variables | around.output_names
    known = around.variables | {"subject"} if name == "variable" else declared | set(around.steps)
    return None if root in known else "who-unknown-variable"


def _expression_faults(who: str, around: Surroundings) -> Iterator[Broken]:
    """Only what FEEL itself can call: who acts does not hang on the calendar."""
    text = expression_of(who)
    try:
        functions = feel.parse(text).functions if text else frozenset()
    except feel.FeelError:
        return  # told with its place among the expressions
    for name in sorted(functions - frozenset(feel.BUILTINS) - {"values"}):
        if name in around.functions:
            yield "expression-unknown-function", name
