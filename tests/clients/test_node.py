"""A program in JavaScript with the AI SDK, as xAI's page shows it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, KEY, Service, examined, fetched, run

NODE = HERE / "node"
INSTALLED = (NODE / "node_modules" / "@ai-sdk" / "xai").is_dir()


@pytest.mark.skipif(not INSTALLED, reason="npm was not there to install it; see the Makefile")
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_the_ai_sdk_makes_a_video_and_extends_it(service: Service, tmp_path: Path) -> None:
    out = tmp_path / "sdk.mp4"
    made, extended = run(
        ["node", NODE / "extend_xai.mjs", out],
        tmp_path,
        XAI_BASE_URL=service.base("xai"),
        XAI_API_KEY=KEY,
    )[-2:]
    assert service.story()[0] == ("handle_generate_video_request", 200)
    first = examined(
        fetched(made, tmp_path / "made.mp4"), job=service.job("handle_generate_video_request")
    )
    longer = examined(
        fetched(extended, tmp_path / "extended.mp4"),
        job=service.job("handle_extend_video_request"),
    )
    assert (first.seconds, longer.seconds) == (5, 11)
    assert (longer.clip.width, longer.clip.height) == (first.clip.width, first.clip.height)
    assert out.read_bytes() == (tmp_path / "extended.mp4").read_bytes()
