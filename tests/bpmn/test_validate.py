"""`tongze validate` passes every diagram that ships, and refuses one that was spoiled."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.bpmn.test_drawings import FILES, ROOT
from webapp.cli import main


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_diagram_is_fit_to_be_published(path: Path) -> None:
    result = validate(str(path.parent))
    assert (result.exit_code, result.output) == (0, "fit to be published / 可以发布\n")


def test_what_ships_is_fit_as_a_whole() -> None:
    result = validate("--json", str(ROOT))
    assert (result.exit_code, json.loads(result.output)) == (0, [])


def test_a_spoiled_diagram_is_refused_with_its_fault(tmp_path: Path) -> None:
    """A gateway that leads nowhere when no condition holds."""
    shutil.copytree(ROOT, tmp_path / "bpmn")
    spoiled = tmp_path / "bpmn/reminder/reminder.bpmn"
    text = spoiled.read_text()
    assert ' default="reminder_form_to_record_no_reminder"' in text
    spoiled.write_text(text.replace(' default="reminder_form_to_record_no_reminder"', ""))
    result = validate("--json", str(spoiled.parent))
    assert result.exit_code == 1
    assert "reminder_form" in {fault["element"] for fault in json.loads(result.output)}
