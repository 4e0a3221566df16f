"""What is typed becomes answers, and what does not hold is said field by field."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import forms
from workflows.errors import Invalid

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["verdict", "opinion", "granted", "people"],
    "additionalProperties": False,
    "properties": {
        "verdict": {"type": "string", "enum": ["approve", "return"]},
        "opinion": {"type": "string", "minLength": 1, "maxLength": 20},
        "reason": {"type": "string"},
        "held_on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "count": {"type": "integer", "minimum": 1},
        "amount": {"type": "number"},
        "granted": {"type": "boolean"},
        "basis": {"type": "array", "items": {"type": "string"}, "x-codes": "basis", "minItems": 2},
        "handler": {"type": "string", "x-ref": "user"},
        "suggested": {"type": "string"},
        "s": {"type": "string", "x-signature": True, "minLength": 1},
        "people": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "why"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "differs": {"type": "boolean"},
                    "why": {"type": "string"},
                },
            },
        },
    },
}
UI: dict[str, Any] = {
    "fields": {
        "reason": {"show_if": 'verdict = "return"'},
        "suggested": {"access": "read"},
        "people": {"fields": {"why": {"show_if": "differs = true"}}},
    }
}
WHOLE = {
    "verdict": ["approve"],
    "opinion": ["可以"],
    "granted": ["true"],
    "people-0-name": ["督导员一"],
}


def parsed(**typed: Sequence[str]) -> dict[str, Any]:
    return forms.parse(SCHEMA, UI, {**WHOLE, **typed})


def faults(**typed: Sequence[str]) -> dict[str, forms.Fault]:
    return forms.check(SCHEMA, UI, parsed(**typed))


def test_a_whole_form_holds() -> None:
    assert parsed() == {
        "verdict": "approve",
        "opinion": "可以",
        "granted": True,
        "people": [{"name": "督导员一"}],
    }
    assert faults() == {}


def test_what_is_no_field_never_gets_through() -> None:
    typed = parsed(evil=["1"], **{"people-0-evil": ["1"], "csrf_token": ["x"], "_add": ["people"]})
    assert typed == parsed()


def test_a_field_that_is_only_shown_cannot_be_forged() -> None:
    assert "suggested" not in parsed(suggested=["excellent"])
    forged = {**parsed(), "suggested": "excellent"}
    assert "not part of the form" in forms.check(SCHEMA, UI, forged)["suggested"]


def test_unknown_answers_are_refused_however_they_come() -> None:
    forged = {**parsed(), "evil": 1}
    assert set(forms.check(SCHEMA, UI, forged)) == {"evil"}
    loose = {key: value for key, value in SCHEMA.items() if key != "additionalProperties"}
    assert set(forms.check(loose, UI, forged)) == {"evil"}


def test_a_hidden_field_is_dropped_with_what_hangs_on_it() -> None:
    ui = {"fields": {**UI["fields"], "held_on": {"show_if": "reason != null"}}}
    typed = {**WHOLE, "reason": ["x"], "held_on": ["2026-03-02"]}
    assert "held_on" not in forms.parse(SCHEMA, ui, typed)
    shown = forms.parse(SCHEMA, ui, {**typed, "verdict": ["return"]})
    assert (shown["reason"], shown["held_on"]) == ("x", "2026-03-02")


def test_in_a_row_a_condition_sees_the_row() -> None:
    rows = {
        "people-1-name": ["督导员二"],
        "people-1-differs": ["true"],
        "people-0-why": ["dropped"],
    }
    assert parsed(**rows)["people"] == [{"name": "督导员一"}, {"name": "督导员二", "differs": True}]
    assert set(faults(**rows)) == {"people-1-why"}


def test_empty_rows_are_no_rows() -> None:
    assert len(parsed(**{"people-7-name": [" "], "people-9-name": ["督导员三"]})["people"]) == 2
    assert set(faults(**{"people-0-name": [""]})) == {"people"}


def test_a_no_that_was_chosen_in_a_row_is_kept() -> None:
    typed = {**WHOLE, "people-0-differs": ["false"], "people-1-differs": ["false"]}
    assert forms.parse(SCHEMA, UI, typed)["people"] == [
        {"name": "督导员一", "differs": False},
        {"differs": False},
    ]


def test_all_that_is_missing_is_said_at_once() -> None:
    missing = forms.check(SCHEMA, UI, forms.parse(SCHEMA, UI, {}))
    assert set(missing) == {"verdict", "opinion", "granted", "people"}
    assert set(missing.values()) == {"Please fill this in."}


@pytest.mark.parametrize(
    ("typed", "path", "said"),
    [
        ({"verdict": ["maybe"]}, "verdict", "choose one"),
        ({"opinion": ["长" * 21]}, "opinion", "No more than"),
        ({"held_on": ["2026-02-30"]}, "held_on", "a date like"),
        ({"held_on": ["soon"]}, "held_on", "a date like"),
        ({"at": ["2026-03-02"]}, "at", "a time like"),
        ({"count": ["0"]}, "count", "less than"),
        ({"count": ["1.5"]}, "count", "whole number"),
        ({"amount": ["nan"]}, "amount", "a number"),
        ({"amount": ["1e999"]}, "amount", "a number"),
        ({"granted": ["perhaps"]}, "granted", "yes or no"),
        ({"basis": ["a"]}, "basis", "at least {limit}"),
        ({"handler": ["1 OR 1"]}, "handler", "choose one"),
        ({"reason": ["x" * 10_001], "verdict": ["return"]}, "reason", "No more than"),
    ],
)
def test_each_fault_has_its_sentence(typed: dict[str, list[str]], path: str, said: str) -> None:
    found = faults(**typed)
    assert set(found) == {path}
    assert said in found[path]


def test_a_sentence_carries_its_figures() -> None:
    assert faults(opinion=["长" * 21])["opinion"].facts == {"limit": 20}


@pytest.mark.parametrize("typed", ["2026-3-2", "2026/03/02", "2026.3.2", "２０２６年3月2日"])
def test_a_date_is_understood_as_people_write_it(typed: str) -> None:
    assert parsed(held_on=[typed])["held_on"] == "2026-03-02"


def test_a_time_on_the_organisations_clocks_is_stored_in_utc() -> None:
    assert parsed(at=["2026-03-02T09:00"])["at"] == "2026-03-02T01:00:00+00:00"
    assert parsed(at=["2026/3/2 07:30"])["at"] == "2026-03-01T23:30:00+00:00"


def test_numbers_are_understood_as_people_write_them() -> None:
    assert parsed(count=["１２"], amount=["1,200.50"]) == {
        **parsed(),
        "count": 12,
        "amount": 1200.5,
    }


def test_text_loses_control_characters_and_blanks_at_its_ends() -> None:
    assert parsed(opinion=[" a\r\nb\x00\x1b "])["opinion"] == "a\nb"


def test_a_signature_needs_its_confirmation_and_ones_own_name() -> None:
    assert "s" not in parsed(s=["督导员一"])
    signed = parsed(s=["督导员一"], **{"s-confirmed": ["on"]})
    assert forms.check(SCHEMA, UI, signed, signer="督导员一") == {}
    assert set(forms.check(SCHEMA, UI, signed, signer="督导员二")) == {"s"}


def test_an_unticked_box_is_a_no_only_where_the_page_had_one() -> None:
    typed = {key: value for key, value in WHOLE.items() if key != "granted"}
    assert "granted" not in forms.parse(SCHEMA, UI, typed)
    assert forms.parse(SCHEMA, UI, {**typed, "granted-box": ["1"]})["granted"] is False


def test_a_no_that_was_chosen_in_a_row_is_an_answer() -> None:
    chosen = {**WHOLE, "people-0-differs": ["false"]}
    assert forms.parse(SCHEMA, UI, chosen)["people"][0]["differs"] is False
    alone = {**WHOLE, "people-7-differs": ["false"]}
    assert forms.parse(SCHEMA, UI, alone)["people"][-1] == {"differs": False}


def test_what_does_not_hold_is_refused() -> None:
    forms.require(SCHEMA, UI, parsed())
    with pytest.raises(Invalid) as refused:
        forms.require(SCHEMA, UI, parsed(verdict=["maybe"]))
    assert set(refused.value.fields) == {"verdict"}


def test_a_condition_that_fails_asks_for_the_field() -> None:
    assert forms.is_shown(SCHEMA, {"fields": {"reason": {"show_if": "no such ("}}}, "reason", {})


@given(
    st.dictionaries(
        st.sampled_from(
            [*SCHEMA["properties"], "people-0-name", "people-3-why", "evil", "s-confirmed"]
        ),
        st.lists(st.text(max_size=30), max_size=3),
    )
)
def test_whatever_is_sent_only_fields_come_out(typed: dict[str, list[str]]) -> None:
    answers = forms.parse(SCHEMA, UI, typed)
    assert answers.keys() <= SCHEMA["properties"].keys() - {"suggested"}
    assert all(row for row in answers.get("people", []))
    forms.check(SCHEMA, UI, answers)
