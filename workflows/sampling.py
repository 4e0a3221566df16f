"""随机抽样 that anybody can repeat: a seed, a named rule, and the list that was drawn from.

Each record of the list is given the SHA-256 of "seed:id"; the smallest values are drawn. Whoever
has the list and the seed can do it again with any tool that knows SHA-256.
"""

import hashlib
from collections.abc import Iterable, Sequence

ALGORITHM = "SHA-256 最小值抽样 v1"
SEED_BYTES = 16


def draw(frame: Iterable[str], seed: str, size: int) -> list[str]:
    """`size` records of the list, or all where it has fewer; the order of the list is nothing."""
    ranked = sorted(set(frame), key=lambda one: (rank(seed, one), one))
    return ranked[: max(0, size)]


def rank(seed: str, record: str) -> str:
    """The value by which a record is ranked, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}:{record}".encode()).hexdigest()


def digest(frame: Iterable[str]) -> str:
    """The check value of the list that was drawn from: its ids, sorted, one a line."""
    lines = "\n".join(sorted(set(frame), key=int))
    return hashlib.sha256(lines.encode()).hexdigest()


def holds(frame: Sequence[str], seed: str, picks: Sequence[str]) -> bool:
    """True if drawing again gives the same records in the same order."""
    return draw(frame, seed, len(picks)) == list(picks)
