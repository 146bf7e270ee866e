"""Which calls break their provider's contract, of their own accord."""

from __future__ import annotations

from mockserver.journal.entry import PLAYED, Entry

FORM = frozenset("no-route no-method media-type malformed too-large unauthenticated".split())
"""Refusals of calls that break the contract before a schema is asked."""
ELSEWHERE = frozenset("no-route no-method unauthenticated".split())
"""Those of them that rules of their own are about."""


def breaks(entry: Entry) -> bool:
    """Whether a call broke its provider's contract, of its own accord."""
    if entry.kind != "call" or entry.bug:
        return False
    if entry.violations:
        return True
    if any(note.startswith(PLAYED) for note in entry.notes):
        return False
    return entry.problem in FORM or _asked_for_nothing(entry)


def _asked_for_nothing(entry: Entry) -> bool:
    """Whether it asked for a scenario that nobody knows."""
    return entry.status == 400 and b'"no-scenario"' in entry.reply
