"""What may stand in a document template, and what is refused, in bounded time."""

import io
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest

from config import ROOT
from workflows import templates

LETTER = ROOT / "bpmn" / "reminder" / "documents" / "reminder_letter.docx"
PAD = "<w:p><w:r><w:t>" + "a" * 150_000 + "</w:t></w:r></w:p>"


@lru_cache
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(LETTER) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def document(body: str) -> bytes:
    """A template whose body is this XML."""
    head = parts()["word/document.xml"].partition(b"<w:body>")[0]
    whole = head + f"<w:body>{body}<w:sectPr/></w:body></w:document>".encode()
    return packed({**parts(), "word/document.xml": whole})


def line(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


@pytest.mark.parametrize("path", sorted((ROOT / "bpmn").glob("*/documents/*.docx")), ids=str)
def test_every_template_that_ships_can_be_filled(path: Path) -> None:
    assert templates.faults_in({path.name: path.read_bytes()}) == []


def shown_by(template: str, text: str) -> list[tuple[str, str, str]]:
    found = templates.faults_in({f"{template}.docx": document(line(text))})
    return [(one.name or "", one.zh, one.en) for one in found]


@pytest.mark.parametrize(
    ("template", "text", "field", "near"),
    [
        ("reminder_letter", "{{ reply_duo }}", "reply_duo", "reply_due"),
        ("use_letter", "{% for one in items %}{{ one.resaon }}{% endfor %}",
         "items.resaon", "items.reason"),
        ("use_letter", "{% for one in item %}{{ one.reason }}{% endfor %}", "item", "items"),
        ("fact_material", "{% if one.text %}{% endif %}", "one", ""),
    ],
)  # fmt: skip
def test_a_field_that_no_such_paper_is_told_is_refused_by_name(
    template: str, text: str, field: str, near: str
) -> None:
    [(name, zh, en)] = shown_by(template, text)
    assert name == field
    for sentence in (zh, en):
        assert template in sentence
        assert f"“{field}”" in sentence
        assert not near or f"“{near}”" in sentence
    if near:
        right = text.replace(field.split(".")[-1], near.split(".")[-1])
        assert shown_by(template, right) == []


def test_a_paper_that_nothing_issues_may_show_what_every_paper_has() -> None:
    assert shown_by("our_own", "{{ number }} {{ title }} {{ issuer }} {{ signed_on }}") == []
    [(name, zh, en)] = shown_by("our_own", "{{ ground }}")
    assert name == "ground"
    assert "没有环节签发" in zh
    assert "No step issues" in en


@pytest.mark.parametrize(
    "text",
    [
        "{{ subject }}",
        "{{subject}}",
        "{{ one.reason }} {# said #}",
        "{{ {'pass': '合格', 'fail': '不合格'}.get(verdict, verdict) }}",
        "{{ a|default('无') }} {{ names|join('、') }}",
        "{% for one in items %}{{ one.text }}{% endfor %}",
        "{% if not (a or b) and c == 'x' %}{{ a }}{% elif d is defined %}{% else %}{% endif %}",
        "{%- if a -%}x{%- endif -%}",
        "{% for key, one in items.items() %}{{ key }}{% endfor %}",
        "{{ a &lt; 9 }}",
        "a { single } brace",
    ],
)
def test_showing_looping_and_choosing_is_allowed(text: str) -> None:
    assert templates.fault_of(document(line(text))) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ 9**9**9**9 }}",
        "{{ 'a' * 999999999 }}",
        "{{ 'a'|center(999999999) }}",
        "{{ '%0999999999d'.format(1) }}",
        "{{ x() }}",
        "{{ x['a']() }}",
        "{{ x.__class__ }}",
        "{{ x.get.y() }}",
        "{% for i in range(99999) %}{% endfor %}",
        "{% set a = b %}",
        "{% include 'x' %}",
        "{% macro a() %}{% endmacro %}",
        "{{ 'x’ * 9 ** 9 * ‘y' }}",  # quotes that the library makes plain
        "&#123;&#123; 9 ** 9 }}",
        "{{ }}",
    ],
)
def test_reckoning_and_calling_is_not(text: str) -> None:
    fault = templates.fault_of(document(line(text)))
    assert fault is not None
    assert "(" in fault[1] or fault == templates.STRAY  # it says which


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (line("{{ open"), templates.STRAY),
        (line("closed }}"), templates.STRAY),
        (line("{% if a %}"), templates.NOT_FILLABLE),
        ("<w:p><!-- {{ 9**9 }} --></w:p>", templates.HIDDEN),
        ('<w:p w:rsidR="{{ 9**9 }}"/>', templates.HIDDEN),
        (line("{{ a }}" * 1_001), templates.TOO_BIG),
        (line("{% if a %}" * 400 + "{% endif %}" * 400), templates.TOO_BIG),
        (PAD + PAD, templates.TOO_BIG),
        ("<w:p></w:r>", templates.NOT_READABLE),
    ],
    ids=["open", "closed", "unended", "comment", "attribute", "many", "nested", "long", "broken"],
)
def test_what_cannot_be_filled_is_told(body: str, reason: templates.Reason) -> None:
    fault = templates.fault_of(document(body))
    assert fault is not None
    assert fault[1].startswith(reason[1])
    assert fault[0].startswith(reason[0])


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "body",
    [
        line("{{ " * 400) + PAD,
        "<w:p>" + "<w:r><w:t>{</w:t></w:r>" * 1_000 + "</w:p>" + PAD,
        line("{%-") * 400 + line("x") * 6_000,
        line("{{ a }}") * 900 + PAD,
        "<w:p>" + "<w:r><w:t>{</w:t></w:r><w:r><w:t>x</w:t></w:r>" * 15_000 + "</w:p>",
    ],
    ids=["open", "split", "merging", "fine", "single"],
)
def test_a_hostile_template_takes_no_long_time(body: str) -> None:
    templates.fault_of(document(body))


@pytest.mark.parametrize(
    "files",
    [
        {"word/document.xml": b"\xff\xfe<\0a\0/\0>\0"},
        {"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "{{">]><a>&b; 9**9 }}</a>'},
        {"word/styles.xml": b" " * 5_000_000},
        {"word/header9.png": b"<a>{{ 9**9 }}</a>"},
    ],
    ids=["utf-16", "entities", "bomb", "disguised"],
)
def test_a_tag_cannot_be_hidden(files: dict[str, bytes]) -> None:
    assert templates.fault_of(packed({**parts(), **files})) is not None


def test_what_is_no_document_is_told() -> None:
    assert templates.fault_of(b"nothing") == templates.NOT_READABLE
    assert templates.fault_of(packed({"a": b"b"})) is not None
