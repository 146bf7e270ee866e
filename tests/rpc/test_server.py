"""The gRPC port itself: worlds, limits, certificates, and what it says when there is none."""

from __future__ import annotations

import asyncio
import base64
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
import xai_sdk
from xai_sdk.proto import video_pb2, video_pb2_grpc

from mockserver import rpc
from mockserver.app import App
from mockserver.media import recipe
from mockserver.settings import Settings, UserError
from mockserver.testing import MockProviders, RealProvider, running
from tests.rpc.conftest import (
    INTERVAL,
    MODEL,
    SOURCE,
    Client,
    bearer,
    calls,
    connected,
    metadata,
    order,
    status,
    stub,
)
from tests.wire.conftest import Served

MIB = 1024 * 1024
COMMAND = (sys.executable, "-m", "mockserver.cli", "serve", "--port", "0")
SOON = 5.0  # real seconds


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@asynccontextmanager
async def spoken(settings: Settings, **options: Any) -> AsyncIterator[tuple[App, int]]:
    """An application that speaks gRPC in this loop, and its port."""
    app = App(settings)
    try:
        server = await rpc.start(app, **options)
        try:
            yield app, server.port
        finally:
            await server.close()
    finally:
        await app.stop()
        app.close()


def asked(**fields: Any) -> video_pb2.ExtendVideoRequest:
    """An extension of a clip that is made up, as it cannot be fetched."""
    return video_pb2.ExtendVideoRequest(
        prompt="on", video={"url": "https://example.com/a.mp4"}, duration=2, **fields
    )


def video(channel: grpc.aio.Channel) -> Any:
    made: Any = video_pb2_grpc.VideoStub
    return made(channel)


def test_the_command_says_where_it_speaks_and_stops_cleanly(tmp_path: Path) -> None:
    served = Served("--grpc-port", "0", "--speed", "10000")
    assert served.process.stdout is not None
    lines = iter(served.process.stdout.readline, "")
    name, host, *whom = next(line for line in lines if "grpc" in line).split()
    source = f"{served.url}/_mock/sources/{SOURCE}.mp4"
    with xai_sdk.Client(api_key="k", api_host=host) as client:
        response = client.video.extend("on", MODEL, source, duration=2, interval=INTERVAL)
    code, out, err = served.stop()
    assert (name, whom) == ("grpc", ["for", "xai"])
    assert host.startswith("localhost:")
    assert response.url.startswith(f"{served.url}/xai/")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "stopped; this would have cost: xai 0.13 usd"


def test_a_port_that_is_taken_is_said(taken: int) -> None:
    done = run(*COMMAND, "--grpc-port", str(taken))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"mockserver: cannot listen on 127.0.0.1:{taken} for gRPC: Address already in use; "
        "--grpc-port 0 picks a free port\n"
    )


@pytest.mark.parametrize("package", ["grpc", "xai_sdk", "google.protobuf"])
def test_a_package_that_is_missing_is_said(package: str) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from mockserver.cli import main\n"
        "sys.exit(main(['serve', '--port', '0', '--grpc-port', '0']))"
    )
    done = run(sys.executable, "-c", program)
    assert done.returncode == 2
    assert done.stderr.startswith(f"mockserver: gRPC needs {package}")
    assert done.stderr.endswith("which is not installed: pip install 'mockserver[grpc]'\n")


def test_nothing_of_grpc_is_imported_unasked() -> None:
    program = (
        "import sys, mockserver.cli, mockserver.commands, mockserver.testing\n"
        "with mockserver.testing.running() as mock: mock.xai.base_url\n"
        "sys.exit(' '.join({'grpc', 'google', 'xai_sdk'} & sys.modules.keys()) or 0)"
    )
    done = run(sys.executable, "-c", program)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_around_the_stubs_is_not_imported() -> None:
    program = (
        "import sys, mockserver.testing\n"
        "with mockserver.testing.running() as mock: mock.xai.grpc_port\n"
        "sys.exit('xai_sdk' in sys.modules)"
    )
    assert run(sys.executable, "-c", program).returncode == 0


