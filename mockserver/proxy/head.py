"""The first lines of a request to a proxy: where it is meant to go, and how it is handed on."""

from __future__ import annotations

import re
from typing import NamedTuple

from mockserver.egress import places

LONGEST = 64 * 1024
END = b"\r\n\r\n"
METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}")
VERSION = re.compile(r"HTTP/1\.[01]")
URL = re.compile(r"(https?)://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)
PORTS = {"http": 80, "https": 443}
HOP = frozenset({"connection", "proxy-connection", "keep-alive", "proxy-authorization"})


class Head(NamedTuple):
    """A request to a proxy. A CONNECT has no scheme and no target."""

    method: str
    scheme: str
    host: str
    port: int
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]

    @property
    def tunnel(self) -> bool:
        """Whether the connection shall lead to the host, whatever is said on it."""
        return self.method == "CONNECT"

    def onward(self) -> bytes:
        """The head as the host gets it, for one request and its answer."""
        name = places.bracketed(self.host)
        host = name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"
        kept = [pair for pair in self.headers if pair[0].lower() not in {*HOP, "host"}]
        lines = [f"{self.method} {self.target} {self.version}", f"Host: {host}"]
        lines += [f"{name}: {text}" for name, text in kept]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


class BadHead(ValueError):
    """No request that a proxy could do anything with; the text says why."""


def read(data: bytes) -> Head:
    """What the lines before the first empty one ask for."""
    first, *lines = data.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not METHOD.fullmatch(method) or not VERSION.fullmatch(version):
        raise BadHead("no request of HTTP/1.1")
    headers = tuple(_header(line) for line in lines if line)
    if method == "CONNECT":
        host, port = _authority(target, 443)
        return Head(method, "", host, port, "", version, headers)
    if match := URL.fullmatch(target):
        scheme, place, path = match[1].lower(), match[2], match[3]
    else:  # a program that was led here, and thinks it speaks to the host
        scheme, place, path = "http", _host(headers), target
    host, port = _authority(place, PORTS[scheme])
    path = path.partition("#")[0]
    path = path if path.startswith("/") else f"/{path}"
    return Head(method, scheme, host, port, path, version, headers)


def _header(line: str) -> tuple[str, str]:
    name, colon, text = line.partition(":")
    if not colon or not METHOD.fullmatch(name):
        raise BadHead("a line that is no header")
    return name, text.strip()


def _host(headers: tuple[tuple[str, str], ...]) -> str:
    for name, text in headers:
        if name.lower() == "host":
            return text
    raise BadHead("a request without a host")


def _authority(text: str, port: int) -> tuple[str, int]:
    found = places.authority(text)
    if found is None:
        raise BadHead(f"{text[:80]!r} is no host")
    return found[0], found[1] or port
