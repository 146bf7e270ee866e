"""xAI end to end in virtual time: create, poll, download, expire, and what switches change."""

from __future__ import annotations

import base64
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from mockserver.jobs.job import Failure
from mockserver.media.verify import Report, verify
from tests.conftest import MakeMock, Mock, only
from tests.media.media_steps import apart, frames
from tests.providers.xai_steps import (
    BOAT,
    DAY,
    LONG,
    SOURCE,
    TINY,
    born,
    bytes_of,
    cut_off,
    done,
    downloaded,
    ended,
    extension,
    failure,
    measured,
    newest,
    poll,
    said,
    source,
    submit,
)

WEEK = 7 * DAY


mock = only("xai")


async def test_an_extension_goes_through_every_state_to_a_file_that_expires(
    mock: Mock, tmp_path: Path
) -> None:
    id = await submit(mock, "extensions", extension(SOURCE))
    assert str(UUID(id)) == id
    views = [await poll(mock, id)]
    while views[-1].status_code == 202:
        await mock.advance(2)
        views.append(await poll(mock, id))
    assert [one.json()["status"] for one in views] == ["pending"] * (len(views) - 1) + ["done"]
    assert all(set(one.json()) == {"status", "progress"} for one in views[:-1])
    progress = [one.json()["progress"] for one in views]
    assert progress == sorted(progress)
    assert progress[0] == 0
    assert progress[-2] <= 99
    assert progress[-1] == 100

    view = views[-1].json()
    assert set(view) == {"status", "progress", "model", "video", "usage"}
    assert view["model"] == "grok-imagine-video"
    assert set(view["video"]) == {"url", "duration", "respect_moderation"}
    assert view["video"]["duration"] == 5
    assert view["video"]["respect_moderation"] is True
    url = view["video"]["url"]
    assert url.endswith(f"/xai-vidgen-bucket/xai-video-{id}.mp4")
    report = verify(await downloaded(mock, url, tmp_path), job=id)
    assert isinstance(report, Report), report
    assert report.ok, report.findings
    clip, (part,), (seam,) = report.clip, report.parts, report.seams
    assert (clip.container, clip.codec, clip.audio) == ("mp4", "h264", "aac")
    assert (clip.width, clip.height, clip.rate, clip.frames) == (320, 180, Fraction(24), 5 * 24)
    assert (part.first, part.last, part.found) == (3 * 24, 5 * 24 - 1, 2 * 24)
    assert (seam.frame, seam.side, seam.smooth) == (3 * 24, "into", True)

    await mock.advance(DAY - 3)
    assert (await mock.get(url, key="")).status_code == 200
    await mock.advance(3)
    cut_off(await mock.get(url, key=""), 403, "AccessDenied")
    assert (await poll(mock, id)).json() == view
    await mock.advance(WEEK)
    expired = await poll(mock, id)
    assert (expired.status_code, expired.json()) == (200, {"status": "expired"})


@pytest.mark.parametrize("seed", range(8))
async def test_progress_never_falls_and_is_100_only_at_the_end(
    make_mock: MakeMock, seed: int
) -> None:
    async with make_mock(providers=("xai",), seed=seed) as mock:
        job = await newest(mock, "extensions", extension())
        *running, end = job.timeline.steps[:-1]
        shown = [step.progress or 0 for step in running]
        assert shown == sorted(shown)
        assert max(shown) <= 99
        assert (end.state, end.progress) == ("done", 100)
        assert job.timeline.steps[-1].state == "expired"


@pytest.mark.parametrize(
    ("pending", "status", "body"),
    [
        ("json", 202, b'{"status":"pending","progress":0}'),
        ("empty", 202, b""),
        ("ok", 200, b'{"status":"pending","progress":0}'),
    ],
)
async def test_a_pending_job_is_shown_as_the_setting_says(
    make_mock: MakeMock, pending: str, status: int, body: bytes
) -> None:
    async with make_mock(chosen={"xai": {"pending": pending}}) as mock:
        id = await submit(mock, "extensions", extension())
        answer = await poll(mock, id)
        assert (answer.status_code, answer.content) == (status, body)
        assert ("content-type" in answer.headers) is bool(body)
        await mock.advance(LONG)
        assert (await poll(mock, id)).json()["status"] == "done"


