"""Pictory: what is refused and how it looks, what fails later, and the switches of both."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Json
from mockserver.jobs.job import Failure
from mockserver.media.model import Trouble
from mockserver.providers import pictory, pictory_orders
from mockserver.providers.base import Here, Input
from tests.conftest import Blind, MakeMock, Mock, only
from tests.providers.pictory_steps import (
    API,
    IMAGES,
    JOBS,
    KEY,
    LONG,
    PICTURE,
    PROMPT,
    SOURCE,
    VIDEOS,
    ask,
    asked,
    ended,
    failed,
    made,
    poll,
    refused,
    source,
    submit,
)

CONTRACT = document.load("pictory")
STORAGE = {name for name, one in CONTRACT.errors.items() if one.media_type == "application/xml"}
WORDS = {"detail": "prompt is required", "field": "extendVideoUrl", "cost": 12.8, "balance": 3.5}
ABSENT = "a3c1f0de-5b7a-4f29-8a64-0d2be7c91f35"


mock = only("pictory")


def call(path: str = "/pictoryapis/v1/aistudio/videos") -> Call:
    return Call(1, 0.0, "POST", path, "http://mock.test/pictory", {}, params={"jobid": ABSENT})


def here(**chosen: str) -> Here:
    return Here(document.load("pictory", chosen), 0.0, strict=False, sight=Blind())


@pytest.mark.parametrize("name", sorted(CONTRACT.errors))
def test_every_error_is_worded_in_the_envelope_of_its_host(name: str) -> None:
    """Dossier 1.9, row by row."""
    entry = CONTRACT.errors[name]
    path = "/results/0/video.mp4" if name in STORAGE else call().path
    reply = pictory.refuse(Problem(name, WORDS), call(path), here())
    assert reply.status == entry.status
    assert dict(entry.headers).items() <= reply.headers.items()
    if name in STORAGE:
        assert re.search(r"<Error><Code>\w+</Code><Message>[^<{]+</Message></Error>$", reply.body)
        return
    if entry.media_type == "text/plain":
        assert (entry.status, reply.body) == (403, "error code: 1010")
        return
    if name == "not-found":
        codes = {"error_code": "5000", "error_message": "JOB_NOT_FOUND"}
        assert reply.body == {"job_id": ABSENT, "success": False, "data": codes}
    elif entry.code:
        assert set(reply.body) - {"fields"} == {"code", "message"}
        assert reply.body["code"] == entry.code
        assert "{" not in reply.body["message"]
    else:
        assert reply.body == {"message": entry.message}


def test_there_is_an_error_for_every_row_of_the_dossier() -> None:
    known = {(one.status, one.code) for one in CONTRACT.errors.values()}
    rows = {(400, "INVALID_REQUEST_BODY"), (400, "INVALID_REQUEST"), (401, ""), (403, "1010")} | {
        (404, "5000"),
        (402, "INSUFFICIENT_CREDITS"),
        (429, ""),
        (500, ""),
    }
    assert rows <= known


def test_creating_declares_the_documented_statuses_and_the_decided_ones() -> None:
    """Dossier 1.1: 200, 400, 401, 500. The others are decisions, or the network's."""
    operation = CONTRACT.operation("create_video")
    assert {"200", "400", "401", "500"} <= set(operation.responses)
    assert set(operation.responses) == {"200", "400", "401", "402", "403", "413", "429", "500"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}],
    ids=["none", "empty", "bearer", "elsewhere"],
)
async def test_the_key_is_sent_bare_or_it_is_401(mock: Mock, headers: dict[str, str]) -> None:
    """Decision A13; the body is the gateway's, without a success flag."""
    for method, path in (("POST", VIDEOS), ("GET", f"{JOBS}/{ABSENT}"), ("GET", VIDEOS)):
        answer = await ask(mock, method, path, key="", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


async def test_bearer_can_be_let_in_and_is_the_same_account(make_mock: MakeMock) -> None:
    """Decision A13."""
    async with make_mock(providers=("pictory",), chosen={"pictory": {"bearer": "accept"}}) as mock:
        id = await submit(mock)
        bearer = {"Authorization": f"Bearer {KEY}"}
        answer = await ask(mock, "GET", f"{JOBS}/{id}", key="", headers=bearer)
        assert answer.status_code == 200
        assert (await poll(mock, id))["job_id"] == id


async def test_a_key_that_is_not_among_the_given_ones_is_401(make_mock: MakeMock) -> None:
    async with make_mock(providers=("pictory",), keys=frozenset({KEY})) as mock:
        answer = await ask(mock, "POST", VIDEOS, key="pictai_other", json=asked())
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
        await submit(mock)


async def test_python_s_urllib_is_turned_away_before_the_api(mock: Mock) -> None:
    """Dossier 1.8: 403, error 1010, no JSON. The storage hosts let everybody in."""
    agent = {"User-Agent": "Python-urllib/3.12"}
    answer = await ask(mock, "POST", VIDEOS, json=asked(), headers=agent)
    assert (answer.status_code, answer.text) == (403, "error code: 1010")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "setting edge" in mock.last()["say"]
    data = await made(mock)
    answer = await mock.request("GET", data["previewImageUrl"], key="", headers=agent)
    assert answer.status_code == 200


async def test_the_edge_can_be_opened(make_mock: MakeMock) -> None:
    async with make_mock(providers=("pictory",), chosen={"pictory": {"edge": "open"}}) as mock:
        agent = {"User-Agent": "Python-urllib/3.12"}
        answer = await ask(mock, "POST", VIDEOS, json=asked(), headers=agent)
        assert answer.status_code == 200


async def test_fields_name_what_is_wrong_each_in_one_text(mock: Mock) -> None:
    """Dossier 1.9: `errors` is a text, in spite of its name."""
    body = {"model": "veo3.1", "duration": "5s", "aspectRatio": "1:1", "webhook": "x"}
    answer = await refused(mock, body)
    assert set(answer) == {"code", "message", "fields"}
    assert answer["code"] == "INVALID_REQUEST_BODY"
    rows = {row["name"]: row["errors"] for row in answer["fields"]}
    assert set(rows) == {"prompt", "duration", "aspectRatio", "webhook"}
    assert rows["prompt"] == "is required"
    assert "4s" in rows["duration"]
    assert all(isinstance(text, str) for text in rows.values())


@pytest.mark.parametrize(
    "fields",
    [
        ("firstFrameImageUrl", "extendVideoUrl"),
        ("extendVideoUrl", "referenceImageUrls"),
        ("firstFrameImageUrl", "referenceImageUrls"),
    ],
)
async def test_sources_exclude_each_other(mock: Mock, fields: tuple[str, str]) -> None:
    """Decision A1: all three, although one table names two only."""
    given: Json = {
        "firstFrameImageUrl": PICTURE,
        "extendVideoUrl": SOURCE,
        "referenceImageUrls": [PICTURE],
    }
    answer = await refused(mock, asked(**{name: given[name] for name in fields}))
    rows = {row["name"]: row["errors"] for row in answer["fields"]}
    assert rows == {
        fields[0]: f"cannot be used together with {fields[1]}",
        fields[1]: f"cannot be used together with {fields[0]}",
    }


async def test_unknown_fields_are_refused_where_that_is_set(make_mock: MakeMock) -> None:
    """Decision A8."""
    chosen = {"pictory": {"unknown-fields": "strict"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        for path in (VIDEOS, IMAGES):
            answer = await refused(mock, asked(extendVideoURL=SOURCE), path=path)
            assert "extendVideoURL" in answer["message"]
        body = {"fileName": "a", "contentType": "b", "size": 1}
        await refused(mock, body, path=f"{API}/media/generateurl")
        await submit(mock, extendVideoUrl=SOURCE, model="veo3.1", duration="8s")


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"prompt": NaN}', b"[" * 1000])
async def test_what_is_not_json_is_400(mock: Mock, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await ask(mock, "POST", VIDEOS, content=raw, headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "INVALID_REQUEST_BODY",
        "message": "Request body is not valid JSON",
        "fields": [],
    }


async def test_no_body_is_400(mock: Mock) -> None:
    answer = await ask(mock, "POST", VIDEOS)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST_BODY")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_the_content_type_is_required(mock: Mock, media: str) -> None:
    """Dossier 1.1: the header is required, and no 415 is in the table."""
    headers = {"Content-Type": media} if media else {}
    answer = await ask(mock, "POST", VIDEOS, content=b'{"prompt": "A tram"}', headers=headers)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Content-Type must be application/json"


async def test_a_body_over_the_limit_is_413(mock: Mock) -> None:
    answer = await refused(mock, asked(note="x" * 10_485_760), status=413)
    assert answer == {"message": "Request Too Long"}


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", VIDEOS, "GET, POST"),
        ("POST", JOBS, "GET"),
        ("DELETE", f"{JOBS}/{ABSENT}", "GET"),
        ("GET", f"{API}/media/generateurl", "POST"),
    ],
)
async def test_another_method_is_405(mock: Mock, method: str, path: str, allow: str) -> None:
    answer = await ask(mock, method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.json() == {"message": "Method Not Allowed"}


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/nothing",
        "/pictory/v1/aistudio/videos",
        f"{API}/media/generateUrl",
        "/pictory/pictoryapis/v2/aistudio/videos",
    ],
)
async def test_a_path_that_is_not_there_is_404(mock: Mock, path: str) -> None:
    """generateUrl is how legacy pages spell it; only lower case is taken (dossier 1.6)."""
    answer = await ask(mock, "POST", path, json={})
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("id", [ABSENT, "latest", "0", "A3C1F0DE", "%20"])
async def test_an_unknown_job_is_404_with_the_known_codes(mock: Mock, id: str) -> None:
    """Decisions A3 and A9: a malformed id is not found, too."""
    answer = await ask(mock, "GET", f"{JOBS}/{id}")
    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert answer.json()["data"] == {"error_code": "5000", "error_message": "JOB_NOT_FOUND"}


