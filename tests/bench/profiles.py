"""Where the time went, for a target that was missed."""

import cProfile
import io
import pstats
import re
from collections.abc import Callable
from dataclasses import replace

from tests.bench.figures import Figure

LINES = 25
ROOT = re.compile(
    r"\S*/(?:site-packages|lib/python3\.\d+|tests/\.\.)/|\S*/(?=(?:workflows|webapp|tests)/)"
)


def explained(figure: Figure, act: Callable[[], object]) -> Figure:
    """The figure; if it missed its target, with the costliest calls of doing it once more."""
    return figure if figure.met is not False else replace(figure, profile=_profile(act))


def _profile(act: Callable[[], object]) -> str:
    profile = cProfile.Profile()
    profile.runcall(act)
    told = io.StringIO()
    pstats.Stats(profile, stream=told).sort_stats("cumulative").print_stats(LINES)
    lines = told.getvalue().strip().splitlines()
    return "\n".join(ROOT.sub("", line).rstrip() for line in lines if line.strip())
