"""Programs in Python with `requests` and in JavaScript with axios, as Pictory's guide has them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, KEY, Service, examined, fetched, run

NODE = HERE / "node"
INSTALLED = (NODE / "node_modules" / "axios").is_dir()
SHOWN = "8s 720 1280 12.8"  # length, width, height and credits, as the guide prints them


def environment(service: Service) -> dict[str, str]:
    return {
        "PICTORY_BASE_URL": f"{service.base('pictory')}/pictoryapis",
        "PICTORY_API_KEY": KEY,
        "VIDEO_URL": service.source,
        "POLL_SECONDS": "0.2",
    }


def looked_at(url: str, into: Path, job: str) -> None:
    """A file of a job's is the new segment alone, of the length and size that were asked for."""
    report = examined(fetched(url, into), job=job)
    assert (report.frames, report.seams) == (8 * 24, ())
    assert (report.clip.width, report.clip.height) == (720, 1280)


def test_the_python_program_of_the_guide_gets_a_segment_and_the_next(
    service: Service, tmp_path: Path
) -> None:
    printed = run(
        [sys.executable, HERE / "python" / "pictory_extend.py", "2"],
        tmp_path,
        **environment(service),
    )
    states = [line for line in printed if line in ("in-progress", "completed")]
    assert states[0] == "in-progress"
    assert states.count("completed") == 2
    assert printed.count(SHOWN) == 2
    urls = [line for line in printed if line.startswith("http")]
    jobs = [one.job for one in service.calls() if one.operation == "create_video"]
    for number, (url, job) in enumerate(zip(urls, jobs, strict=True)):
        looked_at(url, tmp_path / f"{number}.mp4", job)
    assert {status for _, status in service.story()} == {200}


@pytest.mark.skipif(not INSTALLED, reason="npm was not there to install it; see the Makefile")
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_the_axios_program_of_the_guide_gets_a_segment(service: Service, tmp_path: Path) -> None:
    printed = run(["node", NODE / "pictory_extend.mjs"], tmp_path, **environment(service))
    assert (printed[0], printed[-3:-1]) == ("in-progress", ["completed", SHOWN])
    assert {status for _, status in service.story()} == {200}
    looked_at(printed[-1], tmp_path / "segment.mp4", service.job("create_video"))
