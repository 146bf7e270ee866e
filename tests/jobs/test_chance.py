"""Labelled chance: the same seed and labels, the same draws; others know nothing of it."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from mockserver.jobs.chance import Streams, chance, fresh_seed

seeds = st.integers()
labels = st.lists(st.text(max_size=5) | st.integers(), max_size=3)


@given(seeds, labels)
def test_the_same_labels_give_the_same_draws(seed: int, words: list[str | int]) -> None:
    one, two = chance(seed, *words), chance(seed, *words)
    assert [one.hex(9), one.uuid(), one.integer(1, 6)] == [
        two.hex(9),
        two.uuid(),
        two.integer(1, 6),
    ]


@given(seeds, st.integers(1, 200), st.integers(1, 200))
def test_a_draw_does_not_depend_on_how_the_bytes_are_taken(seed: int, a: int, b: int) -> None:
    assert chance(seed).bytes(a) + chance(seed, "x").bytes(0) == chance(seed).bytes(a + b)[:a]


def test_other_labels_give_other_draws() -> None:
    draws = {chance(1, "a").hex(32), chance(1, "b").hex(32), chance(2, "a").hex(32)}
    draws |= {chance(1, "a", "b").hex(32), chance(1, "ab").hex(32)}
    assert len(draws) == 5


@given(seeds, st.integers(-9, 9), st.integers(0, 9))
def test_draws_stay_within_their_bounds(seed: int, low: int, width: int) -> None:
    draw = chance(seed)
    assert low <= draw.integer(low, low + width) <= low + width
    assert low <= draw.uniform(low, low + width) <= low + width
    assert draw.choice("abc") in "abc"


@given(seeds)
def test_a_uuid_is_one_of_version_4(seed: int) -> None:
    assert uuid.UUID(chance(seed).uuid()).version == 4


def test_a_fresh_seed_can_be_typed_again() -> None:
    assert 0 <= fresh_seed() < 1_000_000


def test_the_streams_of_a_label_are_those_that_their_numbers_have() -> None:
    draws = Streams(7, "xai", "job")
    for number in (1, 2, 3):
        assert draws.next().bytes(40) == chance(7, "xai", "job", number).bytes(40)
        assert draws.count == number
