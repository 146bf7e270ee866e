"""The gRPC server: its port, its limits, and who speaks for which provider."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

import grpc
import grpc.aio

from mockserver import providers
from mockserver.rpc.call import Exchange, Running, Speaker
from mockserver.rpc.model import Dialect
from mockserver.rpc.stubs import methods
from mockserver.settings import UserError

if TYPE_CHECKING:
    from mockserver.app import App
    from mockserver.rpc import Tls

AT_ONCE = 1000
STOP_SECONDS = 0.5
OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.so_reuseport", 0),  # two servers would share a port, and neither would say so
    ("grpc.keepalive_permit_without_calls", 1),  # clients ping every 30 s, also between calls
    ("grpc.http2.max_ping_strikes", 0),
)


class Rpc:
    """A running gRPC server. `providers` are those it speaks for."""

    def __init__(
        self, server: grpc.aio.Server, port: int, speakers: Sequence[Speaker], running: Running
    ) -> None:
        self.port = port
        self.providers = tuple(one.provider for one in speakers)
        self._server = server
        self._running = running

    async def close(self) -> None:
        """End it, and break off what clients did not wait for."""
        await self._server.stop(STOP_SECONDS)
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def start(
    app: App, *, host: str, port: int, tls: Tls | None, world: str, authority: str
) -> Rpc:
    """Serve the providers of an application that speak gRPC. UserError says why not."""
    running: Running = set()
    speakers = tuple(_speakers(app, world, authority, running))
    if not speakers:
        able = ", ".join(name for name in providers.NAMES if _speaks(name))
        raise UserError(f"none of the chosen providers speaks gRPC; those that do: {able}")
    limit = max(one.dialect.MESSAGE_LIMIT for one in speakers)
    sizes = (("grpc.max_receive_message_length", limit), ("grpc.max_send_message_length", limit))
    server = grpc.aio.server(
        handlers=(Calls(speakers),), options=(*OPTIONS, *sizes), maximum_concurrent_rpcs=AT_ONCE
    )
    bound = _listening(server, host, port, tls)
    await server.start()
    return Rpc(server, bound, speakers, running)


class Calls(grpc.GenericRpcHandler):
    """Finds who answers a call: by its package, so that what a provider lacks is noted as well."""

    def __init__(self, speakers: Sequence[Speaker]) -> None:
        self._speakers = {
            name.partition(".")[0]: speaker for speaker in speakers for name in speaker.methods
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        name = str(handler_call_details.method).removeprefix("/")
        speaker = self._speakers.get(name.partition(".")[0])
        if speaker is None:
            return None
        # One kind for all: on the wire, one message is a stream of one.
        return grpc.stream_stream_rpc_method_handler(Exchange(speaker, name).run)


def _speakers(app: App, world: str, host: str, running: Running) -> Iterator[Speaker]:
    for name in app.providers:
        if _speaks(name):
            dialect = cast(Dialect, import_module(f"{__package__}.{name}"))
            found = methods(dialect.PACKAGE, dialect.folder(), dialect.STUBS)
            by_name = {one.name: one for one in found}
            yield Speaker(app, name, dialect, by_name, world, host, running)


def _speaks(provider: str) -> bool:
    return find_spec(f"{__package__}.{provider}") is not None


def _listening(server: grpc.aio.Server, host: str, port: int, tls: Tls | None) -> int:
    """The port that the server listens on from now on."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        _assure_free(host, port)
        if tls is None:
            return server.add_insecure_port(where)
        own = grpc.ssl_server_credentials([(tls.key, tls.chain)])
        return server.add_secure_port(where, own)
    except OSError as error:
        why = error.strerror
    except RuntimeError as error:
        why = str(error)
    raise UserError(f"cannot listen on {where} for gRPC: {why}; --grpc-port 0 picks a free port")


def _assure_free(host: str, port: int) -> None:
    """OSError when a port is taken, of which gRPC itself tells at length, and not to us."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen()
