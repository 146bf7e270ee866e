"""Connections that go to the pinned addresses and nowhere else.

The name stays in the Host header and in the TLS handshake. aiohttp takes a third of a second to
import, so that happens with the first request that is sent, not at the start of the program.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.egress.policy import Pinned

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from aiohttp import ClientResponse, ClientSession, TCPConnector
    from aiohttp.abc import AbstractResolver, ResolveResult

OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""What aiohttp would add by itself."""


def session(pinned: Pinned, *, connections: int = 100) -> ClientSession:
    """A session for requests of one origin, to be closed by the caller; use it through `send`.

    Takes no proxy or password from the environment, keeps no cookies, unpacks no body, adds no
    header beyond Host and framing, and sets no time limit: the caller's counts.
    """
    import aiohttp

    return aiohttp.ClientSession(
        connector=connector(pinned, connections=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=OWN_HEADERS,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
    )


def connector(pinned: Pinned, *, connections: int = 100) -> TCPConnector:
    """Connects to the pinned addresses and to nothing else, whatever URL it is given."""
    import aiohttp

    return aiohttp.TCPConnector(
        resolver=_resolver(pinned),
        socket_factory=_sockets(pinned),
        use_dns_cache=False,
        limit=connections,
    )


def send(
    session: ClientSession,
    method: str,
    pinned: Pinned,
    *,
    headers: Mapping[str, str],
    body: Any = None,
) -> AbstractAsyncContextManager[ClientResponse]:
    """One request, its URL exactly as pinned. A redirect is an answer and is not followed."""
    from yarl import URL

    url = URL(pinned.url, encoded=True)
    return session.request(method, url, headers=headers, data=body, allow_redirects=False)


def _resolver(pinned: Pinned) -> AbstractResolver:
    from aiohttp.abc import AbstractResolver

    class PinnedResolver(AbstractResolver):
        """Knows one name."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            if host != pinned.host:
                raise OSError(errno.EACCES, f"pinned to {pinned.host}, asked for {host}")
            return [_resolved(pinned, address) for address in pinned.addresses]

        async def close(self) -> None:
            """Holds nothing open."""

    return PinnedResolver()


def _resolved(pinned: Pinned, address: str) -> ResolveResult:
    return {
        "hostname": pinned.host,
        "host": address,
        "port": pinned.port,
        "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
        "proto": socket.IPPROTO_TCP,
        "flags": socket.AI_NUMERICHOST,
    }


def _sockets(pinned: Pinned) -> Callable[..., socket.socket]:
    """The last word: aiohttp asks no resolver about a URL that holds an address."""
    permitted = {(address, pinned.port) for address in pinned.addresses}

    def open_socket(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, sockaddr = info
        if sockaddr[:2] not in permitted:
            asked = f"pinned to {pinned.address}, asked for {sockaddr[0]}"
            raise PermissionError(errno.EACCES, asked)
        return socket.socket(family, kind, protocol)

    return open_socket
