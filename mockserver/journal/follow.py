"""Who follows a journal: each is woken when something is written, and reads at its own pace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

MOST = 64


class Followers:
    """All who follow the journal of one world. They outlive a reset of it.

    `over` says why they are sent home; it is empty while they may stay.
    """

    def __init__(self) -> None:
        self.over = ""
        self._waiting: set[asyncio.Event] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._waiting) >= MOST

    @contextlib.contextmanager
    def opened(self) -> Iterator[asyncio.Event]:
        """What is set when there is news, for as long as the block runs."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            yield news
        finally:
            self._waiting.discard(news)

    def tell(self) -> None:
        """Wake everybody up."""
        for news in self._waiting:
            news.set()

    def end(self, why: str) -> None:
        """Send everybody home, and whoever may still come."""
        self.over = why
        self.tell()
