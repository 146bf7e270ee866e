"""Heads of requests that come again byte for byte, as those of a client that polls do.

What follows from such a head alone is worked out once. Kept are the latest, and no long ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

LONGEST = 4096
RECENT = 512
END = b"\r\n\r\n"
ODD = frozenset((b"transfer-encoding", b"expect"))


class Known(NamedTuple):
    """A head that was read: its part of an ASGI scope, and how many bytes of body follow it."""

    scope: Mapping[str, Any]
    length: int


def known(piece: bytes) -> tuple[Known, bytes] | None:
    """The head that a piece begins with, and its body, if it is one request whose head is known."""
    end = piece.find(END, 0, LONGEST) + len(END)
    found = _place(piece[:end])
    if not found or len(piece) != end + found[0].length:
        return None
    return found[0], piece[end:]


def learn(piece: bytes, scope: Mapping[str, Any]) -> None:
    """Keep what a parser made of the head that a piece begins with, if nothing is odd about it.

    Odd are lines that do not end as they should, and what changes how a body is read.
    """
    end = piece.find(END, 0, LONGEST) + len(END)
    head, headers = piece[:end], scope["headers"]
    lines = len(headers) + 2
    if not head.startswith(scope["method"].encode() + b" "):
        return
    if not lines == head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r"):
        return
    lengths = [value for name, value in headers if name == b"content-length"]
    if len(lengths) > 1 or any(name in ODD for name, _ in headers):
        return
    place = _place(head)
    if not place:
        place.append(Known(scope, int(lengths[0]) if lengths else 0))


@lru_cache(maxsize=RECENT)
def _place(head: bytes) -> list[Known]:
    """Where what is known of a head is kept. Nothing is at first."""
    return []
