"""LTX beside extend: lengths that go together, pictures, sound tracks, sections done again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from mockserver.contract import document
from mockserver.jobs.job import Job
from mockserver.providers import ltx_rules as rules
from tests.conftest import MakeMock, Mock, only
from tests.providers.ltx_steps import CONTRACT, SOURCE, refused, source, submit

LONG, SHORT = [6, 8, 10, 12, 14, 16, 18, 20], [6, 8, 10]
TEXT = {"prompt": "A tram.", "model": "ltx-2-3-fast", "duration": 6, "resolution": "1280x720"}
PICTURE = TEXT | {"image_uri": source("320x180.png")}
RETAKE = {"video_uri": SOURCE, "start_time": 1, "duration": 2}


mock = only("ltx")


async def job_of(mock: Mock, endpoint: str, **body: Any) -> Job:
    job = mock.app.world.jobs.get(await submit(mock, endpoint, **body))
    assert job is not None
    return job


@pytest.mark.parametrize("family", ["ltx-2-3", "ltx-2-5"])
@pytest.mark.parametrize(
    ("kind", "resolution", "fps", "lengths"),
    [
        ("fast", "1280x720", 24, LONG),
        ("fast", "1080x1920", 25, LONG),
        ("fast", "1920x1080", 48, SHORT),
        ("fast", "720x1280", 50, SHORT),
        ("fast", "2560x1440", 24, SHORT),
        ("fast", "2160x3840", 25, SHORT),
        ("fast", "3840x2160", 50, SHORT),
        ("pro", "1280x720", 24, SHORT),
        ("pro", "3840x2160", 48, SHORT),
    ],
)
def test_lengths_go_with_model_size_and_rate(
    family: str, kind: str, resolution: str, fps: int, lengths: list[int]
) -> None:
    """Dossier 2.9, and decision A9 for the shorter ones."""
    model, size = f"{family}-{kind}", rules.size_of(resolution)
    assert rules.clip_seconds(CONTRACT, model, size, fps) == lengths
    loose = document.load("ltx", {"durations": "loose"})
    assert rules.clip_seconds(loose, model, size, fps) == [2, 3, 4, 5, *lengths]


async def test_an_unsupported_combination_names_field_and_value(mock: Mock) -> None:
    body = TEXT | {"model": "ltx-2-3-pro", "duration": 12}
    message = await refused(mock, "/ltx/v2/text-to-video", body)
    assert message == ("duration 12 is not supported by ltx-2-3-pro at 1280x720 and 24 fps")


async def test_shorter_lengths_are_taken_when_loose(make_mock: MakeMock) -> None:
    """Decision A9."""
    body = TEXT | {"duration": 3}
    async with make_mock(providers=("ltx",)) as mock:
        await refused(mock, "/ltx/v2/text-to-video", body)
    async with make_mock(providers=("ltx",), chosen={"ltx": {"durations": "loose"}}) as mock:
        assert (await job_of(mock, "text-to-video", **body)).wish.frames == 72


async def test_a_model_of_2_5_chooses_a_length_that_it_makes(mock: Mock) -> None:
    for model in ("ltx-2-5-fast", "ltx-2-5-pro"):
        body = TEXT | {"model": model, "duration": None, "prompt": "word " * 200}
        job = await job_of(mock, "text-to-video", **body)
        lengths = rules.clip_seconds(CONTRACT, model, (1280, 720), 24)
        assert Fraction(job.wish.frames) / job.wish.rate in lengths
    await refused(mock, "/ltx/v2/text-to-video", TEXT | {"duration": None})


async def test_an_automatic_length_excludes_a_last_frame(mock: Mock) -> None:
    """Dossier 2.3."""
    body = PICTURE | {"model": "ltx-2-5-pro", "last_frame_uri": source("320x180.png")}
    await submit(mock, "image-to-video", **body)
    message = await refused(mock, "/ltx/v2/image-to-video", body | {"duration": None})
    assert message.startswith("duration null is not supported")


async def test_rate_and_sound_have_the_contracts_defaults(mock: Mock) -> None:
    wish = (await job_of(mock, "text-to-video", **TEXT)).wish
    assert (wish.rate, wish.frames, wish.sound) == (Fraction(24), 144, "generate")
    wish = (await job_of(mock, "text-to-video", **TEXT, fps=50, generate_audio=False)).wish
    assert (wish.rate, wish.frames, wish.sound) == (Fraction(50), 300, "none")


async def test_pictures_are_the_first_and_the_last_frame(mock: Mock) -> None:
    job = await job_of(
        mock, "image-to-video", **PICTURE, last_frame_uri=source("320x180-seed_b.png")
    )
    assert set(job.inputs) == {"first", "last"}


@pytest.mark.parametrize("name", ["320x180.png", "320x180.jpg", "320x180.webp"])
async def test_listed_pictures_are_taken(mock: Mock, name: str) -> None:
    await submit(mock, "image-to-video", **PICTURE | {"image_uri": source(name)})


@pytest.mark.parametrize("name", ["320x180.mp4", "3s.mp3"])
async def test_what_is_no_picture_is_refused(mock: Mock, name: str) -> None:
    body = PICTURE | {"image_uri": source(name)}
    message = await refused(mock, "/ltx/v2/image-to-video", body)
    assert message == "image_uri is no PNG, JPEG or WEBP image"


@pytest.mark.parametrize(
    "name", ["3s.mp3", "3s.m4a", "3s-opus.ogg", "3s-vorbis.ogg", "3s-flac-ogg"]
)
async def test_listed_sound_is_taken(mock: Mock, name: str) -> None:
    await submit(mock, "audio-to-video", audio_uri=source(name), prompt="A host.")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("3s.wav", "audio_uri has the unsupported audio codec pcm_s16le"),
        ("3s.flac", "audio_uri has the unsupported format flac"),
        ("320x180.mp4", "audio_uri has the unsupported format mp4 (video)"),
        ("1s.m4a", "audio_uri lasts 1 seconds, 2 to 20 are supported"),
        ("21s.m4a", "audio_uri lasts 21 seconds, 2 to 20 are supported"),
    ],
)
async def test_other_sound_is_refused(mock: Mock, name: str, message: str) -> None:
    """Dossier section 3: PCM in WAV is refused, and 2.4: from 2 to 20 seconds."""
    body = {"audio_uri": source(name), "prompt": "A host."}
    assert await refused(mock, "/ltx/v2/audio-to-video", body) == message


@pytest.mark.parametrize(
    ("model", "resolution", "most"),
    [
        ("ltx-2-3-pro", "1920x1080", 20),
        ("ltx-2-5-fast", "720x1280", 20),
        ("ltx-2-3-pro", "2560x1440", 10),
        ("ltx-2-5-fast", "3840x2160", 10),
        ("ltx-2-5-pro", "1280x720", 10),
    ],
)
def test_how_long_a_sound_track_may_be(model: str, resolution: str, most: int) -> None:
    """Dossier 2.4."""
    assert rules.most_audio_seconds(CONTRACT, model, rules.size_of(resolution)) == most


async def test_a_sound_track_too_long_for_its_size_is_refused(mock: Mock) -> None:
    body = {"audio_uri": source("12s.m4a"), "prompt": "A host.", "resolution": "3840x2160"}
    assert "2 to 10 are supported" in await refused(mock, "/ltx/v2/audio-to-video", body)


@pytest.mark.parametrize(
    ("picture", "size"),
    [("", (1920, 1080)), ("320x180.png", (1920, 1080)), ("180x320.png", (1080, 1920))],
)
async def test_audio_alone_takes_the_size_from_its_picture(
    mock: Mock, picture: str, size: tuple[int, int]
) -> None:
    body = {"audio_uri": source("3s.m4a"), "prompt": "A host."}
    if picture:
        body["image_uri"] = source(picture)
    wish = (await job_of(mock, "audio-to-video", **body)).wish
    assert (wish.width, wish.height, wish.sound, wish.frames) == (*size, "keep", 72)


@pytest.mark.parametrize(
    ("start", "duration", "cut"),
    [(1, 2, (24, 72)), (0, 600, (0, 96)), (3, 2, (72, 96)), (2.5, 2, (60, 96))],
)
async def test_a_section_is_cut_to_the_video(
    mock: Mock, start: float, duration: float, cut: tuple[int, int]
) -> None:
    """Dossier 2.5: both are clamped to the source's length."""
    body = RETAKE | {"start_time": start, "duration": duration}
    wish = (await job_of(mock, "retake", **body)).wish
    assert (wish.cut, wish.frames) == (cut, cut[1] - cut[0])


