"""Read a file from outside: bound it first, parse it second."""

from xml.parsers import expat

from lxml import etree

from workflows.engine.errors import EngineFault
from workflows.engine.xml import parse_safely

RULES = {
    "file-too-big": ("文件过大，不予读取。", "The file is too big to be read."),
    "not-xml": ("文件不是完整的 XML。", "The file is not well-formed XML."),
    "xml-doctype": (
        "XML 中不得有 DOCTYPE 或实体声明。",
        "XML with a DOCTYPE or entity declarations is not accepted.",
    ),
    "xml-encoding": (
        "文件须以 UTF-8 编码保存。",
        "The file must be saved in UTF-8.",
    ),
    "xml-too-many-elements": (
        "XML 元素过多。",
        "The XML has too many elements.",
    ),
    "xml-too-deep": ("XML 嵌套过深。", "The XML is nested too deeply."),
    "xml-text-too-long": (
        "XML 中有过长的属性或文字。",
        "The XML has an attribute or a text that is too long.",
    ),
}

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 60
MAX_TEXT = 20_000


class Unreadable(Exception):
    """The bytes break one of the bounds; `rule` says which."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.detail = detail


def read_xml(data: bytes) -> etree._Element:
    """Return the root element of a file that is small, flat, plain UTF-8 XML."""
    if len(data) > MAX_BYTES:
        raise Unreadable("file-too-big", f"{len(data)} > {MAX_BYTES}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Unreadable("xml-encoding", str(fault)) from fault
    _Scan().run(data)
    try:
        return parse_safely(data)  # the engine's own door: both read the same tree
    except EngineFault as fault:
        raise Unreadable("not-xml", str(fault)) from fault


class _Scan:
    """One pass over the bytes that builds nothing and stops at the first bound."""

    def __init__(self) -> None:
        self.elements = self.depth = self.text = 0

    def run(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(data, True)
        except expat.ExpatError as fault:
            raise Unreadable("not-xml", str(fault)) from fault
        except (LookupError, ValueError) as fault:
            raise Unreadable("xml-encoding", str(fault)) from fault

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise Unreadable("xml-encoding", encoding)

    def _doctype(self, *_facts: object) -> None:
        raise Unreadable("xml-doctype")

    def _start(self, _tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        self.text = 0
        if self.elements > MAX_ELEMENTS:
            raise Unreadable("xml-too-many-elements", f"> {MAX_ELEMENTS}")
        if self.depth > MAX_DEPTH:
            raise Unreadable("xml-too-deep", f"> {MAX_DEPTH}")
        if sum(map(len, attributes.values())) > MAX_TEXT:
            raise Unreadable("xml-text-too-long", f"> {MAX_TEXT}")

    def _end(self, _tag: str) -> None:
        self.depth -= 1
        self.text = 0

    def _characters(self, text: str) -> None:
        self.text += len(text)
        if self.text > MAX_TEXT:
            raise Unreadable("xml-text-too-long", f"> {MAX_TEXT}")
