"""LTX: how each refusal looks and what it says, every row of the error tables."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call, Problem, Reply
from mockserver.jobs.job import Failure
from mockserver.providers import ltx, ltx_errors
from mockserver.providers.base import Here
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.ltx_steps import CONTRACT, EXTEND, MIB, SOURCE, refused, source, submit

# Status and type of every row of dossier section 1.1; what has no row is of its own status alone.
TYPES = {
    400: {"invalid_request_error"},
    401: {"authentication_error"},
    402: {"insufficient_funds_error"},
    403: {"permission_error"},
    404: {"not_found_error"},
    405: {"invalid_request_error"},
    410: {"not_found_error"},
    413: {"request_too_large"},
    415: {"invalid_request_error"},
    422: {"content_filtered_error"},
    429: {"concurrency_limit_error", "rate_limit_error"},
    500: {"api_error"},
    503: {"service_unavailable_error"},
    504: {"api_error"},
    529: {"overloaded_error"},
}
FIELDS = {
    "retry": 7,
    "detail": "duration is required",
    "field": "video_uri",
    "value": "7",
    "model": "ltx-2-3-pro",
    "resolution": "1280x720",
    "fps": 24,
    "frames": 72,
    "need": 73,
    "width": 640,
    "height": 480,
    "seconds": "1",
    "format": "avi",
    "codec": "av1",
    "host": "media.example.com",
    "uri": "ltx://uploads/0",
    "limit": 15,
    "cost": 60,
    "endpoint": "extend",
}


mock = only("ltx")


def call(path: str = "/v2/extend") -> Call:
    return Call(1, 0.0, "POST", path, "http://mock.test/ltx", {}, id="0" * 32)


def here() -> Here:
    return blind(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT.errors)
def test_every_error_is_worded_in_the_envelope_of_its_host(name: str) -> None:
    """Dossier 1.1: {type, error: {type, message}}; the storage host and proxies have their own."""
    entry = CONTRACT.errors[name]
    reply = ltx.refuse(Problem(name, FIELDS), call(), here())
    assert reply.status == entry.status
    headers = {name: text.format_map(FIELDS) for name, text in entry.headers}
    assert headers.items() <= reply.headers.items()
    if entry.media_type == "application/xml":
        assert f"<Error><Code>{entry.code}</Code><Message>" in reply.body
    elif entry.media_type == "text/html":
        assert (entry.status, entry.code) == (413, "request_too_large")
        assert "x-request-id" not in reply.headers
    else:
        assert reply.body["type"] == "error"
        assert set(reply.body["error"]) == {"type", "message"}
        assert reply.body["error"]["type"] in TYPES[entry.status]
        assert "{" not in reply.body["error"]["message"]
        assert reply.headers["x-request-id"] == "0" * 32


def test_there_is_an_error_for_every_row_of_the_dossier() -> None:
    known = {(one.status, one.code) for one in CONTRACT.errors.values()}
    assert {(status, type) for status, types in TYPES.items() for type in types} <= known


def test_both_names_of_a_503_can_be_chosen() -> None:
    """Decision A3."""
    older = document.load("ltx", {"unavailable-type": "service_unavailable"})
    entry = older.errors["unavailable"]
    text = ltx_errors.message(entry, Problem("unavailable"), older)
    assert ltx_errors.wrapped(entry, text, call()).body["error"]["type"] == "service_unavailable"
    assert CONTRACT.errors["unavailable"].code == "service_unavailable_error"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}]
)
async def test_credentials_missing_or_of_another_scheme_are_401(
    mock: Mock, headers: dict[str, str]
) -> None:
    for method, path in (("POST", "/ltx/v2/extend"), ("GET", "/ltx/v2/extend/x")):
        answer = await mock.request(method, path, key="", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "authentication_error"


async def test_a_key_that_is_not_among_the_given_ones_is_401(make_mock: MakeMock) -> None:
    async with make_mock(providers=("ltx",), keys=frozenset({"good"})) as mock:
        answer = await mock.post("/ltx/v2/extend", json=EXTEND, key="bad")
        assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Invalid API key")
        assert (await mock.post("/ltx/v2/extend", json=EXTEND, key="good")).status_code == 202


async def test_what_is_not_json_is_400(mock: Mock) -> None:
    for raw in (b"{", b"\xff", b'{"duration": NaN}', b"[" * 1000):
        answer = await mock.post(
            "/ltx/v2/extend", content=raw, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Request body is not valid JSON"


async def test_no_body_is_400(mock: Mock) -> None:
    answer = await mock.post("/ltx/v2/extend")
    assert answer.json()["error"]["message"] == "Request body is required"


async def test_another_media_type_is_415(mock: Mock) -> None:
    answer = await mock.post("/ltx/v2/extend", data={"duration": "2"})
    assert answer.status_code == 415
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_a_body_over_its_limit_is_a_proxys_413(mock: Mock) -> None:
    """Dossier 1.1: not the JSON envelope, and no name of the call."""
    answer = await mock.post(
        "/ltx/v2/extend",
        content=b"{}",
        headers={"Content-Type": "application/json", "Content-Length": str(33 * MIB)},
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "x-request-id" not in answer.headers


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, ["video_uri is required", "duration is required"]),
        ([], ["Request body is [], must be object"]),
        ({"video_uri": SOURCE, "duration": 21}, ["duration is 21, at most 20"]),
        ({"video_uri": SOURCE, "duration": 1}, ["duration is 1, at least 2"]),
        (EXTEND | {"prompt": "a" * 5001}, ["prompt has 5001 characters, at most 5000"]),
        (EXTEND | {"mode": "middle"}, ['mode is "middle"', "start", "end"]),
        (EXTEND | {"context": None}, ["context is null, must be number"]),
        (EXTEND | {"duration": True}, ["duration is true"]),
        (EXTEND | {"duration": "5"}, ['duration is "5"']),
        (
            {"video_uri": 1, "duration": 0, "context": 30},
            ["video_uri is 1", "duration is 0", "context is 30"],
        ),
    ],
)
async def test_every_violation_is_named(mock: Mock, body: Any, words: list[str]) -> None:
    """Decisions A16, A18: null, booleans and numeric text are no seconds."""
    message = await refused(mock, "/ltx/v2/extend", body)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "image_uri or prompt is required"),
        ({"prompt": ""}, "image_uri or prompt is required"),
        ({"prompt": "x", "last_frame_uri": SOURCE}, "image_uri is required"),
    ],
)
async def test_what_audio_needs_beside_it_is_said(
    mock: Mock, body: dict[str, Any], message: str
) -> None:
    body = body | {"audio_uri": source("3s.m4a")}
    assert message in await refused(mock, "/ltx/v2/audio-to-video", body)


async def test_unknown_fields_are_ignored_and_noted(mock: Mock) -> None:
    """Decision A17."""
    answer = await mock.post("/ltx/v2/extend", json=EXTEND | {"seed": 7})
    assert answer.status_code == 202
    assert "seed" in answer.headers["x-mock-diagnosis"]


@pytest.mark.parametrize("prompt", ["", "雨" * 5000])
async def test_an_empty_and_the_longest_prompt_are_taken(mock: Mock, prompt: str) -> None:
    """Decision A16."""
    await submit(mock, "extend", **EXTEND, prompt=prompt)


@pytest.mark.parametrize("name", ["content-filtered", "no-credits"])
async def test_a_job_that_fails_says_why_in_the_poll_and_in_version_1(
    mock: Mock, name: str
) -> None:
    """Dossier 1.1: the inner {type, message} of the envelope."""
    job = mock.app.world.jobs.get(await submit(mock, "extend", **EXTEND))
    assert job is not None
    entry = CONTRACT.errors[name]
    failed = job._replace(failure=Failure(name, "Stopped."))
    step = job.timeline.end._replace(state="failed")
    inner = {"type": entry.code, "message": "Stopped."}
    polled = ltx.show(failed, step, call()._replace(method="GET"), here())
    assert isinstance(polled, Reply)
    assert (polled.status, polled.body["error"]) == (200, inner)
    assert "result" not in polled.body
    waited = ltx.show(failed, step, call("/v1/extend"), here())
    assert isinstance(waited, Reply)
    assert (waited.status, waited.body) == (entry.status, {"type": "error", "error": inner})
