"""Expressions of other systems made FEEL, where both mean the same whatever the values are.

    to_feel("${days > 3 && result == 'agree'}")     # days > 3 and result = "agree"
    to_feel("=amount >= 100")                       # amount >= 100 (FEEL already)

What is read: names and paths, texts, numbers, true, false, null, comparisons, `&&`, `||`, `!`,
`.equals(…)`, `execution.getVariable(…)` and Flowable's `var:eq(…)`; sums and quotients of numbers
and counters only. All else is Uncertain: a method that is called, `empty`, a choice by `?`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflows.engine import feel
from workflows.engine.validation.foreign import is_foreign_expression
from workflows.engine.validation.vocabulary import FEEL_WORDS, RESERVED_IDS

LONGEST = 2_000
DEEPEST = 30
WRAPPED = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?|\.\d+)
  | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<name>[^\W\d]\w*(?::[^\W\d]\w*)?)
  | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/<>!().,])
  )""",
    re.VERBOSE,
)
WORDS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "and": "&&",
    "or": "||",
    "not": "!",
    "div": "/",
}
COMPARED = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
SPOKEN = {
    "eq": "==",
    "equals": "==",
    "ne": "!=",
    "notEquals": "!=",
    "lt": "<",
    "lessThan": "<",
    "lte": "<=",
    "lessThanOrEquals": "<=",
    "gt": ">",
    "greaterThan": ">",
    "gte": ">=",
    "greaterThanOrEquals": ">=",
}
VARIABLES = {"var", "vars", "variables"}
CONSTANTS = {"true", "false", "null"}
# What other engines count, where nothing of ours counts the same.
ENGINE_OWN = re.compile(r"nrOf\w+|numberOf\w*Instances|loopCounter")


class Uncertain(Exception):
    """The expression may mean something else in FEEL; `zh` and `en` say what stands in the way."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class Feel:
    """What was made, and the variables that it reads."""

    text: str
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Part:
    """A piece of the answer: a name, a text, a number, a constant, a condition.

    `total`: a condition that is true or false whatever is unset; only such may be negated.
    `closed`: it stands in brackets.
    """

    text: str
    kind: str
    total: bool = False
    closed: bool = False


def to_feel(
    text: str, *, counters: Mapping[str, str] | None = None, condition: bool = True
) -> Feel:
    """The same in FEEL; `counters` are names that hold numbers, each with the word it becomes.
    Raises Uncertain."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Uncertain("表达式过长", "it is too long")
    if text.startswith("="):
        return _own(text[1:].strip(), counters or {})
    wrapped = WRAPPED.fullmatch(text)
    if wrapped is None or re.search(r"[$#]\{", wrapped[1]):
        raise Uncertain("不是单个 ${…} 表达式", "it is not one ${…} expression")
    reader = _Reader(wrapped[1], counters or {})
    made = reader.whole()
    answer = _said(made) if condition else made
    return _read_back(answer.text, frozenset(reader.names))


def _read_back(text: str, names: frozenset[str]) -> Feel:
    """What was made must be FEEL, or it was not understood."""
    try:
        feel.parse(text)
    except feel.FeelError as fault:
        raise Uncertain(fault.zh, fault.en) from fault
    return Feel(text, names)


def _own(text: str, counters: Mapping[str, str]) -> Feel:
    """FEEL of Camunda 8: taken as it is, if ours reads it."""
    try:
        parsed = feel.parse(text)
    except feel.FeelError as fault:
        raise Uncertain(fault.zh, fault.en) from fault
    unknown = parsed.functions - frozenset(feel.BUILTINS)
    if unknown or is_foreign_expression(text):
        named = ", ".join(sorted(unknown)) or text
        raise Uncertain(f"函数或写法这里没有：{named}", f"we have no such function: {named}")
    for name, word in counters.items():
        text = re.sub(rf"(?<![\w.]){name}(?!\w)", word, text)
    names = parsed.names - counters.keys()
    for name in names:
        _require_variable(name)
    return _read_back(text, names)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            sign = text[place:].strip()[:1]
            raise Uncertain(f"“{sign}” 无法换成 FEEL", f"“{sign}” has no certain meaning in FEEL")
        place = found.end()
        kind = str(found.lastgroup)
        value = found[kind]
        if kind == "name" and value in WORDS:
            kind, value = "sign", WORDS[value]
        yield kind, value


