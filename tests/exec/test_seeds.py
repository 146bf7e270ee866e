"""The samples of the providers' pages run as they are: no host, key or placeholder is changed.

Most samples poll, sleep for many seconds, and poll again. With a stepped clock every call to a
provider moves time by some minutes, so that the first poll finds the job done and nobody sleeps.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from mockserver.media.verify import Report, verify
from tests.exec.conftest import MODULES, NODE, PACKAGES, Done, Execute

SEEDS = Path(__file__).parent / "seeds"
QUICK = ("--clock", "stepped", "--step", "300")
EXTEND, POLL = "handle_extend_video_request", "handle_get_deferred_video_request"
CURL = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not on this machine"
)


def sample(name: str, folder: Path, more: str = "") -> Path:
    """A sample in a folder of its own, where Node finds its packages."""
    file = folder / name
    file.write_bytes((SEEDS / f"{name}.txt").read_bytes() + more.encode())
    if MODULES.is_dir():
        (folder / "node_modules").symlink_to(MODULES)
    return file


def well(done: Done, *story: tuple[str, int]) -> list[str]:
    """The lines of a program that ended well, called what it should, and nothing else."""
    assert done.status == 0, f"{done.printed}\n{done.said}"
    assert done.story() == list(story)
    for nothing in ("violations", "bugs", "refused", "distrusted", "left"):
        assert not done.report[nothing], nothing
    return done.printed.splitlines()


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (sys.executable, "pictory_extend.py"),
        pytest.param("node", "pictory_extend.mjs", marks=[NODE, PACKAGES]),
    ],
)
def test_pictorys_guide(program: str, name: str, execute: Execute, tmp_path: Path) -> None:
    done = execute(QUICK, program, sample(name, tmp_path))
    lines = well(done, ("create_video", 200), ("get_job", 200))
    assert [line for line in lines if line.startswith("Status")] == ["Status: completed"]
    (url,) = [line for line in lines if line.startswith("Video URL")]
    assert url.startswith("Video URL: https://results.pictory.example/results/")
    assert {"Duration: 8s", "Dimensions: 720 x 1280", "Done!"} <= set(lines)
    assert "woman-walking-in-park" not in done.said, "the source is made up, whatever it is called"
    (note,) = done.report["notes"]
    assert "was not fetched (example.com is not this machine" in note
    assert done.report["providers"]["pictory"]["cost"] == 12.8


@NODE
@pytest.mark.parametrize(
    ("name", "call", "seconds"),
    [
        ("hooked_basic.mjs", "", 8),
        ("hooked_webhook.mjs", "\nconsole.log(await extendVideoLonger());\n", 16),
        ("hooked_multiple.mjs", "\nconsole.log(await extendVideoMultiple());\n", 32),
    ],
)
def test_hookeds_fetch_samples(
    name: str, call: str, seconds: int, execute: Execute, tmp_path: Path
) -> None:
    done = execute((), "node", sample(name, tmp_path, call))
    printed = "\n".join(well(done, ("extendVideo", 200)))
    (made,) = done.report["calls"]
    assert made["request"]["targetDuration"] == seconds
    assert made["reply"]["data"]["videoId"] in printed
    assert made["reply"]["data"]["projectId"] in printed


def test_xais_requests_sample(execute: Execute, tmp_path: Path) -> None:
    done = execute(QUICK, sys.executable, sample("xai_requests.py", tmp_path))
    (url,) = well(done, (EXTEND, 200), (POLL, 200))
    assert url.startswith("https://vidgen.x.ai/xai-vidgen-bucket/xai-video-")
    (note, *_) = done.report["notes"]
    assert "'<VIDEO_URL>', for which a made-up clip stands in" in note


@CURL
def test_xais_sample_for_a_shell_and_its_file(execute: Execute, tmp_path: Path) -> None:
    """What the sample prints is fetched by curl, from the provider's own result host."""
    file = sample("xai_curl.sh", tmp_path)
    script = f'curl --fail --silent --output out.mp4 "$(bash {file})"'
    done = execute(QUICK, "bash", "-c", script)
    story = (EXTEND, 200), (POLL, 200)
    assert well(done, *story, ("download_video", 200)) == []
    found = verify(tmp_path / "out.mp4", job=done.report["calls"][0]["job"])
    assert isinstance(found, Report)
    assert (found.findings, found.seconds) == ((), 16.0)


@CURL
def test_a_sample_that_waits_between_polls_waits_once(execute: Execute, tmp_path: Path) -> None:
    """In real time: pending, five seconds, done. At this speed the job takes two to four of them,
    so that a slow machine polls in time as well."""
    done = execute(("--speed", "20"), "bash", sample("xai_curl.sh", tmp_path))
    well(done, (EXTEND, 200), (POLL, 202), (POLL, 200))


@NODE
@PACKAGES
def test_xais_sample_with_the_ai_sdk(execute: Execute, tmp_path: Path) -> None:
    """The SDK waits five real seconds before each first poll, and downloads what was made."""
    done = execute((), "node", sample("xai_ai_sdk.mjs", tmp_path))
    end = (POLL, 200), ("download_video", 200)
    (url,) = well(
        done,
        ("handle_generate_video_request", 200),
        *end,
        (EXTEND, 200),
        *end,
    )
    assert url.startswith("https://vidgen.x.ai/xai-vidgen-bucket/xai-video-")
    assert done.report["notes"] == [], "the second video continues the first, not a made-up clip"
