"""Document templates: what may stand in one, so that a paper can always be filled, and quickly.

A template shows fields ({{ subject }}, {{ one.reason }}) and words for codes
({{ {'pass': '合格'}.get(verdict, verdict) }}), loops and chooses ({%p for one in items %},
{% if granted %}). It reckons nothing: the library works out 9**9**9 while it reads.
"""

import io
import re
import zipfile
from collections.abc import Mapping

from docxtpl import DocxTemplate
from lxml import etree

from workflows.engine import DiagramFault
from workflows.engine.validation import Fault
from workflows.engine.validation.papers import REFUSED
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


class _Refused(Exception):
    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason[1])
        shown = " ".join(detail.split())[:120]
        self.reason = (f"{reason[0]}（{shown}）", f"{reason[1]} ({shown})") if shown else reason


def faults_in(documents: Mapping[str, bytes], folder: str = "documents/") -> list[Fault]:
    """Every template that could not be filled, with the reason."""
    found, left = [], MOST_WRITTEN
    for name, data in sorted(documents.items()):
        try:
            left -= _check(data, left)
        except _Refused as refused:
            found.append(Fault(f"{folder}{name}", None, None, REFUSED, *refused.reason))
    return found


def fault_of(data: bytes) -> Reason | None:
    """Why a template cannot be filled; None where it can."""
    try:
        _check(data, MOST_WRITTEN)
    except _Refused as refused:
        return refused.reason
    return None


def _check(data: bytes, left: int) -> int:
    """Raises unless the template can be filled; returns how many bytes of it are filled in."""
    written = [one for one in _contents(data) if _is_written(one)]
    size = sum(map(len, written))
    if size > left or sum(_check_part(_read(one)) for one in written) > MOST_TAGS:
        raise _Refused(TOO_BIG)
    try:
        _Checked(io.BytesIO(data)).get_undeclared_template_variables()
    except RecursionError as error:
        raise _Refused(TOO_BIG) from error
    except _Refused:
        raise
    except Exception as error:  # the library lets many kinds out; each is a reason
        raise _Refused(NOT_FILLABLE, str(error)) from error
    return size


class _Checked(DocxTemplate):  # type: ignore[misc]
    """Looks at each tag once more as the library will read it: with other quotes, for one."""

    def patch_xml(self, src_xml: str) -> str:
        made: str = super().patch_xml(src_xml)
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
