"""The rule of who acts, as it stands on a node: its grammar, and the catalogue of its terms.

Terms separated by spaces; the first names candidates, the others take people away:
`level(work_committee, deputy) not(draft_matter) not_starter`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

LONGEST = 500  # characters of a rule
MOST_STEPS = 5  # ranks up that a rule may name
Texts = tuple[str, str]  # Chinese, English
RAW = "expression"  # the term whose argument is one text, brackets and commas and all


class Unreadable(ValueError):
    """The rule is not in the grammar: where, and what is wrong there."""

    def __init__(self, part: str, column: int, zh: str, en: str) -> None:
        super().__init__(part)
        self.part, self.column, self.zh, self.en = part, column, zh, en


@dataclass(frozen=True)
class Term:
    name: str
    args: tuple[str, ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Kind:
    """A term that there is: what it is called, and what its arguments are."""

    name: str
    label: Texts
    args: tuple[str, ...] = ()  # kinds of arguments, see ARGUMENTS
    optional: int = 0  # how many of the last ones may be left out
    takes_away: bool = False  # it stands after the first term


# Kinds of arguments, with what a chooser says over each.
ARGUMENTS: Mapping[str, Texts] = {
    "role": ("角色", "Role"),
    "post": ("职务", "Post"),
    "unit": ("单位取自", "Unit taken from"),
    "person": ("何人的上级", "Whose superior"),
    "steps": ("上几级", "Ranks up"),
    "org": ("机关", "Body"),
    "rank": ("层级", "Rank"),
    "node": ("步骤", "Step"),
    "field": ("表单字段", "Form field"),
    "variable": ("变量", "Variable"),
    "people": ("人员取自", "People taken from"),
    "item": ("本项的字段", "Field of the item"),
    "body": ("单位名称", "Name of the body"),
    "feel": ("表达式（FEEL）", "Expression (FEEL)"),
}
TERMS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("post", ("单位的某职务", "Post at a unit"), ("unit", "post")),
        Kind("role", ("管辖单位的某角色", "Role over a subtree"), ("role", "unit"), optional=1),
        Kind("line_superior", ("直接上级", "Line superior"), ("person",), optional=1),
        Kind("superior", ("第几级上级", "Superior n ranks up"), ("person", "steps")),
        Kind("leader", ("分管领导", "Leader in charge of a unit"), ("unit",)),
        Kind("discipline", ("对口纪检组", "Discipline group of a unit"), ("unit",)),
        Kind("level", ("决定层级", "Level of decision"), ("org", "rank")),
        Kind("min", ("判定表给出的最低层级", "Lowest level that the table allows")),
        Kind("subject", ("对象本人（单位的主要负责人）", "The subject (an organisation's head)")),
        Kind("starter", ("发起人", "Who opened the case")),
        Kind("starter_choice", ("发起人选定的人", "Chosen by who opened it"), ("variable",)),
        Kind("chosen", ("前一步骤选定的人", "Chosen at an earlier step"), ("node", "field")),
        Kind("same", ("办理过某步骤的人", "Who did an earlier step"), ("node",)),
        Kind("case", ("办件中确定的人", "Named in the case"), ("people",)),
        Kind("item", ("本项指定的人", "Named by the item"), ("item",)),
        Kind("external", ("无账号单位（承办人代录）", "Body without account"), ("body",)),
        Kind("expression", ("表达式", "Expression"), ("feel",)),
        Kind("not", ("办理过某步骤的人除外", "Not who did a step"), ("node",), takes_away=True),
        Kind("not_starter", ("发起人除外", "Not who opened the case"), takes_away=True),
        Kind("not_of", ("某单位的人除外", "Nobody of a unit"), ("unit",), takes_away=True),
    )
}
RANKS: Mapping[str, Texts] = {
    "deputy": ("分管领导", "leader in charge"),
    "principal": ("主要负责人", "principal"),
    "collective": ("集体研究", "collective decision"),
}
# Settings of a node beside its rule, each with what it may say; the first is what holds unsaid.
POLICIES: Mapping[str, Mapping[str, Texts]] = {
    "ifNobody": {
        "up": ("逐级向上，再交流程管理员", "up the tree, then the process administrator"),
        "superior": (
            "先交该职务的上级，再逐级向上，再交流程管理员",
            "the superior of that post, then up the tree, then the process administrator",
        ),
        "process_admin": ("直接交流程管理员", "the process administrator at once"),
    },
    "ifStarter": {
        "may": ("可以由其办理", "may do it"),
        "excluded": ("不得由其办理", "may not do it"),
        "superior": ("交其直接上级办理", "his line superior does it"),
    },
    "ifTwice": {
        "again": ("再次办理", "is asked again"),
        "other": ("有他人时由他人办理", "somebody else does it, if there is anybody"),
        "once": ("紧接上一步且表单相同时沿用其意见", "the same answer stands, straight after it"),
    },
}
POLICY_LABELS: Mapping[str, Texts] = {
    "ifNobody": ("找不到办理人时", "If nobody is found"),
    "ifStarter": ("办理人就是发起人时", "If it is who opened the case"),
    "ifTwice": ("同一人再次办理时", "If the same person comes twice"),
}


@lru_cache(maxsize=2048)
def parse(rule: str) -> tuple[Term, ...]:
    """The terms of a who rule, at least one; raises Unreadable with the part that cannot be read
    and its column. Whether the terms are there, with the right arguments, `check` says."""
    if len(rule) > LONGEST:
        raise Unreadable(rule[:60], LONGEST, "规则过长。", "The rule is too long.")
    terms, at = [], _skip(rule, 0)
    while at < len(rule):
        name_ends = at
        while name_ends < len(rule) and (rule[name_ends].islower() or rule[name_ends] == "_"):
            name_ends += 1
        name, end = rule[at:name_ends], name_ends
        inner = ""
        if not name or not name.isascii():
            raise _at(rule, at, "此处应为规则项的名称。", "The name of a term belongs here.")
        if end < len(rule) and rule[end] == "(":
            end = _closing(rule, name_ends)
            inner = rule[name_ends + 1 : end]
            end += 1
        if end < len(rule) and not rule[end].isspace():
            raise _at(rule, end, "规则项之间须有空格。", "Terms stand apart by a space.")
        terms.append(Term(name, _arguments(name, inner), at + 1))
        at = _skip(rule, end)
    if not terms:
        raise Unreadable("", 1, "没有写由谁办理。", "It does not say who acts.")
    return tuple(terms)


def _skip(rule: str, at: int) -> int:
    while at < len(rule) and rule[at].isspace():
        at += 1
    return at


def _at(rule: str, at: int, zh: str, en: str) -> Unreadable:
    return Unreadable(rule[at:] or rule, at + 1, zh, en)


def _closing(rule: str, opened: int) -> int:
    """Where the bracket that opens here is closed; what stands in quotes is text."""
    depth, at = 0, opened
    while at < len(rule):
        sign = rule[at]
        if sign == '"':
            at = _text_ends(rule, at)
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return at
        at += 1
    raise _at(rule, opened, "括号没有闭合。", "The bracket is not closed.")


def _text_ends(rule: str, opened: int) -> int:
    at = opened + 1
    while at < len(rule) and rule[at] != '"':
        at += 2 if rule[at] == "\\" else 1
    return at


def _arguments(name: str, inner: str) -> tuple[str, ...]:
    if name == RAW:
        return (inner.strip(),) if inner.strip() else ()
    return tuple(part.strip() for part in inner.split(",") if part.strip())


def kind_of(term: Term, *, first: bool) -> Kind:
    """What the term is; raises Unreadable where there is none such, or it stands or is filled in
    wrongly."""
    kind = TERMS.get(term.name)
    if kind is None:
        zh, en = "没有这种规则项。", "There is no such term."
        raise Unreadable(term.name, term.column, zh, en)
    if first == kind.takes_away:
        zh, en = (
            "第一项写由谁办理，其后各项写除外的人。",
            "The first term names, the others exclude.",
        )
        raise Unreadable(term.name, term.column, zh, en)
    if not len(kind.args) - kind.optional <= len(term.args) <= len(kind.args):
        wanted = len(kind.args)
        zh, en = f"应有 {wanted} 个参数。", f"It takes {wanted} arguments."
        raise Unreadable(term.name, term.column, zh, en)
    return kind


def check(rule: str) -> tuple[Term, ...]:
    """The terms, each there and complete; raises Unreadable."""
    terms = parse(rule)
    for place, term in enumerate(terms):
        kind_of(term, first=place == 0)
    return terms


def expression_of(rule: str) -> str:
    """The FEEL text by which the rule finds people; empty where it finds them otherwise."""
    try:
        first = parse(rule)[0]
    except Unreadable:
        return ""
    return first.args[0] if first.name == RAW and first.args else ""
