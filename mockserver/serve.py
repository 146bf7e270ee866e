"""Running the application: a socket, a server, a clean stop, and a thread for those in a hurry."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from mockserver.app import App
from mockserver.settings import Settings
from mockserver.web.protocol import Protocol

if TYPE_CHECKING:
    from mockserver.rpc.server import Rpc

KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 3
YOUNG = 10_000  # objects before a look for garbage: jobs stay, and are looked through in vain


class Server(uvicorn.Server):
    """A server that says when it listens, and stops on a signal with exit status 0.

    With a `grpc` address set before it runs, it serves gRPC there as well: that is `rpc`.
    """

    def __init__(self, config: uvicorn.Config, app: App, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.grpc: tuple[str, int] | None = None
        self.rpc: Rpc | None = None
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self.grpc is not None:
            from mockserver import rpc

            host, port = self.grpc
            self.rpc = await rpc.start(self._app, host=host, port=port)
        await super().startup(sockets)
        if self.started:
            if threading.current_thread() is threading.main_thread():  # the process is ours
                gc.collect()
                gc.freeze()
                gc.set_threshold(YOUNG)
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.end()
        if self.rpc is not None:
            await self.rpc.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM ask the server to stop; nothing is raised again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        stops = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in stops}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. OSError says why there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(app: App, listener: socket.socket, ready: Callable[[], None], log: str = "") -> Server:
    """A server for an application on a socket, not yet running.

    `log` is the level of what it logs; where it is empty, nobody's logging is touched.
    """
    if not app.settings.public_url:
        app.address = url_of(listener)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=LOGGING_CONFIG if log else None,
        log_level=log or None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        http=Protocol,
        ws="none",
        loop="asyncio" if sys.platform == "win32" else "uvloop",
    )
    return Server(config, app, ready)


@contextlib.contextmanager
def running(settings: Settings, host: str = "127.0.0.1", port: int = 0) -> Iterator[App]:
    """A server in a thread, for as long as the block runs; its base URL is `app.address`."""
    app = App(settings)
    listener = bound(host, port)
    ready = threading.Event()
    one = server(app, listener, ready.set, "warning")
    thread = threading.Thread(target=one.run, args=([listener],), name="mockserver", daemon=True)
    thread.start()
    try:
        while not ready.wait(0.05):
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
        yield app
    finally:
        one.should_exit = True
        thread.join(STOP_SECONDS + 2)
        listener.close()
        app.close()
