"""A page of text becomes a process that passes the publish checks."""

from pathlib import Path

import pytest

from tools import layout
from tools.drafting import book, diagram, forms
from workflows.engine import Bundle, compile_bundle
from workflows.engine.validation import check_files

PAGE = """
process leave | 请假 | Leave
set variables=days
lane staff | 人员 | Staff
lane leader | 领导 | Leader
start leave_opened | 提出 | Opened | staff 0 0
user ask | 申请 | Ask | staff 1 0 | who=role(handler); due=workdays(2)
user answer | 审批 | Answer | leader 1 0 | who=role(supervisor); due=workdays(2)
on lapsed | 逾期 | Lapsed | answer | when=workdays(2); stop=yes
gw verdict | 同意吗？ | Granted? | leader 2 0
end granted | 同意 | Granted | leader 3 0
end silent | 未复 | Silent | leader 3 1
flow leave_opened -> ask
flow ask -> answer
flow answer -> verdict
flow verdict -> granted if answer.granted = true | 是 | Yes
flow verdict -> ask else | 否 | No
flow lapsed -> silent
form ask | 申请 | Ask
  kind:e(ill=病假=Ill, other=其他=Other)* | 种类 | Kind
  reason:l*?kind=other | 事由 | Reason
  spans:T* | 时段 | Spans
    day:d* | 日期 | Day
form answer | 审批 | Answer
  granted:b* | 同意 | Granted
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = book.read(PAGE)
    (tmp_path / "leave" / "forms").mkdir(parents=True)
    file = tmp_path / "leave" / "leave.bpmn"
    file.write_bytes(diagram.written(page))
    layout.main([str(file)])
    for form in page.forms:
        forms.write(form, file.parent / "forms")
    return file.parent


def test_it_passes_the_publish_checks(folder: Path) -> None:
    assert check_files([folder]) == []
    assert compile_bundle(Bundle.from_folder(folder))


def test_a_line_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match="lane"):
        book.read("process a | 甲 | A\nlane")
