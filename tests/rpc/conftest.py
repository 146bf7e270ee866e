"""The vendor's own SDK against a server in a thread: one world and one gRPC port for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any, TypeAlias
from zlib import crc32

import grpc
import pytest
import xai_sdk
from xai_sdk.proto import files_pb2_grpc, video_pb2_grpc

from mockserver.testing import MockProviders, Server

INTERVAL = timedelta(milliseconds=5)
SOURCE = "64x64-8fps-3s-noaudio"
MODEL = "grok-imagine-video"
DAY = 86400.0
# A job of half a minute takes 15 ms: pending when first asked for, done a moment later. A link
# lives for most of a minute.
SPEED = 2_000.0

Client: TypeAlias = Any
"""A client of xai_sdk, which has no types."""
Connect: TypeAlias = Callable[..., AbstractContextManager[Client]]


@pytest.fixture(scope="session")
def _still() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="session")
def _moving() -> Iterator[Server]:
    with Server(clock="real", speed=SPEED) as server:
        yield server


@pytest.fixture
def mock(_still: Server, request: pytest.FixtureRequest) -> Iterator[MockProviders]:
    """A world whose clock stands still until it is advanced."""
    with _still.world(f"w{crc32(request.node.nodeid.encode())}", 7) as mock:
        yield mock


@pytest.fixture
def fast(_moving: Server, request: pytest.FixtureRequest) -> Iterator[MockProviders]:
    """A world whose jobs end within milliseconds, for calls that wait for them."""
    with _moving.world(f"w{crc32(request.node.nodeid.encode())}", 7) as mock:
        yield mock


@contextmanager
def connected(mock: MockProviders, **options: Any) -> Iterator[Client]:
    """The SDK's client, knowing a host and a key."""
    where = {"api_key": mock.xai.key, "api_host": f"localhost:{mock.xai.grpc_port}"}
    with xai_sdk.Client(**{**where, **options}) as client:
        yield client


@pytest.fixture
def client(mock: MockProviders) -> Iterator[Client]:
    """A client in the world whose clock stands still."""
    with connected(mock) as one:
        yield one


@contextmanager
def stub(mock: MockProviders, service: str) -> Iterator[Any]:
    """A service without the SDK around it, which sends no key by itself."""
    made: Any = {"Video": video_pb2_grpc.VideoStub, "Files": files_pb2_grpc.FilesStub}[service]
    with grpc.insecure_channel(f"localhost:{mock.xai.grpc_port}") as channel:
        yield made(channel)


def bearer(mock: MockProviders) -> tuple[tuple[str, str], ...]:
    """The metadata that hold a key."""
    return (("authorization", f"Bearer {mock.xai.key}"),)


def order(mock: MockProviders, client: Client, **more: Any) -> str:
    """The id of a new extension of two seconds."""
    asked = {"prompt": "on", "model": MODEL, "video_url": mock.source(SOURCE), "duration": 2}
    return str(client.video.extend_start(**{**asked, **more}).request_id)


def extend(mock: MockProviders, client: Client, **more: Any) -> Any:
    """What the SDK returns for an extension of two seconds, having waited for it."""
    asked = {"prompt": "on", "model": MODEL, "video_url": mock.source(SOURCE), "duration": 2}
    return client.video.extend(**{**asked, "interval": INTERVAL, **more})


def status(error: pytest.ExceptionInfo[grpc.RpcError]) -> tuple[str, str]:
    """The status that a call ended with, and its sentence."""
    call: Any = error.value
    return call.code().name, call.details()


def metadata(error: pytest.ExceptionInfo[grpc.RpcError]) -> dict[str, str]:
    """What came behind the status."""
    call: Any = error.value
    return {one.key: one.value for one in call.trailing_metadata()}


def calls(mock: MockProviders) -> list[tuple[str, int]]:
    """The procedures called and the HTTP statuses they stand for, oldest first."""
    found = [one for one in mock.xai.journal if one["target"].startswith("/xai_api.")]
    found.sort(key=lambda one: one["number"])
    return [(one["target"].rpartition("/")[2], one["status"]) for one in found]
