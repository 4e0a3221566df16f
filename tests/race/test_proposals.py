"""One proposal, two who decide it at one moment: one does, the other is told who and when.

Held as in test_tasks.py: on PostgreSQL before the act, on SQLite at the door of the request.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Case, Proposal
from tests.race.conftest import NOW, Town, local, refusal
from tests.workflows import steps
from workflows import proposals, subjects

ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])
PEOPLE = ("work_deputy", "work_deputy2")


@pytest.fixture
def proposal(town: Town) -> Proposal:
    """提醒 is proposed against a secretary; two share the post that decides."""
    with town.writing() as cast:
        subject = subjects.person(
            cast.session,
            cast.users["finance_secretary"].id,
            cast.units["finance_committee"].id,
            now=NOW,
        )
        finding = steps.fact(cast, NOW, f"proposed:{next(town.facts)}")
        draft = proposals.Draft(
            ground="missed_duty",
            measure="reminder",
            to="level(work_committee, deputy)",
            subject=subject,
            findings=[finding.id],
            why={},
            rule="measure_proposal v1",
            origin=finding.key,
        )
        return proposals.propose(cast.session, draft, by=None, now=NOW)


def stands(town: Town, proposal: Proposal) -> Proposal:
    with town.reading() as session:
        return session.get_one(Proposal, proposal.id)


def opened(town: Town, proposal: Proposal) -> int:
    with town.reading() as session:
        wanted = select(Case.id).where(Case.key == f"reminder:{proposal.id}")
        return len(session.scalars(wanted).all())


@ORDERS
@pytest.mark.parametrize("people", [PEOPLE, (PEOPLE[0], PEOPLE[0])])
def test_of_two_one_accepts_it_and_the_other_is_told_who_and_when(
    town: Town, proposal: Proposal, people: tuple[str, str], in_order: bool
) -> None:
    runners = [
        town.post(name, who, "/proposals", "accept", proposal=[str(proposal.id)])
        for name, who in zip(("first", "second"), people, strict=True)
    ]
    answers = town.gate.race(*runners, in_order=in_order)
    assert sorted(one.status_code for one in answers) == [200, 409]
    told = [re.findall(r"\w+ 已于 [\d :-]+ 决定此提请。", one.text) for one in answers]
    winner = 0 if answers[0].status_code == 200 else 1
    assert winner == 0 or not in_order
    when = local(NOW + timedelta(minutes=winner))
    assert told[1 - winner] == [f"{people[winner]} 已于 {when} 决定此提请。"]
    assert told[winner] == []
    row = stands(town, proposal)
    assert (row.status, row.decided_by) == ("accepted", town.cast.users[people[winner]].id)
    assert opened(town, proposal) == 1


@pytest.mark.parametrize("race", ["accepted first", "declined first", "at once"])
def test_it_is_accepted_or_declined_and_not_both(town: Town, proposal: Proposal, race: str) -> None:
    accept, decline = PEOPLE
    runners = [
        town.post("first", accept, "/proposals", "accept", proposal=[str(proposal.id)]),
        town.post(
            "second",
            decline,
            "/proposals",
            "decline",
            reason="情节轻微",
            to=f"/proposals/{proposal.id}/decline",
        ),
    ]
    if race == "declined first":
        runners.reverse()
    town.gate.race(*runners, in_order=race != "at once")
    row = stands(town, proposal)
    expected = {"accepted first": "accepted", "declined first": "declined"}
    assert row.status == expected.get(race, row.status)
    assert opened(town, proposal) == (1 if row.status == "accepted" else 0)


def test_who_declines_too_late_is_told_who_and_when(town: Town, proposal: Proposal) -> None:
    runners = [
        town.post("first", PEOPLE[0], "/proposals", "accept", proposal=[str(proposal.id)]),
        town.post(
            "second",
            PEOPLE[1],
            "/proposals",
            "decline",
            reason="情节轻微",
            to=f"/proposals/{proposal.id}/decline",
        ),
    ]
    _, late = town.gate.race(*runners, in_order=True)
    assert late.status_code == 409
    assert refusal(late) == f"{PEOPLE[0]} 已于 {local(NOW)} 决定此提请。"
