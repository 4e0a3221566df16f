"""The first day of an installation, as docs/operation.md tells it."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from config import Config
from models import Role
from tests.webapp.conftest import Visitor
from tests.webapp.test_backup import House
from webapp import clock, create_app, db
from webapp.cli import main
from workflows import access, people
from workflows.deadlines import day_of

THREE = {"sys": "系统管理员", "sec": "安全管理员", "aud": "审计管理员"}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


def test_an_empty_place_becomes_an_installation_with_three_administrators(
    house: House, tmp_path: Path
) -> None:
    installed = house.run("install")
    assert installed.exit_code == 0, installed.output
    assert "督办 v1" in installed.output
    assert house.run("install").exit_code == 1  # what an admin changed is not set back
    codes = {login: _code(house, login) for login in THREE}
    _fill(house, tmp_path / "organisation.xlsx")
    taken = house.run("import", tmp_path / "organisation.xlsx")
    assert taken.exit_code == 0, taken.output
    app = create_app(Config.from_env(house.env))
    app.test_client_class = Visitor
    for login, code in codes.items():
        visitor = app.test_client()
        assert isinstance(visitor, Visitor)
        fresh = {"password": "Bright morning 7", "password_again": "Bright morning 7"}
        assert visitor.send("/activate", login=login, code=code, **fresh).status_code == 303
        opened = {url: visitor.get(url).status_code for url in ("/operation", "/audit")}
        wanted = {"sys": (200, 403), "sec": (403, 403), "aud": (403, 200)}[login]
        assert tuple(opened.values()) == wanted
    with db.of(app).read() as session:
        for login, role in zip(
            THREE, (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN), strict=True
        ):
            user = people.by_login(session, login)
            assert user is not None
            rights = access.rights_of(session, user, now=clock.now())
            assert rights.roles == {role}
    db.of(app).engine.dispose()


def _code(house: House, login: str) -> str:
    found = re.search(rf"{login}: (\S+)", house.run("user", "add", login, THREE[login]).output)
    assert found
    return found[1]


def _fill(house: House, file: Path) -> None:
    """The empty form with one unit and what each of the three may do."""
    house.run("export", file)
    book = load_workbook(io.BytesIO(file.read_bytes()))
    _add(book["单位"], 单位编码="GW", 单位名称="市直机关工委", 类型="机关工委", 管理权限="党委")
    since = (day_of(clock.now()) - timedelta(days=1)).isoformat()
    for login, role in THREE.items():
        _add(book["角色授权"], 账号=login, 角色=role, 单位编码="GW", 起始日期=since)
    book.save(file)


def _add(sheet: object, **cells: str) -> None:
    heads = [cell.value for cell in sheet[1]]  # type: ignore[index]
    sheet.append([cells.get(str(head)) for head in heads])  # type: ignore[attr-defined]


def test_every_command_says_what_it_does() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    for name in ("install", "backup", "restore", "serve", "audit", "check"):
        assert re.search(rf"^  {name} ", told, re.MULTILINE), name
