"""Pages of debriefings, assessments, ballots attacked: closed, forged, too large, spied on."""

import base64
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models import (
    Base,
    Box,
    Debriefing,
    DebriefingRound,
    ReadRow,
    Role,
    Scheme,
    Unit,
    User,
    YearFact,
)
from tests.webapp.desk import Desk, opened
from tests.webapp.test_bad_addresses import CONVERTER
from tests.workflows import test_assessments, test_ballots, test_debriefings
from webapp import db
from workflows import debriefings, sealing

AREAS = ("assessments", "ballots", "debriefings")
ORGANISER, ASSESSOR, STRANGER = "organiser", "assessor", "planning_member"
HUGE = ("9" * 5000, "9" * 19, "９" * 19, str(2**63), "-1", "1e9", "²", "0x10")
FORMULA = "=HYPERLINK(1)"


@dataclass(frozen=True)
class Ids:
    """What really stands there, so that a leak would be seen."""

    round: int
    debriefing: int
    case: int
    unit: int
    fact: int
    scheme: int
    box: int


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        with desk.behind() as cast:
            cast.grant(ORGANISER, Role.ORGANISER, "work")
            cast.grant(ASSESSOR, Role.ASSESSOR, "work")
            test_assessments.full_year(cast, desk.now)
            rights = cast.rights(ORGANISER, desk.now)
            case = debriefings.begin(
                cast.session, cast.units["work"], 2026, rights=rights, now=desk.now
            )
            test_debriefings.planned(cast, case, desk.now)
            test_debriefings.checked(cast, case, desk.now)
            test_ballots.opened(cast, desk.now, test_ballots.electorate(cast, {"delegates": 6}))
            for user in cast.users.values():
                user.password_hash = cast.users["supervisor"].password_hash
                user.session_key = user.session_key or f"key {user.id}"
        yield desk


@pytest.fixture(scope="module")
def ids(desk: Desk) -> Ids:
    unit = desk.cast.units["finance"].id
    with db.of(desk.app).read() as session:
        round_ = session.scalars(select(DebriefingRound)).one()
        wanted = select(Debriefing.id).where(
            Debriefing.user_id == desk.cast.users["finance_secretary"].id
        )
        return Ids(
            round=round_.id,
            debriefing=session.scalars(wanted).one(),
            case=round_.case_id,
            unit=unit,
            fact=session.scalars(select(YearFact.id).where(YearFact.unit_id == unit)).all()[0],
            scheme=session.scalars(select(Scheme.id)).all()[0],
            box=session.scalars(select(Box.id)).one(),
        )


