"""The command line: what it does, and that whatever is wrong is told in a sentence."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, func, select

from config import ROOT
from models import AuditRow, Case, Definition, Inbox, User
from models.database import upgrade
from tests import flows
from tests.cast import assemble, install
from tests.webapp.packaging import package
from tests.webapp.test_backup import NOW, House
from webapp.cli import main
from workflows import packages
from workflows.engine import Bundle

REMINDER = ROOT / "bpmn" / "reminder"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "house")
    house.root.mkdir()
    upgrade(house.url)
    return house


def told(result: Result, code: int = 1) -> str:
    """What the command said; it ended as it should, and without a trace."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.output


def count(house: House, table: type[Definition] | type[User]) -> int:
    database = house.open()
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(table)) or 0
    database.engine.dispose()
    return found


def spoiled(folder: Path) -> Path:
    """A copy of the reminder that nobody could publish."""
    copy = folder / "reminder"
    shutil.copytree(REMINDER, copy)
    shutil.copytree(REMINDER.parent / "_decisions", folder / "_decisions")
    diagram = copy / "reminder.bpmn"
    text = diagram.read_text(encoding="utf-8")
    diagram.write_text(text.replace("line_superior(subject)", "nobody(subject)"), encoding="utf-8")
    (copy / "documents" / "talk_record.docx").write_bytes(b"no document")
    return copy


# ---- whatever the command meets


@pytest.mark.parametrize(
    "words",
    [["check"], ["audit", "verify"], ["publish", REMINDER], ["user", "add", "some.one", "某"]],
    ids=lambda words: str(words[0]),
)
def test_a_database_without_tables_is_told_with_what_to_do(
    tmp_path: Path, words: list[object]
) -> None:
    house = House(tmp_path / "house")
    assert "tongze db upgrade" in told(house.run(*words))
    assert "already" not in told(house.run("db", "upgrade"), 0)
    told(house.run(*words), 0)


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////proc/none/x.db", "postgresql+psycopg://no:pw9@127.0.0.1:1/x"]
)
def test_a_database_that_cannot_be_reached_is_told(tmp_path: Path, url: str) -> None:
    house = House(tmp_path / "house", database=url)
    for words in (["check"], ["db", "upgrade"], ["audit", "verify"]):
        assert "pw9" not in told(house.run(*words))


def test_settings_that_lack_are_named() -> None:
    empty = dict.fromkeys(("TONGZE_DATABASE_URL", "TONGZE_SECRET_KEY", "TONGZE_DEMO"), "")
    said = told(CliRunner().invoke(main, ["check"], env=empty))
    assert "TONGZE_DATABASE_URL" in said


def test_wrong_use_is_told_as_such(house: House) -> None:
    for words in (
        ["validate"],
        ["publish"],
        ["publish", "/nowhere"],
        ["user", "add"],
        ["user", "add", "one"],
        ["import"],
        ["import", "--dry-run", ROOT],
        ["import", "/nowhere.xlsx"],
        ["nonsense"],
    ):
        assert "Usage:" in told(house.run(*words), 2), words


@pytest.mark.parametrize(
    "command",
    [
        ["validate"],
        ["publish"],
        ["check"],
        ["user", "add"],
        ["import"],
        ["audit", "verify"],
        ["audit", "rotate-key"],
    ],
    ids=" ".join,
)
def test_every_command_says_what_it_does_in_both_languages(command: list[str]) -> None:
    said = told(CliRunner().invoke(main, [*command, "--help"]), 0)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said)


# ---- people


def test_a_person_is_enrolled_once(house: House) -> None:
    assert "some.one: " in told(house.run("user", "add", "some.one", "督导员一"), 0)
    assert "login: " in told(house.run("user", "add", "some.one", "督导员一"))
    assert "login: " in told(house.run("user", "add", "no good", "督导员二"))
    assert "name: " in told(house.run("user", "add", "some.two", " "))
    assert count(house, User) == 1


# ---- processes


def test_a_folder_and_a_package_are_published_and_the_same_again_is_not(
    house: House, tmp_path: Path
) -> None:
    assert "reminder v1\n" in told(house.run("publish", REMINDER), 0)
    same = tmp_path / "reminder.zip"
    same.write_bytes(packages.write(Bundle.from_folder(REMINDER)))
    assert "reminder v1 unchanged" in told(house.run("publish", same), 0)
    other = tmp_path / "other.zip"
    changed = (
        Bundle.from_folder(REMINDER)
        .diagrams["reminder"]
        .replace("提醒前核对".encode(), "核对".encode())
    )
    other.write_bytes(package({"reminder.bpmn": changed}))
    assert "reminder v2\n" in told(house.run("publish", "--note", "改名", other), 0)
    assert count(house, Definition) == 2


