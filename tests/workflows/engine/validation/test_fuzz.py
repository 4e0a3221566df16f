"""Damaged diagrams are answered with faults, never with an exception."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.engine.validation.examples_flows import CASES
from workflows.engine.bundle import Bundle
from workflows.engine.validation import Fault, check_bundle, check_files

BPMN = Path(__file__).parents[4] / "bpmn"
SHIPPED = sorted(BPMN.glob("[!_]*/*.bpmn"))
ROUNDS = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def damaged(data: bytes, seed: int) -> bytes:
    """Change one to five things that an editor, or a hand, may change."""
    rng = random.Random(seed)  # noqa: S311 a repeatable test, no secret
    text = data.decode()
    for _ in range(rng.randint(1, 5)):
        text = rng.choice(WAYS)(text, rng)
    return text.encode()


def _drop_element(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"<bpmn:(\w+)\b[^>]*/>", text))
    return _without(text, rng.choice(found)) if found else text


def _drop_attribute(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r'\s[\w:]+="[^"]*"', text))
    return _without(text, rng.choice(found)) if found else text


def _swap_value(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r'="([^"]*)"', text))
    if not found:
        return text
    one, other = rng.choice(found), rng.choice(found)
    return text[: one.start(1)] + other[1] + text[one.end(1) :]


def _rename_element(text: str, rng: random.Random) -> str:
    old, new = rng.sample(re.findall(r"<bpmn:(\w+)", text) or ["a", "b"], 2)
    return re.sub(rf"(</?bpmn:){old}\b", rf"\g<1>{new}", text)


def _cut(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.randint(1, 40) :]


def _twice(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"<bpmn:\w+\b[^>]*/>", text))
    return text.replace(one := rng.choice(found)[0], one * 2, 1) if found else text


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + text[match.end() :]


WAYS = (_drop_element, _drop_attribute, _swap_value, _rename_element, _cut, _twice)


@ROUNDS
@given(seed=st.integers(0, 2**32), place=st.integers(0, 1_000))
def test_a_damaged_shipped_diagram_never_raises(tmp_path: Path, seed: int, place: int) -> None:
    path = SHIPPED[place % len(SHIPPED)]
    target = tmp_path / path.parent.name / path.name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(damaged(path.read_bytes(), seed))
    for fault in check_files([target]):
        assert isinstance(fault, Fault)
        assert fault.zh
        assert fault.en


@ROUNDS
@given(seed=st.integers(0, 2**32), place=st.integers(0, 1_000))
def test_a_damaged_small_diagram_never_raises(seed: int, place: int) -> None:
    good = CASES[place % len(CASES)].good
    subject = good if isinstance(good, bytes) else _diagram_of(good)
    bundle = Bundle(process="demo", diagrams={"demo": damaged(subject, seed)})
    assert all(isinstance(fault, Fault) for fault in check_bundle(bundle))


def _diagram_of(good: Bundle | str) -> bytes:
    from tests.workflows.engine.validation.sketch import diagram

    return good.diagrams["demo"] if isinstance(good, Bundle) else diagram(good)


@ROUNDS
@given(data=st.binary(max_size=400))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert check_bundle(Bundle(process="demo", diagrams={"demo": data}))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_diagram_is_refused_when_its_start_is_taken_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    without = re.sub(r"<bpmn:startEvent\b.*?</bpmn:startEvent>", "", text, flags=re.DOTALL)
    bundle = Bundle(process=path.stem, diagrams={path.stem: without.encode()})
    assert "no-start" in {fault.rule for fault in check_bundle(bundle)}
