"""A program in JavaScript with plain fetch, making the calls of Hooked's page."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from tests.clients.conftest import HERE, KEY, Service, examined, run

NEW = (8, 16, 32)
SOURCES = ((1280, 720, 5), (720, 1280, 5), (1280, 720, 8))  # the three ready media of the page


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_the_fetch_samples_of_the_page_make_three_videos(service: Service, tmp_path: Path) -> None:
    (printed,) = run(
        ["node", HERE / "node" / "hooked.mjs", tmp_path],
        tmp_path,
        HOOKED_BASE_URL=service.base("hooked"),
        HOOKED_API_KEY=KEY,
    )
    said = orjson.loads(printed)
    assert set(said["basic"]) == {"videoId", "projectId", "status"}
    assert service.story()[:3] == [("extendVideo", 200)] * 3
    for video, added, (width, height, seconds) in zip(said["videos"], NEW, SOURCES, strict=True):
        report = examined(Path(video["file"]), job=video["id"])
        assert report.seconds == video["seconds"] == seconds + added
        assert (report.clip.width, report.clip.height) == (width, height)
        assert [seam.seconds for seam in report.seams] == [seconds]
    assert set(said["listed"]) == {video["id"] for video in said["videos"]}
    assert said["refused"] == {
        "status": 400,
        "body": {"success": False, "message": "Media is not a video"},
    }
