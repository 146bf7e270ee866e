"""Programs in Python with `requests`, as providers' pages show them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, KEY, SOURCE, Service, examined, fetched, run

PROGRAMS = HERE / "python"
LTX = {"LTX_API_KEY": KEY, "POLL_SECONDS": "0.2"}


def test_the_program_of_xais_page_gets_a_longer_video(service: Service, tmp_path: Path) -> None:
    printed = run(
        [sys.executable, PROGRAMS / "extend_xai.py"],
        tmp_path,
        XAI_BASE_URL=service.base("xai"),
        XAI_API_KEY=KEY,
        VIDEO_URL=service.source,
    )
    assert service.story() == [
        ("handle_extend_video_request", 200),
        ("handle_get_deferred_video_request", 202),
        ("handle_get_deferred_video_request", 200),
    ]
    longer = examined(
        fetched(printed[-1], tmp_path / "longer.mp4"),
        job=service.job("handle_extend_video_request"),
    )
    assert longer.frames == SOURCE.frames + 10 * 24
    assert [seam.frame for seam in longer.seams] == [SOURCE.frames]
    assert (longer.clip.width, longer.clip.height, longer.clip.rate) == (640, 360, SOURCE.rate)


def test_the_call_of_ltxs_page_answers_with_the_longer_video(
    service: Service, tmp_path: Path
) -> None:
    out = tmp_path / "longer.mp4"
    request, kind, size = run(
        [sys.executable, PROGRAMS / "extend_ltx_v1.py", service.source, out],
        tmp_path,
        LTX_BASE_URL=service.base("ltx"),
        **LTX,
    )
    assert service.story() == [("extend_v1", 200)]
    assert (len(request), kind, int(size)) == (32, "video/mp4", out.stat().st_size)
    longer = examined(out, job=service.job("extend_v1"))
    assert longer.frames == SOURCE.frames + 3 * 24
    assert (longer.clip.width, longer.clip.height) == (640, 360)


@pytest.mark.parametrize(("mode", "side"), [("end", "into"), ("start", "out of")])
def test_an_ltx_job_ends_in_a_video_longer_on_the_side_asked_for(
    service: Service, tmp_path: Path, mode: str, side: str
) -> None:
    out = tmp_path / "longer.mp4"
    states = run(
        [sys.executable, PROGRAMS / "extend_ltx_v2.py", service.source, mode, out],
        tmp_path,
        LTX_BASE_URL=service.base("ltx"),
        **LTX,
    )
    assert (len(states) > 1, states[-1]) == (True, "completed")
    longer = examined(out, job=service.job("extend_v2"))
    assert longer.frames == SOURCE.frames + 2 * 24
    assert [seam.side for seam in longer.seams] == [side]


def test_a_file_put_to_ltxs_signed_url_is_extended(
    service: Service, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "longer.mp4"
    run(
        [sys.executable, PROGRAMS / "extend_ltx_v2.py", clip, "end", out],
        tmp_path,
        LTX_BASE_URL=service.base("ltx"),
        **LTX,
    )
    assert service.story()[:3] == [("create_upload", 200), ("put_upload", 200), ("extend_v2", 202)]
    longer = examined(out, job=service.job("extend_v2"))
    assert longer.frames == SOURCE.frames + 2 * 24
