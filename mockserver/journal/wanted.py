"""Which entries somebody wants to see."""

from __future__ import annotations

from typing import NamedTuple

from mockserver.journal.entry import Entry


class Wanted(NamedTuple):
    """Conditions that all have to hold; an empty one always does.

    `status` is a status or a class such as `4xx`; `after` is a number that the entry's exceeds.
    """

    provider: str = ""
    operation: str = ""
    job: str = ""
    kind: str = ""
    owner: str = ""
    status: str = ""
    refused: bool | None = None
    after: int = 0

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        return (
            self.provider in ("", entry.provider)
            and self.operation in ("", entry.operation)
            and self.job in ("", entry.job)
            and self.kind in ("", entry.kind)
            and self.owner in ("", entry.owner)
            and self.refused in (None, entry.refused)
            and (not self.status or _has(entry.status, self.status))
            and entry.number > self.after
        )


ALL = Wanted()


def _has(status: int, wanted: str) -> bool:
    if wanted.endswith("xx"):
        return status // 100 == int(wanted[0])
    return status == int(wanted)
