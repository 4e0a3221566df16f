"""A table that gathers answers anew in each round: nothing of the last round is left in it."""

from tests.workflows.engine.decision_tables import table
from tests.workflows.engine.drawing import Case, choice, end, line, rule, spec_of, start, user

ROWS = ['> 0 => "one"', '> 1 => "two"', '> 2 => "three"']


def gathering() -> Case:
    body = (
        start() + user("ask") + rule("judge", "grade") + user("look")
        + choice("again", "finished", ask="look.again") + end()
        + line("begin", "ask", "judge", "look", "again")
    )  # fmt: skip
    gathered = table("ask.n:number", "g:string", ROWS, policy="COLLECT")
    return Case(spec_of(body, decisions={"grade": gathered}))


def test_what_a_table_gathers_is_of_this_round() -> None:
    case = gathering().do("ask", n=3)
    assert case.vars["judge"] == [{"g": "one"}, {"g": "two"}, {"g": "three"}]
    case.do("look", again=True).do("ask", n=1)
    assert case.vars["judge"] == [{"g": "one"}]
    case.do("look", again=True).do("ask", n=0)
    assert case.vars["judge"] == []


def test_a_form_s_list_is_of_this_round() -> None:
    case = gathering().do("ask", n=1, names=["a", "b", "c"])
    case.do("look", again=True).do("ask", n=1, names=["z"])
    assert case.vars["ask"] == {"n": 1, "names": ["z"]}
