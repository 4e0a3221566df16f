"""Organs replayed by several processes at once; what comes first is given first."""

import os
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from workflows.what_if.facts import Common, Ladder, Organ
from workflows.what_if.replay import Counts, both

WORTH = 3_000  # facts from which other processes are worth their start
Part = tuple[int, Counts, Counts]
_shared: list[tuple[Common, Ladder, Ladder]] = []  # in a process of the crowd: what it was given


def replayed(
    organs: Sequence[Organ], common: Common, old: Ladder, new: Ladder, *, processes: int = 0
) -> Generator[Part]:
    """The counts of each organ as they come; closed before its end, nothing more is begun.

    `processes`: 0 lets as many as there are cores share what is worth it; 1 stays in this one.
    """
    weight = sum(one.weight for one in organs)
    wanted = processes or (1 if weight < WORTH else os.cpu_count() or 1)
    if wanted == 1:
        for organ in organs:
            yield both(organ, common, old, new)
        return
    # Never forked: the server has threads, and a lock held by one of them would stay held.
    crowd = ProcessPoolExecutor(
        wanted, get_context("spawn"), initializer=_begin, initargs=(common, old, new)
    )
    try:
        # The heaviest first: the crowd ends together.
        ordered = sorted(organs, key=lambda one: -one.weight)
        coming: list[Future[Part]] = [crowd.submit(_one, organ) for organ in ordered]
        for future in as_completed(coming):
            yield future.result()
    finally:
        crowd.shutdown(cancel_futures=True)


def _begin(common: Common, old: Ladder, new: Ladder) -> None:
    _shared[:] = [(common, old, new)]


def _one(organ: Organ) -> Part:
    return both(organ, *_shared[0])
