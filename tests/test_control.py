"""The control API tells what is, and moves what may be moved."""

from __future__ import annotations

import pytest

from mockserver import providers
from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock

CREATE: Json = {"prompt": "on", "video": {"url": "https://example.com/a.mp4"}, "duration": 3}
SOURCE = "/_mock/sources/64x64-8fps-1s.mp4"


async def create(mock: Mock) -> str:
    answer = await mock.post("/xai/v1/videos/extensions", json=CREATE)
    return str(answer.json()["request_id"])


async def test_health_says_what_runs(mock: Mock) -> None:
    await create(mock)
    health = (await mock.get("/_mock/health")).json()
    assert health["status"] == "ok"
    assert (health["seed"], health["jobs"], health["entries"]) == (7, 1, 1)
    assert health["providers"] == sorted(providers.NAMES)
    assert health["clock"] == {
        "kind": "virtual",
        "now": 1767225600.0,
        "at": "2026-01-01T00:00:00.000Z",
        "speed": 0.0,
    }


async def test_providers_are_shown_with_base_urls_and_settings(mock: Mock) -> None:
    shown = (await mock.get("/_mock/providers")).json()["providers"]
    bases = {one["name"]: one["base_url"] for one in shown}
    assert bases == {name: f"http://mock.test/{name}" for name in providers.NAMES}
    xai = next(one for one in shown if one["name"] == "xai")
    pending = next(one for one in xai["settings"] if one["name"] == "pending")
    assert (pending["default"], pending["value"]) == ("json", "json")
    assert pending["evidence"]["kind"] in ("documented", "observed", "inferred")


async def test_a_job_is_shown_with_its_past_and_its_future(mock: Mock) -> None:
    id = await create(mock)
    await mock.advance(1)
    job = await mock.job(id)
    assert (job["provider"], job["kind"], job["state"], job["ended"]) == (
        "xai",
        "extension",
        "pending",
        False,
    )
    assert [step["past"] for step in job["timeline"]][:1] == [True]
    assert job["timeline"][-2]["state"] == "done"
    assert not job["timeline"][-2]["past"]
    assert job["cost"] > 0
    assert job["unit"] == "usd"
    assert job["result_url"].startswith("http://mock.test/xai/")
    assert (await mock.get("/_mock/jobs/nope")).status_code == 404


async def test_jobs_are_listed_newest_first(mock: Mock) -> None:
    ids = [await create(mock) for _ in range(3)]
    listed = (await mock.get("/_mock/jobs", params={"limit": 2})).json()
    assert listed["total"] == 3
    assert [job["id"] for job in listed["jobs"]] == [ids[2], ids[1]]
    assert (await mock.get("/_mock/jobs", params={"provider": "ltx"})).json()["jobs"] == []
    assert (await mock.get("/_mock/jobs", params={"limit": 0})).status_code == 400


async def test_the_journal_says_what_came_and_why_it_was_refused(mock: Mock) -> None:
    await create(mock)
    wrong = {**CREATE, "duration": 99}
    answer = await mock.post("/xai/v1/videos/extensions", json=wrong, key="very-secret-key")
    entries = (await mock.get("/_mock/journal", params={"after": 1})).json()["entries"]
    (entry,) = entries
    assert (entry["number"], entry["status"], entry["operation"]) == (
        2,
        400,
        "handle_extend_video_request",
    )
    assert entry["request"] == wrong
    assert entry["reply"] == answer.json()
    assert entry["violations"][0]["pointer"] == "/duration"
    assert entry["violations"][0]["evidence"]["kind"] == "documented"
    assert "body/duration is 99, at most 10 is allowed (specs/xai.yaml#" in entry["say"]
    assert answer.headers["x-mock-diagnosis"].startswith("body/duration is 99, at most 10")
    assert answer.headers["x-mock-diagnosis"].endswith("[journal 2]")
    assert "very-secret-key" not in str(entry)


async def test_the_clock_is_moved_and_jobs_move_with_it(mock: Mock) -> None:
    id = await create(mock)
    moved = await mock.post("/_mock/clock/advance", json={"seconds": 3600})
    assert moved.json()["at"] == "2026-01-01T01:00:00.000Z"
    assert (await mock.get("/_mock/clock")).json().items() <= moved.json().items()
    assert (await mock.job(id))["state"] == "done"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"seconds": -1}, 400),
        ({"seconds": "9"}, 400),
        ({}, 400),
        ({"seconds": 1, "minutes": 1}, 400),
        ({"seconds": 1e300}, 400),
        ([], 400),
    ],
)
async def test_a_move_that_cannot_be_meant_changes_nothing(
    mock: Mock, body: Json, status: int
) -> None:
    answer = await mock.post("/_mock/clock/advance", json=body)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert (await mock.get("/_mock/clock")).json()["at"] == "2026-01-01T00:00:00.000Z"


async def test_a_real_clock_is_not_moved(make_mock: MakeMock) -> None:
    async with make_mock(clock="real", speed=2.0) as mock:
        answer = await mock.post("/_mock/clock/advance", json={"seconds": 1})
        assert answer.status_code == 409
        assert "--clock virtual" in answer.json()["message"]
        assert (await mock.get("/_mock/clock")).json()["speed"] == 2.0


async def test_reset_forgets_jobs_and_journal_and_begins_the_draws_again(mock: Mock) -> None:
    first = await create(mock)
    forgotten = (await mock.post("/_mock/reset")).json()["forgotten"]
    assert forgotten == {"jobs": 1, "entries": 1, "deliveries": 0}
    assert (await mock.get("/_mock/health")).json()["jobs"] == 0
    assert await create(mock) == first


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("64x64-8fps-1s.mp4", "video/mp4"),
        ("64x64-8fps-1s", "video/mp4"),
        ("64x64-8fps-1s.mkv", "video/x-matroska"),
        ("64x64-8fps-1s-mov.mov", "video/quicktime"),
        ("64x64.png", "image/png"),
        ("1s.mp3", "audio/mpeg"),
        ("64x64-8fps-1s-text.mp4", "video/mp4"),
    ],
)
async def test_a_source_is_what_its_name_says(mock: Mock, name: str, media_type: str) -> None:
    answer = await mock.get(f"/_mock/sources/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert answer.content


async def test_a_source_nobody_can_make_says_what_can_be_made(mock: Mock) -> None:
    answer = await mock.get("/_mock/sources/64x64-8fsp.mp4")
    assert answer.status_code == 404
    assert "8fsp" in answer.json()["message"]


async def test_the_same_seed_and_requests_give_the_same_bytes(make_mock: MakeMock) -> None:
    runs = []
    for _ in range(2):
        async with make_mock(seed=11) as mock:
            id = await create(mock)
            await mock.advance(600)
            done = await mock.get(f"/xai/v1/videos/{id}")
            journal = await mock.get("/_mock/journal")
            runs.append((done.content, dict(done.headers), journal.content))
    assert runs[0] == runs[1]
    async with make_mock(seed=12) as mock:
        assert await create(mock) != id


async def test_what_is_fetched_from_ourselves_leaves_no_gap_in_the_journal(mock: Mock) -> None:
    first = await create(mock)
    await mock.advance(3600)
    url = (await mock.get(f"/xai/v1/videos/{first}")).json()["video"]["url"]
    again = {"prompt": "on", "video": {"url": url}, "duration": 2}
    assert (await mock.post("/xai/v1/videos/extensions", json=again)).status_code == 200
    entries = (await mock.get("/_mock/journal")).json()["entries"]
    assert [entry["number"] for entry in entries] == [1, 2, 3]
    assert "notes" not in entries[-1], "the clip was found, not made up"
