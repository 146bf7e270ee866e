"""A simulator with a proxy before it, in a thread: for as long as a command runs."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mockserver import providers, serve
from mockserver.app import App
from mockserver.contract import document, hosts
from mockserver.execution.surroundings import House
from mockserver.proxy.authority import Authority, NoAuthority
from mockserver.proxy.gate import Gate
from mockserver.proxy.proxy import Backends, Proxy
from mockserver.settings import UserError
from mockserver.web.protocol import Protocol

if TYPE_CHECKING:
    from mockserver.rpc.server import Rpc

LOCAL = "127.0.0.1"
SECOND = 1.0  # how often a server has to be told what time it is
HTTP = "http/1.1"


class Front(serve.Server):
    """Listens for plain calls, for calls over TLS, and as a proxy. Close it when done.

    `folder` is for files that clients need meanwhile. What `serve` would log is for nobody here.
    The application is the caller's to close.
    """

    def __init__(self, app: App, port: int) -> None:
        self.app = app
        self.gate = _gate(app)
        self.authority = _authority(self.gate)
        self._listeners = _bound(port), serve.bound(LOCAL, 0), serve.bound(LOCAL, 0)
        self.folder = Path(tempfile.mkdtemp(prefix="mockserver-exec-"))
        self._began = threading.Event()
        plain, secure, proxy = self._listeners
        super().__init__(
            serve.server(app, plain, _nothing, "critical").config, app, self._began.set
        )
        self.house = House(serve.url_of(plain), proxy.getsockname()[1])
        self._backends = Backends(_port(plain), _port(secure), self._rpc_port)
        self._rpc: asyncio.Task[Rpc] | None = None
        self._thread = threading.Thread(target=self.run, args=([plain],), daemon=True)

    def start(self) -> None:
        """Return when everything listens."""
        self._thread.start()
        while not self._began.wait(0.05):
            if not self._thread.is_alive():
                raise UserError("the simulator did not start")

    def close(self) -> None:
        """End it, and remove its files."""
        if self._began.is_set() and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(serve.STOP_SECONDS + 2)
        for one in self._listeners:
            one.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        _, secure, proxy = self._listeners
        self._proxy = Proxy(self.gate, self._backends, proxy)
        self._proxy.start()
        context = self.authority.server(HTTP)
        server = await self._loop.create_server(self._secured, sock=secure, ssl=context)
        await super().startup(sockets)
        self.servers.append(server)

    async def main_loop(self) -> None:
        while not self._over.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SECOND):
                    await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """At once: whoever called is gone."""
        self.app.end()
        for one in self.servers:
            one.close()
        await self._proxy.close()
        for connection in list(self.server_state.connections):
            cast(Protocol, connection).transport.abort()
        if self._rpc is not None:
            with contextlib.suppress(UserError):  # the client was told
                await (await self._rpc).close()
        await self.lifespan.shutdown()

    def _secured(self) -> asyncio.Protocol:
        protocol = _Secured(self.config, self.server_state, {}, self._loop)
        protocol.agreed = self._proxy.agreed
        return protocol

    async def _rpc_port(self, host: str) -> int | str:
        """Start a server for gRPC when the first client comes that speaks nothing else."""
        if self._rpc is None:
            self._rpc = asyncio.ensure_future(self._rpc_for(host))
        try:
            return (await asyncio.shield(self._rpc)).port
        except UserError as error:
            return f"spoke HTTP/2 alone, as gRPC does, and {error}"

    async def _rpc_for(self, host: str) -> Rpc:
        from mockserver import rpc

        tls = rpc.Tls(self.authority.chain, self.authority.key)
        return await rpc.start(self.app, host=LOCAL, port=0, tls=tls, authority=host)


class _Secured(Protocol):
    """A connection over TLS, which tells by its port that both sides came to terms."""

    agreed: Callable[[int], None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.agreed(transport.get_extra_info("peername")[1])
        super().connection_made(transport)


def _gate(app: App) -> Gate:
    others = [document.load(name) for name in providers.NAMES if name not in app.providers]
    return Gate(hosts.owners(app.contracts), hosts.owners(others), app.settings.policy)


def _authority(gate: Gate) -> Authority:
    try:
        return Authority((*gate.served, *gate.idle))
    except NoAuthority as error:
        raise UserError(str(error)) from None


def _bound(port: int) -> socket.socket:
    try:
        return serve.bound(LOCAL, port)
    except OSError as error:
        raise UserError(
            f"cannot listen on {LOCAL}:{port}: {error.strerror}; without --port a free one is taken"
        ) from None


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _nothing() -> None:
    """What is done when a server listens that is not run."""
