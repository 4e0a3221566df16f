"""Document templates: what may stand in one, so that a paper can always be filled, and quickly.

A template shows fields ({{ subject }}, {{ one.reason }}) and words for codes
({{ {'pass': '合格'}.get(verdict, verdict) }}), loops and chooses ({%p for one in items %},
{% if granted %}). It reckons nothing: the library works out 9**9**9 while it reads.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from docxtpl import DocxTemplate
from jinja2 import Environment, meta, nodes
from lxml import etree

from workflows import found_before, paper_fields
from workflows.engine import DiagramFault
from workflows.engine.validation import Fault
from workflows.engine.validation.papers import REFUSED, UNKNOWN
from workflows.engine.xml import parse_safely

MOST_UNPACKED = 4_000_000
MOST_PARTS = 200
MOST_TEXT = 200_000
MOST_TAGS = 1_000
MOST_WRITTEN = 2_000_000  # bytes of all parts that are filled in, of all templates together
LONGEST_TAG = 1_500
WRITTEN = re.compile(rb"[<:](?:body|hdr|ftr|footnotes|endnotes)[\s/>]|\{|&#")
BRACES = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
TAG = re.compile(
    r"\{\{(?:(?:r|p|tr|tc) )?(?P<shown>(?:(?!\{\{|\{%|\{#|\}\}).)*)\}\}"
    r"|\{%-?(?:(?:r|p|tr|tc) )?(?P<done>(?:(?!\{\{|\{%|\{#|%\}).)*)%\}"
    r"|\{#(?:(?!\{#|#\}).)*#\}",
    re.DOTALL,
)
TOKEN = re.compile(
    r"""\s*(?:(?P<string>'[^'\\]*'|"[^"\\]*"|[‘’][^'"‘’\\]*[‘’]|[“”][^'"“”\\]*[“”])
    |(?P<number>\d{1,9})|(?P<name>[^\W\d]\w*)|(?P<sign>==|!=|<=|>=|[<>.,:|(){}\[\]]))""",
    re.VERBOSE,
)
HEADS = frozenset({"for", "endfor", "if", "elif", "else", "endif"})
METHODS = frozenset({"get", "items", "keys", "values"})
FILTERS = frozenset({"default", "join", "length", "lower", "trim", "upper", "first", "last"})
TAKING = frozenset({"default", "join"})  # filters with an argument
BEFORE_BRACKET = frozenset({"if", "in", "not", "and", "or", "elif"})

Reason = tuple[str, str]  # in Chinese and in English
NOT_READABLE = ("模板不是可以读取的 .docx 文件。", "The template is no .docx that can be read.")
TOO_BIG = ("模板过大或标记过多。", "The template is too big or holds too many tags.")
HIDDEN = ("模板的标记写在看不见的地方。", "A tag of the template stands where it cannot be seen.")
STRAY = ("模板中有不完整的标记。", "A tag of the template is not complete.")
NOT_ALLOWED = (
    "模板的标记只能显示字段、循环和判断。",
    "A tag of the template may show fields, loop and choose, nothing else.",
)
NOT_FILLABLE = ("模板无法填写。", "The template cannot be filled.")

_sound: dict[tuple[bytes, int], tuple[int, set[tuple[str, str]]]] = {}


class _Refused(Exception):
    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason[1])
        shown = " ".join(detail.split())[:120]
        self.reason = (f"{reason[0]}（{shown}）", f"{reason[1]} ({shown})") if shown else reason


def faults_in(documents: Mapping[str, bytes], folder: str = "documents/") -> list[Fault]:
    """Every template that could not be filled, or shows what no such paper is told."""
    found, left = [], MOST_WRITTEN
    for name, data in sorted(documents.items()):
        try:
            size, shown = _check(data, left)
        except _Refused as refused:
            found.append(Fault(f"{folder}{name}", None, None, REFUSED, *refused.reason))
            continue
        left -= size
        template = PurePath(name).stem
        for field, near in paper_fields.unknown(template, shown):
            reason = _not_told(template, field, near)
            found.append(Fault(f"{folder}{name}", None, field, UNKNOWN, *reason))
    return found


def _not_told(template: str, field: str, near: str) -> Reason:
    if paper_fields.of(template) is None:
        return (
            f"没有环节签发文书“{template}”，其中的字段“{field}”将是空白。",
            f"No step issues a paper “{template}”; its field “{field}” would be blank.",
        )
    return (
        f"文书“{template}”没有字段“{field}”" + (f"，是否为“{near}”？" if near else "。"),
        f"The paper “{template}” has no field “{field}”"
        + (f"; is “{near}” meant?" if near else "."),
    )


def fault_of(data: bytes) -> Reason | None:
    """Why a template cannot be filled; None where it can."""
    try:
        _check(data, MOST_WRITTEN)
    except _Refused as refused:
        return refused.reason
    return None


def _check(data: bytes, left: int) -> tuple[int, set[tuple[str, str]]]:
    """Raises unless the template can be filled; returns how many bytes of it are filled in, and
    which fields it shows.

    What could be filled once is kept: at every save of a process its templates are as they were.
    """
    key = (hashlib.sha256(data).digest(), left)
    found = _sound.get(key)
    return found or found_before.keep(_sound, key, _checked(data, left))


def _checked(data: bytes, left: int) -> tuple[int, set[tuple[str, str]]]:
    written = [one for one in _contents(data) if _is_written(one)]
    size = sum(map(len, written))
    if size > left or sum(_check_part(_read(one)) for one in written) > MOST_TAGS:
        raise _Refused(TOO_BIG)
    try:
        template = _Checked(io.BytesIO(data))
        template.get_undeclared_template_variables()
        shown = set(_shown(Environment().parse("".join(template.read))))  # noqa: S701 not rendered
    except RecursionError as error:
        raise _Refused(TOO_BIG) from error
    except _Refused:
        raise
    except Exception as error:  # the library lets many kinds out; each is a reason
        raise _Refused(NOT_FILLABLE, str(error)) from error
    return size, shown


def _shown(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """Each field that stands for itself, and each part that is shown of its rows."""
    yield from ((name, "") for name in meta.find_undeclared_variables(tree))
    yield from _parts(tree, {})


def _parts(node: nodes.Node, rows: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, nodes.For):
        source = node.iter.name if isinstance(node.iter, nodes.Name) else ""
        if isinstance(node.target, nodes.Name):
            rows = {**rows, node.target.name: "" if source in rows else source}
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        field = rows.get(node.node.name, "")
        if field and node.attr not in METHODS:
            yield field, node.attr
    for child in node.iter_child_nodes():
        yield from _parts(child, rows)


class _Checked(DocxTemplate):  # type: ignore[misc]
    """Looks at each tag once more as the library will read it: with other quotes, for one."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.read: list[str] = []

    def patch_xml(self, src_xml: str) -> str:
        made: str = super().patch_xml(src_xml)
        self.read.append(made)
        for tag in TAG.finditer(made):
            _require_plain(tag)
        return made


