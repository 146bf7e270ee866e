"""Scenarios that a request asks for: in a header, at the end of its key, or in its prompt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

HEADER = "x-mock-scenario"
IN_BODY = re.compile(rb"\[\[mock:([^\[\]]{1,100})\]\]")
MARK = b"[[mock:"

Knows = Callable[[str], bool]
"""Whether there is a scenario of that name."""


def of_header(headers: Mapping[str, str]) -> list[str]:
    """The names in the header; what is between commas counts, even if it is no name."""
    return [word.strip() for word in headers.get(HEADER, "").split(",") if word.strip()]


def of_key(key: str, knows: Knows) -> tuple[str, list[str]]:
    """A key without the names at its end, and these. A `+` of the key's own stays."""
    names: list[str] = []
    while "+" in key:
        rest, _, name = key.rpartition("+")
        if not rest or not knows(name):
            break
        key, names = rest, [name, *names]
    return key, names


def of_body(raw: bytes) -> list[str]:
    """The names that stand in a body as `[[mock:NAME]]`."""
    if MARK not in raw:
        return []
    return [name.decode("utf-8", "replace").strip() for name in IN_BODY.findall(raw)]
