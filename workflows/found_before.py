"""What the checks found, kept for the next save; the oldest goes when there is much."""

from collections.abc import Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")
MOST = 300


def keep(cache: dict[Key, Found], key: Key, found: Found, *, most: int = MOST) -> Found:
    """The finding, which stands in the cache now; threads may do the same at once."""
    while len(cache) >= most:
        cache.pop(next(iter(cache)), None)
    cache[key] = found
    return found
