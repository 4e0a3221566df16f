"""Every address that takes an id or a name is asked for things that are not there."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models import Role
from tests.webapp.conftest import Visitor
from tests.webapp.desk import Desk, opened
from webapp import db

NUMBERS = ("0", "-1", str(2**63 - 1), str(2**63), str(2**200), "abc", "%00")
NAMES = ("0", "no_such", "..", "%00", "x" * 300, "長", "1-2-3")
REFUSED = (400, 403, 404, 405, 409, 422)
TWICE = frozenset({"auth.discard"})
CONVERTER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The city, and somebody whom no right keeps from any page: every role, a leader's post."""
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            for role in Role:
                cast.grant("work_deputy", role, "work")
        yield desk


def addresses(desk: Desk) -> list[tuple[Rule, str, str]]:
    """Each rule with a parameter, a method of it, and the address with the odd value in place."""
    found = []
    for rule in desk.app.url_map.iter_rules():
        kinds = CONVERTER.findall(rule.rule)
        if not kinds or rule.endpoint == "static":
            continue
        odd = NUMBERS if {kind for kind, _ in kinds} & {"id", "number", "year"} else NAMES
        for value in odd:
            filled = CONVERTER.sub(value, rule.rule)
            for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}:
                found.append((rule, method, filled))
    return found


def ask(visitor: Visitor, method: str, address: str, token: str) -> TestResponse:
    body = {"csrf_token": token, "_form": "1"} if method != "GET" else None
    return visitor.open(address, method=method, data=body)


def test_what_is_not_there_is_no_fault_of_the_server(desk: Desk) -> None:
    """404 or a refusal, never 500, and never anything done."""
    visitor, before = desk.visit("work_deputy"), desk.rows()
    token, asked = visitor.token(), 0
    for rule, method, address in addresses(desk):
        answer = ask(visitor, method, address, token)
        kind = answer.status_code
        assert kind < 500, (method, address)
        if _is_by_id(rule):
            assert kind in REFUSED, (kind, method, address)
        assert "Traceback" not in answer.text
        asked += 1
    assert asked > 200
    assert desk.rows() == before


def _is_by_id(rule: Rule) -> bool:
    """Its parameters are ids of rows; giving up what was kept may be asked for twice."""
    return {kind for kind, _ in CONVERTER.findall(rule.rule)} == {
        "id"
    } and rule.endpoint not in TWICE


def test_a_stranger_is_told_the_same(desk: Desk) -> None:
    """Somebody without a duty learns no more than that there is nothing for him."""
    visitor = desk.visit("finance_member")
    token = visitor.token()
    for rule, method, address in addresses(desk):
        if _is_by_id(rule):
            answer = ask(visitor, method, address, token)
            assert answer.status_code in REFUSED, (method, address)


def test_the_longest_addresses_are_answered(desk: Desk) -> None:
    visitor = desk.visit("work_deputy")
    for address in ("/" + "a/" * 4000, "/tasks/" + "9" * 20_000, "/?" + "a=1&" * 5000):
        assert visitor.get(address).status_code < 500
    assert db.of(desk.app).engine.pool.status()
