"""What Hooked makes of a request: segments, frames, sound, time, credits. Decisions A8 to A18."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.media import recipe
from mockserver.media.model import Clip
from mockserver.media.verify import Report, verify
from mockserver.providers import hooked, hooked_rules, hooked_views
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.hooked_steps import (
    LIST,
    LONG,
    TINY,
    ask,
    asked,
    born,
    done,
    downloaded,
    failed_job,
    made,
    measured,
    poll,
    post,
    registered,
    submit,
)

CONTRACT = document.load("hooked")
SECONDS = range(4, 61, 4)
FLAT = {"providers": ("hooked",), "chosen": {"hooked": {"envelope": "flat"}}}


mock = only("hooked")


def chosen(**settings: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in settings.items()}
    return {"providers": ("hooked",), "chosen": {"hooked": named}}


def clip(name: str = "1280x720-24fps-5s") -> Clip:
    return recipe.clip_of(recipe.parse(name))


def body(**more: Json) -> dict[str, Json]:
    """A body with every default filled in."""
    return {"prompt": "x", "targetDuration": 8, "generateAudio": True, **more}


@pytest.mark.parametrize("seconds", SECONDS)
def test_segments_of_eight_seconds_with_four_at_the_end(seconds: int) -> None:
    """Decision A8: 32 = 4 x 8 is documented, the trailing 4 is not."""
    found = hooked_rules.segments(CONTRACT, seconds)
    assert sum(found) == seconds
    assert set(found[:-1]) <= {8}
    assert found[-1] == (8 if seconds % 8 == 0 else 4)


def test_thirty_two_seconds_are_four_segments() -> None:
    assert hooked_rules.segments(CONTRACT, 32) == [8, 8, 8, 8]
    assert hooked_rules.segments(CONTRACT, 60) == [8] * 7 + [4]


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("rate", ["24fps", "25fps", "30000_1001fps", "12.5fps"])
def test_what_is_made_is_the_source_and_as_many_frames_as_asked(seconds: int, rate: str) -> None:
    source = clip(f"1280x720-{rate}-5s")
    accepted = hooked_rules.extension(CONTRACT, body(targetDuration=seconds), source)
    wish = accepted.wish
    assert wish.cut == (source.frames, source.frames), "nothing of the source is cut"
    assert abs(wish.frames - seconds * source.rate) <= Fraction(1, 2)
    assert (wish.width, wish.height, wish.rate) == (1280, 720, source.rate)
    assert accepted.facts["total_frames"] == source.frames + wish.frames
    assert accepted.cost == seconds / 4


def test_a_source_of_unknown_rate_is_continued_at_25() -> None:
    """Read off the one example of the details: 7500 frames in 300 seconds."""
    source = replace(clip(), rate=Fraction(0))
    assert hooked_rules.misfit(CONTRACT, source) is None
    wish = hooked_rules.extension(CONTRACT, body(), source).wish
    assert (wish.rate, wish.frames) == (Fraction(25), 200)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"width": 16, "height": 720}, "side is 16"),
        ({"width": 16384}, "side is 16384"),
        ({"rate": Fraction(1, 2)}, "rate is 0.5"),
        ({"rate": Fraction(1000)}, "rate is 1000"),
        ({"kind": "audio", "container": "mp3"}, "the file is audio (mp3)"),
    ],
)
def test_what_no_renderer_takes_is_no_video(change: dict[str, Any], said: str) -> None:
    problem = hooked_rules.misfit(CONTRACT, replace(clip(), **change))
    assert problem is not None
    assert problem.name == "not-a-video"
    assert said in problem.say


@pytest.mark.parametrize(
    ("source", "generated", "kept", "sound"),
    [
        ("320x180-24fps-3s", True, "kept", "follow"),
        ("320x180-24fps-3s", False, "kept", "keep"),
        ("320x180-24fps-3s", False, "dropped", "none"),
        ("320x180-24fps-3s", True, "dropped", "follow"),
        ("320x180-24fps-3s-noaudio", True, "kept", "generate"),
        ("320x180-24fps-3s-noaudio", False, "kept", "keep"),
    ],
)
def test_what_is_heard(source: str, generated: bool, kept: str, sound: str) -> None:
    """Dossier 2: generateAudio is about the new part; the source keeps its own."""
    contract = document.load("hooked", {"source-audio": kept})
    wish = hooked_rules.extension(contract, body(generateAudio=generated), clip(source)).wish
    assert wish.sound == sound


@pytest.mark.parametrize(
    ("media", "generated", "audio"),
    [
        ("64x64-8fps-3s.mp4", True, "aac"),
        ("64x64-8fps-3s.mp4", False, "aac"),
        ("64x64-8fps-3s-noaudio.mp4", True, "aac"),
        ("64x64-8fps-3s-noaudio.mp4", False, ""),
    ],
)
async def test_the_file_has_the_sound_it_should(
    mock: Mock, tmp_path: Path, media: str, generated: bool, audio: str
) -> None:
    id = await registered(mock, media)
    file = await made(mock, tmp_path, asked(media=id, generateAudio=generated))
    assert (file.audio, file.frames) == (audio, 24 + 32)


async def test_four_seconds_with_sound_are_the_default(mock: Mock, tmp_path: Path) -> None:
    """Decision A9."""
    id = await registered(mock, f"{TINY}.mp4")
    video = await done(mock, asked(media=id))
    assert (video["durationInSeconds"], video["usedCredits"]) == (7, 1)
    file = measured(await downloaded(mock, video["url"], tmp_path))
    assert (file.frames, file.audio) == (56, "aac")


@pytest.mark.parametrize("name", ["64x64-8fps-3s.mp4", "96x64-10fps-3s.mp4", "64x96-30fps-2s.mp4"])
async def test_size_and_rate_are_the_source_s(mock: Mock, tmp_path: Path, name: str) -> None:
    source = clip(name)
    id = await registered(mock, name)
    video = await done(mock, asked(media=id))
    path = await downloaded(mock, video["url"], tmp_path)
    file = measured(path)
    assert (file.width, file.height, file.rate) == (source.width, source.height, source.rate)
    report = verify(path, job=video["id"])
    assert isinstance(report, Report)
    assert report.findings == ()
    assert report.frames == source.frames + 4 * source.rate


async def test_blanks_are_a_prompt_and_8_0_is_a_length(mock: Mock) -> None:
    """Decision A18; targetDuration is a number, dossier 1.2."""
    id = await submit(mock, asked(prompt=" ", targetDuration=8.0))
    assert born(mock, id).facts["segments"] == [8]


@pytest.mark.parametrize(
    ("seconds", "least", "most"), [(8, 2, 3), (16, 4, 6), (32, 8, 12), (60, 15, 20)]
)
async def test_a_video_takes_as_many_minutes_as_the_page_says(
    mock: Mock, seconds: int, least: float, most: float
) -> None:
    for _ in range(12):
        job = born(mock, await submit(mock, asked(targetDuration=seconds)))
        assert least * 60 <= job.timeline.end.at <= most * 60


async def test_sound_adds_time(mock: Mock) -> None:
    lengths = []
    for generated in (True, False):
        ids = [await submit(mock, asked(generateAudio=generated)) for _ in range(20)]
        lengths.append(sum(born(mock, id).timeline.end.at for id in ids))
    assert lengths[0] > lengths[1]


async def test_progress_is_whole_never_falls_and_ends_at_100(mock: Mock) -> None:
    """Decision A11; the states are those of A10."""
    for _ in range(5):
        job = born(mock, await submit(mock, asked(targetDuration=16)))
        steps = job.timeline.steps
        shown = [one.progress for one in steps]
        assert all(isinstance(one, int) for one in shown)
        assert shown == sorted(shown, key=lambda one: one or 0)
        assert shown[0] == 0
        assert shown[-1] == 100
        assert 100 not in shown[:-1]
        assert steps[0].state == "STARTED"
        assert {one.state for one in steps} == {"STARTED", "PROCESSING", "COMPLETED"}


@pytest.mark.parametrize(("shown", "before"), [("null", None), ("zero", 0), ("charged", 3)])
async def test_used_credits_before_the_end_are_as_chosen(
    make_mock: MakeMock, shown: str, before: int | None
) -> None:
    """Decision A16."""
    async with make_mock(**chosen(used_credits=shown)) as mock:
        media = await registered(mock, f"{TINY}.mp4")
        id = await submit(mock, asked(media=media, targetDuration=12))
        assert (await poll(mock, id))["usedCredits"] == before
        await mock.advance(LONG)
        assert (await poll(mock, id))["usedCredits"] == 3


@pytest.mark.parametrize(("price", "cost"), [("1", 4), ("0", 0), ("2.5", 10), ("0.1", 0.4)])
async def test_the_price_is_a_setting(make_mock: MakeMock, price: str, cost: float) -> None:
    async with make_mock(**chosen(credits_per_4s=price)) as mock:
        id = await submit(mock, asked(targetDuration=16))
        assert born(mock, id).cost == pytest.approx(cost)
        view = (await mock.get("/_mock/credits?provider=hooked&key=test-key")).json()
        assert (view["unit"], view["spent"]) == ("credits", pytest.approx(cost))


async def test_a_result_can_be_extended_again_where_that_is_allowed(
    make_mock: MakeMock, tmp_path: Path
) -> None:
    """Decision A14: by its video id, once it is finished, by its own key."""
    async with make_mock(**chosen(chaining="allowed")) as mock:
        first = await submit(mock, asked(media=await registered(mock, f"{TINY}.mp4")))
        assert (await post(mock, asked(media=first))).status_code == 404, "not finished yet"
        await mock.advance(LONG)
        assert (await post(mock, asked(media=first), key="another")).status_code == 404
        again = await made(mock, tmp_path, asked(media=first))
        assert again.frames == 24 + 32 + 32


def test_a_failed_video_leaves_nothing_to_extend() -> None:
    here = blind(document.load("hooked", {"chaining": "allowed"}))
    assert hooked.files_of(failed_job(), here) == ()
    assert hooked.files_of(failed_job()._replace(failure=None), here) != ()


def test_a_failure_is_shown_with_its_reason_and_without_a_url() -> None:
    """Dossier 1.8: HTTP 200, FAILED; the last progress stays, nothing is charged."""
    here = blind(CONTRACT)
    job = failed_job()
    view = hooked_views.details(job, job.timeline.end, here)["data"]
    assert (view["status"], view["message"]) == ("FAILED", "Video generation failed")
    assert (view["url"], view["thumbnail"], view["usedCredits"]) == (None, None, 0)
    assert view["durationInFrames"] is view["durationInSeconds"] is None
    assert view["progress"] == max(one.progress or 0 for one in job.timeline.steps)
    assert 0 < view["progress"] < 100


async def test_the_flat_shapes_of_the_skill(make_mock: MakeMock) -> None:
    """Decision A19: neither success nor data, states in lower case."""
    async with make_mock(**FLAT) as mock:
        media = await registered(mock, f"{TINY}.mp4")
        created = (await post(mock, asked(media=media))).json()
        assert set(created) == {"videoId", "status", "estimatedSeconds"}
        assert created["status"] == "processing"
        path = f"/v1/video/{created['videoId']}"
        running = (await ask(mock, "GET", path)).json()
        assert running == {"videoId": created["videoId"], "status": "processing", "progress": 0}
        await mock.advance(LONG)
        ended = (await ask(mock, "GET", path)).json()
        assert (ended["status"], ended["progress"], ended["duration"]) == ("completed", 100, 7)
        assert (await mock.get(ended["downloadUrl"], key="")).status_code == 200
        assert (await ask(mock, "GET", LIST)).json() == {"videos": [ended]}
        refused = await ask(mock, "GET", "/v1/video/x", key="")
        assert refused.json() == {
            "error": {"code": "MISSING_API_KEY", "message": "API key is required"}
        }
