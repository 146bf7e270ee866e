"""Every fixture of kie.ai: requests over the wire, replies and callbacks against the spec."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from mockserver.contract import document
from mockserver.contract.message import Reply
from mockserver.contract.model import Json
from mockserver.contract.validate import Checker
from tests.conftest import Mock, shared
from tests.providers.kie_steps import CONTRACT, done, generate, record

ROOT = Path(__file__).resolve().parents[2] / "fixtures"
REQUESTS = ROOT / "requests/kie"
REPLIES = ROOT / "replies/kie"
WEBHOOKS = ROOT / "webhooks/kie"
PUSHES = {push.name: push for operation in CONTRACT.operations for push in operation.pushes}

app, mock = shared(providers=("kie",))


def fixtures(folder: Path, kind: str) -> list[Any]:
    """Operation or push and file, named as the file is."""
    return [
        pytest.param(path.parts[-3], path, id=f"{path.parts[-3]}-{path.stem}")
        for path in sorted(folder.glob(f"*/{kind}/*.json"))
    ]


async def send(mock: Mock, name: str, path: Path) -> httpx.Response:
    """The answer to a fixture. `{task}`, `{running}` and `{url}` stand for what is there."""
    text, operation = path.read_text(), CONTRACT.operation(name)
    key = f"{name}-{path.parts[-2]}-{path.stem}"
    if "{task}" in text or "{url}" in text:
        id = await done(mock, key=key)
        text = text.replace("{task}", id)
        if "{url}" in text:
            result = (await record(mock, id, key=key))["response"]
            text = text.replace("{url}", result["resultUrls"][0])
    if "{running}" in text:
        text = text.replace("{running}", await generate(mock, key=key))
    return await mock.request(
        operation.method, f"/kie{operation.path}", key=key, **_parts(orjson.loads(text))
    )


def _parts(fixture: Json) -> dict[str, Any]:
    if "query" in fixture:
        return {"params": fixture["query"]}
    if "form" not in fixture:
        return {"json": fixture["body"]}
    parts: dict[str, Any] = {name: (None, one) for name, one in fixture["form"].items()}
    if file := fixture.get("file"):
        parts["file"] = (file["name"], file["content"].encode())
    return {"files": parts}


def test_every_operation_of_the_api_has_fixtures() -> None:
    asked = {one.id for one in CONTRACT.operations if one.security}
    assert {path.name for path in REQUESTS.iterdir()} == asked
    assert {path.name for path in REPLIES.iterdir()} == asked
    assert {path.name for path in WEBHOOKS.iterdir()} == set(PUSHES)


@pytest.mark.parametrize(("operation", "path"), fixtures(REQUESTS, "valid"))
async def test_a_valid_request_is_taken(mock: Mock, operation: str, path: Path) -> None:
    expect = orjson.loads(path.read_bytes()).get("expect", {"code": 200})
    answer = await send(mock, operation, path)
    assert (answer.status_code, answer.json()["code"]) == (200, expect["code"]), answer.text


@pytest.mark.parametrize(("operation", "path"), fixtures(REQUESTS, "invalid"))
async def test_an_invalid_request_is_refused(mock: Mock, operation: str, path: Path) -> None:
    expect = orjson.loads(path.read_bytes())["expect"]
    entry = CONTRACT.errors[expect["error"]]
    answer = await send(mock, operation, path)
    assert answer.status_code == expect["status"] == entry.status, answer.text
    assert answer.json()["code"] == expect["code"] == int(entry.code)
    said = mock.last()
    if "violations" not in said:
        assert f"#/x-mock/errors/{expect['error']}" in said["say"]


def replies(kind: str) -> list[Any]:
    return fixtures(REPLIES, kind)


def breaches(operation: str, fixture: Json) -> list[str]:
    """What a printed reply breaks, with the settings it belongs to."""
    contract = document.load("kie", fixture.get("settings", {}))
    reply = Reply(fixture["status"], fixture["body"])
    found = Checker(contract).reply(contract.operation(operation), reply, {})
    return [one.explain(contract.file) for one in found]


@pytest.mark.parametrize(("operation", "path"), replies("valid"))
def test_a_reply_that_the_pages_show_keeps_the_spec(operation: str, path: Path) -> None:
    assert breaches(operation, orjson.loads(path.read_bytes())) == []


@pytest.mark.parametrize(("operation", "path"), replies("invalid"))
def test_a_reply_that_is_none_breaks_the_spec(operation: str, path: Path) -> None:
    assert breaches(operation, orjson.loads(path.read_bytes()))


@pytest.mark.parametrize(("push", "path"), fixtures(WEBHOOKS, "valid"))
def test_a_callback_that_the_pages_show_keeps_the_spec(push: str, path: Path) -> None:
    body = orjson.loads(path.read_bytes())["body"]
    assert list(Checker(CONTRACT).value(body, PUSHES[push].schema, place="push")) == []


@pytest.mark.parametrize(("push", "path"), fixtures(WEBHOOKS, "invalid"))
def test_a_callback_that_is_none_breaks_the_spec(push: str, path: Path) -> None:
    body = orjson.loads(path.read_bytes())["body"]
    assert list(Checker(CONTRACT).value(body, PUSHES[push].schema, place="push"))


def examples() -> Iterator[Any]:
    """Every example that the spec itself prints, with the schema it stands beside."""
    for where, holder in _walk(CONTRACT.document["paths"], "/paths"):
        if "schema" in holder and "examples" in holder:
            for name, one in holder["examples"].items():
                yield pytest.param(f"{where}/schema", one["value"], id=f"{where[7:60]}-{name}")


def _walk(value: Json, where: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        yield where, value
        for name, one in value.items():
            yield from _walk(one, f"{where}/{name.replace('~', '~0').replace('/', '~1')}")


@pytest.mark.parametrize(("schema", "value"), list(examples()))
def test_an_example_of_the_spec_keeps_the_spec(schema: str, value: Json) -> None:
    assert list(Checker(CONTRACT).value(value, schema, place="example")) == []
