"""What goes wrong over HTTP goes wrong over gRPC: in a status, a failed job, or on the wire."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import grpc
import pytest
import xai_sdk
from xai_sdk.proto import deferred_pb2, video_pb2
from xai_sdk.video import VideoGenerationError

from mockserver.contract import document
from mockserver.rpc import xai_statuses
from mockserver.testing import MockProviders, running
from tests.rpc.conftest import (
    DAY,
    INTERVAL,
    MODEL,
    SOURCE,
    Client,
    bearer,
    calls,
    connected,
    extend,
    metadata,
    order,
    status,
    stub,
)

EXPIRED, FAILED = deferred_pb2.DeferredStatus.EXPIRED, deferred_pb2.DeferredStatus.FAILED
# Scenarios that refuse a create, and the status of each.
CREATES = {
    "unauthorized": "UNAUTHENTICATED",
    "no_credits": "RESOURCE_EXHAUSTED",
    "rate_limited": "RESOURCE_EXHAUSTED",
    "server_error": "INTERNAL",
    "create_422_text": "INVALID_ARGUMENT",
    "create_415": "INVALID_ARGUMENT",
    "create_429": "RESOURCE_EXHAUSTED",
    "zdr_400": "INVALID_ARGUMENT",
}
POLLS = {
    "poll_401": "UNAUTHENTICATED",
    "poll_404": "NOT_FOUND",
    "poll_400_late": "INVALID_ARGUMENT",
    "poll_500_once": "INTERNAL",
}
MODERATED = ("poll_400_moderated", "poll_400_moderated_legacy", "content_policy")


@pytest.mark.parametrize(("name", "code"), CREATES.items())
def test_a_refused_create_ends_with_its_status(
    mock: MockProviders, client: Client, name: str, code: str
) -> None:
    mock.xai.scenario(name)
    with pytest.raises(grpc.RpcError) as error:
        order(mock, client)
    assert status(error)[0] == code
    assert status(error)[1]
    assert "x-request-id" in metadata(error)
    assert mock.jobs == []


@pytest.mark.parametrize(("name", "code"), POLLS.items())
def test_a_refused_poll_ends_the_wait(fast: MockProviders, name: str, code: str) -> None:
    fast.xai.scenario(name)
    with connected(fast) as client, pytest.raises(grpc.RpcError) as error:
        extend(fast, client)
    assert status(error)[0] == code
    assert [name for name, _ in calls(fast)] == ["ExtendVideo", "GetDeferredVideo"]


@pytest.mark.parametrize("name", MODERATED)
def test_a_video_that_moderation_blocks_is_refused_when_polled(
    fast: MockProviders, name: str
) -> None:
    fast.xai.scenario(name)
    with connected(fast) as client, pytest.raises(grpc.RpcError) as error:
        extend(fast, client)
    said = ("INVALID_ARGUMENT", "Generated video rejected by content moderation.")
    assert status(error) == said


@pytest.mark.parametrize("name", ["done_moderated", "done_moderated_without_url"])
def test_or_is_done_and_has_no_url(fast: MockProviders, name: str) -> None:
    fast.xai.scenario(name)
    with connected(fast) as client:
        response = extend(fast, client)
    assert not response.respect_moderation
    assert response.cost_usd > 0
    with pytest.raises(ValueError, match="did not respect moderation"):
        _ = response.url


def test_a_video_that_is_done_may_lack_its_url(fast: MockProviders) -> None:
    fast.xai.scenario("done_without_url")
    with connected(fast) as client:
        response = extend(fast, client)
    with pytest.raises(ValueError, match="URL missing"):
        _ = response.url


@pytest.mark.parametrize("name", ["failed", "failed_old_shape"])
def test_a_failed_job_raises_its_code_and_words(fast: MockProviders, name: str) -> None:
    fast.xai.scenario(name)
    with connected(fast) as client, pytest.raises(VideoGenerationError) as error:
        extend(fast, client)
    assert error.value.code == "internal_error"
    assert error.value.message


async def test_also_to_the_client_for_event_loops(fast: MockProviders) -> None:
    fast.xai.scenario("failed")
    client = xai_sdk.AsyncClient(api_key="k", api_host=f"localhost:{fast.xai.grpc_port}")
    source = fast.source(SOURCE)
    with pytest.raises(VideoGenerationError):
        await client.video.extend("on", MODEL, source, duration=2, interval=INTERVAL)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await client.video.extend("on", MODEL, source, duration=20)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    await client.close()


def test_an_expired_job_raises(fast: MockProviders) -> None:
    fast.xai.scenario("expired")
    with connected(fast) as client, pytest.raises(RuntimeError, match="expired"):
        extend(fast, client)


def test_an_old_job_is_expired_or_by_choice_not_found(mock: MockProviders, client: Client) -> None:
    id = order(mock, client)
    mock.clock.advance(8 * DAY)
    assert client.video.get(id).status == EXPIRED
    mock.xai.scenario("expired_404")
    with pytest.raises(grpc.RpcError) as error:
        client.video.get(id)
    assert status(error)[0] == "NOT_FOUND"


@pytest.mark.parametrize("name", ["unknown_status", "poll_unknown_status", "poll_no_status"])
def test_a_state_that_nobody_knows_is_waited_out(fast: MockProviders, name: str) -> None:
    fast.xai.scenario(name)
    with connected(fast) as client, pytest.warns(UserWarning, match="unknown status"):
        response = extend(fast, client)
    assert response.duration == 5


@pytest.mark.parametrize("name", ["poll_202_empty", "poll_200_pending"])
def test_a_job_that_runs_is_pending_however_http_says_so(
    mock: MockProviders, client: Client, name: str
) -> None:
    mock.xai.scenario(name)
    found = client.video.get(order(mock, client))
    assert found.status == deferred_pb2.DeferredStatus.PENDING


def test_a_job_that_never_ends_is_given_up(fast: MockProviders) -> None:
    fast.xai.scenario("stuck")
    with connected(fast) as client, pytest.raises(TimeoutError, match="video extension"):
        extend(fast, client, timeout=timedelta(milliseconds=60))


def test_a_slow_job_ends_later(mock: MockProviders, client: Client) -> None:
    mock.xai.scenario("slow")
    id = order(mock, client)
    mock.clock.advance(100)
    assert client.video.get(id).status == deferred_pb2.DeferredStatus.PENDING


def test_a_source_that_cannot_be_used_fails_the_job(mock: MockProviders, client: Client) -> None:
    id = order(mock, client, video_url=mock.source("64x64-8fps-20s-noaudio"))
    mock.clock.advance(until="idle")
    failed = client.video.get(id)
    assert failed.status == FAILED
    assert failed.response.error.code == "invalid_argument"
    assert "20s long" in failed.response.error.message


# What the request itself shows.
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "too long": ({"duration": 11}, "INVALID_ARGUMENT", "duration is 11"),
    "no prompt": ({"prompt": ""}, "INVALID_ARGUMENT", "prompt"),
    "model": ({"model": "grok-9"}, "NOT_FOUND", "The model grok-9 does not exist"),
    "no video model": ({"model": f"{MODEL}-1.5"}, "INVALID_ARGUMENT", "does not take a video"),
    "bad url": ({"video_url": "ftp://x/y.mp4"}, "INVALID_ARGUMENT", "video.url"),
    "no file": (
        {"video_url": None, "video_file_id": "file_none"},
        "INVALID_ARGUMENT",
        "there is no file file_none",
    ),
    "expiry": (
        {"storage_options": {"filename": "a.mp4", "expires_after": 9_000_000}},
        "INVALID_ARGUMENT",
        "expires_after",
    ),
}


@pytest.mark.parametrize(("more", "code", "words"), BAD.values(), ids=list(BAD))
def test_a_request_that_breaks_the_contract_is_refused_in_its_words(
    mock: MockProviders, client: Client, more: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(grpc.RpcError) as error:
        order(mock, client, **more)
    assert status(error)[0] == code
    assert words in status(error)[1]
    assert metadata(error)["x-mock-diagnosis"].endswith("[journal 1]")
    (entry,) = mock.xai.journal
    assert entry["refused"]


STRANGE: dict[str, tuple[str, dict[str, Any], str]] = {
    "no video": ("ExtendVideo", {"prompt": "on"}, "one of url and file_id must be set"),
    "nothing": ("GenerateVideo", {}, "A prompt is required unless an image is given."),
    "no such shape": ("GenerateVideo", {"prompt": "on", "aspect_ratio": 77}, "aspect_ratio"),
}


@pytest.mark.parametrize(("name", "fields", "words"), STRANGE.values(), ids=list(STRANGE))
def test_so_is_one_that_the_sdk_would_not_send(
    mock: MockProviders, name: str, fields: dict[str, Any], words: str
) -> None:
    kind: Any = getattr(video_pb2, f"{name}Request")
    with stub(mock, "Video") as video, pytest.raises(grpc.RpcError) as error:
        getattr(video, name)(kind(**fields), metadata=bearer(mock))
    assert status(error)[0] == "INVALID_ARGUMENT"
    assert words in status(error)[1]


def test_a_call_without_a_key_is_refused(mock: MockProviders) -> None:
    with stub(mock, "Video") as video, pytest.raises(grpc.RpcError) as error:
        video.GetDeferredVideo(video_pb2.GetDeferredVideoRequest(request_id="1"))
    assert status(error)[0] == "UNAUTHENTICATED"


def test_only_the_keys_that_were_given_lead_in() -> None:
    with running(keys=frozenset({"right"})) as mock:
        with connected(mock, api_key="wrong-key") as client, pytest.raises(grpc.RpcError) as error:
            order(mock, client)
        with connected(mock, api_key="right") as client:
            order(mock, client)
    assert status(error)[0] == "UNAUTHENTICATED"
    assert "wr***ey" in status(error)[1]


def test_credits_are_shared_with_http(mock: MockProviders, client: Client) -> None:
    mock.xai.credits = 0.2
    order(mock, client)
    with pytest.raises(grpc.RpcError) as error:
        order(mock, client)
    assert status(error)[0] == "RESOURCE_EXHAUSTED"
    assert "used all available credits" in status(error)[1]
    assert mock.xai.credits == pytest.approx(0.2)  # it is taken when the job is done


def test_retry_after_comes_as_metadata(mock: MockProviders, client: Client) -> None:
    mock.xai.scenario("create_429")
    with pytest.raises(grpc.RpcError) as error:
        order(mock, client)
    assert metadata(error)["retry-after"] == "7"
    assert "Requests per Minute (actual/limit): 71/70" in status(error)[1]


def test_a_reset_is_retried_by_the_sdk_and_pays_twice(mock: MockProviders, client: Client) -> None:
    mock.xai.scenario("reset")
    order(mock, client)
    assert calls(mock) == [("ExtendVideo", 200)] * 2
    assert len(mock.jobs) == 2


def test_what_is_unavailable_is_tried_five_times(mock: MockProviders, client: Client) -> None:
    mock.xai.scenario({"on": "create", "refuse": "unavailable"})
    with pytest.raises(grpc.RpcError) as error:
        order(mock, client)
    assert status(error)[0] == "UNAVAILABLE"
    assert calls(mock) == [("ExtendVideo", 503)] * 5


WIRE = {
    "reset": ({"fault": "reset", "at": "body"}, "UNAVAILABLE", "Connection reset by peer"),
    "cut": ({"fault": "cut"}, "INTERNAL", "RST_STREAM"),
    "length": ({"fault": "length"}, "INTERNAL", "RST_STREAM"),
    "html": ({"fault": "html", "status": 502}, "UNAVAILABLE", "status: 502"),
    "html-500": ({"fault": "html", "status": 500}, "UNKNOWN", "status: 500"),
    "malformed": ({"fault": "malformed"}, "INTERNAL", "deserializing"),
}


@pytest.mark.parametrize(("wire", "code", "words"), WIRE.values(), ids=list(WIRE))
def test_a_fault_on_the_wire_looks_as_it_does_in_grpc(
    mock: MockProviders, wire: dict[str, Any], code: str, words: str
) -> None:
    with connected(mock, channel_options=[("grpc.enable_retries", 0)]) as client:
        id = order(mock, client)
        mock.xai.scenario({"on": "show", "wire": wire})
        with pytest.raises(grpc.RpcError) as error:
            client.video.get(id)
    assert status(error)[0] == code
    assert words in status(error)[1]


SLOW: tuple[dict[str, Any], ...] = (
    {"wire": {"fault": "drip", "bytes": 5, "seconds": 1.0}},
    {"wire": {"fault": "stall", "seconds": 30.0}},
    {"delay": 30.0},
    {"headers": {"X-Odd": "\u00e9", "X Odd": "1", "grpc-status": "13", "x-bin": "1"}},
)


@pytest.mark.parametrize("rule", SLOW, ids=lambda rule: str([*rule]))
def test_a_slow_or_odd_answer_is_an_answer(fast: MockProviders, rule: dict[str, Any]) -> None:
    fast.xai.scenario({"on": "show", **rule})
    with connected(fast) as client:
        assert extend(fast, client).duration == 5


def test_a_call_goes_on_when_its_client_has_stopped_waiting(mock: MockProviders) -> None:
    mock.xai.scenario({"on": "create", "delay": 30.0})
    with connected(mock, timeout=1.5) as hasty:
        with suppress(grpc.RpcError):
            hasty.files.list()  # to connect may take longer than what counts here
        with pytest.raises(grpc.RpcError) as error:
            hasty.video.start("on", MODEL)
    assert status(error)[0] == "DEADLINE_EXCEEDED"
    assert mock.jobs == []
    mock.clock.advance(31)
    assert len(mock.jobs) == 1


async def test_a_call_may_be_cancelled(mock: MockProviders) -> None:
    mock.xai.scenario({"on": "create", "delay": 30.0})
    client = xai_sdk.AsyncClient(api_key="k", api_host=f"localhost:{mock.xai.grpc_port}")
    task = asyncio.ensure_future(client.video.extend("on", MODEL, mock.source(SOURCE)))
    done, _ = await asyncio.wait({task}, timeout=0.1)
    assert not done
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await client.close()


def test_every_status_of_the_contract_has_a_status_here() -> None:
    contract = document.load("xai")
    refusals = {row.status for row in contract.errors.values()} - {200}
    assert refusals == set(xai_statuses.STATUSES)
    for known in (*xai_statuses.STATUSES.values(), xai_statuses.OTHER, xai_statuses.BAD_KEY):
        assert grpc.StatusCode[str(known.value)]
        assert known.kind in ("documented", "observed", "inferred")
    assert set(xai_statuses.KEYS) <= set(contract.errors)
