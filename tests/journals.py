"""A plugin for pytest: `--journals FOLDER` keeps what the worlds of each test wrote in journals.

Kept are worlds that a test has for itself and whose clock is never the real one; ports are left
out. `python -m tests.twice` compares two runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.journal.book import MemoryJournal
from mockserver.journal.entry import Entry
from mockserver.world.world import World

PORT = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\]):\d+")
DIFFERS = "differs"


class Diary:
    """What one world wrote, also before it was reset. `real` is whether its clock ever was."""

    def __init__(self, world: str) -> None:
        self.world = world
        self.real = False
        self.entries: list[Entry] = []

    def lines(self) -> list[bytes]:
        """Its entries as JSON, without ports."""
        shown = [{"world": self.world, **one.show()} for one in self.entries]
        return [PORT.sub(rb"\1:PORT", orjson.dumps(one)) for one in shown]


class Desk:
    """The diaries of the test that runs; nobody's between tests."""

    def __init__(self) -> None:
        self.diaries: list[Diary] | None = None

    def begin(self) -> list[Diary]:
        """Keep the diaries of worlds that are founded from now on."""
        self.diaries = []
        return self.diaries

    def end(self) -> None:
        """Keep none any more."""
        self.diaries = None

    def founded(self, world: str) -> Diary:
        """The diary of a new world."""
        diary = Diary(world)
        if self.diaries is not None:
            self.diaries.append(diary)
        return diary


DESK = Desk()


class Told(MemoryJournal):
    """A journal that also tells a diary."""

    def __init__(self, world: Watched, limit: int) -> None:
        super().__init__(limit, world.followers)
        self._world = world

    def keep(self, entry: Entry) -> None:
        super().keep(entry)
        diary = self._world.diary
        diary.real = diary.real or self._world.clock.kind == "real"
        diary.entries.append(entry)


class Watched(World):
    """A world with a diary."""

    def __init__(self, name: str, *rest: Any, **more: Any) -> None:
        self.diary = DESK.founded(name)
        super().__init__(name, *rest, **more)
        self.diary.real = self.clock.kind == "real"

    def _forget(self) -> None:
        super()._forget()
        self.journal = Told(self, self.settings.journal_limit)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--journals", help="the folder for what the worlds of each test wrote")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--journals"):
        pytest.MonkeyPatch().setattr("mockserver.site.World", Watched)


@pytest.fixture(autouse=True)
def _journals(request: pytest.FixtureRequest) -> Iterator[None]:
    """Worlds of wider fixtures are founded before, those of the test's own after this begins."""
    folder = request.config.getoption("--journals")
    if not folder:
        yield
        return
    diaries = DESK.begin()
    yield
    DESK.end()
    lines = [line for one in diaries if not one.real for line in one.lines()]
    if lines:
        node = request.node
        mark = node.get_closest_marker(DIFFERS)
        head = {"test": node.nodeid, "differs": mark.args[0] if mark else ""}
        name = sha256(node.nodeid.encode()).hexdigest()[:32]
        Path(folder, name).write_bytes(b"\n".join([orjson.dumps(head), *lines]))
