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
from tests.clients.found import ERROR, SUCCESS, WELL, XAI_SDK

PROGRAMS = {"sync": "extend_xai_sdk.py", "async": "extend_xai_sdk_async.py"}
SPEED = 100.0  # a job of 20 s takes one poll of 0.2 s, or two
# By scenario: what the program says when it fails.
WORDS = {
    "failed": "VideoGenerationError",
    "content_policy": "INVALID_ARGUMENT",
    "server_error": "INTERNAL",
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
    assert {name: version(name) for name in XAI_SDK.packages} == XAI_SDK.packages


@pytest.mark.parametrize("way", PROGRAMS)
@pytest.mark.parametrize("scenario", XAI_SDK.found)
def test_the_sdk_copes_or_is_found_out(
    mock: MockProviders, way: str, scenario: str, clip: Path, tmp_path: Path
) -> None:
    if scenario != WELL:
        mock.xai.scenario(scenario)
    words = WORDS.get(scenario, "")
    out = tmp_path / "longer.mp4"
    done = run(mock, way, clip, out)
    assert words in done.stderr
    assert (done.returncode == 0) == (not words), done.stderr
    if not words:
        assert done.stdout.split() == ["6", "0.14"]
        newest = mock.xai.jobs[0]["id"]
        assert examined(out, job=newest).frames == SOURCE.frames + 2 * 24
    verdict = mock.xai.verdict("failure" if words else "success")
    found = dict.fromkeys(f"{one.level.name} {one.rule.id}" for one in verdict.findings)
    assert (ERROR if words else SUCCESS, *found) == XAI_SDK.found[scenario]
    assert mock.bugs == []
