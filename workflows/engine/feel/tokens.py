"""Cut the text of an expression into tokens.

What a context-free grammar cannot tell apart is settled here: names of several words, the
brackets of a range, the `in` of an iteration, and the parenthesis after `in`.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError

_KEYWORDS = frozenset(
    {
        *("true", "false", "null", "if", "then", "else", "for", "return", "some", "every"),
        *("satisfies", "in", "between", "and", "or", "function", "external"),
    }
)
# Names with a keyword inside are names only where a call or a type can stand.
_CALLED = ("date and time", "years and months duration", "working days between")
_TYPES = ("date and time", "years and months duration", "days and time duration")

_TOKEN = re.compile(
    r"""(?P<SPACE>(?:\s|\ufeff)+|//[^\n]*|/\*(?s:.*?)\*/)
    |(?P<NUMBER>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w))
    |(?P<STRING>"(?:[^"\\]|\\(?s:.))*")
    |(?P<WORD>[^\W\d]\w*)
    |(?P<SIGN>\.\.|\*\*|<=|>=|!=|/(?!\*)|[-+*=<>()\[\]{},:.?@])""",
    re.VERBOSE,
)
_SIGNS = {
    "..": "DOTDOT",
    "**": "POW",
    "<=": "LE",
    ">=": "GE",
    "!=": "NE",
    "-": "MINUS",
    "+": "PLUS",
    "*": "STAR",
    "/": "SLASH",
    "=": "EQ",
    "<": "LT",
    ">": "GT",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "{": "LBRACE",
    "}": "RBRACE",
    ",": "COMMA",
    ":": "COLON",
    ".": "DOT",
    "?": "QMARK",
    "@": "AT",
}
_WIDE = (
    "\uff08\uff09\uff3b\uff3d\uff5b\uff5d\uff0c\uff1a\uff0e\uff1f\uff1d"
    "\uff1c\uff1e\uff0b\uff0d\uff0a\uff0f\u201c\u201d\u3001\uff02"
)
_FULLWIDTH = dict(zip(_WIDE, '()[]{},:.?=<>+-*/"","', strict=True))
_VALUES = frozenset({"NAME", "NUMBER", "STRING", "TRUE", "FALSE", "NULL", "QMARK"})
_OPENERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
_CLOSERS = frozenset(_OPENERS.values())
_ITERATES = frozenset({"FOR", "SOME", "EVERY"})
_ENDS = _VALUES | _CLOSERS | {"RANGE_CLOSE"}
_STARTS = _VALUES | set(_OPENERS) | {"AT", "MINUS", "IF"} | _ITERATES


@dataclass(slots=True)
class Token:
    kind: str
    text: str
    at: int


def tokenize(text: str, *, unary: bool) -> list[Token]:
    """The tokens of an expression, ambiguities settled."""
    if len(text) > BOUNDS.source:
        raise FeelError("source", BOUNDS.source, limit=BOUNDS.source)
    tokens = _joined(_cut(text))
    if len(tokens) > 2 * BOUNDS.nodes:
        raise FeelError("nodes", tokens[-1].at, limit=BOUNDS.nodes)
    _mark_iterations(tokens)
    _mark_ranges(tokens)
    _mark_tests(tokens, unary=unary)
    return tokens


def _cut(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind, piece = str(match.lastgroup), match[0]
        if kind == "SIGN":
            tokens.append(Token(_SIGNS[piece], piece, at))
        elif kind == "WORD":
            after_dot = bool(tokens) and tokens[-1].kind == "DOT"
            word = piece in _KEYWORDS and not after_dot
            tokens.append(Token(piece.upper() if word else "NAME", piece, at))
        elif kind != "SPACE":
            tokens.append(Token(kind, piece, at))
        at = match.end()
    return tokens


def _unreadable(text: str, at: int) -> FeelError:
    if text[at] == '"':
        return FeelError("unclosed", at)
    if text.startswith("/*", at):
        return FeelError("comment", at)
    if text[at] in _FULLWIDTH:
        return FeelError("fullwidth", at, text=text[at], plain=_FULLWIDTH[text[at]])
    word = re.match(r"[\w.]+", text[at:])
    return FeelError("character", at, text=word[0][:40] if word else text[at])


def _joined(tokens: list[Token]) -> list[Token]:
    """Neighbouring words become one name; the standard lets nothing else stand side by side."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if fixed := _fixed_name(tokens, at, joined):
            joined.append(Token("NAME", fixed, token.at))
            at += len(fixed.split())
            continue
        if _is_instance_of(tokens, at):
            joined.append(Token("INSTANCE_OF", "instance of", token.at))
            at += 2
            continue
        if token.kind == "NAME" and joined and _continues(joined, tokens, at):
            joined[-1].text += f" {token.text}"
        else:
            joined.append(token)
        at += 1
    return joined


