"""Finished files by key: made once, kept while there is room, lent out by path.

A key stands for the bytes (same key, same bytes), so a file may be thrown away and made again.
"""

import asyncio
import itertools
import os
import re
import shutil
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from threading import Lock
from typing import Protocol

Make = Callable[[Path], object]
"""Writes the whole file at the path it is given. Called in a thread, off the event loop."""

_KEY = re.compile(r"[0-9a-f]{1,128}")
_DRAFT = ".part"


class Shelf(Protocol):
    """Where finished files live. `make` runs at most once at a time for a key."""

    async def get(self, key: str, make: Make) -> Path:
        """The finished file, made now if it is not there; its path may be evicted later."""

    def hold(self, key: str, make: Make) -> AbstractAsyncContextManager[Path]:
        """As `get`, and the file stays on the shelf until the block ends."""

    async def put(self, key: str, path: Path) -> Path:
        """Take over a ready file: afterwards it is on the shelf and no longer at `path`."""

    def has(self, key: str) -> bool:
        """Whether `get` would find the file without making it."""

    def close(self) -> None:
        """End the work; nothing is lent out afterwards."""


class DiskShelf:
    """A shelf in a folder, bounded in bytes, for one process at a time.

    Over the limit the least recently lent files go, but never one that is held and never the one
    just made, be it larger than the limit. Whoever has an evicted file open reads on to its end
    (POSIX keeps the bytes until the last reader closes); whoever only has its path calls `get`
    again, or uses `hold`. Finished files of an earlier run are kept, unfinished ones removed.
    """

    def __init__(self, folder: Path, byte_limit: int, workers: int = 2) -> None:
        self._folder = folder
        self._byte_limit = byte_limit
        self._made_folder = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="shelf")
        self._lock = Lock()  # guards all below; held for bookkeeping, never while a file is made
        self._sizes = _swept(folder)  # oldest lending first
        self._held: Counter[str] = Counter()
        self._flights: dict[str, Future[Path]] = {}
        self._numbers = itertools.count()
        self._closed = False
        self._evict(sparing=None)

    async def get(self, key: str, make: Make) -> Path:
        """Concurrent callers share one `make`, its error included; a later call tries again.

        A caller who is cancelled leaves the others their file.
        """
        found = self._lend_or_begin(key, make)
        if isinstance(found, Path):
            return found
        return await asyncio.shield(asyncio.wrap_future(found))

    @asynccontextmanager
    async def hold(self, key: str, make: Make) -> AsyncIterator[Path]:
        with self._lock:
            self._held[_checked(key)] += 1
        try:
            yield await self.get(key, make)
        finally:
            with self._lock:
                self._held -= Counter([key])
                self._evict(sparing=key)

    async def put(self, key: str, path: Path) -> Path:
        def move(draft: Path) -> None:
            shutil.move(path, draft)

        kept = await self.get(key, move)
        if path.exists() and not path.samefile(kept):
            path.unlink()  # the shelf had these bytes already
        return kept

    def has(self, key: str) -> bool:
        with self._lock:
            return self._is_there(_checked(key))

    def close(self) -> None:
        """Waits for files in the making; removes the folder if this shelf created it."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=True)
        if self._made_folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _lend_or_begin(self, key: str, make: Make) -> Path | Future[Path]:
        with self._lock:
            self._refuse_if_closed()
            if self._is_there(_checked(key)):
                self._sizes.move_to_end(key)
                return self._folder / key
            if key not in self._flights:
                self._flights[key] = self._pool.submit(self._produce, key, make)
            return self._flights[key]

    def _produce(self, key: str, make: Make) -> Path:
        draft = self._folder / f"{key}.{next(self._numbers)}{_DRAFT}"
        finished = self._folder / key
        try:
            self._refuse_if_closed()
            make(draft)
            size = draft.stat().st_size
            os.replace(draft, finished)
            with self._lock:
                self._sizes[key] = size
                self._evict(sparing=key)
        finally:
            draft.unlink(missing_ok=True)
            with self._lock:
                del self._flights[key]
        return finished

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the shelf is closed")

    def _is_there(self, key: str) -> bool:
        if key in self._sizes and not (self._folder / key).exists():
            del self._sizes[key]  # somebody tidied the folder
        return key in self._sizes

    def _evict(self, *, sparing: str | None) -> None:
        excess = sum(self._sizes.values()) - self._byte_limit
        for key in list(self._sizes):
            if excess <= 0:
                return
            if key != sparing and key not in self._held:
                excess -= self._sizes.pop(key)
                (self._folder / key).unlink(missing_ok=True)


def _checked(key: str) -> str:
    """A key is lower-case hex and so never a path; anything else is a bug of the caller."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key: 1 to 128 lower-case hex digits")
    return key


def _swept(folder: Path) -> OrderedDict[str, int]:
    """Sizes of the finished files, oldest first. Drafts that a crash left behind are removed."""
    for draft in folder.glob(f"*{_DRAFT}"):
        draft.unlink(missing_ok=True)
    files = [path for path in folder.iterdir() if _KEY.fullmatch(path.name) and path.is_file()]
    files.sort(key=lambda path: path.stat().st_mtime_ns)
    return OrderedDict((path.name, path.stat().st_size) for path in files)
