"""Every expression can be read, and every name in it can have a value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from workflows.engine import feel
from workflows.engine.validation.faults import Report
from workflows.engine.validation.foreign import PLACEHOLDER, is_foreign_expression
from workflows.engine.validation.forms import Form, form_of
from workflows.engine.validation.model import Diagram, Step, local, text_of
from workflows.engine.validation.scope import Surroundings
from workflows.engine.validation.timers import KINDS, is_literal
from workflows.engine.validation.vocabulary import ALL_NODES, VOTE_NAMES, bpmn, spiff
from workflows.engine.who import expression_of

RULES = {
    "expression-unreadable": (
        "表达式不是有效的 FEEL。",
        "The expression is not valid FEEL.",
    ),
    "expression-unknown-name": (
        "表达式中的名称不是任何节点、变量或判定输出；由操作写入的变量须列在流程属性 variables 中。",
        "A name in the expression is no node, variable or decision output; what operations "
        "write is listed in the process property variables.",
    ),
    "expression-unknown-function": (
        "表达式调用了不存在的函数。",
        "The expression calls a function that does not exist.",
    ),
    "expression-unknown-field": (
        "表单或判定表没有这个字段，取值总为空。",
        "The form or decision table has no such field; its value would always be null.",
    ),
    "expression-unknown-value": (
        "与选项中没有的值比较，永远不成立。",
        "A comparison with a value that is not among the choices never holds.",
    ),
    "expression-without-item": (
        "只有多实例之内才有当前项 item。",
        "There is an item only inside a multi-instance.",
    ),
    "expressions-too-costly": (
        "全部表达式合计过长，或常量时间过多，无法在限定时间内检查。",
        "All expressions together are too long, or too many times are constants, to be checked "
        "in bounded time.",
    ),
    "expression-constant": (
        "定时或期限表达式得不到带时区的时间。",
        "The expression of a timer or due date gives no date-time with an offset.",
    ),
}

MOST_CHARACTERS = 30_000  # of all expressions of a process; reading one takes some 40 µs
MOST_CONSTANTS = 20  # each may take a tenth of a second to compute
# Set per case by the domain, beside what the nodes write.
CASE_NAMES = frozenset({"days", "due", "rule"})
FEEL_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
FIELD = re.compile(r"(?<![\w.])([^\W\d]\w*)\.([^\W\d]\w*)")
CHOICE = re.compile(r'(?<![\w.])([^\W\d]\w*)\.([^\W\d]\w*)\s*!?=\s*"([^"\\]*)"')
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.+(?:Z|[+-]\d\d:?\d\d)|P.+|R\d*/P.+")
READS_THE_CLOCK = frozenset({"now", "today"})


@dataclass(frozen=True)
class Text:
    """An expression, where it stands and which names are there only for it."""

    source: str
    xml: etree._Element
    step: Step | None
    extra: frozenset[str] = frozenset()
    is_moment: bool = False


def check_expressions(diagram: Diagram, around: Surroundings, report: Report) -> None:
    texts = list(texts_of(diagram))
    moments: set[str] = set()
    too_long = sum(len(text.source) for text in texts) > MOST_CHARACTERS
    if not too_long:
        moments = {text.source for text in texts if text.is_moment and _is_constant(text.source)}
    if too_long or len(moments) > MOST_CONSTANTS:
        report.add(diagram.file, "expressions-too-costly", diagram.process)
        return
    wrong = frozenset(filter(_is_no_moment, moments))
    for text in texts:
        _check_text(diagram.file, text, around, report)
        if text.is_moment and text.source in wrong:
            report.add(diagram.file, "expression-constant", text.xml, detail=text.source)


def texts_of(diagram: Diagram) -> Iterator[Text]:
    """Yield every text of the diagram that the engine evaluates."""
    for scope in diagram.scopes:
        for flow in scope.flows:
            if flow.condition is not None and text_of(flow.condition):
                step = scope.steps.get(flow.source)
                yield Text(text_of(flow.condition), flow.xml, step)
    for step in diagram.steps.values():
        yield from _texts_of_step(step)


def _texts_of_step(step: Step) -> Iterator[Text]:
    yield from _moments_of(step)
    if step.multi is not None:
        yield from _repetition_of(step, step.multi)
    if who := expression_of(step.properties.get("who", "")):
        yield Text(who, step.xml, step)
    for parameter in step.xml.iter(spiff("parameter")):
        if parameter.get("value", "").strip() and _is_own(parameter, step):
            yield Text(parameter.get("value", "").strip(), step.xml, step)


def _moments_of(step: Step) -> Iterator[Text]:
    for event in step.xml.iterchildren(bpmn("timerEventDefinition")):
        for xml in event.iterchildren(*map(bpmn, KINDS)):
            if text_of(xml) and not is_literal(text_of(xml)):
                yield Text(text_of(xml), step.xml, step, is_moment=True)
    due = step.properties.get("due", "").strip()
    if due:
        yield Text(due, step.xml, step, is_moment=True)


def _repetition_of(step: Step, multi: etree._Element) -> Iterator[Text]:
    collection, until = (
        text_of(multi.find(bpmn(name))) for name in ("loopDataInputRef", "completionCondition")
    )
    if collection:
        yield Text(collection, step.xml, step)
    if until:
        yield Text(until, step.xml, step, VOTE_NAMES)


def _is_own(setting: etree._Element, step: Step) -> bool:
    """Say whether a setting belongs to this node and not to one inside it."""
    nodes = (xml for xml in setting.iterancestors() if local(xml) in ALL_NODES)
    return next(nodes, None) is step.xml


def _check_text(file: str, text: Text, around: Surroundings, report: Report) -> None:
    if PLACEHOLDER.search(text.source):
        return  # named as a leftover already
    if is_foreign_expression(text.source):
        report.add(file, "foreign-expression", text.xml, detail=text.source)
        return
    try:
        parsed = feel.parse(text.source)
    except feel.FeelError as fault:
        detail = (f"{text.source}：{fault.zh}", f"{text.source}: {fault.en}")
        report.add(file, "expression-unreadable", text.xml, detail=detail)
        return
    _check_names(file, text, parsed, around, report)
    _check_fields(file, text, around, report)


def _check_names(
    file: str, text: Text, parsed: feel.Expression, around: Surroundings, report: Report
) -> None:
    known = CASE_NAMES | around.variables | around.steps.keys() | around.output_names | text.extra
    names = sorted(parsed.names)
    for name in names:
        if name == "item":
            if text.step is None or not around.has_item(text.step):
                report.add(file, "expression-without-item", text.xml, detail=text.source)
        elif name not in known:
            detail = f"{name}: {text.source}"
            report.add(file, "expression-unknown-name", text.xml, detail=detail)
    for name in sorted(parsed.functions - frozenset(around.functions) - frozenset(feel.BUILTINS)):
        report.add(file, "expression-unknown-function", text.xml, detail=name)


def _check_fields(file: str, text: Text, around: Surroundings, report: Report) -> None:
    bare = FEEL_TEXT.sub('""', text.source)
    for node, field in FIELD.findall(bare):
        fields = _fields_of(node, around)
        if fields is not None and field not in fields:
            report.add(file, "expression-unknown-field", text.xml, detail=f"{node}.{field}")
    for node, field, value in CHOICE.findall(text.source):
        form = _form_of(node, around)
        choices = None if form is None else form.choices(field)
        if choices is not None and value not in choices:
            detail = f'{node}.{field} = "{value}"'
            report.add(file, "expression-unknown-value", text.xml, detail=detail)


def _fields_of(node: str, around: Surroundings) -> frozenset[str] | None:
    """Return what a node writes, or None where that cannot be known."""
    step = around.steps.get(node)
    if step is not None and step.kind == "businessRuleTask":
        return around.outputs.get(around.decision_of(step))
    form = _form_of(node, around)
    return None if form is None else form.fields


def _form_of(node: str, around: Surroundings) -> Form | None:
    step = around.steps.get(node)
    if step is None or node not in around.people_nodes or step.multi is not None:
        return None
    return form_of(step, around)


def _is_constant(text: str) -> bool:
    """Say whether a time depends on nothing, so that it can be seen beforehand."""
    if len(text) > feel.BOUNDS.source or is_foreign_expression(text):
        return False
    try:
        parsed = feel.parse(text)
    except feel.FeelError:
        return False
    return not parsed.names and parsed.functions <= frozenset(feel.BUILTINS) - READS_THE_CLOCK


def _is_no_moment(constant: str) -> bool:
    try:
        value = feel.from_feel(feel.evaluate(constant, {}))
    except feel.FeelError:
        return True
    return not isinstance(value, str) or not MOMENT.fullmatch(value)
