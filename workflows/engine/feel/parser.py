"""Read the text of an expression into its parts."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path as File
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.lexer import Lexer

from workflows.engine.feel import syntax
from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.syntax import Node, Test
from workflows.engine.feel.temporal import parse_temporal
from workflows.engine.feel.tokens import tokenize
from workflows.engine.feel.types import TYPE_NAMES
from workflows.engine.feel.values import number

_FILTERED = frozenset({"LPAR", "RPAR", "RSQB", "RBRACE", "COMMA"})
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")  # half a character is none
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)


class _Ready(Lexer):
    """Hands the grammar the tokens that are cut already."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]
        for token in data:
            kind = f"_{token.kind}" if token.kind in _FILTERED else token.kind
            yield Token(kind, token.text, start_pos=token.at)


def read(text: str, *, unary: bool) -> Node:
    """The tree of an expression, or of the tests of a cell."""
    tokens = tokenize(text, unary=unary)
    if not tokens:
        if unary:
            return syntax.UnaryTests(0, (), negated=False)
        raise FeelError("empty", 0)
    if unary and [token.kind for token in tokens] == ["MINUS"]:
        return syntax.UnaryTests(tokens[0].at, (), negated=False)
    start = "unary_tests" if unary else "expression_only"
    try:
        tree: Any = _grammar().parse(tokens, start=start)
    except UnexpectedInput as fault:
        _refuse(fault, len(text))
    return _within_bounds(tree)


@cache
def _grammar() -> Lark:
    return Lark(
        File(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer=_Ready,
        transformer=_Build(),
        start=["expression_only", "unary_tests"],
        maybe_placeholders=False,
    )


def _refuse(fault: UnexpectedInput, end: int) -> NoReturn:
    token = getattr(fault, "token", None)
    if token is None or token.type == "$END":
        raise FeelError("end", end) from None
    raise FeelError("token", token.start_pos, text=str(token)[:40]) from None


def children(node: Node) -> Iterator[Node]:
    """The parts a part is made of."""
    for field in node.__dataclass_fields__:
        value = getattr(node, field)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))


def walk(tree: Node) -> Iterator[tuple[Node, int]]:
    """Every part with its depth, without recursion."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in children(node))


def _within_bounds(tree: Node) -> Node:
    for count, (node, depth) in enumerate(walk(tree), start=1):
        if count > BOUNDS.nodes:
            raise FeelError("nodes", node.at, limit=BOUNDS.nodes)
        if depth > BOUNDS.nesting:
            raise FeelError("nesting", node.at, limit=BOUNDS.nesting)
    return tree


def unquoted(text: str, at: int) -> str:
    """The text a string literal stands for."""

    def plain(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "uU" and len(code) > 1:
            point = int(code[1:], 16)
            if point > 0x10FFFF:
                raise FeelError("escape", at + 1 + match.start(), text=match[0])
            return chr(point)
        if code not in _ESCAPES:
            raise FeelError("escape", at + 1 + match.start(), text=match[0])
        return _ESCAPES[code]

    value = _PAIR.sub(_one_character, _ESCAPE.sub(plain, text[1:-1]))
    if _HALF.search(value):
        raise FeelError("escape", at, text=text[:40].encode("ascii", "backslashreplace").decode())
    return value


def _one_character(pair: re.Match[str]) -> str:
    """Two \\u escapes may be the halves of one character."""
    high, low = (ord(half) for half in pair[0])
    return chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))


def _reads_input(node: Node) -> bool:
    """Whether a test names its input; a nested test has an input of its own."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.InputValue):
            return True
        waiting.extend([part.value] if isinstance(part, syntax.In) else children(part))
    return False


