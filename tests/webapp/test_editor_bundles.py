"""What editors need is loaded on their pages and on no other."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from config import Config
from tests.webapp import packaging
from tests.webapp.town import visit

EDITORS = {"modeler", "decisions", "formeditor"}
BUNDLE = re.compile(r"/static/dist/([a-z-]+)-[A-Z0-9]{8}\.(?:js|css)")
ELSEWHERE = ("/", "/processes", "/processes/reminder", "/parameters")


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with packaging.office(settings, now, monkeypatch) as app:
        yield app


def test_the_editor_of_diagrams_loads_its_bundle_alone(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = admin.send("/processes/reminder/draft").location
    page = admin.get(f"{draft}/edit/diagrams/reminder").text
    assert set(BUNDLE.findall(page)) == {"app", "modeler"}
    for url in (*ELSEWHERE, draft):
        loaded = set(BUNDLE.findall(admin.get(url).text))
        assert loaded, url
        assert not loaded & EDITORS, url
