"""kie.ai: every row of the tables of codes, and what a request has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.contract import document
from mockserver.contract.message import Call, Problem
from mockserver.providers import kie
from tests.conftest import MakeMock, Mock, blind, only
from tests.providers.kie_steps import (
    API,
    CONTRACT,
    DAY,
    TEXT,
    asked,
    done,
    envelope,
    failed,
    generate,
    hd,
    posted,
)

HTTP = document.load("kie", {"status": "http"})
API_ROWS = [
    name
    for name, row in CONTRACT.errors.items()
    if row.media_type == "application/json" and not name.startswith("upload-")
]
# Body code → the errors that stand for it: the dossier's table, row by row.
CODES = {
    400: {"flagged", "not-english", "image-unreachable", "unsafe-image", "processing-1080p"},
    401: {"unauthenticated", "bad-key"},
    402: {"no-credits"},
    404: {"unknown-source", "no-route"},
    405: {"no-method"},
    408: {"upstream-silent"},
    422: {
        *("malformed", "invalid", "media-type", "not-found", "unknown-record", "too-old"),
        *("not-success", "no-result-data", "blank-result-data", "empty-result-data"),
        *("source-not-success", "source-upgraded", "source-too-old", "processing-4k", "done-4k"),
        *("rejected-by-flow", "wrong-url"),
    },
    429: {"rate-limit"},
    433: {"sub-key-cap"},
    451: {"image-fetch"},
    455: {"maintenance"},
    500: {"missing-field", "internal", "failed-internally", "failed-in-time"},
    501: {"generation-failed", "extension-failed", "failed"},
    505: {"disabled"},
}


mock = only("kie")


def test_every_code_of_the_table_has_its_errors() -> None:
    found: dict[int, set[str]] = {}
    for name in API_ROWS:
        found.setdefault(int(CONTRACT.errors[name].code), set()).add(name)
    assert found == CODES


@pytest.mark.parametrize("name", API_ROWS)
def test_an_error_rides_in_an_http_200_or_is_the_status(name: str) -> None:
    """Decision A1: 429 alone is an HTTP status by default; with status=http each is."""
    call = Call(1, 0.0, "POST", "/api/v1/veo/generate", "", {})
    problem = Problem(name, {"detail": "why", "name": "prompt"})
    live = kie.refuse(problem, call, blind(CONTRACT))
    code = int(CONTRACT.errors[name].code)
    assert live.status == (429 if code == 429 else 200)
    assert set(live.body) == {"code", "msg", "data"}
    assert (live.body["code"], live.body["data"]) == (code, None)
    assert live.body["msg"]
    assert "{" not in live.body["msg"]
    http = kie.refuse(problem, call, blind(HTTP))
    assert (http.status, http.body) == (code, live.body)


@pytest.mark.parametrize("name", API_ROWS)
def test_every_operation_may_answer_what_it_lists(name: str) -> None:
    """The codes an operation lists are those its answers may have."""
    code = int(CONTRACT.errors[name].code)
    for operation in CONTRACT.operations:
        media = operation.responses["200"].media.get("application/json", "")
        if name not in operation.errors or not media:
            continue
        schemas = CONTRACT.document["components"]["schemas"]
        answer = CONTRACT.document["paths"][operation.path][operation.method.lower()]["responses"]
        reference = answer["200"]["content"]["application/json"]["schema"]["$ref"]
        known = schemas[reference.rpartition("/")[2]]["properties"]["code"].get("enum", [code])
        assert code in known, (operation.id, name)


async def test_errors_are_http_statuses_where_the_setting_says_so(make_mock: MakeMock) -> None:
    chosen = {"kie": {"status": "http", "credits": "10"}}
    async with make_mock(providers=("kie",), chosen=chosen, keys=frozenset({"test-key"})) as mock:
        body = {"taskId": "none", "prompt": "On"}
        statuses = [
            (await mock.post(f"{API}/veo/extend", json=body, key="")).status_code,
            (await mock.post(f"{API}/veo/extend", json=body, key="other")).status_code,
            (await mock.post(f"{API}/veo/extend", json=body)).status_code,
            (await mock.post(f"{API}/veo/extend", json={})).status_code,
            (await mock.post(f"{API}/veo/generate", json=TEXT)).status_code,
            (await mock.get(f"{API}/veo/record-info?taskId=none")).status_code,
            (await mock.get(f"{API}/nothing")).status_code,
            (await mock.get(f"{API}/veo/extend")).status_code,
        ]
        assert statuses == [401, 401, 404, 422, 402, 422, 404, 405]


async def test_who_calls_has_to_be_told(make_mock: MakeMock) -> None:
    async with make_mock(providers=("kie",), keys=frozenset({"test-key"})) as mock:
        missing = await asked(mock, "chat/credit", key="")
        assert missing == {"code": 401, "msg": "You do not have access permissions", "data": None}
        wrong = await asked(mock, "chat/credit", key="another")
        assert wrong["code"] == 401
        assert wrong["msg"].startswith("Unauthorized")


async def test_a_source_has_to_be_a_task_of_ones_own_that_succeeded(mock: Mock) -> None:
    """Decision A7."""
    running = await generate(mock)
    bad = failed(mock, running, "failed")

    async def said(id: str) -> tuple[int, str]:
        answer = await posted(mock, "veo/extend", {"taskId": id, "prompt": "On"})
        assert answer["data"] is None
        return answer["code"], answer["msg"]

    assert await said("none") == (404, "Not Found - Original video or task does not exist")
    assert await said(running) == (422, "record status is not success")
    await mock.advance(DAY)
    assert await said(bad) == (422, "record status is not success")
    await mock.advance(14 * DAY)
    assert await said(running) == (422, "Temporarily supports records within 14 days")
    assert "source-too-old" in mock.last()["say"]


async def test_a_video_that_is_no_longer_kept_is_an_empty_result(mock: Mock) -> None:
    id = await done(mock)
    mock.app.world.files("kie").remove(id)
    answer = await posted(mock, "veo/extend", {"taskId": id, "prompt": "On"})
    assert (answer["code"], answer["msg"]) == (422, "record result data is empty")
    assert (await hd(mock, id))["msg"] == "record result data is empty"


@pytest.mark.parametrize(("unknown", "code"), [("422", 422), ("404", 404), ("null-data", 200)])
async def test_an_unknown_task_is_answered_as_the_setting_says(
    make_mock: MakeMock, unknown: str, code: int
) -> None:
    """Decision A8."""
    chosen = {"kie": {"unknown-task": unknown, "record-lag": "10"}}
    async with make_mock(providers=("kie",), chosen=chosen) as mock:
        answer = await asked(mock, "veo/record-info?taskId=none")
        assert (answer["code"], answer["data"]) == (code, None)
        if unknown == "422":
            assert "record is null" in answer["msg"]
        id = await generate(mock)
        assert await asked(mock, f"veo/record-info?taskId={id}") == answer, "not yet is unknown"
        await mock.advance(10)
        later = await asked(mock, f"veo/record-info?taskId={id}")
        assert (later["code"], later["data"]["successFlag"]) == (200, 0)


@pytest.mark.parametrize(("missing", "code"), [("422", 422), ("500", 500)])
async def test_a_missing_field_is_answered_as_the_setting_says(
    make_mock: MakeMock, missing: str, code: int
) -> None:
    """Decision A16; anything else that is wrong stays 422."""
    async with make_mock(providers=("kie",), chosen={"kie": {"missing-field": missing}}) as mock:
        for path, body in (("generate", {}), ("extend", {"prompt": "x"}), ("get-4k-video", {})):
            answer = await posted(mock, f"veo/{path}", body)
            assert (answer["code"], answer["data"]) == (code, None)
            assert (answer["msg"] == "This field is required") is (code == 500)
        assert (await asked(mock, "veo/record-info"))["code"] == code
        assert (await posted(mock, "veo/generate", {**TEXT, "model": "veo4"}))["code"] == 422


@pytest.mark.parametrize(
    ("content", "media", "message"),
    [
        (b"{", "application/json", "The request body is not valid JSON"),
        (b"a=b", "application/x-www-form-urlencoded", "Content-Type must be application/json"),
        (b"", "application/json", "body is missing"),
        (b"[]", "application/json", "must be object"),
    ],
)
async def test_a_body_that_is_none_is_422(
    mock: Mock, content: bytes, media: str, message: str
) -> None:
    headers = {"Content-Type": media}
    answer = envelope(await mock.post(f"{API}/veo/generate", content=content, headers=headers))
    assert (answer["code"], answer["data"]) == (422, None)
    assert message in answer["msg"]


async def test_a_body_that_is_too_large_meets_the_proxy(mock: Mock) -> None:
    body = {"prompt": "x" * (1024 * 1024)}
    answer = await mock.post(f"{API}/veo/generate", json=body)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


async def test_more_than_20_tasks_in_10_seconds_are_an_http_429(make_mock: MakeMock) -> None:
    async with make_mock(providers=("kie",), limits="documented") as mock:
        for _ in range(20):
            await generate(mock)
        answer = await mock.post(f"{API}/veo/generate", json=TEXT)
        assert (answer.status_code, answer.json()["code"]) == (429, 429)
        assert answer.json()["data"] is None
        assert (await asked(mock, "chat/credit"))["code"] == 200, "only new tasks are counted"
        assert (await posted(mock, "veo/generate", TEXT, key="other"))["code"] == 200
        await mock.advance(10)
        await generate(mock)


async def test_without_limits_there_is_no_429(mock: Mock) -> None:
    for _ in range(25):
        await generate(mock)


@pytest.mark.parametrize("path", ["/kie/api/v1/api/v1/veo/generate", "/kie/api/v1/aleph/generate"])
async def test_a_route_that_is_none_is_404_in_the_envelope(mock: Mock, path: str) -> None:
    """Decisions A24 and A25: a doubled prefix is no crash."""
    answer = envelope(await mock.post(path, json=TEXT))
    assert (answer["code"], answer["data"]) == (404, None)


async def test_a_wrong_method_is_405_in_the_envelope(mock: Mock) -> None:
    """Decision A25."""
    answer = await mock.get(f"{API}/veo/generate")
    assert envelope(answer)["code"] == 405
    assert answer.headers["allow"] == "POST"


LEGACY: Mapping[str, Any] = {
    "aspectRatio": "9:16",
    "replyUrl": "https://client.example.com",
    "imageUrl": "https://media.example.com/a.png",
}


async def test_unknown_fields_are_ignored_and_noted(mock: Mock) -> None:
    """Decision A15."""
    answer = await mock.post(f"{API}/veo/generate", json={**TEXT, **LEGACY})
    assert answer.json()["code"] == 200
    assert "replyUrl" in answer.headers["x-mock-diagnosis"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("generate", {**TEXT, "aspectRatio": "9:16"}),
        ("generate", {**TEXT, "replyUrl": "https://client.example.com"}),
        ("extend", {"taskId": "none", "prompt": "On", "aspect_ratio": "16:9"}),
        ("get-4k-video", {"taskId": "none", "quality": "high"}),
    ],
)
async def test_unknown_fields_are_422_where_the_setting_says_so(
    make_mock: MakeMock, path: str, body: dict[str, Any]
) -> None:
    """Decision A15."""
    async with make_mock(providers=("kie",), chosen={"kie": {"unknown-keys": "strict"}}) as mock:
        assert (await posted(mock, f"veo/{path}", body))["code"] == 422
        known = {**TEXT, "enableFallback": False, "seeds": 12345, "enableTranslation": True}
        assert (await posted(mock, "veo/generate", known))["code"] == 200


@pytest.mark.parametrize("translate", [True, False])
async def test_translation_has_no_visible_effect(mock: Mock, translate: bool) -> None:
    """Decision A17."""
    body = {**TEXT, "prompt": "雨の中の路面電車", "enableTranslation": translate}
    assert (await posted(mock, "veo/generate", body))["code"] == 200


@pytest.mark.parametrize(
    ("seeds", "code"), [(10000, 200), (99999, 200), (9999, 422), (100000, 422), ("12345", 422)]
)
async def test_seeds_of_a_generation_are_taken_within_their_range(
    mock: Mock, seeds: object, code: int
) -> None:
    """Decision A18."""
    assert (await posted(mock, "veo/generate", {**TEXT, "seeds": seeds}))["code"] == code
