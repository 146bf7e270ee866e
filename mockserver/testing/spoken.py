"""The gRPC port of one world, open from when it is first asked for until the world's test ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.rpc.server import Rpc
    from mockserver.testing.server import Server


class Spoken:
    """Where the providers of a world speak gRPC. `world` is empty for the one without a name."""

    def __init__(self, server: Server, world: str) -> None:
        self._server = server
        self._world = world
        self._rpc: Rpc | None = None

    def port(self, provider: str) -> int:
        """The port where a provider speaks. AttributeError when it does not speak gRPC."""
        from mockserver import rpc

        if self._rpc is None:
            started = rpc.start(self._server.app, world=self._world)
            self._rpc = self._server.submit(started).result()
        if provider not in self._rpc.providers:
            those = ", ".join(self._rpc.providers)
            raise AttributeError(f"{provider} speaks no gRPC; those that do: {those}")
        return self._rpc.port

    def close(self) -> None:
        """Close the port, if it was opened."""
        if self._rpc is not None:
            self._server.submit(self._rpc.close()).result()
            self._rpc = None
