"""What an upload really is: a short list of kinds, each recognised by its inside, not its name."""

import io
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable

from workflows.errors import Invalid, TooLarge
from workflows.forms import Fault

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_ENTRIES = 3_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 20_000
LONGEST_NAME = 120
XML_PARTS = 512 * 1024  # of the part that names an office document's kind
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
SCRIPTABLE = re.compile(rb"(?i)<(?:script|html|svg|!doctype)")
OFFICE = "application/vnd.openxmlformats-officedocument."

_WRONG_KIND = Fault("The content of this file is not what its name says.")
_NOT_TAKEN = Fault("This kind of file is not taken. Allowed: {kinds}.")
_DANGEROUS = Fault("This file holds more than a document: it is not taken.")


def clean_name(raw: str) -> str:
    """The name without folders, control characters and direction marks; never empty."""
    text = unicodedata.normalize("NFC", raw)
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C" or c in "\\/")
    text = re.split(r"[\\/]", text)[-1]
    text = re.sub(r'[<>:"|?*]', "_", text).strip(" .")
    stem, dot, suffix = text.rpartition(".")
    if dot:
        text = f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix}"
    text = text[:LONGEST_NAME]
    return f"_{text}" if not text or RESERVED.match(text) else text


def recognise(name: str, data: bytes) -> str:
    """The media type of an upload; raises Invalid or TooLarge with the reason it is not taken."""
    if len(data) > MOST_BYTES:
        raise TooLarge("A file may have {most} MB.", most=MOST_BYTES // 1024 // 1024)
    if not data:
        raise Invalid("The file is empty.")
    suffix = name.rpartition(".")[2].lower()
    if suffix not in KINDS:
        raise Invalid(_NOT_TAKEN, kinds=", ".join(sorted(KINDS)))
    media_type, look = KINDS[suffix]
    look(data)
    return media_type


def _pdf(data: bytes) -> None:
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Invalid(_WRONG_KIND)
    _no_archive(data)


def _png(data: bytes) -> None:
    """A chain of chunks that begins with the size and ends with the file."""
    if not data.startswith(PNG_HEAD) or data[12:16] != b"IHDR" or len(data) < 33:
        raise Invalid(_WRONG_KIND)
    _small_enough(*struct.unpack(">II", data[16:24]))
    at = len(PNG_HEAD)
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        at += 12 + length
        if kind == b"IEND":
            break
    if at != len(data) or kind != b"IEND":
        raise Invalid(_DANGEROUS)


def _jpeg(data: bytes) -> None:
    if not data.startswith(b"\xff\xd8\xff"):
        raise Invalid(_WRONG_KIND)
    if not data.rstrip(b"\0").endswith(b"\xff\xd9") or SCRIPTABLE.search(data):
        raise Invalid(_DANGEROUS)
    _no_archive(data)
    _small_enough(*_jpeg_size(data))


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + max(length, 2)
    raise Invalid(_WRONG_KIND)


def _small_enough(width: int, height: int) -> None:
    if not 0 < width <= LONGEST_SIDE or not 0 < height <= LONGEST_SIDE:
        raise Invalid("The picture is too large.")
    if width * height > MOST_PIXELS:
        raise Invalid("The picture is too large.")


def _text(data: bytes) -> None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(c) == "Cc" and c not in "\t\r\n\f" for c in text):
            return
    raise Invalid(_WRONG_KIND)


def _no_archive(data: bytes) -> None:
    """Two formats in one file are meant to be read as the other one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError):
        return
    if inside:
        raise Invalid(_DANGEROUS)


def _docx(data: bytes) -> None:
    _office(data, b"wordprocessingml.document.main+xml")


def _xlsx(data: bytes) -> None:
    _office(data, b"spreadsheetml.sheet.main+xml")


def _office(data: bytes, main: bytes) -> None:
    """The declared kind, and no macro, whatever the name says."""
    with _archive(data) as archive:
        if "[Content_Types].xml" not in archive.namelist():
            raise Invalid(_WRONG_KIND)
        declared = _part(archive, "[Content_Types].xml")
        macro = any("vbaproject" in name.lower() for name in archive.namelist())
    if macro or b"macroEnabled" in declared or b"<!DOCTYPE" in declared:
        raise Invalid(_DANGEROUS)
    if main not in declared:
        raise Invalid(_WRONG_KIND)


def _ofd(data: bytes) -> None:
    with _archive(data) as archive:
        if "OFD.xml" not in archive.namelist():
            raise Invalid(_WRONG_KIND)


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as part:
            return part.read(XML_PARTS)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Invalid(_WRONG_KIND) from error


def _archive(data: bytes) -> zipfile.ZipFile:
    """The archive, once its list of contents is known to be harmless to unpack."""
    if not data.startswith(b"PK\x03\x04"):
        raise Invalid(_WRONG_KIND)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as error:
        raise Invalid(_WRONG_KIND) from error
    if len(entries) > MOST_ENTRIES or sum(e.file_size for e in entries) > MOST_UNPACKED:
        raise Invalid("Unpacked, this file would be too large.")
    if _overlap(entries, len(data)) or any(not _harmless(entry) for entry in entries):
        raise Invalid(_DANGEROUS)
    return archive


def _overlap(entries: list[zipfile.ZipInfo], size: int) -> bool:
    """True when entries share bytes, as those of a bomb do that lies about its size."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            return True
        end = entry.header_offset + 30 + entry.compress_size
    return end > size


def _harmless(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    parts = name.split("/")
    odd = "\0" in name or "\\" in name or ":" in parts[0] or name.startswith("/") or ".." in parts
    link = stat.S_ISLNK(entry.external_attr >> 16)
    encrypted = bool(entry.flag_bits & 1)
    packed = name.lower().endswith((".zip", ".exe", ".dll", ".js", ".vbs", ".bat"))
    return not (odd or link or encrypted or packed)


KINDS: dict[str, tuple[str, Callable[[bytes], None]]] = {
    "pdf": ("application/pdf", _pdf),
    "docx": (f"{OFFICE}wordprocessingml.document", _docx),
    "xlsx": (f"{OFFICE}spreadsheetml.sheet", _xlsx),
    "ofd": ("application/ofd", _ofd),
    "png": ("image/png", _png),
    "jpg": ("image/jpeg", _jpeg),
    "jpeg": ("image/jpeg", _jpeg),
    "txt": ("text/plain", _text),
}
