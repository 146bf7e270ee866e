"""The uploaded files of one provider in one world: records only, bounded; bytes are on a shelf."""

from __future__ import annotations

from collections import OrderedDict

from mockserver.providers.base import StoredFile


class MemoryFiles:
    """At most `limit` records; the oldest goes first."""

    def __init__(self, limit: int = 10_000) -> None:
        self.limit = limit
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._tokens: dict[str, str] = {}

    def put(self, file: StoredFile) -> None:
        self.remove(file.reference)
        while len(self._files) >= self.limit:
            _, oldest = self._files.popitem(last=False)
            self._tokens.pop(oldest.token, None)
        self._files[file.reference] = file
        if file.token:
            self._tokens[file.token] = file.reference

    def get(self, reference: str) -> StoredFile | None:
        return self._files.get(reference)

    def by_token(self, token: str) -> StoredFile | None:
        return self._files.get(self._tokens.get(token, ""))

    def remove(self, reference: str) -> None:
        file = self._files.pop(reference, None)
        if file is not None:
            self._tokens.pop(file.token, None)

    def of(self, owner: str) -> list[StoredFile]:
        return [file for file in self._files.values() if file.owner == owner]
