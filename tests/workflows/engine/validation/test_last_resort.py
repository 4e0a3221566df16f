"""Whatever goes wrong in the engine, or in a check, becomes a fault."""

import pytest

from tests.workflows.engine.validation.case import faults_of
from tests.workflows.engine.validation.sketch import line, user
from workflows.engine.errors import DiagramFault
from workflows.engine.validation import bundles, trial


@pytest.mark.parametrize(
    "escape", [TypeError("x"), RecursionError(), KeyError("k"), MemoryError(), ValueError("y")]
)
def test_what_escapes_the_compiler_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, escape: Exception
) -> None:
    def compile_bundle(_bundle: object) -> bytes:
        raise escape

    monkeypatch.setattr(trial, "compile_bundle", compile_bundle)
    (fault,) = faults_of(line(user("a")))
    assert (fault.rule, fault.element) == ("engine-refuses", "demo")
    assert type(escape).__name__ in fault.en


def test_what_the_engine_refuses_is_told_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def compile_bundle(_bundle: object) -> bytes:
        raise DiagramFault("It will not do.", "不行。", node="a")

    monkeypatch.setattr(trial, "compile_bundle", compile_bundle)
    (fault,) = faults_of(line(user("a")))
    assert (fault.rule, fault.element) == ("engine-refuses", "a")
    assert "It will not do." in fault.en
    assert "不行。" in fault.zh


def test_a_check_that_fails_lets_nothing_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_facts: object) -> None:
        raise RuntimeError("a check is broken")

    monkeypatch.setattr(bundles, "ALONE", (broken,))
    (fault,) = faults_of(line(user("a")))
    assert fault.rule == "engine-refuses"