def routes(desk: Desk, ids: Ids) -> list[tuple[Rule, str, str]]:
    """Each address of the three areas with what really stands there, by method."""
    there = {
        "round_id": ids.round, "debriefing_id": ids.debriefing, "case_id": ids.case, "year": 2025,
        "unit_id": ids.unit, "fact_id": ids.fact, "scheme_id": ids.scheme, "box_id": ids.box,
    }  # fmt: skip
    return [
        (rule, method, CONVERTER.sub(lambda found: str(there.get(found[2], 1)), rule.rule))
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in AREAS
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def test_nobody_comes_in_without_signing_in(desk: Desk, ids: Ids) -> None:
    visitor, before, asked = desk.app.test_client(), desk.rows(), 0
    for rule, method, address in routes(desk, ids):
        answer = visitor.open(address, method=method, data={"year": "2027"})
        gone = answer.status_code == 303 and "/sign-in" in answer.location
        assert gone or answer.status_code == 400, (rule.endpoint, answer.status_code)
        asked += 1
    assert asked >= 30
    assert desk.rows() == before


def test_a_form_from_another_site_does_nothing(desk: Desk, ids: Ids) -> None:
    """Who may do all of it has a foreign page send the form: no token, no act."""
    before, tried = desk.rows(), 0
    for who in (ORGANISER, ASSESSOR, "supervisor"):
        for rule, method, address in routes(desk, ids):
            if method != "POST":
                continue
            for token in ({}, {"csrf_token": "forged"}):
                headers = {"Origin": "http://evil.example"}
                answer = desk.visit(who).post(address, data=token, headers=headers)
                assert answer.status_code == 400, rule.endpoint
                tried += 1
    assert tried >= 60
    assert desk.rows() == before


def test_who_has_nothing_to_do_with_it_reads_and_writes_nothing(desk: Desk, ids: Ids) -> None:
    """A member of another organ, at addresses that hold something: refused, or shown nothing."""
    visitor, before, told = desk.visit(STRANGER), desk.rows(), ("92.00", "73.00", "财务", "finance")
    token = visitor.token()
    for rule, method, address in routes(desk, ids):
        body = {"csrf_token": token, "year": "2027", "reason": "x"} if method == "POST" else None
        answer = visitor.open(address, method=method, data=body)
        assert answer.status_code in (200, 403, 404, 409, 422), (rule.endpoint, answer.status_code)
        if answer.status_code == 200:
            assert method == "GET", rule.endpoint
            assert not [word for word in told if word in answer.text], (rule.endpoint, address)
    assert desk.rows() == before


@pytest.mark.parametrize("typed", HUGE)
def test_what_no_field_holds_is_refused_and_no_fault_of_the_server(
    desk: Desk, ids: Ids, typed: str
) -> None:
    before = desk.rows()
    for who in (ORGANISER, ASSESSOR, "supervisor"):
        visitor = desk.visit(who)
        token = visitor.token()
        for rule, method, address in routes(desk, ids):
            if method == "GET":
                answer = visitor.get(address, query_string=dict.fromkeys(QUERIES, typed))
            else:
                body = {"csrf_token": token, **dict.fromkeys(FIELDS, typed)}
                answer = visitor.post(address, data=body)
            assert answer.status_code < 500, (rule.endpoint, method, typed[:20])
    left = {"debriefing_round", "speech", "audit"}  # a live record may be opened with any place
    after = desk.rows()
    assert {t for t in after if after[t] != before[t]} <= left


QUERIES = ("page", "at", "export", "who", "q", "unit", "category")
FIELDS = ("year", "user", "unit", "ground", "add", "remove", "roster", "act", "verdict", "_drafted",
          "who-1", "who-2", "code-1", "code-2", "_version", "name")  # fmt: skip


@pytest.mark.parametrize("act", ["call", "up", "down", "open", "told", "lots", "end", "no_such"])
def test_an_act_on_nobody_is_refused(desk: Desk, ids: Ids, act: str) -> None:
    visitor = desk.visit(ORGANISER)
    for number in (str(2**63), "9" * 19, "0", "-1", "x"):
        answer = visitor.send(f"/debriefings/rounds/{ids.round}/session", act=f"{act}-{number}")
        assert answer.status_code in (303, 404, 409, 422), number


def reads(desk: Desk, page: str) -> list[ReadRow]:
    with db.of(desk.app).read() as session:
        of_page = select(ReadRow).where(ReadRow.page == page).order_by(ReadRow.id)
        return list(session.scalars(of_page))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/debriefings/{debriefing}", "debriefing"),
        ("/debriefings/{debriefing}/report.docx", "debriefing report"),
        ("/debriefings/rounds/{round}", "debriefing round"),
        ("/debriefings/rounds/{round}?export=csv", "debriefing round export"),
        ("/debriefings/rounds/{round}/session", "debriefing session"),
    ],
)
def test_who_reads_what_is_said_of_secretaries_is_on_file(
    desk: Desk, ids: Ids, address: str, said: str
) -> None:
    before = len(reads(desk, said))
    url = address.format(round=ids.round, debriefing=ids.debriefing)
    assert desk.visit(ORGANISER).get(url).status_code == 200
    rows = reads(desk, said)
    assert len(rows) == before + 1
    assert rows[-1].user_id == desk.cast.users[ORGANISER].id
    assert desk.visit(STRANGER).get(url).status_code == 404
    assert len(reads(desk, said)) == before + 1  # what is refused was not read


def renamed(desk: Desk, names: tuple[str, str]) -> None:
    with desk.behind() as cast:
        cast.session.get_one(User, cast.users["finance_secretary"].id).name = names[0]
        cast.session.get_one(Unit, cast.units["finance"].id).name = names[1]