async def test_an_unknown_job_can_be_200(make_mock: MakeMock) -> None:
    """Decision A3."""
    chosen = {"pictory": {"unknown-job": "200"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        answer = await ask(mock, "GET", f"{JOBS}/{ABSENT}")
        assert answer.status_code == 200
        assert answer.json() == {
            "job_id": ABSENT,
            "success": False,
            "data": {"error_code": "5000", "error_message": "JOB_NOT_FOUND"},
        }


async def test_an_error_code_of_digits_can_be_a_number(make_mock: MakeMock) -> None:
    """Decision A12; a word stays a word."""
    chosen = {"pictory": {"error-codes": "number"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        answer = await ask(mock, "GET", f"{JOBS}/{ABSENT}")
        assert answer.json()["data"]["error_code"] == 5000
        assert (await failed(mock, extendVideoUrl=PICTURE))["error_code"] == "SOURCE_NOT_SUPPORTED"


SOURCES: list[Any] = [
    ("extendVideoUrl", source("640x360-24fps-2s-truncated.mp4"), "SOURCE_NOT_SUPPORTED"),
    ("extendVideoUrl", PICTURE, "SOURCE_NOT_SUPPORTED"),
    ("extendVideoUrl", source("3s.m4a"), "SOURCE_NOT_SUPPORTED"),
    ("extendVideoUrl", source("no-such-recipe.mp4"), "SOURCE_DOWNLOAD_FAILED"),
    ("extendVideoUrl", "ftp://example.com/a.mp4", "SOURCE_DOWNLOAD_FAILED"),
    ("extendVideoUrl", "file:///etc/passwd", "SOURCE_DOWNLOAD_FAILED"),
    ("extendVideoUrl", "mailto:a@example.com", "SOURCE_DOWNLOAD_FAILED"),
    ("extendVideoUrl", "data:video/mp4;base64,AAAA", "SOURCE_DOWNLOAD_FAILED"),
    ("firstFrameImageUrl", SOURCE, "SOURCE_NOT_SUPPORTED"),
    ("firstFrameImageUrl", source("x.png"), "SOURCE_DOWNLOAD_FAILED"),
    ("referenceImageUrls", [PICTURE, SOURCE], "SOURCE_NOT_SUPPORTED"),
]


@pytest.mark.parametrize(("field", "url", "code"), SOURCES)
async def test_a_source_that_is_no_use_fails_the_job(
    mock: Mock, field: str, url: Any, code: str
) -> None:
    """Decision A10."""
    data = await failed(mock, **{field: url})
    assert data["error_code"] == code
    assert data["error_message"].startswith(field)


@pytest.mark.parametrize(("field", "url", "code"), SOURCES)
async def test_a_source_that_is_no_use_can_be_refused_at_once(
    make_mock: MakeMock, field: str, url: Any, code: str
) -> None:
    """Decision A10, the other way."""
    chosen = {"pictory": {"source-errors": "create"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        answer = await refused(mock, asked(**{field: url}))
        assert (answer["code"], answer["message"].startswith(field)) == (code, True)
        assert len(mock.app.world.jobs) == 0


async def test_a_broken_reference_is_named_by_its_place(mock: Mock) -> None:
    data = await failed(mock, referenceImageUrls=[PICTURE, source("x.png")])
    assert data["error_message"] == "referenceImageUrls.1 could not be downloaded"


async def test_a_broken_reference_of_an_image_fails_it(mock: Mock) -> None:
    view = await ended(mock, IMAGES, referenceImageUrl=SOURCE)
    assert view["data"]["error_code"] == "SOURCE_NOT_SUPPORTED"


async def test_a_url_elsewhere_is_stood_in_for_unless_strict(
    mock: Mock, make_mock: MakeMock
) -> None:
    url = "https://example.com/videos/lanterns.mp4"
    assert (await made(mock, extendVideoUrl=url))["status"] == "completed"
    async with make_mock(providers=("pictory",), sources="strict") as strict:
        data = await failed(strict, extendVideoUrl=url)
        assert data["error_code"] == "SOURCE_DOWNLOAD_FAILED"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("not-allowed", "source-unreachable"),
        ("unresolved", "source-unreachable"),
        ("unreachable", "source-unreachable"),
        ("status", "source-unreachable"),
        ("redirected", "source-unreachable"),
        ("timed-out", "source-unreachable"),
        ("too-large", "source-unreadable"),
        ("empty", "source-unreadable"),
        ("unreadable", "source-unreadable"),
    ],
)
def test_every_trouble_has_its_code(kind: str, name: str) -> None:
    wanted = Input("source", "/extendVideoUrl", "https://example.com/a.mp4")
    problem = pictory_orders._trouble(wanted, Trouble(kind, "why"))
    assert problem is not None
    assert (problem.name, problem.fields) == (name, {"field": "extendVideoUrl"})


async def test_a_failed_job_has_no_files_and_is_not_listed(mock: Mock) -> None:
    id = await submit(mock, extendVideoUrl=PICTURE)
    await mock.advance(LONG)
    job = mock.app.world.jobs.get(id)
    assert job is not None
    assert job.failure == Failure(
        "source-unreadable", "extendVideoUrl is not a file that can be used"
    )
    answer = await mock.request("GET", f"/pictory/results/{job.token}/video.mp4", key="")
    assert answer.status_code == 404
    assert (await ask(mock, "GET", VIDEOS)).json() == {"items": []}


async def test_too_many_creates_are_429_only_where_a_limit_is_set(make_mock: MakeMock) -> None:
    """Decision A5: off by default."""
    async with make_mock(providers=("pictory",), limits="documented") as mock:
        for _ in range(70):
            await submit(mock)
    chosen = {"pictory": {"creates-per-minute": "2"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        await submit(mock)
        await submit(mock, IMAGES)
        answer = await ask(mock, "POST", VIDEOS, json={"prompt": PROMPT})
        assert (answer.status_code, answer.json()) == (429, {"message": "Too Many Requests"})
        assert int(answer.headers["retry-after"]) == 60
        await submit(mock, key="pictai_other")
        await mock.advance(60)
        await submit(mock)
