"""Keeps the code under test from real providers: their hosts are neither looked up nor called."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from mockserver.contract.model import Contract

LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
CONNECTS = ("connect", "connect_ex")
LOOP_CALLS = ("getaddrinfo", "create_connection")
WRAPS = ("wrap_socket", "wrap_bio")
CHANNELS = ("secure_channel", "insecure_channel")
PROXY = ("no_proxy", "NO_PROXY")
HERE = ("127.0.0.1", "localhost")
MOST = 100

Patch = tuple[Any, str, Any]
"""Where an attribute was replaced, its name, and what stood there itself (None: inherited)."""


class RealProvider(RuntimeError):
    """The code under test tried to reach a real provider. Nothing was sent to it."""


class Guard:
    """In its block, hosts of the contracts are out of reach, for all but the simulator's threads.

    No socket error: a client that retries on those would hide what is wrong. Proxies of the
    environment are not used for these hosts, nor for this machine.
    """

    def __init__(
        self, contracts: Iterable[Contract], spared: AbstractEventLoop | None, thread: str
    ) -> None:
        self.attempts: list[str] = []
        self._spared = spared
        self._thread = thread
        self._patches: list[Patch] = []
        self._environment: dict[str, str | None] = {}
        self._hosts: dict[str, str] = {}
        self._above: dict[str, str] = {}
        for contract in contracts:
            for one in contract.operations:
                self._hosts.update(dict.fromkeys(one.hosts, contract.name))
            self._hosts.update(dict.fromkeys(contract.hosts, contract.name))
            self._above.update({f".{host}": contract.name for host in contract.hosts})

    def __enter__(self) -> Guard:
        for name in LOOKUPS:
            self._replace(socket, name, self._lookup)
        for name in CONNECTS:
            self._replace(socket.socket, name, self._connect)
        for name in WRAPS:  # for those who resolve names without the system
            self._replace(ssl.SSLContext, name, self._wrap)
        if uvloop := sys.modules.get("uvloop"):  # resolves and connects without these
            for name in LOOP_CALLS:
                self._replace(uvloop.Loop, name, self._loop_call)
        for module in filter(None, map(sys.modules.get, ("grpc", "grpc.aio"))):  # likewise
            for name in CHANNELS:
                self._replace(module, name, self._channel)
        self._past_proxies()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for holder, name, own in reversed(self._patches):
            if own is None:
                delattr(holder, name)
            else:
                setattr(holder, name, own)
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._patches.clear()

    def provider_of(self, host: object) -> str:
        """Whose host that is; empty for anybody else's. Regions of an API host count as well."""
        if isinstance(host, bytes | bytearray):
            host = bytes(host).decode("ascii", "replace")
        if not isinstance(host, str):
            return ""
        name = host.lower().rstrip(".")
        if name in self._hosts:
            return self._hosts[name]
        return next((one for end, one in self._above.items() if name.endswith(end)), "")

    def _refuse(self, host: object) -> None:
        provider = self.provider_of(host)
        if not provider or threading.current_thread().name.startswith(self._thread):
            return
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        say = (
            f"the code under test tried to reach {text}, a real host of {provider}; "
            f"give it mock_providers.{provider}.base_url instead"
        )
        if say not in self.attempts and len(self.attempts) < MOST:
            self.attempts.append(say)
        raise RealProvider(say)

    def _lookup(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def lookup(host: Any, *rest: Any, **more: Any) -> Any:
            self._refuse(host)
            return real(host, *rest, **more)

        return lookup

    def _connect(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(one: socket.socket, address: Any, /) -> Any:
            if isinstance(address, tuple) and address:
                self._refuse(address[0])
            return real(one, address)

        return connect

    def _wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrap(context: Any, *rest: Any, **more: Any) -> Any:
            self._refuse(more.get("server_hostname"))
            return real(context, *rest, **more)

        return wrap

    def _loop_call(self, real: Callable[..., Any]) -> Callable[..., Any]:
        at = 0 if real.__name__ == "getaddrinfo" else 1

        def call(loop: Any, *rest: Any, **more: Any) -> Any:
            if loop is not self._spared:
                self._refuse(more["host"] if "host" in more else next(iter(rest[at:]), None))
            return real(loop, *rest, **more)

        return call

    def _channel(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def channel(target: str, *rest: Any, **more: Any) -> Any:
            self._refuse(target.rpartition("/")[2].partition(":")[0])
            return real(target, *rest, **more)

        return channel

    def _replace(
        self, holder: Any, name: str, made: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        self._patches.append((holder, name, vars(holder).get(name)))
        setattr(holder, name, made(getattr(holder, name)))

    def _past_proxies(self) -> None:
        for name in PROXY:
            before = self._environment[name] = os.environ.get(name)
            if before != "*":
                os.environ[name] = ",".join([*filter(None, [before]), *HERE, *self._hosts])