async def test_providers_that_speak_no_grpc_are_said() -> None:
    with pytest.raises(UserError, match=r"none of the chosen .* those that do: xai"):
        async with spoken(Settings(providers=("ltx", "kie"))):
            pass


def test_a_provider_without_grpc_has_no_port(mock: MockProviders) -> None:
    with pytest.raises(AttributeError, match=r"kie speaks no gRPC; those that do: xai"):
        _ = mock.kie.grpc_port


async def test_certificates_are_the_callers() -> None:
    authority = trustme.CA()
    own = authority.issue_cert("api.x.ai")
    chain = b"".join(one.bytes() for one in own.cert_chain_pems)
    tls = rpc.Tls(chain, own.private_key_pem.bytes())
    trusted = grpc.ssl_channel_credentials(authority.cert_pem.bytes())
    named = (("grpc.ssl_target_name_override", "api.x.ai"),)
    async with spoken(Settings(clock="virtual"), tls=tls) as (_, port):
        where = f"localhost:{port}"
        async with grpc.aio.secure_channel(where, trusted, named) as channel:
            started = await video(channel).ExtendVideo(
                asked(), metadata=(("authorization", "Bearer k"),)
            )
        async with grpc.aio.insecure_channel(where) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await video(channel).ExtendVideo(asked())
    assert started.request_id
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_world_is_named_in_metadata() -> None:
    async with spoken(Settings(clock="virtual"), world="mine") as (app, port):
        key = ("authorization", "Bearer k")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await video(channel).ExtendVideo(asked(), metadata=(key,))
            await video(channel).ExtendVideo(asked(), metadata=(key, ("x-mock-world", "other")))
            for name in ("../x", "a/b"):
                with pytest.raises(grpc.aio.AioRpcError) as error:
                    await video(channel).ExtendVideo(
                        asked(), metadata=(key, ("x-mock-world", name))
                    )
                assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        counted = {world.name: len(list(world.jobs)) for world, _ in app.all()}
    assert counted == {"default": 0, "mine": 1, "other": 1}


async def test_links_are_made_for_the_host_that_is_stood_in_for() -> None:
    settings = Settings(clock="virtual", proxied=True)
    async with spoken(settings, authority="api.x.ai") as (app, port):
        key = (("authorization", "Bearer k"),)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            started = await video(channel).ExtendVideo(asked(), metadata=key)
            await app.world.clock.advance(300)
            shown = await video(channel).GetDeferredVideo(
                video_pb2.GetDeferredVideoRequest(request_id=started.request_id), metadata=key
            )
    assert shown.response.video.url.startswith("https://vidgen.x.ai/xai-vidgen-bucket/")


async def test_it_ends_soon_although_calls_wait() -> None:
    settings = Settings(clock="virtual", setup={"rule": [{"on": "create", "delay": 60.0}]})
    async with asyncio.timeout(SOON):
        async with spoken(settings) as (_, port):
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                key = (("authorization", "Bearer k"),)
                calling = asyncio.ensure_future(video(channel).ExtendVideo(asked(), metadata=key))
                await asyncio.wait({calling}, timeout=0.1)
            calling.cancel()


def streamed(mock: MockProviders, name: str, messages: list[bytes]) -> bytes:
    """What a procedure answers to some messages, whatever is in them."""
    with grpc.insecure_channel(f"localhost:{mock.xai.grpc_port}") as channel:
        call: Any = channel.stream_unary(name)
        return bytes(call(iter(messages), metadata=bearer(mock)))


def large(into: Path, size: int) -> str:
    """A data URL of a clip with so many bytes of nothing in it."""
    recipe.make(recipe.parse(SOURCE), into)
    box = (size + 8).to_bytes(4, "big") + b"free" + bytes(size)
    return "data:video/mp4;base64," + base64.b64encode(into.read_bytes() + box).decode()


