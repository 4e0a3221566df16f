"""How large an expression and its values may become."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """Limits that no expression can move; a breach is a FeelError."""

    source: int = 4_000  # characters of one expression
    nodes: int = 2_000
    nesting: int = 100
    steps: int = 50_000  # counted where work repeats: loops, lists, patterns
    string: int = 100_000
    items: int = 10_000  # of one list or context
    data: int = 100_000  # values reached through one variable
    depth: int = 100  # lists within lists, contexts within contexts
    digits: int = 34
    exponent: int = 999_999_999
    pattern: int = 200


BOUNDS = Bounds()
