"""Who called when is known for an hour, and bounded however many call."""

from __future__ import annotations

import pytest

from mockserver.world import traffic
from mockserver.world.traffic import Seen, Traffic


def noted(*calls: tuple[str, int, float]) -> Traffic:
    one = Traffic()
    for owner, number, at in calls:
        one.note("acme", owner, Seen(number, at))
    return one


def test_calls_are_of_a_key_at_a_provider_after_a_reading_and_before_a_call() -> None:
    one = noted(("a", 1, 10.0), ("b", 2, 11.0), ("a", 3, 12.0), ("a", 4, 13.0))
    assert one.before("acme", "a", 4, 0.0) == [10.0, 12.0]
    assert one.before("acme", "a", 9, 10.0) == [12.0, 13.0]
    assert one.before("acme", "b", 9, 0.0) == [11.0]
    assert one.before("other", "a", 9, 0.0) == []


def test_what_is_an_hour_old_is_forgotten() -> None:
    one = noted(("a", 1, 0.0), ("b", 2, 1.0), ("a", 3, 3600.0))
    assert len(one) == 2
    assert one.before("acme", "a", 9, -1.0) == [3600.0]


def test_of_too_many_the_oldest_goes_whosever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "MOST_CALLS", 3)
    one = noted(*((f"key-{number}", number, 1.0) for number in range(10)))
    assert len(one) == 3
    kept = [bool(one.before("acme", f"key-{number}", 99, 0.0)) for number in range(10)]
    assert kept == [False] * 7 + [True] * 3
