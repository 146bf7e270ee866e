"""The journal: the last entries in the order they were written, each with a number of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from mockserver.contract.message import NOTHING
from mockserver.journal.entry import Entry
from mockserver.journal.follow import Followers
from mockserver.journal.redact import clean
from mockserver.journal.wanted import ALL, Wanted


class Page(NamedTuple):
    """Some entries, and the place to go on from in the same direction; None: there are no more.

    Reading oldest first there is always a place to go on from: what is written later. `places` are
    those behind each entry; `missed` is whether entries had been dropped that were asked for.
    """

    entries: Sequence[Entry]
    places: Sequence[int]
    next: int | None
    missed: bool = False


class Journal(Protocol):
    """Keeps what happened."""

    followers: Followers

    @property
    def written(self) -> int:
        """The place behind the last entry."""

    def number(self) -> int:
        """The next number. Every number is used for one entry."""

    def write(self, entry: Entry, headers: Mapping[str, str] = NOTHING) -> Entry:
        """Keep an entry without its secrets, which the call's `headers` tell. What was kept."""

    def keep(self, entry: Entry) -> None:
        """Keep an entry that has no secrets, dropping the oldest when full."""

    def get(self, number: int) -> Entry | None:
        """The entry of that number, while it is kept."""

    def read(
        self,
        wanted: Wanted = ALL,
        *,
        place: int | None = None,
        limit: int = 100,
        newest: bool = False,
    ) -> Page:
        """The first entries that are wanted, from a place on, oldest or newest first."""

    def __iter__(self) -> Iterator[Entry]:
        """All entries, oldest first."""

    def __len__(self) -> int:
        """How many entries are kept."""


class MemoryJournal:
    """The last `limit` entries, in memory.

    A place is how many entries had been written before: entries are written when a call ends, so
    that their numbers, given when it begins, need not rise.
    """

    def __init__(self, limit: int = 5_000, followers: Followers | None = None) -> None:
        self.followers = Followers() if followers is None else followers
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._last = 0
        self._written = 0

    @property
    def written(self) -> int:
        return self._written

    def number(self) -> int:
        self._last += 1
        return self._last

    def write(self, entry: Entry, headers: Mapping[str, str] = NOTHING) -> Entry:
        entry = clean(entry, headers)
        self.keep(entry)
        return entry

    def keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._written += 1
        if self.followers:
            self.followers.tell()

    def get(self, number: int) -> Entry | None:
        return next((one for one in reversed(self._entries) if one.number == number), None)

    def read(
        self,
        wanted: Wanted = ALL,
        *,
        place: int | None = None,
        limit: int = 100,
        newest: bool = False,
    ) -> Page:
        return (
            self._backward(wanted, place, limit) if newest else self._onward(wanted, place, limit)
        )

    def _onward(self, wanted: Wanted, place: int | None, limit: int) -> Page:
        first = self._written - len(self._entries)
        start = place or 0
        if start > self._written:  # of before a reset
            start = 0
        found: list[Entry] = []
        places: list[int] = []
        at = max(start, first)
        while at < self._written and len(found) < limit:
            entry = self._entries[at - first]  # quick near either end of a deque
            at += 1
            if wanted.takes(entry):
                found.append(entry)
                places.append(at)
        return Page(found, places, at, missed=start < first)

    def _backward(self, wanted: Wanted, place: int | None, limit: int) -> Page:
        first = self._written - len(self._entries)
        at = self._written if place is None else min(place, self._written)
        found: list[Entry] = []
        places: list[int] = []
        while at > first and len(found) < limit:
            entry = self._entries[at - first - 1]
            if wanted.takes(entry):
                found.append(entry)
                places.append(at)
            at -= 1
        return Page(found, places, at if at > first else None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
