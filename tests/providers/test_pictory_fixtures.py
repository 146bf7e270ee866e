"""Every fixture of Pictory: requests are sent as they are, what it sends is held to the spec."""

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
from tests.providers.pictory_steps import ask, submit

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CONTRACT = document.load("pictory")
CHECKER = Checker(CONTRACT)
API = {one.id: one for one in CONTRACT.operations if one.hosts == CONTRACT.hosts}
PUSHES = {push.name: push for one in CONTRACT.operations for push in one.pushes}

app, mock = shared(providers=("pictory",))


def fixtures(kind: str, which: str) -> list[Any]:
    """Operation and content, named as the file is."""
    found = sorted(FIXTURES.glob(f"{kind}/pictory/*/{which}/*.json"))
    assert found
    return [
        pytest.param(
            path.parts[-3], orjson.loads(path.read_bytes()), id=f"{path.parts[-3]}-{path.stem}"
        )
        for path in found
    ]


async def send(mock: Mock, operation: str, fixture: Json) -> httpx.Response:
    """A fixture over the wire; `{jobId}` in a path is a job of this key's."""
    route = API[operation]
    words = dict(fixture.get("path", {}))
    if words.get("jobid") == "{jobId}":
        words["jobid"] = await submit(mock)
    rest: dict[str, Any] = {"params": fixture["query"]} if "query" in fixture else {}
    if "body" in fixture:
        rest |= {"json": fixture["body"]}
    return await ask(mock, route.method, f"/pictory{at.fill(route.path, words)}", **rest)


def test_every_operation_of_the_api_has_fixtures() -> None:
    for kind in ("requests", "replies"):
        folders = {path.name for path in (FIXTURES / kind / "pictory").iterdir()}
        assert folders == set(API)
    assert {path.name for path in (FIXTURES / "webhooks/pictory").iterdir()} == set(PUSHES)


@pytest.mark.parametrize(("operation", "fixture"), fixtures("requests", "valid"))
async def test_a_valid_request_is_taken(mock: Mock, operation: str, fixture: Json) -> None:
    answer = await send(mock, operation, fixture)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("operation", "fixture"), fixtures("requests", "invalid"))
async def test_an_invalid_request_is_refused(mock: Mock, operation: str, fixture: Json) -> None:
    expect, before = fixture["expect"], len(mock.world.jobs)
    entry = CONTRACT.errors[expect["error"]]
    answer = await send(mock, operation, fixture)
    assert answer.status_code == expect["status"] == entry.status, answer.text
    body = answer.json()
    if expect["error"] == "not-found":
        assert body["data"] == {"error_code": entry.code, "error_message": entry.message}
    elif expect["error"] == "legacy-invalid":
        assert body["error"]["error_code"] == int(entry.code)
        assert expect["field"] in body["error"]["error_message"]
    else:
        assert body["code"] == entry.code
    if "fields" in body:
        assert expect["field"] in {row["name"] for row in body["fields"]}
        assert all(expect["field"] in body["message"] for _ in body["fields"])
    assert len(mock.world.jobs) == before


def breaches(operation: str, fixture: Json) -> tuple[object, ...]:
    reply = Reply(fixture["status"], fixture["body"])
    return CHECKER.reply(API[operation], reply, {})


@pytest.mark.parametrize(("operation", "fixture"), fixtures("replies", "valid"))
def test_a_known_reply_keeps_the_contract(operation: str, fixture: Json) -> None:
    assert breaches(operation, fixture) == ()


@pytest.mark.parametrize(("operation", "fixture"), fixtures("replies", "invalid"))
def test_a_wrong_reply_breaks_the_contract(operation: str, fixture: Json) -> None:
    assert breaches(operation, fixture)


@pytest.mark.parametrize(("push", "fixture"), fixtures("webhooks", "valid"))
def test_a_webhook_as_decided_keeps_the_contract(push: str, fixture: Json) -> None:
    assert CHECKER.push(PUSHES[push], fixture["body"]) == ()


@pytest.mark.parametrize(("push", "fixture"), fixtures("webhooks", "invalid"))
def test_a_wrong_webhook_breaks_the_contract(push: str, fixture: Json) -> None:
    assert CHECKER.push(PUSHES[push], fixture["body"])


def examples() -> list[Any]:
    """Every example in the spec, with the pointer of the schema beside it."""
    found = []
    for where, holder in at.walk(CONTRACT.document):
        if isinstance(holder, dict) and "schema" in holder and "examples" in holder:
            for name, row in holder["examples"].items():
                spot = at.write([*at.split(where), "schema"])
                found.append(pytest.param(spot, row["value"], id=f"{where}-{name}"[-60:]))
    return found


@pytest.mark.parametrize(("schema", "value"), examples())
def test_the_spec_s_own_examples_keep_it(schema: str, value: Json) -> None:
    assert list(CHECKER.value(value, schema, place="example")) == []


def test_every_push_has_an_example() -> None:
    for _, _, _, push in pushes(CONTRACT.document):
        assert push["requestBody"]["content"]["application/json"]["examples"]
