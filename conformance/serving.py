"""An ASGI application on a port, in the loop that runs already."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn


@contextlib.asynccontextmanager
async def served(
    app: Callable[[Any, Any, Any], Any], host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve an application for as long as the block runs. Its address."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        config = uvicorn.Config(
            app, log_config=None, access_log=False, log_level="critical", lifespan="off"
        )
        server = _Quiet(config)
        task = asyncio.create_task(server.serve([bound]))
        try:
            await server.up.wait()
            yield f"http://{host}:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


class _Quiet(uvicorn.Server):
    """Leaves signals to the program it runs in, and tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
