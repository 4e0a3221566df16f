"""A package gives back the version it was made from; anything odd in one is refused by name."""

import io
import zipfile
from pathlib import Path

import pytest

from config import ROOT
from workflows import packages
from workflows.engine import Bundle
from workflows.errors import Invalid, TooLarge
from workflows.installation import processes_in

SHIPPED = [folder.name for folder in processes_in(ROOT / "bpmn")]
CALLING = b'<x xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL">%s</x>'


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def calling(*names: str) -> bytes:
    calls = "".join(f'<b:callActivity calledElement="{name}"/>' for name in names)
    return CALLING % calls.encode()


@pytest.mark.parametrize("process", SHIPPED)
def test_what_is_written_is_read_back(process: str) -> None:
    bundle = Bundle.from_folder(ROOT / "bpmn" / process)
    package = packages.write(bundle)
    again = packages.read("any.zip", package)
    assert again.process == process
    assert again.digest == bundle.digest
    assert packages.write(again) == package  # byte for byte, whenever it is made


def test_an_unpacked_package_is_a_folder_that_the_command_publishes(tmp_path: Path) -> None:
    bundle = Bundle.from_folder(ROOT / "bpmn" / "interview")
    with zipfile.ZipFile(io.BytesIO(packages.write(bundle))) as archive:
        archive.extractall(tmp_path)
    assert Bundle.from_folder(tmp_path / "interview").digest == bundle.digest


def test_the_process_is_the_one_that_no_other_calls() -> None:
    files = {"a/a.bpmn": calling("b"), "b/b.bpmn": calling("c"), "c/c.bpmn": calling()}
    assert packages.read("x.zip", zipped(files)).process == "a"
    assert packages.read("x.zip", zipped(files), process="a").process == "a"
    with pytest.raises(Invalid, match=r"a\.bpmn is no part of b"):
        packages.read("x.zip", zipped(files), process="b")
    files["d/d.bpmn"] = calling()
    with pytest.raises(Invalid, match="several processes"):
        packages.read("x.zip", zipped(files))


def test_a_diagram_alone_is_named_by_its_process() -> None:
    xml = CALLING % b'<b:process id="hint"/>'
    assert packages.read("C:\\drawn\\my file.BPMN", xml).process == "hint"
    assert packages.read("my.bpmn", xml, process="other").process == "other"
    assert packages.read("drawn.bpmn", b"no xml").process == "drawn"
    for xml in (b'<b:process id="%s"/>' % (b"a" * 81), b'<b:process id="a/b"/>'):
        with pytest.raises(Invalid):
            packages.read("x.bpmn", CALLING % xml)


def test_what_a_package_lacks_is_taken_over_and_named() -> None:
    before = Bundle("a", {"a": b"1", "b": b"2"}, {"t": b"3"}, {"f.ui.json": b"4"}, {"d.docx": b"5"})
    filled, kept = packages.fill(Bundle("a", {"a": b"new"}, {}, {"f.ui.json": b"new"}), before)
    assert filled.diagrams == {"a": b"new", "b": b"2"}
    assert filled.forms == {"f.ui.json": b"new"}
    assert kept == ["diagrams/b", "decisions/t", "documents/d.docx"]


def test_what_systems_put_beside_files_is_passed_over() -> None:
    files = {"a/a.bpmn": calling(), "__MACOSX/a/._a.bpmn": b"x", "a/.DS_Store": b"x"}
    assert packages.read("x.zip", zipped(files)).diagrams == {"a": calling()}


def test_a_folder_with_a_chinese_name_is_read_whatever_windows_made_of_it() -> None:
    data = zipped({"PLACE/a/a.bpmn": calling()})
    for raw in ("流程".encode("gb18030") + b"!", "一".encode() + b"!!"):
        assert len(raw) == 5
        assert packages.read("x.zip", data.replace(b"PLACE", raw)).process == "a"


def test_a_decision_table_goes_by_the_ids_within() -> None:
    dmn = b'<definitions><decision id="one"/><decision id="two"/></definitions>'
    read = packages.read("x.zip", zipped({"a/a.bpmn": calling(), "a/tables.dmn": dmn}))
    assert read.decisions == {"one": dmn, "two": dmn}
    bad = dmn.replace(b'"one"', b'"../one"')
    with pytest.raises(Invalid, match=r"\.\./one"):
        packages.read("x.zip", zipped({"a/a.bpmn": calling(), "a/tables.dmn": bad}))


def test_more_than_is_taken_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        packages.read("x.zip", b"PK" + bytes(packages.MOST_BYTES))
    with pytest.raises(TooLarge):
        packages.read("x.bpmn", bytes(2_000_001))
    with pytest.raises(TooLarge, match=r"a/a\.bpmn"):
        packages.read("x.zip", zipped({"a/a.bpmn": bytes(2_000_001)}))