@pytest.mark.parametrize("start", [4, 5, 1e308])
async def test_a_section_behind_the_end_is_refused(mock: Mock, start: float) -> None:
    message = await refused(mock, "/ltx/v2/retake", RETAKE | {"start_time": start})
    assert message == f"start_time {start:g} is beyond the end of the video at 4 seconds"


@pytest.mark.parametrize(
    ("mode", "sound", "picture"),
    [
        ("replace_audio", "follow", "keep"),
        ("replace_video", "keep", "replace"),
        ("replace_audio_and_video", "follow", "replace"),
    ],
)
async def test_each_mode_of_a_retake(mock: Mock, mode: str, sound: str, picture: str) -> None:
    wish = (await job_of(mock, "retake", **RETAKE, mode=mode)).wish
    assert (wish.sound, wish.picture) == (sound, picture)


async def test_a_retake_is_upright_like_its_source_or_as_asked(mock: Mock) -> None:
    body = RETAKE | {"video_uri": source("180x320-24fps-3.1s.mp4")}
    wish = (await job_of(mock, "retake", **body)).wish
    assert (wish.width, wish.height) == (1080, 1920)
    wish = (await job_of(mock, "retake", **body, resolution="1920x1080")).wish
    assert (wish.width, wish.height) == (1920, 1080)


