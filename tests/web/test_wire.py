"""Bodies are bounded before they are read, and JSON is JSON or a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.message import Reply
from mockserver.web import wire


class Sender:
    """A client that sends pieces, and counts how many were asked for."""

    def __init__(self, *pieces: bytes, hangs_up: bool = False) -> None:
        self.asked = 0
        self._pieces = self._messages(pieces, hangs_up)

    async def __call__(self) -> wire.Message:
        self.asked += 1
        return next(self._pieces)

    def _messages(self, pieces: tuple[bytes, ...], hangs_up: bool) -> Iterator[wire.Message]:
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1 and not hangs_up
            yield {"type": "http.request", "body": piece, "more_body": not last}
        yield {"type": "http.disconnect"}


async def test_a_body_is_put_together() -> None:
    assert await wire.whole(Sender(b"ab", b"", b"c"), None, 3) == b"abc"
    assert await wire.whole(Sender(b""), "0", 3) == b""


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    sender = Sender(b"x")
    with pytest.raises(wire.TooLarge):
        await wire.whole(sender, "4", 3)
    assert sender.asked == 0


async def test_an_undeclared_length_is_refused_at_the_limit() -> None:
    sender = Sender(b"ab", b"cd", b"ef")
    with pytest.raises(wire.TooLarge):
        await wire.whole(sender, None, 3)
    assert sender.asked == 2


async def test_a_client_that_hangs_up_is_noticed() -> None:
    with pytest.raises(wire.ClientGone):
        await wire.whole(Sender(b"ab", hangs_up=True), None, 3)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"NaN", b"[1e999]", b'"\xff"', b'{"a":NaN}', b"\x00", b"{'a':1}", b'"\\ud800"', b"[1,]"],
)
def test_what_is_no_json_is_said_so(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        wire.parse(raw)


def test_depth_is_bounded_and_brackets_in_text_do_not_count() -> None:
    wire.parse(b"[" * 64 + b"]" * 64)
    wire.parse(b'["' + b"[" * 500 + b'\\"' + b'"]')
    for deep in (b"[" * 66 + b"]" * 66, b'{"a":' * 70 + b"1" + b"}" * 70):
        with pytest.raises(ValueError, match="deeper than 64"):
            wire.parse(deep)
    with pytest.raises(ValueError, match="more than 100000 values"):
        wire.parse(b"[" * 500_000)
    with pytest.raises(ValueError, match="more than 100000 values"):
        wire.parse(b"[" + b"[]," * 100_000 + b"1]")


@given(st.binary(max_size=200))
def test_any_bytes_are_json_that_can_be_written_again_or_a_value_error(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        orjson.dumps(wire.parse(raw))


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (Reply(200, {"a": None}), b'{"a":null}'),
        (Reply(202), b""),
        (Reply(422, "no", "text/plain"), b"no"),
        (Reply(200, "no"), b'"no"'),
        (Reply(200, b"\x00", "video/mp4"), b"\x00"),
    ],
)
def test_a_body_is_encoded_as_its_media_type_says(reply: Reply, body: bytes) -> None:
    assert wire.encode(reply) == body
