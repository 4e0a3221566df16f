"""What a decision table leaves open, and how its test cases come out, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from webapp import db
from webapp.i18n import language
from workflows import parameters, table_tests
from workflows.engine import Bundle
from workflows.engine.decisions import Decision
from workflows.engine.decisions.analysis import Analysis, Overlap, analyse, words_of
from workflows.engine.decisions.regions import Region, said
from workflows.errors import Invalid
from workflows.table_tests import Coverage, Result

Texts = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """An analysis as lines of text; `rows` belong to the line before them."""

    gaps: Sequence[str]
    overlaps: Sequence[str]
    unreached: Sequence[int]
    undecided: Sequence[str]
    more: bool
    gave_up: bool
    is_clean: bool


@dataclass(frozen=True)
class Line:
    """One test case with what came out of it."""

    result: Result
    inputs: str
    expected: str
    told: str  # why it does not pass


@dataclass(frozen=True)
class Cases:
    """The test cases of a table and which of its rows they reach; `told`: the file is no good."""

    lines: Sequence[Line] = ()
    coverage: Coverage | None = None
    told: str = ""

    @property
    def failed(self) -> int:
        return sum(not line.result.passed for line in self.lines)


def mine(texts: Texts) -> str:
    return texts[1] if language() == "en" else texts[0]


def figures() -> Mapping[str, Mapping[str, object]]:
    """The parameters in force, as expressions name them."""
    values = parameters.newest(db.session()).values
    return words_of({key: entry["value"] for key, entry in values.items()})


def of(decision: Decision) -> Told:
    """Gaps, overlaps and rows never reached, with the parameters in force."""
    return _told(decision, analyse(decision, figures()))


def _told(decision: Decision, found: Analysis) -> Told:
    return Told(
        gaps=[_region(region) for region in found.gaps],
        overlaps=[_overlap(decision, one) for one in found.overlaps],
        unreached=found.unreached,
        undecided=found.undecided,
        more=found.more,
        gave_up=found.gave_up,
        is_clean=found.is_clean,
    )


def _region(region: Region) -> str:
    return mine(said(region))


def _overlap(decision: Decision, one: Overlap) -> str:
    first, second = one.rows
    facts = {"first": first, "second": second, "where": _region(one.region)}
    if decision.hit_policy == "U":
        return str(gettext("Rows %(first)s and %(second)s both apply: %(where)s", **facts))
    if one.certain:
        return str(
            gettext("Rows %(first)s and %(second)s apply and answer otherwise: %(where)s", **facts)
        )
    return str(
        gettext("Rows %(first)s and %(second)s apply and may answer otherwise: %(where)s", **facts)
    )


def cases(bundle: Bundle, decision: Decision) -> Cases:
    """The test cases of a table, run."""
    try:
        tests = table_tests.of_table(bundle, decision.id)
    except Invalid as refused:
        return Cases(told=str(gettext(refused.message)))
    results = list(table_tests.run(decision, tests))
    return Cases([_line(one) for one in results], table_tests.coverage(decision, results))


def _line(result: Result) -> Line:
    why = "" if result.passed else mine(table_tests.why(result))
    given = [(key, value) for key, value in result.test.inputs.items() if value is not None]
    return Line(result, pairs(given), answer_text(result.test.expected), why)


def pairs(given: Iterable[tuple[str, Any]]) -> str:
    """“score = 59, absent = false”."""
    return str(gettext(", ")).join(f"{key} = {table_tests.shown(value)}" for key, value in given)


def answer_text(answer: Any) -> str:
    """An answer of a table in one line, several one under the other."""
    if isinstance(answer, list):
        return "\n".join(answer_text(one) for one in answer) or "[]"
    if isinstance(answer, dict):
        return pairs(answer.items())
    return table_tests.shown(answer)
