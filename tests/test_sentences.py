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
        if not isinstance(node, ast.Call) or _name(node.func) not in REFUSALS:
            continue
        yield from _texts(node.args[:1], constants)
        for given in node.keywords:
            if given.arg == "fields" and isinstance(given.value, ast.Dict):
                yield from _texts(given.value.values, constants)


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


def test_a_sentence_without_chinese_is_found(chinese: set[str]) -> None:
    source = 'LATE = "much too late"\nraise Invalid("no", fields={"day": LATE, "n": "odd"})'
    assert list(_sentences(ast.parse(source))) == ["no", "much too late", "odd"]
    assert "much too late" not in chinese