async def test_an_expired_job_is_unknown_where_the_setting_says_so(make_mock: MakeMock) -> None:
    chosen = {"expired": "not-found", "record-life": "60"}
    async with make_mock(chosen={"xai": chosen}) as mock:
        id = await submit(mock, "extensions", extension())
        await mock.advance(born(mock, id).timeline.end.at + 59)
        assert (await poll(mock, id)).json()["status"] == "done"
        await mock.advance(1)
        assert id in said(await poll(mock, id), 404, "not-found")


async def test_the_life_of_a_link_is_a_setting(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"xai": {"url-life": "60"}}) as mock:
        job = await newest(mock, "extensions", extension())
        await mock.advance(job.timeline.end.at)
        url = (await poll(mock, job.id)).json()["video"]["url"]
        await mock.advance(59)
        assert (await mock.get(url, key="")).status_code == 200
        await mock.advance(1)
        cut_off(await mock.get(url, key=""), 403, "AccessDenied")


async def test_a_failed_job_says_why_and_nothing_else(mock: Mock) -> None:
    error = await failure(mock, "extensions", extension(source("64x64-8fps-1s-noaudio.mp4")))
    assert error == {
        "code": "invalid_argument",
        "message": "The input video is 1s long and must be at least 2s.",
    }


async def test_a_failed_job_of_the_older_shape_has_a_stub_of_a_video(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"xai": {"failed": "legacy"}}) as mock:
        view = await ended(mock, "extensions", extension(source("64x64-8fps-1s-noaudio.mp4")))
        assert set(view) == {"status", "error", "video", "model", "progress"}
        assert view["video"] == {"duration": 0, "respect_moderation": True}
        assert (view["status"], view["model"], view["progress"]) == ("failed", "", 0)


async def test_a_failed_job_costs_nothing_and_has_no_file(mock: Mock) -> None:
    body = extension(source("64x64-8fps-1s-noaudio.mp4"), storage_options={"filename": "a.mp4"})
    job = await newest(mock, "extensions", body)
    await mock.advance(LONG)
    assert job.cost == 0
    path = f"/xai/xai-vidgen-bucket/xai-video-{job.id}.mp4"
    cut_off(await mock.get(path, key=""), 404, "NoSuchKey")
    assert (await mock.get("/xai/v1/files")).json()["data"] == []


async def test_a_job_is_known_to_its_own_key_alone(mock: Mock) -> None:
    id = await submit(mock, "extensions", extension())
    foreign = said(await poll(mock, id, key="xai-other"), 404, "not-found")
    unknown = "00000000-0000-0000-0000-000000000000"
    assert foreign.replace(id, unknown) == said(await poll(mock, unknown), 404, "not-found")
    assert (await poll(mock, id)).status_code == 202