def _continues(joined: list[Token], tokens: list[Token], at: int) -> bool:
    return joined[-1].kind == "NAME" and tokens[at - 1].kind != "DOT" and at > 0


def _is_instance_of(tokens: list[Token], at: int) -> bool:
    words = [token.text for token in tokens[at : at + 2]]
    return words == ["instance", "of"] and at > 0 and tokens[at - 1].kind in _ENDS


def _fixed_name(tokens: list[Token], at: int, before: list[Token]) -> str | None:
    if tokens[at].kind != "NAME":
        return None
    if before and before[-1].kind in {"INSTANCE_OF", "LT"}:
        return next((name for name in _TYPES if _reads(tokens, at, name)), None)
    if before and before[-1].kind in {"NAME", "DOT"}:
        return None
    for name in _CALLED:
        after = at + len(name.split())
        if _reads(tokens, at, name) and after < len(tokens) and tokens[after].kind == "LPAR":
            return name
    return None


def _reads(tokens: list[Token], at: int, name: str) -> bool:
    words = name.split()
    return [token.text for token in tokens[at : at + len(words)]] == words


def _mark_iterations(tokens: list[Token]) -> None:
    """The `in` after an iteration's variable is another word than the comparison `in`."""
    naming: list[int] = []  # bracket depth of every `for`, `some`, `every` still naming variables
    depth = 0
    for at, token in enumerate(tokens):
        if token.kind in _OPENERS:
            depth += 1
        elif token.kind in _CLOSERS:
            depth -= 1
            naming = [level for level in naming if level <= depth]
        elif token.kind in _ITERATES:
            naming.append(depth)
        elif token.kind in {"RETURN", "SATISFIES"}:
            naming = naming[:-1]
        elif token.kind == "IN" and naming and naming[-1] == depth and _introduced(tokens, at):
            token.kind = "ITER_IN"


def _introduced(tokens: list[Token], at: int) -> bool:
    before = [token.kind for token in tokens[max(at - 2, 0) : at]]
    return len(before) == 2 and before[0] in {*_ITERATES, "COMMA"} and before[1] == "NAME"


def _mark_ranges(tokens: list[Token]) -> None:
    """The brackets around `..` are those of a range."""
    for at, token in enumerate(tokens):
        if token.kind != "DOTDOT":
            continue
        opening = _opening(tokens, at)
        closing = _closing(tokens, at)
        if opening is not None and closing is not None:
            tokens[opening].kind = "RANGE_OPEN"
            tokens[closing].kind = "RANGE_CLOSE"


def _opening(tokens: list[Token], dots: int) -> int | None:
    depth = 0
    for at in range(dots - 1, -1, -1):
        kind = tokens[at].kind
        if depth == 0 and kind == "ITER_IN":
            return None
        if kind == "RSQB" and depth == 0 and (at == 0 or tokens[at - 1].kind not in _ENDS):
            return at
        if kind in {"RPAR", "RSQB", "RBRACE", "RANGE_CLOSE"}:
            depth += 1
        elif kind in {"LPAR", "LSQB", "LBRACE", "RANGE_OPEN"}:
            if depth == 0:
                return at if kind in {"LPAR", "LSQB"} else None
            depth -= 1
    return None


def _closing(tokens: list[Token], dots: int) -> int | None:
    depth = 0
    for at in range(dots + 1, len(tokens)):
        kind = tokens[at].kind
        if kind == "LSQB" and depth == 0 and _ends_range(tokens, at):
            return at
        if kind in _OPENERS:
            depth += 1
        elif kind in _CLOSERS:
            if depth == 0:
                return at if kind in {"RPAR", "RSQB"} else None
            depth -= 1
    return None


def _ends_range(tokens: list[Token], at: int) -> bool:
    """Whether this `[` closes `]1..5[`, rather than begin a filter on the endpoint."""
    after_operand = tokens[at - 1].kind in _ENDS
    return after_operand and (at + 1 == len(tokens) or tokens[at + 1].kind not in _STARTS)


def _mark_tests(tokens: list[Token], *, unary: bool) -> None:
    for before, token in pairwise(tokens):
        if before.kind == "IN" and token.kind == "LPAR":
            token.kind = "IN_LPAR"
    whole = len(tokens) > 2 and [token.text for token in tokens[:2]] == ["not", "("]
    if unary and whole and tokens[1].kind == "LPAR" and _closes_at(tokens, 1) == len(tokens) - 1:
        tokens[0].kind = "NOT"


def _closes_at(tokens: list[Token], opening: int) -> int | None:
    depth = 0
    for at in range(opening, len(tokens)):
        kind = tokens[at].kind
        if kind in {*_OPENERS, "IN_LPAR", "RANGE_OPEN"}:
            depth += 1
        elif kind in {*_CLOSERS, "RANGE_CLOSE"}:
            depth -= 1
            if depth == 0:
                return at
    return None
