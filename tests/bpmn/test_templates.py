"""The document templates: there for each paper named, in the layout of GB/T 9704, fillable."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from tests.bpmn.test_drawings import FILES, properties_of, root_of
from tools.make_templates import make
from tools.template_parts import Template
from tools.template_texts import TEMPLATES

ROOT = Path(__file__).parents[2] / "bpmn"
ALL = [(process, one) for process, each in TEMPLATES.items() for one in each]
DRAWN = [path for path in FILES if path.stem in TEMPLATES]
each_template = pytest.mark.parametrize(
    ("process", "template"), ALL, ids=[f"{process}.{one.name}" for process, one in ALL]
)
PRINTED = {"responsibility_list", "city_circular"}  # from a page: no step issues them
SAMPLE = {
    "number": "督〔2026〕1号",
    "subject": "市直机关某支部",
    "issuer": "中共某市委市直机关工作委员会",
    "signed_on": "2026年3月2日",
    "ground": "未按期办结",
    "facts": ["某月未召开支部党员大会"],
    "material": [{"text": "某月未召开支部党员大会"}],
    "problems": [{"problem": "责任未落实", "basis": "主体责任规定"}],
    "requirements": [{"requirement": "逐项整改", "due": "2026-04-01"}],
    "points": [{"point": "已补开", "adopted": True, "reason": "属实"}],
    "tests": [{"test": "facts", "ok": True, "reason": "清楚"}],
    "scope": [{"who": "全体", "how": "通报", "done_on": "2026-03-03"}],
    "attachments": ["清单"],
    "copy_to": "市纪委机关",
}


def text_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return re.sub(r"<[^>]+>", "", parts.read("word/document.xml").decode())


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_every_document_named_has_its_template(path: Path) -> None:
    named = {
        name.strip()
        for element in root_of(path).iter("*")
        if isinstance(element.tag, str)
        for name in properties_of(element).get("documents", "").split(",")
        if name.strip()
    }
    assert named == {one.name for one in TEMPLATES[path.stem]} - PRINTED


@each_template
def test_the_file_is_what_the_tool_makes(process: str, template: Template) -> None:
    kept = (ROOT / process / "documents" / f"{template.name}.docx").read_bytes()
    assert text_of(kept) == text_of(make(template))


@each_template
def test_the_page_is_that_of_the_standard(process: str, template: Template) -> None:
    document = Document(str(ROOT / process / "documents" / f"{template.name}.docx"))
    section = document.sections[0]
    found = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side / Mm(1)) for side in found if side is not None] == [37, 35, 28, 26]
    assert "PAGE" in section.footer._element.xml
    assert document.paragraphs[2].text == template.title


@each_template
def test_it_can_be_filled(process: str, template: Template) -> None:
    made = DocxTemplate(ROOT / process / "documents" / f"{template.name}.docx")
    made.render(SAMPLE, SandboxedEnvironment(), autoescape=True)
    filled = io.BytesIO()
    made.save(filled)
    text = text_of(filled.getvalue())
    shown = {"number", "subject", "signed_on"} & made.get_undeclared_template_variables()
    assert {"number", "signed_on"} <= shown
    assert all(str(SAMPLE[name]) in text for name in shown)
    assert "{{" not in text
    assert "{%" not in text
