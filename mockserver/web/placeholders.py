"""Placeholders of documentation in a request: what a sample has where a reader puts a URL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mockserver.contract.model import Json

URL = re.compile(r"<[\w .-]*\bURL\b[\w .-]*>|<\w*_URL>|YOUR_\w*URL", re.IGNORECASE)
MADE_UP = "https://placeholder.example/{}.mp4"  # a name that no DNS has, by RFC 2606
DEEPEST = 8


def filled(body: Json, pointer: str = "") -> tuple[Json, list[str]]:
    """A body in which made-up URLs stand for placeholders, and a sentence on each of these."""
    if isinstance(body, str) and URL.fullmatch(body):
        word = re.sub(r"\W+", "-", body).strip("-").lower()
        say = f"{pointer} is the placeholder {body!r}, for which a made-up clip stands in"
        return MADE_UP.format(word), [say]
    if not isinstance(body, dict | list) or pointer.count("/") == DEEPEST:
        return body, []
    notes: list[str] = []
    changed = {}
    for name, value in _items(body):
        changed[name], said = filled(value, f"{pointer}/{name}")
        notes += said
    if not notes:
        return body, notes
    return (changed if isinstance(body, dict) else list(changed.values())), notes


def _items(body: Json) -> Iterator[tuple[str | int, Json]]:
    return iter(body.items() if isinstance(body, dict) else enumerate(body))
