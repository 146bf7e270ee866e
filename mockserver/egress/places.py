"""Where a URL points, before any name is resolved. Strict: two parsers must not disagree on it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from mockserver.egress.addresses import Address, address_of

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8192

_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:@%]+))(?::([0-9]{0,5}))?", re.IGNORECASE)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}")
# What other programs read as an IPv4 address: 127.1, 2130706433, 0x7f.1, 017700000001.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
# Escapes already in a URL stay as they are: a signed URL is signed with them.
_IN_PATH = "/%:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?[]"


class Refused(NamedTuple):
    """A request that is not made, and the sentence that explains it."""

    kind: Literal["bad-url", "not-allowed", "unresolved"]
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A URL taken apart. The host is in its one spelling: ASCII, lower case, no final dot."""

    scheme: str
    host: str
    port: int
    target: str
    literal: Address | None

    @property
    def local(self) -> bool:
        """Whether the name means this machine by definition (RFC 6761), whatever a DNS says."""
        return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def url(self) -> str:
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{bracketed(self.host)}{port}{self.target}"


@lru_cache(maxsize=256)
def place_of(url: str) -> Place | Refused:
    """Take an http or https URL apart, or say why nobody should request it."""
    if len(url) > LONGEST_URL:
        return _bad(url, f"is longer than {LONGEST_URL} characters")
    if _UNSAFE.search(url):
        return _bad(url, "holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
    except ValueError:
        return _bad(url, "is not a URL")
    if parts.scheme not in PORTS:
        return _bad(url, "has a scheme other than http and https")
    if "@" in parts.netloc:  # not shown: it holds a password
        return Refused("bad-url", "a URL with a user name or password in it is not requested")
    return _place(url, parts)


def authority(text: str) -> tuple[str, int | None] | None:
    """Host and port of `host`, `host:port` or `[IPv6]:port`; None if not to be trusted."""
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    host = _host(match[1] or match[2])
    port = int(match[3]) if match[3] else None
    return (host, port) if host and (port is None or 0 < port < 65536) else None


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_numeric(host: str) -> bool:
    """Whether a host is an IPv4 address to somebody, in whatever spelling."""
    return _NUMERIC.fullmatch(host) is not None


def _place(url: str, parts: SplitResult) -> Place | Refused:
    found = authority(parts.netloc)
    if found is None:
        return _bad(url, "names no host and port, or not in their usual form")
    host, port = found
    path = quote(parts.path or "/", safe=_IN_PATH)
    query = f"?{quote(parts.query, safe=_IN_QUERY)}" if parts.query else ""
    number = PORTS[parts.scheme] if port is None else port
    return Place(parts.scheme, host, number, path + query, address_of(host))


def _host(text: str) -> str | None:
    try:
        name = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    name = name.lower().removesuffix(".")
    if literal := address_of(name):
        return str(literal)
    return name if _NAME.fullmatch(name) and not is_numeric(name) else None


def _bad(url: str, why: str) -> Refused:
    shown = url if len(url) <= 100 else f"{url[:97]}..."
    return Refused("bad-url", f"{shown!r} {why}")