def test_no_name_becomes_a_formula_in_an_export(desk: Desk, ids: Ids) -> None:
    renamed(desk, (FORMULA, FORMULA))
    try:
        for who, url in (
            (ORGANISER, f"/debriefings/rounds/{ids.round}?export=csv"),
            (ASSESSOR, "/assessments/2025?export=csv"),
        ):
            answer = desk.visit(who).get(url)
            cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
            assert f"'{FORMULA}" in cells, url
            assert FORMULA not in cells
    finally:
        renamed(desk, ("finance_secretary", "finance"))


def a_paper(desk: Desk, box_id: int) -> dict[str, bytes]:
    with db.of(desk.app).read() as session:
        box = session.get_one(Box, box_id)
        assert box.public_key is not None
        return {one["key"]: sealing.seal(box.public_key, "good") for one in box.items}


def cast_(desk: Desk, box_id: int, marks: dict[str, str], who: str = "delegates0") -> TestResponse:
    fields = {f"ballot-{item}": value for item, value in marks.items()}
    return desk.visit(who).send(f"/ballots/{box_id}", **fields)


FORGED: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "nothing": lambda marks: {},
    "one item less": lambda marks: dict(list(marks.items())[1:]),
    "one item more": lambda marks: {**marks, "999": next(iter(marks.values()))},
    "another item": lambda marks: {f"{item}0": value for item, value in marks.items()},
    "unsealed": lambda marks: dict.fromkeys(marks, "good"),
    "too short": lambda marks: {i: value[:-4] for i, value in marks.items()},
    "too long": lambda marks: {i: value[:-4] + "AAAAAAAA" for i, value in marks.items()},
    "no base64": lambda marks: dict.fromkeys(marks, "!" * 512),
    "not ASCII": lambda marks: dict.fromkeys(marks, "好" * 512),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_paper_is_refused_and_the_right_one_still_counts(
    desk: Desk, ids: Ids, forged: str
) -> None:
    marks = {item: base64.b64encode(one).decode() for item, one in a_paper(desk, ids.box).items()}
    before = desk.rows()
    answer = cast_(desk, ids.box, FORGED[forged](marks))
    assert answer.status_code == 422
    assert "完整选票" in answer.text
    assert desk.rows() == before


def test_who_is_no_elector_casts_nothing(desk: Desk, ids: Ids) -> None:
    marks = {item: base64.b64encode(one).decode() for item, one in a_paper(desk, ids.box).items()}
    before = desk.rows()
    for who in (STRANGER, ORGANISER, "supervisor"):
        assert cast_(desk, ids.box, marks, who).status_code == 404
        assert cast_(desk, 2**62, marks, who).status_code == 404
    assert desk.rows() == before


def test_a_box_is_not_opened_by_guessing(desk: Desk, ids: Ids) -> None:
    """Wrong codes, one code twice, somebody else's name: refused, and the page repeats no code."""
    first, second = (desk.cast.users[who].id for who in ("supervisor", "supervisor2"))
    code, before = "ABCD-EFGH-JKLM-NPQR-STUV-WXYZ", desk.rows()
    for people in ((first, second), (first, first), (first, 2**70), ("²", "x"), ("", "")):
        typed = {"who-1": people[0], "who-2": people[1], "code-1": code, "code-2": code}
        answer = desk.visit("supervisor").send(f"/ballots/{ids.box}/count", **typed)
        assert answer.status_code == 422
        assert code not in answer.text
        for who in (ORGANISER, "delegates0"):
            answer = desk.visit(who).send(f"/ballots/{ids.box}/count", **typed)
            assert answer.status_code in (403, 404)
    assert desk.rows() == before


def test_while_the_box_is_open_no_page_shows_more_than_the_turnout(desk: Desk, ids: Ids) -> None:
    marks = {item: base64.b64encode(one).decode() for item, one in a_paper(desk, ids.box).items()}
    assert cast_(desk, ids.box, marks, "delegates5").status_code == 303
    with db.of(desk.app).read() as session:
        rows = session.execute(select(Base.metadata.tables["ballot_urn"])).all()
    hidden = [str(row.id) for row in rows] + [value[:24] for value in marks.values()]
    for who in (ORGANISER, "supervisor", "delegates0", "delegates5"):
        for rule, method, address in routes(desk, ids):
            if method == "GET":
                text = desk.visit(who).get(address).data.decode(errors="replace")
                assert not [one for one in hidden if one in text], rule.endpoint