def _chained(kind: type[syntax.And] | type[syntax.Or], left: Node, right: Node) -> Node:
    """A chain of `and` stays one part, however long: it must not cost nesting."""
    operands = left.operands if isinstance(left, kind) else (left,)
    return kind(left.at, (*operands, right))


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """The parts, made while the grammar reads."""

    def expression_only(self, tree: Node) -> Node:
        return tree

    def positive_tests(self, tests: tuple[Test, ...]) -> Node:
        return syntax.UnaryTests(tests[0].at, tests, negated=False)

    def negated_tests(self, word: Token, tests: tuple[Test, ...]) -> Node:
        return syntax.UnaryTests(_at(word), tests, negated=True)

    def tests(self, *tests: Test) -> tuple[Test, ...]:
        return tests

    def value_test(self, operand: Node) -> Test:
        return Test(operand.at, None, operand, _reads_input(operand))

    def comparison_test(self, operator: Token, operand: Node) -> Test:
        return Test(_at(operator), str(operator), operand, reads_input=False)

    def and_(self, left: Node, _and: Token, right: Node) -> Node:
        return _chained(syntax.And, left, right)

    def or_(self, left: Node, _or: Token, right: Node) -> Node:
        return _chained(syntax.Or, left, right)

    def or_and(self, *parts: Any) -> Node:
        left, _or, middle, _and, right = parts
        return _chained(syntax.Or, left, _chained(syntax.And, middle, right))

    def if_(self, *parts: Any) -> Node:
        word, condition, _then, then, _else, otherwise = parts
        return syntax.If(_at(word), condition, then, otherwise)

    def for_(self, word: Token, iterations: Any, _return: Token, body: Node) -> Node:
        return syntax.For(_at(word), iterations, body)

    def some(self, word: Token, iterations: Any, _satisfies: Token, condition: Node) -> Node:
        return syntax.Quantified(_at(word), False, iterations, condition)

    def every(self, word: Token, iterations: Any, _satisfies: Token, condition: Node) -> Node:
        return syntax.Quantified(_at(word), True, iterations, condition)

    def iterations(self, *iterations: syntax.Iteration) -> tuple[syntax.Iteration, ...]:
        _unique([(one.name, one.at) for one in iterations])
        return iterations

    def iteration(self, name: Token, _in: Token, source: Node, *end: Any) -> Node:
        return syntax.Iteration(_at(name), str(name), source, end[1] if end else None)

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return syntax.Comparison(_at(operator), str(operator), left, right)

    def between(self, *parts: Any) -> Node:
        value, word, low, _and, high = parts
        return syntax.Between(_at(word), value, low, high)

    def in_(self, value: Node, word: Token, test: Test) -> Node:
        return syntax.In(_at(word), value, (test,))

    def in_tests(self, value: Node, word: Token, _open: Token, tests: Any) -> Node:
        return syntax.In(_at(word), value, tests)

    def instance_of(self, value: Node, word: Token, type_name: syntax.TypeName) -> Node:
        return syntax.InstanceOf(_at(word), value, type_name)

    def type(self, name: Token, *element: Any) -> Node:
        wanted = TYPE_NAMES if not element else {"list", "range"}
        if name not in wanted:
            raise FeelError("type", _at(name), name=str(name))
        return syntax.TypeName(_at(name), str(name), element[1] if element else None)

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return syntax.Arithmetic(_at(operator), str(operator), left, right)

    def negation(self, sign: Token, operand: Node) -> Node:
        return syntax.Negation(_at(sign), operand)

    def path(self, source: Node, _dot: Token, key: Token) -> Node:
        return syntax.Path(_at(key), source, str(key))

    def filter(self, source: Node, bracket: Token, condition: Node) -> Node:
        return syntax.Filter(_at(bracket), source, condition)

    def number(self, token: Token) -> Node:
        try:
            return syntax.Literal(_at(token), number(str(token)))
        except FeelError as fault:
            raise fault.at(_at(token)) from None

    def string(self, token: Token) -> Node:
        return syntax.Literal(_at(token), unquoted(str(token), _at(token)))

    def true(self, token: Token) -> Node:
        return syntax.Literal(_at(token), True)

    def false(self, token: Token) -> Node:
        return syntax.Literal(_at(token), False)

    def null(self, token: Token) -> Node:
        return syntax.Literal(_at(token), None)

    def input_value(self, token: Token) -> Node:
        return syntax.InputValue(_at(token))

    def name(self, token: Token) -> Node:
        return syntax.Name(_at(token), str(token))

    def at_literal(self, sign: Token, token: Token) -> Node:
        text = unquoted(str(token), _at(token))
        value = parse_temporal(text)
        if value is None:
            raise FeelError("literal", _at(sign), text=text[:40])
        return syntax.Literal(_at(sign), value)

    def call(self, name: Token, arguments: Sequence[Node] = ()) -> Node:
        return syntax.Call(_at(name), str(name), tuple(arguments), ())

    def call_named(self, name: Token, arguments: Sequence[tuple[Token, Node]]) -> Node:
        _unique([(str(key), _at(key)) for key, _ in arguments])
        values = tuple(value for _, value in arguments)
        return syntax.Call(_at(name), str(name), values, tuple(str(key) for key, _ in arguments))

    def range(self, *parts: Any) -> Node:
        opening, low, _dots, high, closing = parts
        return syntax.RangeOf(_at(opening), low, high, opening == "[", closing == "]")

    def list(self, bracket: Token, items: Sequence[Node] = ()) -> Node:
        return syntax.ListOf(_at(bracket), tuple(items))

    def context(self, brace: Token, entries: Sequence[tuple[Token, Node]] = ()) -> Node:
        keys = [(_key(key), _at(key)) for key, _ in entries]
        _unique(keys)
        return syntax.ContextOf(
            _at(brace), tuple(key for key, _ in keys), tuple(value for _, value in entries)
        )

    def arguments(self, *parts: Any) -> tuple[Any, ...]:
        return parts

    named_arguments = entries = arguments

    def named_argument(self, name: Token, _colon: Token, value: Node) -> tuple[Token, Node]:
        return name, value

    entry = named_argument


def _at(token: Token) -> int:
    return int(token.start_pos or 0)


def _key(token: Token) -> str:
    return unquoted(str(token), _at(token)) if token.type == "STRING" else str(token)


def _unique(names: Sequence[tuple[str, int]]) -> None:
    seen: set[str] = set()
    for name, at in names:
        if name in seen:
            raise FeelError("twice", at, name=name)
        seen.add(name)
