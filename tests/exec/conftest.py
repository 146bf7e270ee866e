"""Programs run under `mockserver exec`, as somebody would: from a shell, seeing nothing of us."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

PATIENCE = 90  # seconds until a program counts as hanging
MODULES = Path(__file__).parents[1] / "clients" / "node" / "node_modules"
NODE = pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
PACKAGES = pytest.mark.skipif(
    not MODULES.is_dir(), reason="npm was not there to install clients; see the Makefile"
)


class Done(NamedTuple):
    """A run that is over: what the program printed, what we said, and the report."""

    status: int
    printed: str
    said: str
    report: Any

    def story(self) -> list[tuple[str, int]]:
        """The operations called and the statuses answered, oldest first."""
        return [(one["operation"], one["status"]) for one in self.report["calls"]]


Execute = Callable[..., Done]


def surroundings(**more: str) -> dict[str, str]:
    """An environment that holds nothing but what a program needs, and `more`."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "HOME": os.environ.get("HOME", "/"), **more}


@pytest.fixture
def execute(tmp_path: Path) -> Execute:
    """Run a command in an empty folder: options, a command, and variables by name."""

    def run(options: Sequence[str], *command: str | Path, **environment: str) -> Done:
        report = tmp_path / "report.json"
        words = ["exec", "--seed", "7", "--json", report, *options, "--", *command]
        done = subprocess.run(
            [sys.executable, "-m", "mockserver.cli", *map(str, words)],
            cwd=tmp_path,
            env=surroundings(**environment),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        told = report.read_bytes() if report.exists() else b""
        return Done(done.returncode, done.stdout, done.stderr, orjson.loads(told) if told else None)

    return run
