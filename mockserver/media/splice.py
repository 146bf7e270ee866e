"""Which of a source's packets can stay as they are, around a cut. Pure: only counts packets."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Join:
    """The source's rows [0, head) and [tail, end) are copied; what lies between is encoded.

    In shown frames: [0, head) and [resume, all) are copied. Nothing is copied at a side where
    head is 0 or tail is the number of rows.
    """

    head: int
    tail: int
    resume: int
    delay: int  # frames by which storing runs ahead of showing


def join(shown: Sequence[int], closed: frozenset[int], keep: int, again: int) -> Join:
    """Keep the packets that show only frames before `keep`, and from `again` on.

    `shown[row]` tells as which frame a row is shown. The head must be, in stored order, exactly
    the frames that come first when shown: what follows may refer to it, it refers to nothing
    that follows. The tail must begin with a row in `closed`, behind which nothing refers back.
    """
    head, tail = _head(shown, keep), _tail(shown, closed, again)
    copied = [at - shown[at] for at in (*range(head), *range(tail, len(shown)))]
    resume = shown[tail] if tail < len(shown) else len(shown)
    return Join(head, tail, resume, max([0, *copied]))


def _head(shown: Sequence[int], keep: int) -> int:
    best, furthest = 0, -1
    for at, place in enumerate(shown):
        furthest = max(furthest, place)
        if furthest >= keep:
            return best
        if furthest == at:
            best = at + 1
    return best


def _tail(shown: Sequence[int], closed: frozenset[int], again: int) -> int:
    best, least = len(shown), len(shown)
    for at in range(len(shown) - 1, -1, -1):
        least = min(least, shown[at])
        if shown[at] < again and least < again:
            return best
        # all rows from here on are shown from this row on, so all earlier ones before it
        if at in closed and shown[at] == least == at:
            best = at
    return best
