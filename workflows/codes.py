"""Code lists that forms choose from: what a stored code is called on a paper."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[1] / "bpmn" / "_codes.json"


@cache
def _names() -> dict[str, dict[str, str]]:
    lists = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: {row["code"]: row["name"] for row in rows} for name, rows in lists.items()}


def named(code_list: str, codes: Iterable[str]) -> str:
    """The codes in words, as a paper prints them; one that is not in the list stands as it is."""
    words = _names().get(code_list, {})
    return "、".join(words.get(code, code) for code in codes)