def test_a_clip_may_come_in_the_message(mock: MockProviders, tmp_path: Path) -> None:
    with connected(mock) as client:
        order(mock, client, video_url=large(tmp_path / "a.mp4", 10 * MIB))
    mock.clock.advance(until="idle")
    assert [one["state"] for one in mock.jobs] == ["done"]


def test_a_message_is_bounded_on_both_sides(mock: MockProviders, tmp_path: Path) -> None:
    url = large(tmp_path / "a.mp4", 16 * MIB)
    options = [("grpc.max_send_message_length", 64 * MIB)]
    for more in ({}, {"channel_options": options}):
        with connected(mock, **more) as client, pytest.raises(grpc.RpcError) as error:
            order(mock, client, video_url=url)
        assert status(error)[0] == "RESOURCE_EXHAUSTED"
    assert mock.jobs == []


def test_a_procedure_that_is_not_there_is_noted(mock: MockProviders, client: Client) -> None:
    with pytest.raises(grpc.RpcError) as error:
        client.models.list_language_models()
    assert status(error)[0] == "UNIMPLEMENTED"
    assert "/xai_api.Models/ListLanguageModels" in metadata(error)["x-mock-diagnosis"]
    assert calls(mock) == [("ListLanguageModels", 404)]


def test_a_service_of_nobody_is_unknown(mock: MockProviders) -> None:
    with pytest.raises(grpc.RpcError) as error:
        streamed(mock, "/grpc.health.v1.Health/Check", [b""])
    assert status(error)[0] == "UNIMPLEMENTED"
    assert mock.journal == []


@pytest.mark.parametrize("name", ["Video/ExtendVideo", "Files/UploadFile", "Files/ListFiles"])
def test_bytes_that_are_no_message_are_refused(mock: MockProviders, name: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        streamed(mock, f"/xai_api.{name}", [b"\xff\xff"])
    assert status(error) == ("INTERNAL", "Exception deserializing request!")
    assert mock.bugs == []


def test_a_call_without_a_message_is_an_empty_one(mock: MockProviders) -> None:
    with pytest.raises(grpc.RpcError) as error:
        streamed(mock, "/xai_api.Video/GetDeferredVideo", [])
    assert status(error)[0] == "NOT_FOUND"


def test_metadata_that_http_has_no_place_for_do_no_harm(mock: MockProviders) -> None:
    odd = (*bearer(mock), ("x-raw-bin", b"\0\xff"), ("content-length", "5"), ("x-a", "1, 2"))
    with stub(mock, "Video") as service:
        service.GenerateVideo(video_pb2.GenerateVideoRequest(prompt="on"), metadata=odd)
    assert len(mock.jobs) == 1


def ending(call: Callable[[], object]) -> str:
    """The status that a call ends with."""
    try:
        call()
    except grpc.RpcError as error:
        ended: Any = error
        return str(ended.code().name)
    return "OK"


@pytest.mark.parametrize("seed", range(6))
def test_a_hostile_provider_stays_within_what_grpc_allows(seed: int) -> None:
    with running(seed=seed, hostile=str(seed), clock="real", speed=10_000.0) as mock:
        with connected(mock) as client:
            ends = {
                ending(call)
                for call in (lambda: order(mock, client), client.files.list)
                for _ in range(5)
            }
        assert mock.bugs == []
    assert ends <= {"OK", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL"}
    assert "OK" in ends


def test_a_client_that_was_given_no_host_is_held_back(mock: MockProviders) -> None:
    for kind in (xai_sdk.Client, xai_sdk.AsyncClient):
        with pytest.raises(RealProvider, match=r"api\.x\.ai, a real host of xai"):
            kind(api_key="k")
    assert len(mock.escapes) == 1