async def test_a_result_is_there_for_everybody_and_only_from_the_end_on(mock: Mock) -> None:
    job = await newest(mock, "extensions", extension())
    path = f"/xai/xai-vidgen-bucket/xai-video-{job.id}.mp4"
    cut_off(await mock.get(path, key=""), 404, "NoSuchKey")
    cut_off(await mock.get(path.replace(job.id, "none"), key=""), 404, "NoSuchKey")
    await mock.advance(LONG)
    part = await mock.get(path, key="", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert "x-request-id" not in part.headers
    cut_off(await mock.get(path, key="", headers={"Range": "bytes=99999999-"}), 416, "InvalidRange")


async def test_a_key_sent_to_the_host_of_results_is_noted(mock: Mock) -> None:
    video = await done(mock, "extensions", extension())
    assert (await mock.get(video["url"])).status_code == 200
    assert "credentials" in mock.last()["notes"][0]


async def test_every_call_of_the_api_has_an_id_of_its_own(mock: Mock) -> None:
    answers = [
        await mock.post("/xai/v1/videos/extensions", json=extension()),
        await mock.post("/xai/v1/videos/extensions", json={}),
        await poll(mock, "none"),
        await mock.get("/xai/v1/nothing"),
        await mock.get("/xai/v1/files", key=""),
    ]
    ids = [one.headers["x-request-id"] for one in answers]
    assert all(str(UUID(id)) == id for id in ids)
    assert len(set(ids)) == len(ids)


async def test_a_silent_source_gives_a_silent_extension(mock: Mock, tmp_path: Path) -> None:
    video = await done(mock, "extensions", extension(TINY))
    assert measured(await downloaded(mock, video["url"], tmp_path)).audio == ""


async def test_an_edit_is_as_long_and_as_large_as_its_source(mock: Mock, tmp_path: Path) -> None:
    body = {"prompt": "Make it night", "video": {"url": source("180x320-12fps-2s.mp4")}}
    video = await done(mock, "edits", body)
    report = verify(await downloaded(mock, video["url"], tmp_path))
    assert isinstance(report, Report), report
    assert report.ok, report.findings
    assert [part.found for part in report.parts] == [24], "every frame is new"
    clip = report.clip
    assert (clip.width, clip.height, clip.rate, clip.frames) == (180, 320, Fraction(12), 24)
    assert video["duration"] == 2


async def test_a_generation_is_made_from_text(mock: Mock, tmp_path: Path) -> None:
    body = {"prompt": "A paper boat", "duration": 1, "aspect_ratio": "1:1"}
    video = await done(mock, "generations", body)
    clip = measured(await downloaded(mock, video["url"], tmp_path))
    assert (clip.width, clip.height, clip.frames, clip.audio) == (480, 480, 24, "aac")


async def test_a_generation_without_sound_has_no_sound(mock: Mock, tmp_path: Path) -> None:
    body = {
        "image": {"url": source("90x160.png")},
        "last_frame": {"url": source("90x160-jpeg.jpg")},
        "duration": 1,
        "generate_audio": False,
    }
    video = await done(mock, "generations", body)
    clip = measured(await downloaded(mock, video["url"], tmp_path))
    assert (clip.width, clip.height, clip.audio) == (480, 854, "")


async def test_keyframes_are_seen_at_their_times(mock: Mock, tmp_path: Path) -> None:
    pictures = [{"url": source(f"64x64-seed_{seed}.png")} for seed in "ab"]
    common = {"model": "grok-imagine-video-1.5", "duration": 1, "generate_audio": False}
    keyframes = [
        {"image": picture, "timestamp_s": at}
        for picture, at in zip(pictures, (0.7, 0.3), strict=True)
    ]
    body = {**BOAT, **common, "aspect_ratio": "1:1", "keyframes": keyframes}
    video = await done(mock, "generations", body)
    shown = frames(await downloaded(mock, video["url"], tmp_path))
    for picture, place in zip(pictures, (16, 8), strict=True):
        alike = await done(mock, "generations", {**common, "image": picture})
        first = frames(await downloaded(mock, alike["url"], tmp_path))[0]
        assert apart(shown[place], first) < 1


async def test_the_calls_of_the_providers_own_page_follow_each_other(mock: Mock) -> None:
    model, key = "grok-imagine-video", {"Idempotency-Key": "aisdk_vid_1"}
    body = {"model": model, "prompt": "A sill", "duration": 5, "aspect_ratio": "16:9"}
    first = await done(mock, "generations", body)
    body = extension(first["url"], model=model, duration=10)
    id = await submit(mock, "extensions", body, headers=key)
    await mock.advance(LONG)
    assert (await poll(mock, id)).json()["video"]["duration"] == 15


async def test_a_result_can_be_extended_again(mock: Mock, tmp_path: Path) -> None:
    first = await done(mock, "extensions", extension(TINY))
    second = await done(mock, "extensions", extension(first["url"], duration=3))
    assert (first["duration"], second["duration"]) == (5, 8)
    assert measured(await downloaded(mock, second["url"], tmp_path)).frames == 8 * 8


async def test_a_result_longer_than_a_source_may_be_cannot_be_extended_again(mock: Mock) -> None:
    first = await done(
        mock, "extensions", extension(source("64x64-8fps-8s-noaudio.mp4"), duration=8)
    )
    error = await failure(mock, "extensions", extension(first["url"]))
    assert error["message"] == "The input video is 16s long and must be at most 15s."


async def test_a_source_in_the_request_is_as_good_as_one_by_url(mock: Mock) -> None:
    encoded = base64.b64encode(await bytes_of(mock, TINY)).decode()
    video = await done(mock, "extensions", extension(f"data:video/mp4;base64,{encoded}"))
    assert video["duration"] == 5


async def test_the_host_name_of_the_provider_leads_to_the_same_place(mock: Mock) -> None:
    headers = {"Host": "api.x.ai"}
    id = await submit(mock, "extensions", extension(), headers=headers)
    answer = await mock.get(f"http://mock.test/v1/videos/{id}", headers=headers)
    assert answer.json()["status"] == "pending"


@pytest.mark.parametrize("header", ["idempotency-key", "x-idempotency-key"])
async def test_an_idempotency_key_is_only_noted(mock: Mock, header: str) -> None:
    headers = {header: "aisdk_vid_1"}
    first = await submit(mock, "extensions", extension(), headers=headers)
    second = await submit(mock, "extensions", extension(), headers=headers)
    assert first != second
    assert born(mock, second).facts["idempotency_key"] == "aisdk_vid_1"


async def test_an_idempotency_key_makes_one_job_where_the_setting_says_so(
    make_mock: MakeMock,
) -> None:
    async with make_mock(chosen={"xai": {"idempotency": "dedupe"}}) as mock:
        headers = {"Idempotency-Key": "aisdk_vid_1"}
        first = await submit(mock, "extensions", extension(), headers=headers)
        assert await submit(mock, "extensions", extension(), headers=headers) == first
        assert await submit(mock, "extensions", extension()) != first
        foreign = await submit(mock, "extensions", extension(), headers=headers, key="xai-other")
        assert foreign != first


@pytest.mark.parametrize(
    ("setting", "status", "url"),
    [("error", 400, None), ("done-empty-url", 200, ""), ("done-no-url", 200, None)],
)
async def test_a_moderated_job_is_billed_and_not_handed_out(
    make_mock: MakeMock, setting: str, status: int, url: str | None
) -> None:
    async with make_mock(chosen={"xai": {"moderated": setting}}) as mock:
        job = await newest(mock, "extensions", extension())
        blocked = job._replace(id="blocked", token="blocked", failure=Failure("moderated", ""))
        mock.app.world.jobs.add(blocked, job.created)
        assert (await poll(mock, "blocked")).status_code == 202
        await mock.advance(LONG)
        answer = await poll(mock, "blocked")
        view = answer.json()
        assert answer.status_code == status
        assert view.pop("usage") == {"cost_in_usd_ticks": 1_300_000_000}
        if setting == "error":
            assert view["code"] == "imagine:content-moderated"
        else:
            assert (view["status"], view["progress"]) == ("done", 100)
            assert view["video"]["respect_moderation"] is False
            assert view["video"].get("url") == url


async def test_the_models_are_listed_and_read_by_any_of_their_names(mock: Mock) -> None:
    path = "/xai/v1/video-generation-models"
    models = (await mock.get(path)).json()["models"]
    assert [one["id"] for one in models] == [
        "grok-imagine-video",
        "grok-imagine-video-1.5",
        "grok-imagine-video-1.5-lite",
    ]
    for model in models:
        for name in (model["id"], *model["aliases"]):
            assert (await mock.get(f"{path}/{name}")).json() == model
    message = said(await mock.get(f"{path}/grok-2"), 404, "not-found")
    assert "grok-2" in message
