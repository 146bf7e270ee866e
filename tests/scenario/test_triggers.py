"""A request may ask for a scenario in three places; what is no name of one is left alone."""

from __future__ import annotations

import pytest

from mockserver.scenario import triggers


@pytest.mark.parametrize(
    ("key", "rest", "names"),
    [
        ("key", "key", []),
        ("key+stuck", "key", ["stuck"]),
        ("key+stuck+reset", "key", ["stuck", "reset"]),
        ("a+b/c=", "a+b/c=", []),
        ("a+b+stuck", "a+b", ["stuck"]),
        ("key+stuck+nonsense", "key+stuck+nonsense", []),
        ("+stuck", "+stuck", []),
    ],
)
def test_names_at_the_end_of_a_key(key: str, rest: str, names: list[str]) -> None:
    assert triggers.of_key(key, {"stuck", "reset"}.__contains__) == (rest, names)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b'{"prompt": "on"}', []),
        (b'{"prompt": "on [[mock:stuck]]"}', ["stuck"]),
        (b'{"a": "[[mock:stuck]]", "b": "[[mock: reset ]]"}', ["stuck", "reset"]),
        (b'{"prompt": "[[mock:]]"}', []),
        (b'{"prompt": "[[mock:\xff]]"}', ["\ufffd"]),
    ],
)
def test_names_in_a_body(raw: bytes, names: list[str]) -> None:
    assert triggers.of_body(raw) == names


def test_names_in_the_header() -> None:
    assert triggers.of_header({"x-mock-scenario": "stuck, reset,"}) == ["stuck", "reset"]
    assert triggers.of_header({}) == []
