"""Every text of the editors' scripts and of the libraries' parts in use has its Chinese."""

import json
import re
from pathlib import Path

SOURCES = Path("frontend/src")
MODULES = Path("frontend/node_modules")
# t("…"), wherever it stands; in the editor of diagrams every text that begins as a sentence does,
# for lists of labels are handed on to t there.
SAID = re.compile(r"""\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
LABEL = re.compile(r"""'([A-Z][a-z]*(?:[ ,{:][^'\\]*)?)'""")
NO_WORDS = frozenset({"Content", "Delete", "Escape", "Enter"})  # names of keys and headers
LIBRARIES = {
    "bpmn-js/lib/features": ("label-editing", "copy-paste", "search", "align-elements"),
    "diagram-js/lib/features": ("search-pad", "popup-menu", "palette", "context-pad"),
}
RULES = ("end-event-required", "no-disconnected", "no-duplicate-sequence-flows",
         "no-implicit-split", "single-blank-start-event", "start-event-required",
         "superfluous-gateway")  # fmt: skip


def words() -> dict[str, str]:
    """All dictionaries of ours together."""
    found: dict[str, str] = {}
    for path in (SOURCES / "words").glob("*.json"):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def scripts() -> list[Path]:
    return sorted(path for path in SOURCES.rglob("*") if path.suffix in {".js", ".jsx"})


def texts(path: Path) -> set[str]:
    source = path.read_text(encoding="utf-8")
    found = {next(filter(None, one), "") for one in SAID.findall(source)}
    if "modeler" in str(path):
        found |= {one for one in LABEL.findall(source) if len(one) > 1} - NO_WORDS
    return {re.sub(r"\\(.)", r"\1", one) for one in found if one}


def test_every_text_of_our_scripts_has_its_chinese() -> None:
    known = words()
    missing = {
        (path.name, text)
        for path in scripts()
        if "i18n.js" in path.read_text(encoding="utf-8")
        for text in texts(path)
        if text not in known
    }
    assert missing == set()


def test_the_scan_finds_what_is_said() -> None:
    """Were the pattern blind, the test above could not fail."""
    found = set().union(*(texts(path) for path in scripts()))
    assert {"Who does what", "Taken when", "Saving…", "Kind of act"} <= found
    assert len(found) > 150


def test_every_dictionary_is_chinese_and_keeps_the_placeholders() -> None:
    for text, chinese in words().items():
        assert chinese.strip(), text
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", chinese)), text


def test_the_libraries_that_speak_are_spoken_for() -> None:
    """What the lint rules and the parts of the drawing tool in use say through translate()."""
    known = words() | _packages()
    said = set()
    for rule in RULES:
        source = (MODULES / "bpmnlint/rules" / f"{rule}.js").read_text(encoding="utf-8")
        for start, text in re.findall(r"report\([\w.]+, (type \+ )?'([^']+)'", source):
            said |= {kind + text for kind in ("Process", "Sub process")} if start else {text}
    for folder, parts in LIBRARIES.items():
        for path in (one for part in parts for one in (MODULES / folder / part).rglob("*.js")):
            said |= set(re.findall(r"translate\('([^']+)'", path.read_text(encoding="utf-8")))
    assert {text for text in said if text not in known} == set()


def _packages() -> dict[str, str]:
    """The translations of others that the editor learns first."""
    found: dict[str, str] = {}
    for path in ("bpmn-js-i18n/translations/zn.js", "bpmn-js-i18n-zh/lib/bpmn-js/index.js"):
        source = (MODULES / path).read_text(encoding="utf-8")
        found |= dict(re.findall(r"""['"]([^'"]+)['"]\s*:\s*['"]([^'"]+)['"]""", source))
    return found
