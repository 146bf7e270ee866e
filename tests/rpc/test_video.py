"""The Python SDK makes, edits and extends videos, waits for them, and finds them over HTTP too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests
import xai_sdk
from xai_sdk.proto import deferred_pb2

from mockserver.media.verify import Report, verify
from mockserver.testing import MockProviders
from tests.rpc.conftest import (
    INTERVAL,
    MODEL,
    SOURCE,
    Client,
    calls,
    connected,
    extend,
    order,
    status,
)

PENDING, DONE = deferred_pb2.DeferredStatus.PENDING, deferred_pb2.DeferredStatus.DONE
GENERATIONS = "/v1/videos/generations"


def fetched(url: str, into: Path) -> Path:
    """The file behind a URL, fetched without a key."""
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    into.write_bytes(answer.content)
    return into


def asked(mock: MockProviders, method: str, path: str, **rest: Any) -> requests.Response:
    """What the same provider answers over HTTP."""
    headers = {"Authorization": f"Bearer {mock.xai.key}"}
    return requests.request(
        method, f"{mock.xai.base_url}{path}", headers=headers, timeout=10, **rest
    )


def done(mock: MockProviders, client: Client, **more: Any) -> Any:
    """The video of a new extension, once it is done."""
    id = order(mock, client, **more)
    mock.clock.advance(until={"job": id, "state": "done"})
    return client.video.get(id).response.video


def test_extend_waits_for_a_video_that_goes_on(fast: MockProviders, tmp_path: Path) -> None:
    with connected(fast) as client:
        response = extend(fast, client)
    assert (response.duration, response.model) == (5, MODEL)
    assert response.respect_moderation
    assert response.cost_usd == pytest.approx(2 * 0.05 + 3 * 0.01)
    job = fast.xai.jobs[0]["id"]
    report = verify(fetched(response.url, tmp_path / "longer.mp4"), job=job)
    assert isinstance(report, Report)
    assert (report.frames, report.findings) == (5 * 8, ())
    assert [seam.frame for seam in report.seams] == [3 * 8]
    first, *between, last = calls(fast)
    assert (first, last) == (("ExtendVideo", 200), ("GetDeferredVideo", 200))
    assert set(between) <= {("GetDeferredVideo", 202)}
    fast.check()


async def test_and_so_does_the_client_for_event_loops(fast: MockProviders) -> None:
    client = xai_sdk.AsyncClient(api_key=fast.xai.key, api_host=f"localhost:{fast.xai.grpc_port}")
    response = await client.video.extend(
        "on", MODEL, fast.source(SOURCE), duration=2, interval=INTERVAL
    )
    made = await client.video.generate("A paper boat", MODEL, duration=1, interval=INTERVAL)
    await client.close()
    assert (response.duration, made.duration) == (5, 1)
    assert {response.url, made.url} <= {
        asked(fast, "GET", f"/v1/videos/{job['id']}").json()["video"]["url"]
        for job in fast.xai.jobs
    }
    fast.check()


def test_a_url_that_was_returned_can_be_extended_again(fast: MockProviders) -> None:
    with connected(fast) as client:
        once = extend(fast, client)
        twice = extend(fast, client, video_url=once.url, duration=3)
    assert (once.duration, twice.duration) == (5, 8)


def test_generate_takes_what_the_http_api_takes(mock: MockProviders, client: Client) -> None:
    picture = mock.source("64x64.png")
    client.video.start("A lighthouse", MODEL, duration=4, aspect_ratio="9:16", resolution="720p")
    client.video.start("", MODEL, image_url=picture)
    client.video.start(
        "Hello",
        "grok-imagine-video-1.5",
        reference_image_urls=[picture],
        reference_audios=[{"voice_id": "ara"}],
        generate_audio=False,
    )
    client.video.start(
        "Zoom",
        "grok-imagine-video-1.5",
        last_frame_url=picture,
        keyframes=[{"image_url": picture, "timestamp": 7 / 3}],
    )
    sent = [one["request"] for one in mock.xai.journal]
    url = {"url": picture}
    assert sent == [
        {
            "prompt": "A lighthouse",
            "model": MODEL,
            "duration": 4,
            "aspect_ratio": "9:16",
            "resolution": "720p",
        },
        {"model": MODEL, "image": url},
        {
            "prompt": "Hello",
            "model": "grok-imagine-video-1.5",
            "reference_images": [url],
            "reference_audios": [{"voice_id": "ara"}],
            "generate_audio": False,
        },
        {
            "prompt": "Zoom",
            "model": "grok-imagine-video-1.5",
            "last_frame": url,
            "keyframes": [{"image": url, "timestamp_s": pytest.approx(7 / 3)}],
        },
    ]
    assert {one["operation"] for one in mock.xai.journal} == {"handle_generate_video_request"}
    mock.check()


def test_a_generation_with_a_video_is_an_edit(fast: MockProviders) -> None:
    with connected(fast) as client:
        response = client.video.generate(
            "In winter", MODEL, video_url=fast.source(SOURCE), interval=INTERVAL
        )
    assert response.duration == 3
    assert [one["kind"] for one in fast.xai.jobs] == ["edit"]
    fast.check()


def test_a_job_shows_where_it_stands(mock: MockProviders, client: Client) -> None:
    id = order(mock, client)
    seen = [client.video.get(id)]
    for _ in range(2):
        mock.clock.advance(12)
        seen.append(client.video.get(id))
    mock.clock.advance(until={"job": id, "state": "done"})
    last = client.video.get(id)
    assert [one.status for one in seen] == [PENDING] * 3
    progress = [one.response.progress for one in seen]
    assert progress == sorted(progress)
    assert progress[-1] > 0
    assert (last.status, last.response.progress) == (DONE, 100)
    assert not seen[0].response.HasField("video")


def test_what_is_started_over_one_is_visible_over_the_other(
    mock: MockProviders, client: Client
) -> None:
    spoken = order(mock, client)
    posted = asked(mock, "POST", GENERATIONS, json={"prompt": "A boat"}).json()["request_id"]
    assert asked(mock, "GET", f"/v1/videos/{spoken}").status_code == 202
    mock.clock.advance(until="idle")
    assert asked(mock, "GET", f"/v1/videos/{spoken}").json()["status"] == "done"
    assert client.video.get(posted).status == DONE


def test_a_job_of_another_key_is_not_found(mock: MockProviders, client: Client) -> None:
    id = order(mock, client)
    with connected(mock, api_key="somebody-else") as other, pytest.raises(grpc.RpcError) as error:
        other.video.get(id)
    assert status(error) == ("NOT_FOUND", f"No video request with the id {id} was found.")


@pytest.mark.parametrize("id", ["../files", "a/b", "", "zählt nicht"])
def test_an_id_that_cannot_be_one_is_not_found(client: Client, id: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        client.video.get(id)
    assert status(error)[0] == "NOT_FOUND"
    assert "No video request with the id" in status(error)[1]


def test_a_result_can_be_kept_as_a_file(mock: MockProviders, client: Client) -> None:
    kept = {"filename": "dunes.mp4", "expires_after": 7200, "public_url": {"expires_after": 3600}}
    made = done(mock, client, storage_options=kept).file_output
    file = client.files.get(made.file_id)
    data = client.files.content(made.file_id)
    assert (file.filename, file.size) == ("dunes.mp4", len(data))
    assert made.expires_at.seconds == file.expires_at.seconds
    assert requests.get(made.public_url, timeout=30).content == data
    simple = done(mock, client, storage_options={"filename": "a.mp4", "public_url": True})
    assert not simple.file_output.HasField("expires_at")
    assert simple.file_output.public_url
    assert done(mock, client, video_url=None, video_file_id=made.file_id).duration == 7
    mock.check()


def test_links_lead_to_the_world_of_the_port(mock: MockProviders, client: Client) -> None:
    id = order(mock, client)
    mock.clock.advance(until="idle")
    url = client.video.get(id).response.video.url
    assert url.startswith(f"{mock.xai.base_url}/xai-vidgen-bucket/")
    assert requests.get(url, timeout=30).status_code == 200


def test_the_journal_names_the_procedure_and_the_program(
    mock: MockProviders, client: Client
) -> None:
    client.video.get(order(mock, client))
    created, polled = mock.xai.journal
    assert created["target"] == "/xai_api.Video/ExtendVideo"
    assert polled["target"] == "/xai_api.Video/GetDeferredVideo"
    assert created["agent"].startswith("XaiSdk/")
    assert created["job"] == polled["job"]
    assert created["owner"] == polled["owner"]


@pytest.mark.parametrize("way", ["metadata", "prompt", "key"])
def test_a_scenario_can_be_asked_for(mock: MockProviders, way: str) -> None:
    options: dict[str, Callable[[], Any]] = {
        "metadata": lambda: {"metadata": (("x-mock-scenario", "failed"),)},
        "prompt": dict,
        "key": lambda: {"api_key": f"{mock.xai.key}+failed"},
    }
    prompt = "on [[mock:failed]]" if way == "prompt" else "on"
    with connected(mock, **options[way]()) as client:
        id = order(mock, client, prompt=prompt)
        mock.clock.advance(until="idle")
        failed = client.video.get(id)
    assert failed.status == deferred_pb2.DeferredStatus.FAILED
    assert failed.response.error.code == "internal_error"
