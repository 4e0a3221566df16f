"""What editors need is loaded on their pages and on no other."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from config import Config
from tests.webapp import packaging
from tests.webapp.town import visit

PAGES = {
    "modeler": "diagrams/reminder",
    "decisions": "decisions/measure_proposal",
    "formeditor": "forms/decide_reminder",
}
EDITORS = set(PAGES)
BUNDLE = re.compile(r"/static/dist/([a-z-]+)-[A-Z0-9]{8}\.(?:js|css)")
ELSEWHERE = ("/", "/processes", "/processes/reminder", "/parameters")


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with packaging.office(settings, now, monkeypatch) as app:
        yield app


def test_each_editor_loads_its_bundle_alone(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = admin.send("/processes/reminder/draft").location
    for editor, at in PAGES.items():
        page = admin.get(f"{draft}/edit/{at}").text
        assert set(BUNDLE.findall(page)) == {"app", editor}, at
    for url in (*ELSEWHERE, draft, f"{draft}/edit/forms", f"{draft}/changes"):
        answer = admin.get(url)
        assert answer.status_code == 200, url
        loaded = set(BUNDLE.findall(answer.text))
        assert loaded, url
        assert not loaded & EDITORS, url
