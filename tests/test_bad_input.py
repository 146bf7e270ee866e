"""Whatever is sent, the provider's error comes back, and the server is there afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import providers
from mockserver.contract import document
from mockserver.contract import pointer as at
from mockserver.contract.model import Operation
from mockserver.contract.pointer import fill
from mockserver.world.world import World
from tests.conftest import running_mock

Send = Callable[[Operation, bytes, str, str], httpx.Response]

OPERATIONS = [
    operation
    for name in (*providers.NAMES, "mock")
    for operation in document.load(name).operations
    if not any("text/event-stream" in one.media for one in operation.responses.values())  # no end
]

words = st.text(max_size=20)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars | words,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=3),
    max_leaves=10,
)


# The client under this test resolves "." and ".." itself and would call another path.
words_of_paths = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9).filter(
    lambda word: word not in (".", "..")
)


def bodies(operation: Operation) -> st.SearchStrategy[bytes]:
    """Bytes, any JSON, and objects whose names are right and whose values are anything."""
    named = st.dictionaries(st.sampled_from(sorted(operation.properties) or ["a"]), values)
    return st.binary(max_size=100) | (values | named).map(lambda one: json.dumps(one).encode())


@pytest.fixture(scope="module")
def send() -> Iterator[Send]:
    """Sends a call to one application that lives as long as this module."""
    with asyncio.Runner() as runner:
        context = running_mock(clock="real", speed=1_000_000.0)  # nobody waits for a job's end
        mock = runner.run(context.__aenter__())

        def sending(operation: Operation, body: bytes, media: str, path: str) -> httpx.Response:
            headers = {"Content-Type": media} if body else {}
            return runner.run(mock.request(operation.method, path, content=body, headers=headers))

        yield sending
        runner.run(context.__aexit__(None, None, None))


def path_of(operation: Operation, word: str) -> str:
    """The path of an operation with every parameter the same word."""
    names = [part.split("}")[0] for part in operation.path.split("{")[1:]]
    path = fill(operation.path, {name: quote(word, safe="") for name in names})
    return f"/{operation.provider}{path}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.provider}:{one.id}")
def test_no_call_brings_an_operation_out_of_its_contract(operation: Operation, send: Send) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        body = data.draw(bodies(operation)) if operation.bodies else b""
        media = data.draw(st.sampled_from([*operation.bodies, "text/plain"]))
        word = data.draw(words_of_paths)
        answer = send(operation, body, media, path_of(operation, word))
        route_lost = "/" in word or answer.status_code == 404
        declared = {str(answer.status_code), "default"} & operation.responses.keys()
        assert route_lost or declared
        assert answer.status_code < 500

    law()


def test_what_breaks_inside_is_a_declared_error_and_says_so(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the roof came down")

    monkeypatch.setattr(World, "birth", broken)
    operation = next(one for one in OPERATIONS if one.does == "create")
    with pytest.raises(AssertionError, match="the roof came down"):
        send(operation, examples(operation), "application/json", path_of(operation, "x"))


def examples(operation: Operation) -> bytes:
    """A body that the contract itself gives as an example."""
    contract = document.load(operation.provider).document
    schema = next(iter(operation.bodies.values()))
    media = at.follow(contract, schema.rpartition("/")[0])
    return json.dumps(next(iter(media["examples"].values()))["value"]).encode()