async def test_a_retake_has_no_rule_on_ratios(mock: Mock) -> None:
    """Dossier 2.5: no aspect rule is stated."""
    await submit(mock, "retake", **RETAKE | {"video_uri": source("320x240.mp4")})
    body = RETAKE | {"video_uri": source("320x180-24fps-3s.mp4")}
    assert "72 frames" in await refused(mock, "/ltx/v2/retake", body)


@pytest.mark.parametrize(
    ("endpoint", "body", "cost"),
    [
        ("text-to-video", TEXT, 6 * 0.03),
        ("text-to-video", TEXT | {"resolution": "2160x3840", "model": "ltx-2-5-pro"}, 6 * 0.39),
        ("image-to-video", PICTURE | {"model": "ltx-2-3-pro"}, 6 * 0.04),
        ("audio-to-video", {"audio_uri": source("3s.m4a"), "prompt": "x"}, 3 * 0.10),
        ("retake", RETAKE, 4 * 0.10),
        ("extend", {"video_uri": SOURCE, "duration": 2, "context": 1}, 3 * 0.10),
    ],
)
async def test_what_a_request_would_have_cost(
    mock: Mock, endpoint: str, body: dict[str, Any], cost: float
) -> None:
    """Dossier 2.10: each family is billed on seconds of its own kind."""
    job = await job_of(mock, endpoint, **body)
    assert job.cost == pytest.approx(cost, rel=0.02)
    assert (await mock.job(job.id))["unit"] == "usd"


async def test_removed_models_make_and_cost_what_their_successors_do(
    make_mock: MakeMock,
) -> None:
    """Decision A10; the ids were served by LTX-2.3 since 2026-07-15."""
    async with make_mock(providers=("ltx",), chosen={"ltx": {"models": "legacy"}}) as mock:
        older = await job_of(mock, "text-to-video", **TEXT | {"model": "ltx-2-fast"})
        assert older.cost == pytest.approx(6 * 0.03)
        await submit(mock, "text-to-video", **TEXT | {"model": "ltx-2-fast", "duration": 20})
        body = TEXT | {"model": "ltx-2-pro", "duration": 20}
        assert "ltx-2-pro" in await refused(mock, "/ltx/v2/text-to-video", body)