def _said(part: _Part) -> _Part:
    """The part where a condition is asked for: a name alone is asked whether it is true."""
    if part.kind == "condition":
        return part
    if part.kind == "name":
        return _Part(f"{part.text} = true", "condition", total=True)
    if part.text in {"true", "false"}:
        return _Part(part.text, "condition", total=True)
    raise Uncertain(f"“{part.text}” 不是条件", f"“{part.text}” is no condition")


class _Reader:
    """Recursive descent over the tokens, one method a level of precedence."""

    def __init__(self, text: str, counters: Mapping[str, str]) -> None:
        self.rest = list(_tokens(text))
        self.counters = counters
        self.names: set[str] = set()
        self.depth = 0

    def whole(self) -> _Part:
        part = self._either()
        if self.rest:
            raise Uncertain(
                f"“{self.rest[0][1]}” 处无法读懂", f"it cannot be read at “{self.rest[0][1]}”"
            )
        return part

    def _sign(self, *signs: str) -> str:
        if self.rest and self.rest[0][0] == "sign" and self.rest[0][1] in signs:
            return self.rest.pop(0)[1]
        return ""

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise Uncertain(f"缺少“{sign}”", f"“{sign}” is missing")

    def _either(self) -> _Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Uncertain("嵌套过深", "it is nested too deeply")
        part = self._both()
        while self._sign("||"):
            part = _joined(part, "or", self._both())
        self.depth -= 1
        return part

    def _both(self) -> _Part:
        part = self._compared()
        while self._sign("&&"):
            part = _joined(part, "and", self._compared())
        return part

    def _compared(self) -> _Part:
        left = self._sum()
        sign = self._sign(*COMPARED)
        return _comparison(left, sign, self._sum()) if sign else left

    def _sum(self) -> _Part:
        part = self._product()
        while sign := self._sign("+", "-"):
            part = _reckoned(part, sign, self._product())
        return part

    def _product(self) -> _Part:
        part = self._signed()
        while sign := self._sign("*", "/"):
            part = _reckoned(part, sign, self._signed())
        return part

    def _signed(self) -> _Part:
        if self._sign("!"):
            return _negated(self._signed())
        if self._sign("-"):
            return _reckoned(_Part("0", "number"), "-", self._signed())
        part = self._single()
        while self._sign("."):
            part = self._member(part)
        return part

    def _single(self) -> _Part:
        if not self.rest:
            raise Uncertain("表达式不完整", "it is not complete")
        kind, value = self.rest.pop(0)
        if kind == "number":
            return _Part(f"0{value}" if value.startswith(".") else value, "number")
        if kind == "text":
            return _Part(_text(value), "text")
        if kind == "name":
            return self._named(value)
        if value == "(":
            inner = self._either()
            self._expect(")")
            return _Part(f"({inner.text})", inner.kind, inner.total, closed=True)
        raise Uncertain(f"“{value}” 处无法读懂", f"it cannot be read at “{value}”")

    def _named(self, value: str) -> _Part:
        if value in CONSTANTS:
            return _Part(value, "constant")
        if value in self.counters:
            return _Part(self.counters[value], "number")
        space, _, word = value.rpartition(":")
        if space:
            return self._spoken(space, word)
        if value == "empty":
            raise Uncertain("empty 对空集合与空文本含义不同", "“empty” means several things")
        if value == "execution":
            return _Part(value, "execution")
        return self._variable(value)

    def _variable(self, name: str) -> _Part:
        _require_variable(name)
        self.names.add(name)
        return _Part(name, "name")

    def _spoken(self, space: str, word: str) -> _Part:
        """Flowable's `var:eq(name, value)`."""
        if space not in VARIABLES or word not in {*SPOKEN, "get"}:
            raise Uncertain(f"函数 {space}:{word} 这里没有", f"there is no function {space}:{word}")
        self._expect("(")
        left = self._quoted_name()
        if word == "get":
            self._expect(")")
            return left
        self._expect(",")
        right = self._sum()
        self._expect(")")
        return _comparison(left, SPOKEN[word], right)

    def _quoted_name(self) -> _Part:
        """A variable named as such or as a text."""
        kind, value = self.rest.pop(0) if self.rest else ("", "")
        name = value[1:-1] if kind == "text" else value
        if kind not in {"name", "text"} or not re.fullmatch(r"[^\W\d]\w*", name):
            raise Uncertain("变量名不是定值", "the variable is not named outright")
        return self._variable(name)

    def _member(self, part: _Part) -> _Part:
        kind, name = self.rest.pop(0) if self.rest else ("", "")
        called = bool(self.rest) and self.rest[0] == ("sign", "(")
        if kind != "name" or ":" in name:
            raise Uncertain("“.”之后无法读懂", "it cannot be read after “.”")
        if called and name == "equals" and part.kind in {"name", "text"}:
            self._expect("(")
            other = self._sum()
            self._expect(")")
            return _comparison(part, "==", other)
        if called and name == "getVariable" and part.kind == "execution":
            self._expect("(")
            found = self._quoted_name()
            self._expect(")")
            return found
        if called or part.kind != "name":
            raise Uncertain(f"调用了 {name}(…)", f"it calls {name}(…)")
        if name in FEEL_WORDS:
            raise Uncertain(f"字段名“{name}”在这里另有含义", f"“{name}” has another meaning here")
        return _Part(f"{part.text}.{name}", "name")


