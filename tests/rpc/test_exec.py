"""Programs that know xAI's SDK and nothing else reach the simulator under `mockserver exec`."""

from __future__ import annotations

import sys
from pathlib import Path

from mockserver.media import recipe
from tests.exec.conftest import Execute, execute
from tests.rpc.conftest import SOURCE

__all__ = ["execute"]
SAMPLE = Path(__file__).parents[1] / "exec" / "seeds" / "xai_python_sdk.py.txt"
RESULT = "https://vidgen.x.ai/xai-vidgen-bucket/xai-video-"
QUICK = ("--provider", "xai", "--speed", "2000")

SYNC = """
import os, xai_sdk
client = xai_sdk.Client(api_key=os.getenv("XAI_API_KEY"))
clip = client.video.generate("A paper boat", "grok-imagine-video", duration=3)
longer = client.video.extend("It sails on", "grok-imagine-video", clip.url, duration=4)
print(clip.url, longer.url, longer.duration)
"""
ASYNC = """
import asyncio, xai_sdk

async def main():
    client = xai_sdk.AsyncClient()
    file = await client.files.upload(open("clip.mp4", "rb").read(), filename="clip.mp4")
    started = await client.video.extend_start(
        "It sails on", "grok-imagine-video", video_file_id=file.id, duration=2
    )
    view = await client.video.get(started.request_id)
    print(file.size, view.status)
    await client.close()

asyncio.run(main())
"""
FETCHED = """
import urllib.request, xai_sdk
clip = xai_sdk.Client().video.generate("A paper boat", "grok-imagine-video", duration=1)
print(len(urllib.request.urlopen(clip.url).read()))
"""


def test_a_program_makes_a_video_and_extends_it(execute: Execute) -> None:
    done = execute(QUICK, sys.executable, "-c", SYNC)
    assert done.status == 0, done.said
    made, longer, seconds = done.printed.split()
    assert made.startswith(RESULT)
    assert longer.startswith(RESULT)
    assert seconds == "7"
    assert [one for one, status in done.story() if status == 200] == [
        "handle_generate_video_request",
        "handle_get_deferred_video_request",
        "handle_extend_video_request",
        "handle_get_deferred_video_request",
    ]


def test_so_does_one_in_an_event_loop_with_an_upload(execute: Execute, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    recipe.make(recipe.parse(SOURCE), clip)
    done = execute(QUICK, sys.executable, "-c", ASYNC)
    assert done.status == 0, done.said
    size, state = done.printed.split()
    assert int(size) == clip.stat().st_size
    assert state in ("1", "3")  # done or pending
    assert [one for one, _ in done.story()] == [
        "upload_file",
        "handle_extend_video_request",
        "handle_get_deferred_video_request",
    ]


def test_the_result_is_fetched_from_the_result_host(execute: Execute) -> None:
    done = execute(QUICK, sys.executable, "-c", FETCHED)
    assert done.status == 0, done.said
    assert int(done.printed) > 1000
    assert done.story()[-1] == ("download_video", 200)


def test_a_refusal_raises_in_the_program(execute: Execute) -> None:
    done = execute((*QUICK, "--scenario", "no_credits"), sys.executable, "-c", SYNC)
    assert done.status == 1
    assert "RESOURCE_EXHAUSTED" in done.said


def test_the_sample_of_xais_page_runs_as_it_stands(execute: Execute, tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_bytes(SAMPLE.read_bytes())
    done = execute(QUICK, sys.executable, "sample.py")
    assert done.status == 0, done.said
    assert done.printed.startswith(RESULT)
    assert done.story()[0] == ("handle_extend_video_request", 200)
