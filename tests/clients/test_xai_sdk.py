"""xAI's Python SDK over gRPC, sync and async: what works, and what the verdict finds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from mockserver.testing import MockProviders, running
from tests.clients.conftest import HERE, PATIENCE, SOURCE, examined

VERSION = "1.21.0"
PROGRAMS = {"sync": "extend_xai_sdk.py", "async": "extend_xai_sdk_async.py"}
SPEED = 100.0  # a job of 20 s takes one poll of 0.2 s, or two
# By scenario: what the program says in the end, and the rules that the SDK breaks.
FOUND = {
    "": ("", set[str]()),
    "failed": ("VideoGenerationError", set[str]()),
    "content_policy": ("INVALID_ARGUMENT", set[str]()),
    "server_error": ("INTERNAL", set[str]()),
    "reset": ("", {"client.submit.paid-twice"}),
    "create_529_once": ("", {"client.submit.ignores-retry-after"}),
}


@pytest.fixture
def mock() -> Iterator[MockProviders]:
    with running(seed=7, clock="real", speed=SPEED) as mock:
        yield mock


def run(mock: MockProviders, way: str, clip: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """The program in one of the ways, seeing nothing of this test suite."""
    known = {
        "PATH": os.environ["PATH"],
        "XAI_API_HOST": f"localhost:{mock.xai.grpc_port}",
        "XAI_API_KEY": mock.xai.key,
        "VIDEO_URL": mock.source("640x360-24fps-4s"),
        "VIDEO": str(clip),
    }
    return subprocess.run(
        [sys.executable, HERE / "python" / PROGRAMS[way], out],
        env=known,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_sdk_is_the_one_that_was_looked_at() -> None:
    assert version("xai-sdk") == VERSION


@pytest.mark.parametrize("way", PROGRAMS)
@pytest.mark.parametrize("scenario", FOUND, ids=lambda name: name or "well")
def test_the_sdk_copes_or_is_found_out(
    mock: MockProviders, way: str, scenario: str, clip: Path, tmp_path: Path
) -> None:
    if scenario:
        mock.xai.scenario(scenario)
    words, broken = FOUND[scenario]
    out = tmp_path / "longer.mp4"
    done = run(mock, way, clip, out)
    assert words in done.stderr
    assert (done.returncode == 0) == (not words), done.stderr
    if not words:
        assert done.stdout.split() == ["6", "0.14"]
        newest = mock.xai.jobs[0]["id"]
        assert examined(out, job=newest).frames == SOURCE.frames + 2 * 24
    verdict = mock.xai.verdict("failure" if words else "success")
    assert {one.rule.id for one in verdict.findings} == broken
    assert mock.bugs == []
