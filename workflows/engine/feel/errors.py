"""The one fault of the language: where it is and what is wrong, in Chinese and in English."""

from typing import Self

MESSAGES: dict[str, tuple[str, str]] = {
    "empty": ("表达式为空", "the expression is empty"),
    "source": (
        "表达式过长，最多 {limit} 个字符",
        "the expression is too long, at most {limit} characters",
    ),
    "nodes": ("表达式过大，最多 {limit} 个部分", "the expression has more than {limit} parts"),
    "nesting": ("嵌套过深，最多 {limit} 层", "nested too deeply, at most {limit} levels"),
    "steps": ("计算步数超过上限 {limit}", "the evaluation takes more than {limit} steps"),
    "string": ("文本超过 {limit} 个字符", "a text is longer than {limit} characters"),
    "items": ("列表或上下文超过 {limit} 项", "a list or context has more than {limit} items"),
    "data": ("变量的数据超过 {limit} 个值", "a variable holds more than {limit} values"),
    "depth": (
        "数据嵌套过深，最多 {limit} 层",
        "a value is nested too deeply, at most {limit} levels",
    ),
    "number": ("数值超出范围", "the number is out of range"),
    "exponent": ("指数超出范围，最大 {limit}", "the exponent is out of range, at most {limit}"),
    "moment": ("日期超出公元 1 至 9999 年", "the date is outside the years 1 to 9999"),
    "character": ("无法识别的字符“{text}”", "unexpected character “{text}”"),
    "fullwidth": (
        "请用半角符号“{plain}”代替全角“{text}”",
        "use “{plain}” instead of the full-width “{text}”",
    ),
    "unclosed": ("文本缺少结束引号", "the text has no closing quote"),
    "escape": ("无效的转义“{text}”", "invalid escape “{text}”"),
    "comment": ("注释没有结束", "the comment has no end"),
    "token": ("此处不应出现“{text}”", "unexpected “{text}”"),
    "end": ("表达式不完整", "the expression ends too early"),
    "literal": (
        "“{text}”不是日期、时间或期间",
        "“{text}” is not a date, a time or a duration",
    ),
    "type": ("未知的类型“{name}”", "unknown type “{name}”"),
    "name": ("未知的名称“{name}”", "unknown name “{name}”"),
    "function": ("未知的函数“{name}”", "unknown function “{name}”"),
    "arguments": (
        "函数“{name}”的参数不符",
        "the arguments do not fit the function “{name}”",
    ),
    "failed": ("函数“{name}”无法计算：{reason}", "the function “{name}” failed: {reason}"),
    "input": ("此处没有输入值“?”", "there is no input value “?” here"),
    "value": ("不支持的数据类型 {kind}", "values of kind {kind} are not supported"),
    "pattern": ("不支持的匹配模式：{reason}", "unsupported pattern: {reason}"),
    "twice": ("名称“{name}”重复", "the name “{name}” is given twice"),
}


class FeelError(ValueError):
    """An expression that cannot be read or evaluated; `str()` is the English sentence."""

    def __init__(self, code: str, position: int | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self._position = position
        self._source = ""

    def at(self, position: int) -> Self:
        """Give the fault its place, unless it has one already."""
        if self._position is None:
            self._position = position
        return self

    def within(self, source: str) -> Self:
        """Give the fault the text it stands in, unless it has one already."""
        self._source = self._source or source
        return self

    @property
    def position(self) -> int:
        return min(self._position or 0, len(self._source))

    @property
    def line(self) -> int:
        return self._source.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        return self.position - (self._source.rfind("\n", 0, self.position) + 1) + 1

    @property
    def zh(self) -> str:
        reason = MESSAGES[self.code][0].format(**self.facts)
        return f"第 {self.line} 行第 {self.column} 列：{reason}"

    @property
    def en(self) -> str:
        reason = MESSAGES[self.code][1].format(**self.facts)
        return f"line {self.line}, column {self.column}: {reason}"

    def __str__(self) -> str:
        return self.en
