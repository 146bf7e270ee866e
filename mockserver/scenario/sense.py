"""What a rule says against itself: it could never do all that it says."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from mockserver.contract.model import Json

EFFECTS = ("refuse", "headers", "delay", "wire", "job", "reply", "push", "media", "settings")
MAKES_JOBS = frozenset({"create", "wait"})
SENDS_FILES = frozenset({"wait", "download", "extra"})
POLLS = frozenset({"show"})


class Contradiction(NamedTuple):
    """The key of a rule that cannot be meant, and why."""

    key: str
    say: str


def contradiction(row: Json, does: Collection[str]) -> Contradiction | None:
    """What of a rule cannot be meant. `does` is what the operations do that it is about; nothing
    for one about what is pushed."""
    for key in ("nth", "poll"):
        if key in row and _backward(row[key]):
            return Contradiction(key, f"{row[key]!r} ends before it begins")
    effects = [name for name in EFFECTS if name in row]
    if not effects:
        return Contradiction("", f"nothing happens: write one of {', '.join(EFFECTS)}")
    if "push" in row and len(effects) > 1:
        other = next(name for name in effects if name != "push")
        return Contradiction(other, "what is pushed has no answer: write a rule of its own")
    if "refuse" in row and (lost := next((one for one in ("job", "media") if one in row), "")):
        what = {"job": "makes no job", "media": "has no file"}[lost]
        return Contradiction(lost, f"a call that is refused {what}")
    for key, needed, what in (
        ("job", MAKES_JOBS, "makes a job"),
        ("media", SENDS_FILES, "sends a file"),
        ("poll", POLLS, "is a poll"),
    ):
        if key in row and needed.isdisjoint(does):
            return Contradiction(key, f"no call meant here {what}")
    return _of_fate(row.get("job", {}))


def _of_fate(job: Json) -> Contradiction | None:
    if "stuck" in job and (end := next((one for one in ("fail", "expire") if one in job), "")):
        return Contradiction(f"job/{end}", "a job that is stuck never comes to its end")
    return None


def _backward(value: int | str) -> bool:
    first, _, last = str(value).partition("-")
    return bool(last) and int(last) < int(first)