def _is_written(content: bytes) -> bool:
    """Say whether a part is XML that the library fills in; refuse what could hide a tag."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\0<")):
        raise _Refused(NOT_READABLE)  # UTF-16
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False  # a picture
    if b"<!" in content or content.count(b"<?") > 1:
        raise _Refused(HIDDEN)
    return WRITTEN.search(content) is not None


def _read(content: bytes) -> etree._Element:
    try:
        if "\0" in content.decode("utf-8"):
            raise _Refused(NOT_READABLE)
        return parse_safely(content)
    except (DiagramFault, UnicodeDecodeError) as error:
        raise _Refused(NOT_READABLE) from error


def _contents(data: bytes) -> list[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS or sum(e.file_size for e in entries) > MOST_UNPACKED:
                raise _Refused(TOO_BIG)
            return [archive.read(entry) for entry in entries]
    except _Refused:
        raise
    except Exception as error:  # the library lets many kinds out; all mean the same
        raise _Refused(NOT_READABLE) from error


def _check_part(part: etree._Element) -> int:
    """Raises unless all tags of a part are complete and plain; returns how many there are."""
    if any(BRACES.search(str(value)) for one in part.iter() for value in one.attrib.values()):
        raise _Refused(HIDDEN)
    text = "".join(str(piece) for piece in part.itertext())
    if len(text) > MOST_TEXT:
        raise _Refused(TOO_BIG)
    if (stray := BRACES.search(TAG.sub(" ", text))) is not None:
        raise _Refused(STRAY, stray.group())
    tags = list(TAG.finditer(text))
    for tag in tags:
        _require_plain(tag)
    return len(tags)


def _require_plain(tag: re.Match[str]) -> None:
    """Raises unless a tag only shows, loops or chooses; a comment may say what it likes."""
    shown, done = tag.group("shown"), tag.group("done")
    if shown is None and done is None:
        return
    tokens = _tokens(re.sub(r"<[^>]*>", "", shown or done or ""))
    head = tokens[0][1] if tokens else ""
    if (
        len(tag.group()) > LONGEST_TAG
        or not tokens
        or (done is not None and head not in HEADS)
        or not all(_is_plain(tokens, place) for place in range(len(tokens)))
    ):
        raise _Refused(NOT_ALLOWED, tag.group())


def _tokens(text: str) -> list[tuple[str, str]]:
    """Kind and text of each token; none at all where something is no token of ours."""
    found, at, text = [], 0, text.strip().removesuffix("-").rstrip()
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            return []
        found.append((str(token.lastgroup), token.group().strip()))
        at = token.end()
    return found


def _is_plain(tokens: list[tuple[str, str]], place: int) -> bool:
    """Nothing is called but the methods that look up, nothing filtered but by the plain filters."""
    kind, text = tokens[place]
    before = tokens[place - 1] if place else ("", "")
    if kind == "name":
        return text in FILTERS if before[1] == "|" else not text.startswith("_")
    if text != "(" or before[1] in BEFORE_BRACKET:
        return True
    if before[0] == "name":
        caller = tokens[place - 2][1] if place > 1 else ""
        return before[1] in {".": METHODS, "|": TAKING}.get(caller, ())
    return before[1] not in {")", "]", "}"} and before[0] != "string"
