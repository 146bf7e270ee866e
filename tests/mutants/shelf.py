"""Finished files that one simulator leaves to the next: most mutants make the same ones."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from mockserver.media.shelf import DiskShelf

BYTES = 1024**3


class Lasting(DiskShelf):
    """A shelf that outlives who uses it."""

    def close(self) -> None:
        return


@cache
def renders() -> Lasting:
    """The shelf of this process."""
    folder = Path(tempfile.mkdtemp(prefix="mutants-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Lasting(folder, BYTES)
