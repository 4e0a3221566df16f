"""The diagrams that ship pass every check."""

from pathlib import Path

import pytest

from workflows.engine.bundle import Bundle
from workflows.engine.validation import check_bundle, check_files

BPMN = Path(__file__).parents[4] / "bpmn"
PROCESSES = sorted(path.parent for path in BPMN.glob("[!_]*/*.bpmn"))


@pytest.mark.parametrize("folder", PROCESSES, ids=lambda folder: folder.name)
def test_a_shipped_process_passes(folder: Path) -> None:
    faults = check_bundle(Bundle.from_folder(folder))
    assert not faults, [(fault.file, fault.rule, fault.element, fault.en) for fault in faults]


def test_there_are_shipped_processes_and_files_are_read_like_bundles() -> None:
    assert PROCESSES
    assert check_files([BPMN]) == []
