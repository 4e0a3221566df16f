"""随机抽样: whoever has the list and the seed draws the same; nobody is favoured by the order."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from workflows import sampling

FRAMES = st.lists(st.integers(1, 10**12).map(str), min_size=1, max_size=60, unique=True)
SEEDS = st.text("0123456789abcdef", min_size=1, max_size=32)


@given(FRAMES, SEEDS, st.integers(0, 80))
def test_it_draws_so_many_of_the_list_each_once(frame: list[str], seed: str, size: int) -> None:
    picks = sampling.draw(frame, seed, size)
    assert len(picks) == min(size, len(frame)) == len(set(picks))
    assert set(picks) <= set(frame)


@given(FRAMES, SEEDS, st.integers(1, 80), st.randoms(use_true_random=False))
def test_the_order_of_the_list_is_nothing(frame: list[str], seed: str, size: int, rng) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(frame)
    rng.shuffle(shuffled)
    assert sampling.draw(shuffled, seed, size) == sampling.draw(frame, seed, size)
    assert sampling.digest(shuffled) == sampling.digest(frame)


@given(FRAMES, SEEDS, st.integers(1, 60))
def test_a_smaller_sample_is_the_beginning_of_a_larger_one(
    frame: list[str], seed: str, size: int
) -> None:
    assert sampling.draw(frame, seed, size) == sampling.draw(frame, seed, 100)[:size]


@given(FRAMES, SEEDS)
def test_it_can_be_done_again_with_any_tool(frame: list[str], seed: str) -> None:
    """By the rule as it is printed on the list, without a line of ours."""
    values = {one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest() for one in frame}
    assert sampling.draw(frame, seed, 5) == sorted(frame, key=values.get)[:5]  # type: ignore[arg-type]


def test_what_was_changed_afterwards_does_not_hold() -> None:
    frame = [str(one) for one in range(1, 41)]
    picks = sampling.draw(frame, "a", 5)
    assert sampling.holds(frame, "a", picks)
    assert not sampling.holds(frame, "b", picks)
    assert not sampling.holds([one for one in frame if one != picks[0]], "a", picks)
    other = next(one for one in frame if one not in picks)
    assert not sampling.holds(frame, "a", [other, *picks[1:]])


def test_each_record_has_its_chance() -> None:
    """Over a thousand seeds each of twenty is drawn about a quarter of the time."""
    frame = [str(one) for one in range(1, 21)]
    drawn = [one for seed in range(1000) for one in sampling.draw(frame, str(seed), 5)]
    assert all(180 < drawn.count(one) < 320 for one in frame)
