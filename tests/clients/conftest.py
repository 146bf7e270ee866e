"""Clients as others run them: programs of their own that know a base URL and a key.

The server is real, on a real port, and the programs see nothing of this test suite: their
environment holds PATH, what the test hands them, and no proxies.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mockserver.app import App
from mockserver.journal.entry import Entry
from mockserver.media import recipe
from mockserver.media.verify import Report, verify
from mockserver.serve import running
from mockserver.settings import Settings

HERE = Path(__file__).parent
KEY = "client-key-0123456789"
PATIENCE = 60  # seconds until a program counts as hanging
# A job of a minute takes 1.2 s: not done when first asked for, done when asked 5 s later.
SPEED = 50.0
SOURCE = recipe.parse("640x360-24fps-4s")


class Service:
    """A running simulator, and what was asked of it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.source = f"{app.address}/_mock/sources/{recipe.text(SOURCE)}.mp4"

    def base(self, provider: str) -> str:
        return f"{self.app.address}/{provider}"

    def calls(self) -> list[Entry]:
        """The calls of providers' operations, oldest first."""
        journal = [entry for entry in self.app.world.journal if entry.kind == "call"]
        return sorted((one for one in journal if one.provider), key=lambda one: one.number)

    def story(self) -> list[tuple[str, int]]:
        """The operations called and the statuses answered, oldest first."""
        return [(entry.operation, entry.status) for entry in self.calls()]

    def job(self, operation: str) -> str:
        """The job that the one call of an operation made."""
        (call,) = [entry for entry in self.calls() if entry.operation == operation]
        return call.job


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Settings(seed=7, speed=SPEED)) as app:
        yield Service(app)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Somebody's own MP4."""
    path = tmp_path / "holiday.mp4"
    recipe.make(SOURCE, path)
    return path


def run(command: list[str | Path], folder: Path, **environment: str) -> list[str]:
    """The lines that a program printed. It must end by itself, and well."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


def fetched(url: str, into: Path) -> Path:
    """The file behind a URL, fetched without a key and past any proxy."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, timeout=PATIENCE)
    answer.raise_for_status()
    assert answer.headers["content-type"] == "video/mp4"
    into.write_bytes(answer.content)
    return into


def examined(file: Path, *, job: str) -> Report:
    """What is in a file of a job's: a video that plays, all generated frames there, in order."""
    report = verify(file, job=job)
    assert isinstance(report, Report), report
    assert report.findings == ()
    assert report.corrupt == 0
    assert (report.clip.container, report.clip.codec, report.clip.audio) == ("mp4", "h264", "aac")
    return report
