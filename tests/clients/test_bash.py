"""A program in bash with curl and jq, as xAI's page shows it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, KEY, SOURCE, Service, examined, fetched, run

MISSING = [name for name in ("bash", "curl", "jq") if shutil.which(name) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}")
def test_the_bash_program_of_xais_page_gets_a_longer_video(
    service: Service, tmp_path: Path
) -> None:
    printed = run(
        ["bash", HERE / "bash" / "extend_xai.sh"],
        tmp_path,
        XAI_BASE_URL=service.base("xai"),
        XAI_API_KEY=KEY,
        VIDEO_URL=service.source,
    )
    assert [status for _, status in service.story()] == [200, 202, 200]
    longer = examined(
        fetched(printed[-1], tmp_path / "longer.mp4"),
        job=service.job("handle_extend_video_request"),
    )
    assert longer.frames == SOURCE.frames + 10 * 24
    assert (longer.clip.width, longer.clip.height) == (640, 360)