def test_what_is_not_fit_is_shown_and_not_published(house: House, tmp_path: Path) -> None:
    bad = spoiled(tmp_path)
    said = told(house.run("publish", bad))
    assert "decide_reminder" in said
    assert "[who-unreadable]" in said
    assert "[document-refused]" in said
    assert "2 faults" in said
    assert "diagram" in told(house.run("publish", tmp_path))  # a folder that holds none
    text = tmp_path / "notes.txt"
    text.write_text("x", encoding="utf-8")
    told(house.run("publish", text))
    assert count(house, Definition) == 0


def test_each_place_stands_for_itself(house: House, tmp_path: Path) -> None:
    told(house.run("publish", REMINDER, spoiled(tmp_path), ROOT / "bpmn" / "appeal"))
    assert count(house, Definition) == 1  # what went before stays, what comes after waits


def test_validate_looks_into_packages_and_templates(house: House, tmp_path: Path) -> None:
    good = tmp_path / "good.zip"
    good.write_bytes(packages.write(Bundle.from_folder(REMINDER)))
    assert "fit to be published" in told(house.run("validate", good), 0)
    bad = spoiled(tmp_path)
    rules = {one["rule"] for one in json.loads(told(house.run("validate", "--json", bad)))}
    assert rules == {"who-unreadable", "document-refused"}
    odd = tmp_path / "odd.zip"
    with zipfile.ZipFile(odd, "w") as archive:
        archive.writestr("../evil.bpmn", "x")
    [fault] = json.loads(told(house.run("validate", "--json", odd)))
    assert fault["rule"] == "package-refused"
    assert "../evil.bpmn" in fault["en"]
    odd.write_bytes(b"nothing")
    told(house.run("validate", odd))


# ---- workbooks


def test_a_dry_run_changes_nothing(house: House, tmp_path: Path) -> None:
    house.run("user", "add", "some.one", "督导员一")
    book = tmp_path / "book.xlsx"
    told(house.run("export", book), 0)
    before = count(house, User)
    assert "checking" in told(house.run("import", "--dry-run", book), 0)
    assert count(house, User) == before
    assert "workbook" in told(house.run("import", "--dry-run", ROOT / "README.md"))


# ---- what must agree


def test_verify_says_what_was_changed(house: House) -> None:
    house.run("user", "add", "some.one", "督导员一")
    assert "1 rows sealed" in told(house.run("audit", "verify"), 0)
    database = house.open()
    with database.write.begin() as session:
        session.scalars(select(AuditRow)).one().action = "nothing"
    database.engine.dispose()
    assert "✗" in told(house.run("audit", "verify"))


def test_the_trail_goes_on_under_a_new_key(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.run("user", "add", "some.one", "督导员一")
    said = told(house.run("audit", "rotate-key", "--yes"), 0)
    lines = re.findall(r'^(TONGZE_AUDIT_\w+)="?([^"\n]+)"?$', said, re.MULTILINE)
    new = dict(lines)
    assert set(new) == {"TONGZE_AUDIT_KEY_ID", "TONGZE_AUDIT_KEY", "TONGZE_AUDIT_FORMER_KEYS"}
    old = told(house.run("web"))  # the old settings serve nothing
    assert "key 2" in old
    assert "密钥 2" in old
    monkeypatch.setattr(House, "env", property(lambda self: {**env_of(self), **new}))
    house.run("user", "add", "some.two", "督导员二")
    assert "3 rows sealed" in told(house.run("audit", "verify"), 0)
    again = told(house.run("audit", "rotate-key", "--yes"), 0)
    assert "TONGZE_AUDIT_KEY_ID=3" in again
    assert f"2:{new['TONGZE_AUDIT_KEY']} 1:" in again


env_of = House.env.__get__


def test_a_key_is_not_changed_unless_the_service_stands_still(house: House) -> None:
    house.run("user", "add", "some.one", "督导员一")
    assert "TONGZE_AUDIT_KEY=" not in told(house.run("audit", "rotate-key"))  # nobody said yes
    assert "1 rows sealed" in told(house.run("audit", "verify"), 0)


def test_check_says_what_disagrees(house: House) -> None:
    database = house.open()
    with database.write.begin() as session:
        cast = assemble(session)
        install(session, NOW)
        flows.publish(session, NOW)
        by, unit = cast.users["supervisor"], cast.units["finance"].id
        case = flows.opened(session, "simple", 1, unit, by=by, now=NOW)
    said = told(house.run("check"), 0)
    assert "all agree" in said
    assert "0 / 1" in said  # how far it is
    with database.write.begin() as session:
        session.execute(delete(Inbox))
        session.get_one(Case, case.id).wake_at = NOW
    said = told(house.run("check"))
    assert "in no inbox" in said
    assert str(case.id) in said
    database.engine.dispose()
