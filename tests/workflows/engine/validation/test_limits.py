"""docs/limits.md tells what the checks do."""

from pathlib import Path

from workflows.engine.validation import RULES
from workflows.engine.validation.limits import page
from workflows.engine.validation.rules import TOPICS

DOCS = Path(__file__).parents[4] / "docs"


def test_the_page_is_what_the_rules_say() -> None:
    """If this fails: python -m workflows.engine.validation.limits > docs/limits.md"""
    assert (DOCS / "limits.md").read_text(encoding="utf-8") == page()


def test_no_rule_is_told_under_two_topics() -> None:
    assert len(RULES) == sum(len(topic) for topic in TOPICS.values())


def test_every_rule_is_explained_in_both_languages() -> None:
    for rule, (zh, en) in RULES.items():
        assert rule == rule.lower().replace("_", "-")
        assert zh.endswith("。"), rule
        assert en.endswith("."), rule
