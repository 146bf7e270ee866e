"""A real server on a real port, for what only a socket can show."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., "Served"]


class Served:
    """A `mockserver serve` in a process of its own, and what it printed first."""

    def __init__(self, *options: str, folder: Path | None = None) -> None:
        command = [sys.executable, "-m", "mockserver.cli", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **({"TMPDIR": str(folder)} if folder else {})},
        )
        self.told = False
        self.said = ("", "")
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline().rstrip("\n")
        self.url = self.first.removeprefix("listening on ")
        self.port = int(self.url.rpartition(":")[2] or 0)

    def stop(self) -> tuple[int, str, str]:
        """Exit status, the rest of standard output, and standard error."""
        if self.process.poll() is None and not self.told:
            self.process.terminate()
        self.told = True
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        if not self.process.stdout.closed:
            self.said = self.process.stdout.read(), self.process.stderr.read()
            self.process.stdout.close()
            self.process.stderr.close()
        return self.process.wait(10), *self.said

    def tell(self, word: signal.Signals) -> None:
        """Send a signal; `stop` then only waits."""
        self.process.send_signal(word)
        self.told = True

    def resident(self) -> int:
        """Resident memory in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and ends them with the test."""
    started: list[Served] = []

    def starting(*options: str, folder: Path | None = None) -> Served:
        started.append(Served("--seed", "7", *options, folder=folder))
        return started[-1]

    yield starting
    for served in started:
        served.stop()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One server for the tests of a module; a minute of the provider's is a few milliseconds."""
    one = Served("--seed", "7", "--speed", "10000")
    yield one
    one.stop()
