"""Tables out of DMN files: any 1.x namespace, with annotations, names and labels."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.decisions.faults import DecisionFault, of_cell
from workflows.engine.decisions.table import Decision, Input, Output, Rule
from workflows.engine.errors import DiagramFault
from workflows.engine.feel import Expression, FeelError, Value, evaluate, parse
from workflows.engine.xml import local, parse_safely

SINGLE = {
    "UNIQUE": "U",
    "ANY": "A",
    "PRIORITY": "P",
    "FIRST": "F",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
AGGREGATIONS = {"SUM": "C+", "MIN": "C<", "MAX": "C>", "COUNT": "C#"}


def parse_dmn(xml: bytes) -> list[Decision]:
    """Every decision of a file; raises DecisionFault for what is no table in FEEL."""
    try:
        root = parse_safely(xml)
    except DiagramFault as fault:
        raise DecisionFault(fault.zh, fault.en) from fault
    if local(root) != "definitions" or "DMN" not in str(etree.QName(root).namespace).upper():
        raise DecisionFault("不是 DMN 文件", "the file is no DMN")
    found = [_decision(one) for one in _all(root, "decision")]
    if not found:
        raise DecisionFault("文件中没有判定表", "the file holds no decision")
    return found


def _decision(element: etree._Element) -> Decision:
    name = element.get("name") or str(element.get("id"))
    if not element.get("id"):
        raise DecisionFault("判定没有 id", "the decision has no id", table=name)
    table = next(_all(element, "decisionTable"), None)
    if table is None:
        raise DecisionFault(
            "只支持判定表，不支持其他判定逻辑",
            "only decision tables are supported",
            table=name,
            element=str(element.get("id")),
        )
    table_id = table.get("id") or str(element.get("id"))
    reader = _Reader(name, table_id)
    outputs = tuple(reader.output(o, n) for n, o in enumerate(_all(table, "output"), 1))
    inputs = tuple(reader.input(one) for one in _all(table, "input"))
    decision = Decision(
        id=str(element.get("id")),
        name=name,
        table=table_id,
        hit_policy=reader.policy(table, outputs),
        inputs=inputs,
        outputs=outputs,
        rules=tuple(
            reader.rule(rule, row, inputs, outputs)
            for row, rule in enumerate(_all(table, "rule"), 1)
        ),
    )
    reader.refuse_faults()
    if not outputs or not decision.rules:
        raise DecisionFault(
            "判定表没有结果列或者规则",
            "the table has no output or no rule",
            table=name,
            element=table_id,
        )
    return decision


class _Reader:
    """Reads one table, and tells each fault with its place."""

    def __init__(self, name: str, table_id: str) -> None:
        self.name = name
        self.table_id = table_id
        self.faults: list[DecisionFault] = []

    def refuse_faults(self) -> None:
        """Raise the first faulty cell, and with it all others: an author mends them at once."""
        if self.faults:
            first, *others = self.faults
            first.others = tuple(others)
            raise first

    def policy(self, table: etree._Element, outputs: tuple[Output, ...]) -> str:
        text = (table.get("hitPolicy") or "UNIQUE").upper()
        if text not in SINGLE:
            raise self.fault(f"未知的命中规则“{text}”", f"unknown hit policy “{text}”")
        aggregation = table.get("aggregation")
        if text != "COLLECT" or not aggregation:
            return SINGLE[text]
        if aggregation.upper() not in AGGREGATIONS:
            raise self.fault(f"未知的汇总“{aggregation}”", f"unknown aggregation “{aggregation}”")
        if len(outputs) != 1:
            raise self.fault("汇总只允许一个结果列", "an aggregation takes one output only")
        return AGGREGATIONS[aggregation.upper()]

    def input(self, element: etree._Element) -> Input:
        expression = next(_all(element, "inputExpression"), None)
        label = element.get("label") or _text(expression) or str(element.get("id"))
        if expression is None or not _text(expression):
            raise self.fault("输入列没有表达式", "the input has no expression", column=label)
        self.require_feel(expression, label)
        values = next(_all(element, "inputValues"), None)
        return Input(
            id=element.get("id") or "",
            label=label,
            expression=self.parse(_text(expression), column=label),
            type=expression.get("typeRef") or "",
            values=self.parse(_text(values), column=label, unary=True) if _text(values) else None,
        )

    def output(self, element: etree._Element, number: int) -> Output:
        name = element.get("name") or f"output{number}"
        label = element.get("label") or name
        values = next(_all(element, "outputValues"), None)
        default = next(_all(element, "defaultOutputEntry"), None)
        return Output(
            name=name,
            label=label,
            type=element.get("typeRef") or "",
            values=self.listed(_text(values), label) if _text(values) else (),
            default=self.parse(_text(default), column=label) if _text(default) else None,
        )

    def listed(self, text: str, column: str) -> tuple[Value, ...]:
        try:
            found = evaluate(f"[{text}]", {})
        except FeelError as fault:
            raise self.cell(fault, None, column) from None
        return tuple(found) if isinstance(found, list) else ()

    def rule(
        self,
        element: etree._Element,
        row: int,
        inputs: tuple[Input, ...],
        outputs: tuple[Output, ...],
    ) -> Rule:
        tests = list(_all(element, "inputEntry"))
        answers = list(_all(element, "outputEntry"))
        if len(tests) != len(inputs) or len(answers) != len(outputs):
            raise self.fault(
                "单元格数量与列数不符", "the number of cells differs from the columns", row=row
            )
        return Rule(
            id=element.get("id") or f"{self.table_id}_{row}",
            tests=tuple(
                self.test(cell, row, one.label) for cell, one in zip(tests, inputs, strict=True)
            ),
            answers=tuple(
                self.answer(cell, row, one.label)
                for cell, one in zip(answers, outputs, strict=True)
            ),
            description=_text_of_child(element, "description"),
            annotations=tuple(_text(note) for note in _all(element, "annotationEntry")),
        )

    def test(self, cell: etree._Element, row: int, column: str) -> Expression | None:
        self.require_feel(cell, column)
        text = _text(cell)
        if text in ("", "-"):
            return None
        return self.parse(text, row=row, column=column, unary=True)

    def answer(self, cell: etree._Element, row: int, column: str) -> Expression:
        self.require_feel(cell, column)
        text = _text(cell)
        if not text:
            raise self.fault("结果为空", "the output is empty", row=row, column=column)
        return self.parse("null" if text == "-" else text, row=row, column=column)

    def require_feel(self, element: etree._Element, column: str) -> None:
        language = element.get("expressionLanguage") or ""
        if language and "feel" not in language.lower():
            raise self.fault(
                f"只支持 FEEL，不支持“{language}”",
                f"only FEEL is supported, not “{language}”",
                column=column,
            )

    def parse(
        self, text: str, *, column: str, row: int | None = None, unary: bool = False
    ) -> Expression:
        try:
            return parse(text, unary=unary)
        except FeelError as fault:
            self.faults.append(self.cell(fault, row, column))
            return parse("null")

    def cell(self, fault: FeelError, row: int | None, column: str) -> DecisionFault:
        return of_cell(fault, table=self.name, element=self.table_id, row=row, column=column)

    def fault(
        self, zh: str, en: str, *, row: int | None = None, column: str | None = None
    ) -> DecisionFault:
        return DecisionFault(zh, en, table=self.name, element=self.table_id, row=row, column=column)


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The direct children of one name, whichever version of DMN they are of."""
    for child in element:
        if isinstance(child.tag, str) and local(child) == name:
            yield child


def _text(element: etree._Element | None) -> str:
    return _text_of_child(element, "text") if element is not None else ""


def _text_of_child(element: etree._Element, name: str) -> str:
    child = next(_all(element, name), None)
    return (child.text or "").strip() if child is not None else ""
