"""Every fixture of Hooked: requests are sent as they are, replies and webhooks kept to the spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from mockserver.contract import document
from mockserver.contract import pointer as at
from mockserver.contract.check import pushes
from mockserver.contract.message import Reply
from mockserver.contract.model import Json
from mockserver.contract.validate import Checker
from tests.conftest import Mock, shared
from tests.providers.hooked_steps import EXTEND, LIST, ask, asked, post

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CONTRACT = document.load("hooked")
PUSHES = {one.name: one for one in CONTRACT.operation("extendVideo").pushes}
API = {one.id: one for one in CONTRACT.operations if one.security}

app, mock = shared(providers=("hooked",))


def fixtures(kind: str, operation: str, which: str) -> list[Any]:
    """Operation and content, named as the file is."""
    found = sorted(FIXTURES.glob(f"{kind}/hooked/{operation}/{which}/*.json"))
    return [
        pytest.param(path.parts[-3], orjson.loads(path.read_bytes()), id=f"{operation}-{path.stem}")
        for path in found
    ]


def told(answer: httpx.Response, mock: Mock, expect: Json) -> None:
    """Hold an answer to what a fixture expects, and the journal to who says so."""
    entry = CONTRACT.errors[expect["error"]]
    assert answer.status_code == expect["status"] == entry.status, answer.text
    assert answer.json()["success"] is False
    if expect["error"] != "invalid":
        assert answer.json()["message"] == entry.message
    if expect.get("rule") == "provider":
        assert f"#/x-mock/errors/{expect['error']}" in mock.last()["say"]


def test_every_operation_of_the_api_has_fixtures() -> None:
    for kind in ("requests", "replies"):
        folders = {path.name for path in (FIXTURES / kind / "hooked").iterdir()}
        assert folders == set(API)
    assert {path.name for path in (FIXTURES / "webhooks/hooked").iterdir()} == set(PUSHES)


@pytest.mark.parametrize(("operation", "fixture"), fixtures("requests", "extendVideo", "valid"))
async def test_a_valid_request_makes_a_video(mock: Mock, operation: str, fixture: Json) -> None:
    answer = await post(mock, fixture["body"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["status"] == "STARTED"


@pytest.mark.parametrize(("operation", "fixture"), fixtures("requests", "extendVideo", "invalid"))
async def test_an_invalid_request_is_refused(mock: Mock, operation: str, fixture: Json) -> None:
    before = len(mock.world.jobs)
    answer = await ask(
        mock,
        "POST",
        EXTEND,
        content=orjson.dumps(fixture["body"]),
        headers={"content-type": "application/json"},
    )
    told(answer, mock, fixture["expect"])
    assert ("violations" in mock.last()) == ("rule" not in fixture["expect"])
    assert len(mock.world.jobs) == before


@pytest.mark.parametrize(("operation", "fixture"), fixtures("requests", "listVideos", "valid"))
async def test_a_valid_query_is_answered(mock: Mock, operation: str, fixture: Json) -> None:
    answer = await ask(mock, "GET", LIST, params=fixture["query"], key="lists")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("operation", "fixture"), fixtures("requests", "listVideos", "invalid"))
async def test_an_invalid_query_is_refused(mock: Mock, operation: str, fixture: Json) -> None:
    answer = await ask(mock, "GET", LIST, params=fixture["query"], key="lists")
    told(answer, mock, fixture["expect"])
    assert next(iter(fixture["query"])) in answer.json()["message"]


@pytest.mark.parametrize(
    ("operation", "fixture"),
    [*fixtures("requests", "getVideo", "valid"), *fixtures("requests", "getVideo", "invalid")],
)
async def test_a_video_is_found_by_its_own_id_only(
    mock: Mock, operation: str, fixture: Json
) -> None:
    made = (await post(mock, asked())).json()["data"]
    path = at.fill(CONTRACT.operation(operation).path, fixture["path"])
    answer = await ask(mock, "GET", at.fill(path, made) if "{" in path else path)
    if "expect" in fixture:
        told(answer, mock, fixture["expect"])
    else:
        assert answer.json()["data"]["id"] == made["videoId"]


def breaches(operation: str, fixture: Json) -> tuple[object, ...]:
    contract = document.load("hooked", fixture.get("settings"))
    reply = Reply(fixture["status"], fixture["body"])
    return Checker(contract).reply(contract.operation(operation), reply, {})


@pytest.mark.parametrize(("operation", "fixture"), fixtures("replies", "*", "valid"))
def test_a_documented_reply_keeps_the_contract(operation: str, fixture: Json) -> None:
    assert breaches(operation, fixture) == ()


@pytest.mark.parametrize(("operation", "fixture"), fixtures("replies", "*", "invalid"))
def test_a_wrong_reply_breaks_the_contract(operation: str, fixture: Json) -> None:
    assert breaches(operation, fixture)


@pytest.mark.parametrize(("push", "fixture"), fixtures("webhooks", "*", "valid"))
def test_a_documented_webhook_keeps_the_contract(push: str, fixture: Json) -> None:
    assert Checker(CONTRACT).push(PUSHES[push], fixture["body"]) == ()


@pytest.mark.parametrize(("push", "fixture"), fixtures("webhooks", "*", "invalid"))
def test_a_wrong_webhook_breaks_the_contract(push: str, fixture: Json) -> None:
    assert Checker(CONTRACT).push(PUSHES[push], fixture["body"])


def examples() -> list[Any]:
    """Every example in the spec, with the schema beside it."""
    found = []
    for where, holder in at.walk(CONTRACT.document):
        if isinstance(holder, dict) and "schema" in holder and "examples" in holder:
            for name, row in holder["examples"].items():
                spot = at.write([*at.split(where), "schema"])
                found.append(pytest.param(spot, row["value"], id=f"{where}-{name}"[-60:]))
    return found


@pytest.mark.parametrize(("schema", "value"), examples())
def test_the_spec_s_own_examples_keep_it(schema: str, value: Json) -> None:
    assert list(Checker(CONTRACT).value(value, schema, place="example")) == []


def test_every_push_has_an_example() -> None:
    for _, _, _, push in pushes(CONTRACT.document):
        assert push["requestBody"]["content"]["application/json"]["examples"]
