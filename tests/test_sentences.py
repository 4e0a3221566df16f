"""Every sentence of a refusal has its Chinese: found in the source, wherever it stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "webapp/translations/zh/LC_MESSAGES/messages.po"
REFUSALS = {
    "NotFound", "NotAllowed", "Conflict", "DomainError", "Invalid", "Refused", "TooLarge", "Fault"
}  # fmt: skip
SOURCES = sorted([*(ROOT / "workflows").rglob("*.py"), *(ROOT / "webapp").rglob("*.py")])


@pytest.fixture(scope="module")
def chinese() -> set[str]:
    with CATALOGUE.open("rb") as file:
        return {str(one.id) for one in read_po(file, locale="zh") if one.id and one.string}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_refusals_have_their_chinese(path: Path, chinese: set[str]) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [said for said in _sentences(tree) if said not in chinese] == []


def _sentences(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        yield from _of_fields(node, constants)
        yield from _of_kinds(node, constants)
        if not isinstance(node, ast.Call) or _name(node.func) not in REFUSALS:
            continue
        yield from _texts(node.args[:1], constants)
        for given in node.keywords:
            if given.arg == "fields" and isinstance(given.value, ast.Dict):
                yield from _texts(given.value.values, constants)


def _of_fields(node: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    """What is said of a field, collected before it is raised: `faults["day"] = …`."""
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        named = target.value if isinstance(target, ast.Subscript) else target
        if isinstance(named, ast.Name) and named.id in ("fields", "faults"):
            yield from _texts([node.value], constants)


def _of_kinds(node: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    """What a refusal of its own kind always says: `super().__init__(…)`."""
    if not isinstance(node, ast.ClassDef) or REFUSALS.isdisjoint(map(_name, node.bases)):
        return
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and _name(call.func) == "__init__":
            yield from _texts(call.args[:1], constants)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _texts(nodes: list[ast.expr], constants: dict[str, ast.expr]) -> Iterator[str]:
    for node in nodes:
        found = node
        if isinstance(found, ast.Subscript):
            found = found.value  # one of a table of sentences
        if isinstance(found, ast.Name):
            found = constants.get(found.id, found)
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value
        elif isinstance(found, ast.IfExp):
            yield from _texts([found.body, found.orelse], constants)
        elif isinstance(found, ast.Dict):
            yield from _texts(found.values, constants)
        elif isinstance(found, ast.DictComp):
            yield from _texts([found.value], constants)


def test_a_sentence_without_chinese_is_found(chinese: set[str]) -> None:
    source = 'LATE = "much too late"\nraise Invalid("no", fields={"day": LATE, "n": "odd"})'
    assert list(_sentences(ast.parse(source))) == ["no", "much too late", "odd"]
    source = 'fields = {}\nfields["n"] = "odd"\nfaults = {n: "far" for n in ns}'
    assert list(_sentences(ast.parse(source))) == ["odd", "far"]
    source = 'class Unfit(DomainError):\n    def __init__(self):\n        super().__init__("bad")'
    assert list(_sentences(ast.parse(source))) == ["bad"]
    assert "much too late" not in chinese
