"""The two commands."""

import argparse
import json
from pathlib import Path

import pytest

from mockserver.media import cli
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from tests.media.conftest import Clips
from tests.media.media_steps import rendered, wish


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="mockserver media")
    cli.add_arguments(made)
    return made


def run(*said: object) -> int:
    return cli.run(parser().parse_args([str(word) for word in said]))


def clip_at(path: Path) -> Clip:
    found = probe(path)
    assert isinstance(found, Clip)
    return found


def test_make_takes_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.mp4"
    assert run("make", "320x180-30fps-1s-noaudio", "-o", out) == 0
    found = clip_at(out)
    assert (found.width, found.frames, found.audio) == (320, 30, "")
    assert (
        "320x180, 30 fps, 30 frames, 1.000 s, h264 and no sound in mp4" in capsys.readouterr().out
    )


def test_make_takes_options(tmp_path: Path) -> None:
    out = tmp_path / "a.mov"
    said = "--size 320x180 --fps 30000/1001 --seconds 1 --codec hevc --no-audio --rotate 90"
    assert run("make", *said.split(), "-o", out) == 0
    found = clip_at(out)
    assert (found.container, found.codec, found.rotation, found.width) == ("mov", "hevc", 90, 180)
    assert str(found.rate) == "30000/1001"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("-o a.mp4", "mp4"),
        ("-o a", "1280x720"),
        ("-o a.mkv --vfr", "vfr-mkv"),
        ("-o a.bin --container mkv", "mkv"),
        ("-o a.mp3 3s", "3s-mp3"),
        ("-o a.mp4 640x360-mp3", "640x360-mp3-mp4"),
        ("-o a.jpg 640x360", "640x360-jpg"),
        ("-o a.mp4 640x360-mkv", "640x360-mkv"),
        ("-o a.mp4 --defect bomb --seed x --audio mp3", "mp3-bomb-seed_x-mp4"),
    ],
)
def test_options_and_name_spell_one_name(said: str, name: str) -> None:
    assert cli.name_of(parser().parse_args(["make", *said.split()])) == name


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("640x360-hvec", "did you mean 'hevc'"),
        ("640x360 --size 320x180", "says size twice"),
        ("--seconds 100", "up to 60 s"),
        ("--fps fast", "no part of a clip's name"),
    ],
)
def test_make_says_what_is_wrong(
    said: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("make", *said.split(), "-o", tmp_path / "a.mp4") == 2
    assert why in capsys.readouterr().err


def test_make_into_nowhere_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make", "320x180-1s", "-o", tmp_path / "no" / "a.mp4") == 2
    assert "cannot make a.mp4" in capsys.readouterr().err


def test_make_tells_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make", "320x180-png", "-o", tmp_path / "a.png", "--json") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "320x180-png"


def test_defect_can_be_made(tmp_path: Path) -> None:
    assert run("make", "320x180-1s", "--defect", "empty", "-o", tmp_path / "a.mp4") == 0
    assert (tmp_path / "a.mp4").read_bytes() == b""


def test_verify_says_job_frames_and_seam(
    clip: Clips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = rendered(tmp_path, wish(cut=(48, 48)), source=clip("320x180-2s"))
    assert run("verify", made, "--job", "job-1") == 0
    out = capsys.readouterr().out
    assert "seed 7: 24 generated frames, frames 48 to 71 of 72" in out
    assert "seam into the generated part at frame 48 (2.000 s): smooth" in out
    assert out.endswith("  fine\n")


def test_verify_findings_exit_with_1(clip: Clips, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", clip("320x180-1s"), "--json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert run("verify", clip("320x180-1s")) == 1
    assert "! No frame carries a mark" in capsys.readouterr().out


def test_verify_of_no_video_exits_with_2(
    clip: Clips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", clip("320x180-1s-text")) == 2
    assert "seems to be text" in capsys.readouterr().out
    assert run("verify", tmp_path / "nothing.mp4", "--json") == 2
    assert json.loads(capsys.readouterr().out)["trouble"] == "unreadable"


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["verify"], ["make"]):
        with pytest.raises(SystemExit):
            parser().parse_args([*command, "--help"])
    out = capsys.readouterr().out
    assert "mockserver media verify extended.mp4 --job" in out
    assert "truncated" in out


def test_every_example_of_the_help_is_understood(tmp_path: Path) -> None:
    for line in cli.EXAMPLES.splitlines()[1:]:
        parser().parse_args(line.split()[2:])


def test_long_work_is_told_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    monkeypatch.setattr(cli, "PATIENCE", 0.01)
    with cli._patience("making a.mp4"):
        Event().wait(0.1)
    assert "making a.mp4 ... " in capsys.readouterr().err


@pytest.mark.parametrize("name", ["2s-mp3", "320x180-png", "320x180-1s-rot90", "320x180-1s-vfr"])
def test_clip_is_described_in_a_line(name: str, clip: Clips) -> None:
    assert "\n" not in cli.described(clip_at(clip(name)))
