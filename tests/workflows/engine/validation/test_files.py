"""`check_files` takes whatever lies on disk and answers with faults, never a traceback."""

import json
from pathlib import Path

import pytest

from tests.workflows.engine.validation.sketch import (
    SCHEMA,
    TABLE,
    UI,
    File,
    diagram,
    line,
    node,
    rule,
    user,
)
from workflows.engine.validation import Fault, check_files


def told(*paths: Path) -> set[tuple[str, str]]:
    return {(Path(fault.file).name, fault.rule) for fault in check_files(paths)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A process folder with everything in it."""
    place = tmp_path / "demo"
    (place / "forms").mkdir(parents=True)
    (place / "documents").mkdir()
    (place / "demo.bpmn").write_bytes(diagram(line(user("a", documents="letter"), rule("r"))))
    (place / "forms" / "form.schema.json").write_text(json.dumps(SCHEMA))
    (place / "forms" / "form.ui.json").write_text(json.dumps(UI))
    (place / "documents" / "letter.docx").write_bytes(b"docx")
    (tmp_path / "_decisions").mkdir()
    (tmp_path / "_decisions" / "light.dmn").write_text(TABLE)
    return place


def test_a_whole_folder_passes_with_what_lies_beside_it(folder: Path) -> None:
    assert check_files([folder / "demo.bpmn"]) == []
    assert check_files([folder.parent]) == []


def test_what_is_missing_beside_a_diagram_is_told(folder: Path) -> None:
    (folder / "forms" / "form.ui.json").unlink()
    (folder / "documents" / "letter.docx").unlink()
    (folder.parent / "_decisions" / "light.dmn").unlink()
    assert told(folder / "demo.bpmn") == {
        ("demo.bpmn", "form-missing"),
        ("demo.bpmn", "document-unknown"),
        ("demo.bpmn", "decision-unknown"),
    }


def test_a_called_process_is_found_in_the_folder_beside(folder: Path) -> None:
    caller = folder.parent / "caller" / "caller.bpmn"
    caller.parent.mkdir()
    call = node("callActivity", "c", attributes='calledElement="demo"')
    body = line(call).replace("begun", "called").replace("finished", "ended")
    caller.write_bytes(diagram(body, File(id="caller")))
    assert check_files([caller]) == []
    (folder / "demo.bpmn").unlink()
    assert told(caller) == {("caller.bpmn", "call-unknown")}


def test_a_broken_called_process_is_told_by_its_own_name(folder: Path) -> None:
    caller = folder.parent / "caller" / "caller.bpmn"
    caller.parent.mkdir()
    call = node("callActivity", "c", attributes='calledElement="demo"')
    caller.write_bytes(diagram(line(call), File(id="caller")))
    (folder / "demo.bpmn").write_bytes(b"<")
    assert ("demo.bpmn", "not-xml") in told(caller)


def test_a_call_out_of_the_folder_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    for name in ("../demo", "/etc/passwd", "..", "a/b"):
        call = node("callActivity", "c", attributes=f'calledElement="{name}"')
        (folder / "demo.bpmn").write_bytes(diagram(line(call)))
        assert told(folder / "demo.bpmn") == {("demo.bpmn", "call-unknown")}


@pytest.mark.parametrize(
    ("name", "content", "rule_id"),
    [
        ("x.bpmn", b"", "not-xml"),
        ("x.bpmn", b"\x00\xff\xfe", "xml-encoding"),
        ("x.bpmn", b"<a/>", "not-bpmn"),
        ("x.bpmn", b" " * 2_000_001, "file-too-big"),
        ("x.dmn", b"<a", "not-xml"),
        ("x.dmn", b"<!DOCTYPE a><a/>", "xml-doctype"),
        ("x.dmn", b"<a/>", "decision-refused"),
        ("x.txt", b"hello", "file-unknown-kind"),
    ],
)
def test_a_file_of_any_kind_is_answered(
    tmp_path: Path, name: str, content: bytes, rule_id: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert (name, rule_id) in told(tmp_path / name)


def test_paths_that_are_no_files_are_answered(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop.bpmn").symlink_to(tmp_path / "loop.bpmn")
    assert told(tmp_path / "lost.bpmn") == {("lost.bpmn", "file-missing")}
    assert told(tmp_path / "empty") == {("empty", "folder-without-diagram")}
    assert told(tmp_path / "loop.bpmn") == {("loop.bpmn", "file-missing")}
    assert told(Path("a\0b.bpmn")) == {("a\0b.bpmn", "file-missing")}
    assert told(Path("/dev/zero")) == {("zero", "file-missing")}


def test_nothing_to_check_is_no_fault() -> None:
    assert check_files([]) == []


def test_a_fault_names_the_file_as_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "x.bpmn"
    path.write_bytes(b"<a/>")
    (fault,) = check_files([path])
    assert isinstance(fault, Fault)
    assert fault.file == str(path)
