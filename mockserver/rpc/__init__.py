"""The providers that speak gRPC as well: the same simulator on a second port.

Every remote procedure is translated to the HTTP call that it stands for, and the reply back: jobs,
validation, scenarios, credits and journal are the same, whichever way a client comes. gRPC itself
and the stubs of the vendors' packages are imported when a port is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mockserver.settings import UserError

if TYPE_CHECKING:
    from mockserver.app import App
    from mockserver.rpc.server import Rpc

MISSING = "gRPC needs {name}, which is not installed: pip install 'mockserver[grpc]'"


class Tls(NamedTuple):
    """What a server shows and proves: a chain of certificates and the key, as PEM."""

    chain: bytes
    key: bytes


async def start(
    app: App,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: Tls | None = None,
    world: str = "",
    authority: str = "",
) -> Rpc:
    """Serve gRPC beside an application, in the loop that it runs in. UserError says why not.

    `world` is the one that calls without the metadata x-mock-world are for. Links in replies are
    made for the host `authority`, as if a client had named it; without one, as the application has
    it.
    """
    try:
        from mockserver.rpc import server

        return await server.start(
            app, host=host, port=port, tls=tls, world=world, authority=authority
        )
    except ModuleNotFoundError as error:
        raise UserError(MISSING.format(name=error.name)) from None
