"""What xAI makes of a create: size, length, sound and price. Nothing is rendered here."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call
from mockserver.contract.model import Json
from mockserver.media.model import Clip
from mockserver.providers import xai
from mockserver.providers.base import Accepted
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.xai_steps import BOAT, LONG, done, ended, extension, newest, poll, source

NEWER = {"model": "grok-imagine-video-1.5"}


mock = only("xai")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("320x180-4fps-2s-noaudio.mp4", (320, 180)),
        ("1280x720-2fps-2s-noaudio.mp4", (1280, 720)),
        ("1920x1080-2fps-2s-noaudio.mp4", (1280, 720)),
        ("1080x1920-2fps-2s-noaudio.mp4", (720, 1280)),
        ("1440x1080-2fps-2s-noaudio.mp4", (960, 720)),
        ("720x720-2fps-2s-noaudio.mp4", (720, 720)),
        ("1000x760-2fps-2s-noaudio.mp4", (948, 720)),
        ("320x180-4fps-2s-rot90-noaudio.mp4", (180, 320)),
    ],
)
async def test_a_result_has_the_shape_of_its_source_and_at_most_720_lines(
    mock: Mock, name: str, size: tuple[int, int]
) -> None:
    for kind in ("edits", "extensions"):
        wish = (await newest(mock, kind, extension(source(name)))).wish
        assert (wish.width, wish.height) == size


@pytest.mark.parametrize(
    ("name", "seconds", "rate", "frames"),
    [
        ("64x64-8fps-3s-noaudio.mp4", 2, Fraction(8), 16),
        ("64x64-30000_1001fps-2s-noaudio.mp4", 10, Fraction(30000, 1001), 300),
        ("64x64-24fps-2s-noaudio.mp4", None, Fraction(24), 6 * 24),
    ],
)
async def test_an_extension_adds_whole_seconds_at_the_rate_of_its_source(
    mock: Mock, name: str, seconds: int | None, rate: Fraction, frames: int
) -> None:
    job = await newest(mock, "extensions", extension(source(name), duration=seconds))
    wish = job.wish
    assert (wish.rate, wish.frames) == (rate, frames)
    assert wish.cut is not None
    assert wish.cut[0] == wish.cut[1], "every frame of the source stays"
    assert wish.sound == "follow"
    assert job.facts["added_seconds"] == (seconds or 6)


def test_a_source_of_too_many_frames_fails_the_job() -> None:
    contract = document.load("xai")
    rate = Fraction(240)
    clip = Clip("k", "video", "mp4", "h264", 64, 64, 0, rate, False, 720, 3.0, "", 9)
    call = Call(1, 0.0, "POST", "/v1/videos/extensions", "", {}, body=extension(), owner="o")
    here = blind(contract)
    operation = contract.operation("handle_extend_video_request")
    accepted = xai.accept(operation, call, {"source": clip}, here)
    assert isinstance(accepted, Accepted)
    assert accepted.failure is not None
    assert "240 frames per second" in accepted.failure.message


async def test_an_edit_makes_every_frame_of_its_source_anew(mock: Mock) -> None:
    body = extension(source("64x64-8fps-3s-noaudio.mp4"))
    wish = (await newest(mock, "edits", body)).wish
    assert (wish.cut, wish.frames) == ((0, 24), 24)


@pytest.mark.parametrize(
    ("name", "total"), [("64x64-8fps-3.5s-noaudio.mp4", 6), ("64x64-8fps-3s-noaudio.mp4", 5)]
)
async def test_the_duration_shown_is_the_whole_length_rounded(
    mock: Mock, name: str, total: int
) -> None:
    assert (await done(mock, "extensions", extension(source(name))))["duration"] == total


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({}, (854, 480)),
        ({"aspect_ratio": None, "resolution": None}, (854, 480)),
        ({"resolution": "720p"}, (1280, 720)),
        ({"resolution": "1080p"} | NEWER, (1920, 1080)),
        ({"aspect_ratio": "9:16", "resolution": "720p"}, (720, 1280)),
        ({"aspect_ratio": "4:3"}, (640, 480)),
        ({"aspect_ratio": "3:4"}, (480, 640)),
        ({"aspect_ratio": "3:2"}, (720, 480)),
        ({"aspect_ratio": "2:3"}, (480, 720)),
        ({"aspect_ratio": "1:1"}, (480, 480)),
        ({"image": {"url": source("300x400.png")}, "aspect_ratio": "16:9"}, (480, 640)),
        ({"image": {"url": source("1600x64.png")}}, (854, 480)),
        ({"input_reference": {"image_url": source("64x64.png")}}, (480, 480)),
        (
            {"reference_images": [{"url": source("64x64.png")}], "resolution": "1080p"} | NEWER,
            (1280, 720),
        ),
    ],
)
async def test_a_generation_has_the_shape_and_the_lines_asked_for(
    mock: Mock, more: Json, size: tuple[int, int]
) -> None:
    wish = (await newest(mock, "generations", BOAT | more)).wish
    assert (wish.width, wish.height) == size
    assert wish.cut is None


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({}, 8),
        ({"duration": None}, 8),
        ({"duration": 1}, 1),
        ({"duration": "15"}, 15),
        ({"seconds": 5}, 5),
        ({"seconds": "12"}, 12),
    ],
)
async def test_a_generation_is_as_long_as_asked_for(mock: Mock, more: Json, seconds: int) -> None:
    job = await newest(mock, "generations", BOAT | more)
    assert (job.wish.frames, job.wish.rate) == (seconds * 24, Fraction(24))
    assert job.facts["total_seconds"] == seconds


@pytest.mark.parametrize(
    ("more", "sound"),
    [
        ({}, "generate"),
        ({"generate_audio": True}, "generate"),
        ({"generate_audio": None}, "generate"),
        ({"generate_audio": False}, "none"),
    ],
)
async def test_a_generation_has_sound_unless_it_shall_not(
    mock: Mock, more: Json, sound: str
) -> None:
    assert (await newest(mock, "generations", BOAT | more)).wish.sound == sound


async def test_pictures_reach_the_rendering_as_first_and_last_frame(mock: Mock) -> None:
    picture = {"url": source("64x64.png")}
    body = BOAT | {"image": picture, "last_frame": picture}
    assert set((await newest(mock, "generations", body)).inputs) == {"first", "last"}
    body = BOAT | {"reference_images": [picture]}
    assert not (await newest(mock, "generations", body)).inputs


@pytest.mark.parametrize(
    ("seconds", "times", "frames"),
    [
        pytest.param(4, [1, 1 / 3], (24, 8), id="on-the-grid-in-any-order"),
        pytest.param(4, [1.5, 1.16, 1.17], (40, 24, 32), id="to-the-nearest-third"),
        pytest.param(4, [0.01, 3.99], (8, 88), id="inside-the-video"),
        pytest.param(1, [0.01, 0.45, 0.55, 0.99], (8, 8, 16, 16), id="the-shortest-video"),
        pytest.param(15, [14.99], (352,), id="the-longest-video"),
        pytest.param("2", [7 / 6], (32,), id="seconds-as-text"),
    ],
)
async def test_keyframes_reach_the_rendering_at_thirds_of_a_second(
    mock: Mock, seconds: Json, times: list[float], frames: tuple[int, ...]
) -> None:
    picture = {"url": source("64x64.png")}
    keyframes = [{"image": picture, "timestamp_s": at} for at in times]
    body = BOAT | NEWER | {"duration": seconds, "keyframes": keyframes}
    job = await newest(mock, "generations", body)
    assert job.wish.pins == frames
    assert set(job.inputs) == {f"pin-{at}" for at in range(len(times))}


@pytest.mark.parametrize(
    ("kind", "body", "dollars"),
    [
        (
            "extensions",
            extension(source("320x180-4fps-3s-noaudio.mp4"), duration=6),
            6 * 0.05 + 3 * 0.01,
        ),
        (
            "extensions",
            extension(source("854x480-4fps-2s-noaudio.mp4"), duration=2),
            2 * 0.05 + 2 * 0.01,
        ),
        (
            "extensions",
            extension(source("856x482-4fps-2s-noaudio.mp4"), duration=2),
            2 * 0.07 + 2 * 0.01,
        ),
        ("extensions", extension(source("1920x1080-2fps-2s-noaudio.mp4")), 2 * 0.07 + 2 * 0.01),
        ("edits", extension(source("320x180-4fps-3s-noaudio.mp4")), 3 * 0.05 + 3 * 0.01),
        ("generations", BOAT, 8 * 0.05),
        ("generations", BOAT | {"resolution": "720p", "duration": 4}, 4 * 0.07),
        ("generations", BOAT | {"resolution": "1080p", "duration": 1} | NEWER, 0.25),
        ("generations", {"image": {"url": source("64x64.png")}, "duration": 1}, 0.05 + 0.002),
        (
            "generations",
            BOAT | NEWER | {"reference_images": [{"url": source("64x64.png")}] * 3, "duration": 1},
            0.08 + 3 * 0.01,
        ),
        ("generations", BOAT | {"model": "grok-imagine-video-1.5-lite", "duration": 5}, 5 * 0.02),
    ],
)
async def test_a_job_costs_what_is_made_and_what_is_given(
    mock: Mock, kind: str, body: Json, dollars: float
) -> None:
    usage = (await ended(mock, kind, body))["usage"]
    assert usage == {"cost_in_usd_ticks": round(dollars * 10**10)}


async def test_the_same_seed_and_requests_give_the_same_job(make_mock: MakeMock) -> None:
    views = []
    for _ in range(2):
        async with make_mock(providers=("xai",), seed=3) as mock:
            options = {"filename": "a.mp4", "public_url": True}
            job = await newest(mock, "extensions", extension(storage_options=options))
            await mock.advance(LONG)
            views.append(((await poll(mock, job.id)).json(), job.timeline, job.wish))
    assert views[0] == views[1]
