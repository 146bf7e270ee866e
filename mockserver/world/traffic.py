"""When each key of a provider called: what limits on requests look back at."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

KEPT_SECONDS = 3600.0
MOST_CALLS = 50_000


class Seen(NamedTuple):
    """A call that was admitted: its number, and the reading at which it came."""

    number: int
    at: float


class Traffic:
    """The calls of one world, by provider and key, of the last hour; of too many the latest."""

    def __init__(self) -> None:
        self._order: deque[tuple[tuple[str, str], float]] = deque()
        self._calls: dict[tuple[str, str], deque[Seen]] = {}

    def __len__(self) -> int:
        return len(self._order)

    def note(self, provider: str, owner: str, seen: Seen) -> None:
        """A key's call was admitted."""
        whose = provider, owner
        self._order.append((whose, seen.at))
        self._calls.setdefault(whose, deque()).append(seen)
        while len(self._order) > MOST_CALLS or self._order[0][1] <= seen.at - KEPT_SECONDS:
            self._forget_oldest()

    def before(self, provider: str, owner: str, number: int, since: float) -> Sequence[float]:
        """When a key called since a reading, before the call of that number, oldest first."""
        calls = self._calls.get((provider, owner), ())
        return [one.at for one in calls if one.at > since and one.number < number]

    def _forget_oldest(self) -> None:
        whose, _ = self._order.popleft()
        calls = self._calls[whose]
        calls.popleft()
        if not calls:
            del self._calls[whose]
