"""Runs of the story in processes of their own: undisturbed, and killed at places drawn by lot."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.crash.killing import Place

KILLED = -9
KINDS = (
    ("statement", "before"),
    ("statement", "after"),
    ("commit", "before"),
    ("commit", "during"),
    ("commit", "after"),
)
TICKS = 2  # of the kills of a run, so many fall into the clock's work


@dataclass(frozen=True)
class Step:
    """A step as it went undisturbed: how many statements and commits it takes."""

    number: int
    label: str
    counts: dict[str, int]


class Nursery:
    """A process that forks one for each run; its imports are paid for once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0
        self._process.stdout.close()

    def play(
        self, url: str, *, start: int = 0, place: Place | None = None
    ) -> tuple[list[Step], int]:
        """The steps that were acknowledged, and how the process ended."""
        assert self._process.stdin
        assert self._process.stdout
        order = {"url": url, "start": start, "place": place.as_order() if place else None}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        steps: list[Step] = []
        for line in self._process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "ended" in said:
                return steps, said["ended"]
            steps.append(Step(said["step"], said["label"], said["counts"]))
        raise AssertionError("the nursery ended")


def draw(steps: Sequence[Step], seed: int) -> list[Place]:
    """A place of each kind, in different steps, some of them of the clock; the same for a seed."""
    lot = Random(seed)  # noqa: S311
    ticks = [one for one in steps if one.label == "tick"]
    acts = [one for one in steps if one.label != "tick"]
    hit = [*lot.sample(ticks, TICKS), *lot.sample(acts, len(KINDS) - TICKS)]
    places = [
        Place(
            step=step.number,
            event=event,
            number=lot.randint(1, step.counts[event]),
            when=when,
            delay=int(2 ** lot.uniform(0, 11)),  # up to 2 ms: a commit takes less or more
        )
        for step, (event, when) in zip(hit, lot.sample(KINDS, len(KINDS)), strict=True)
    ]
    return sorted(places, key=lambda one: one.step)


def play_through(nursery: Nursery, url: str, places: Sequence[Place]) -> int:
    """The story to its end, killed at each place and started again; how often it was killed."""
    kills, reached = 0, 0
    for place in [*places, None]:
        steps, ended = nursery.play(url, start=reached, place=place)
        assert ended == (KILLED if place else 0), f"ended with {ended}: {place}"
        reached = max([reached, *(one.number for one in steps)])
        kills += ended == KILLED
    return kills