def _require_variable(name: str) -> None:
    if ENGINE_OWN.fullmatch(name):
        raise Uncertain(f"{name} 在这里没有对应的计数", f"nothing here counts like {name}")
    if name in RESERVED_IDS | FEEL_WORDS:
        raise Uncertain(f"变量名“{name}”在这里另有含义", f"“{name}” has another meaning here")


def _joined(left: _Part, word: str, right: _Part) -> _Part:
    left, right = _said(left), _said(right)
    return _Part(f"{left.text} {word} {right.text}", "condition", total=left.total and right.total)


def _negated(part: _Part) -> _Part:
    if part.kind == "name":
        return _Part(f"{part.text} = false", "condition", total=True)
    said = _said(part)
    if not said.total:
        raise Uncertain(
            "否定大小比较时，空值的含义不同", "a negated comparison differs where a value is unset"
        )
    inner = said.text if said.closed else f"({said.text})"
    return _Part(f"not{inner}", "condition", total=True)


def _comparison(left: _Part, sign: str, right: _Part) -> _Part:
    kinds = {left.kind, right.kind}
    if not kinds <= {"name", "text", "number", "constant"}:
        raise Uncertain("比较的不是值", "what is compared is no value")
    equality = sign in {"==", "!="}
    if not equality and kinds & {"text", "constant"}:
        raise Uncertain("按文本比较大小", "texts are compared by size")
    return _Part(f"{left.text} {COMPARED[sign]} {right.text}", "condition", total=equality)


def _reckoned(left: _Part, sign: str, right: _Part) -> _Part:
    if {left.kind, right.kind} != {"number"}:
        raise Uncertain(
            "“+ - * /” 的两边不都是数", f"“{sign}” stands between what may be no numbers"
        )
    if left.text == "0" and sign == "-":
        return _Part(f"-{right.text}", "number")
    return _Part(f"{left.text} {sign} {right.text}", "number")


def _text(quoted: str) -> str:
    inner = re.sub(r"\\(.)", r"\1", quoted[1:-1])
    return '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
