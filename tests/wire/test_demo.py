"""`mockserver demo`: a clip through every provider, checked, in a table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import providers
from mockserver.media import recipe
from mockserver.media.probe import probe


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mockserver.cli", "demo", "--seed", "7", "--speed", "500"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def clip(folder: Path, name: str) -> str:
    recipe.make(recipe.parse(name), folder / "mine.mp4")
    return "mine.mp4"


# Seconds asked for are 3, of a clip of 4: what each makes of it.
WHOLE = {"pictory": 4.0, "hooked": 8.0, "xai": 7.0, "kie": 15.0, "ltx": 7.0}


def test_a_clip_of_mine_is_extended_by_every_provider(tmp_path: Path) -> None:
    done = demo(tmp_path, clip(tmp_path, "320x180-24fps-4s"), "--seconds", "3", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert sorted(row["provider"] for row in rows) == sorted(providers.NAMES)
    for row in rows:
        assert row["problem"] == ""
        name = row["provider"]
        assert row["seconds_in"] == (0.0 if row["note"] else 4.0)
        assert row["seconds_out"] == pytest.approx(WHOLE[name], abs=0.4)
        assert float(row["cost"].split()[0]) > 0
        assert bool(row["seam"]) == (name != "pictory")  # its segment stands alone
        assert [one["state"] for one in row["states"]][-1] == "downloaded"
        assert getattr(probe(tmp_path / row["file"]), "kind", "") == "video"
    assert "simulator at http://127.0.0.1:" in done.stderr


def test_a_clip_that_a_provider_refuses_is_shown_with_its_answer(tmp_path: Path) -> None:
    done = demo(tmp_path, clip(tmp_path, "320x240-24fps-4s"), "--seconds", "3")
    assert done.returncode == 1
    assert "PROBLEM: POST /v2/extend → 400" in done.stdout
    assert "aspect ratio" in done.stdout
    assert (tmp_path / "demo-output" / "xai.mp4").is_file()


def test_what_is_no_video_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("hello")
    done = demo(tmp_path, "text.mp4")
    assert done.returncode == 2
    assert "text.mp4 cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
