"""The journal: the last entries in order, numbered without gaps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from mockserver.journal.entry import Entry


class Journal(Protocol):
    """Keeps what happened."""

    def number(self) -> int:
        """The next number. Every number is used for one entry."""

    def write(self, entry: Entry) -> None:
        """Keep an entry, dropping the oldest when full."""

    def read(self, *, after: int = 0, limit: int = 100) -> list[Entry]:
        """The first `limit` entries whose number is above `after`, oldest first."""

    def __iter__(self) -> Iterator[Entry]:
        """All entries, oldest first."""

    def __len__(self) -> int:
        """How many entries are kept."""


class MemoryJournal:
    """The last `limit` entries, in memory."""

    def __init__(self, limit: int = 5_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._last = 0

    def number(self) -> int:
        self._last += 1
        return self._last

    def write(self, entry: Entry) -> None:
        self._entries.append(entry)

    def read(self, *, after: int = 0, limit: int = 100) -> list[Entry]:
        found: list[Entry] = []
        for entry in self._entries:
            if entry.number > after:
                found.append(entry)
                if len(found) >= limit:
                    break
        return found

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
