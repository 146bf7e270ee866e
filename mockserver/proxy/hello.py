"""The first message of TLS, read for what a client asks: which name, and which protocols.

Nothing is answered here; whoever holds the bytes hands them on untouched.
"""

from __future__ import annotations

from typing import NamedTuple

HANDSHAKE, CLIENT_HELLO = 0x16, 0x01
SERVER_NAME, ALPN = 0, 16
LONGEST = 64 * 1024
RECORD_HEAD, MESSAGE_HEAD = 5, 4
RANDOM = 2 + 32  # the version and the random bytes, which come before what is read


class Hello(NamedTuple):
    """What a ClientHello says. `protocols` is its ALPN list, in its order."""

    name: str = ""
    protocols: tuple[str, ...] = ()

    @property
    def only_http2(self) -> bool:
        """Whether the client speaks HTTP/2 and no older HTTP: as gRPC does, and no browser."""
        return "h2" in self.protocols and not {"http/1.1", "http/1.0"}.intersection(self.protocols)


class NotTls(ValueError):
    """These bytes do not begin a TLS connection."""


def read(data: bytes) -> Hello | None:
    """What the beginning of a connection says; None while more of it has to come first."""
    message = _message(data)
    if message is None:
        return None
    try:
        return _hello(Reader(message))
    except IndexError:
        raise NotTls("a ClientHello whose lengths do not fit together") from None


def _message(data: bytes) -> bytes | None:
    """The first handshake message, put together from the records that it is spread over."""
    message, at = b"", 0
    while True:
        if at < len(data) and data[at] != HANDSHAKE:
            raise NotTls("no record of a handshake")
        if len(data) - at < RECORD_HEAD:
            return None
        if data[at + 1] != 3:
            raise NotTls("no version of TLS")
        size = int.from_bytes(data[at + 3 : at + RECORD_HEAD])
        message += data[at + RECORD_HEAD : at + RECORD_HEAD + size]
        if message and message[0] != CLIENT_HELLO:
            raise NotTls("no ClientHello")
        whole = MESSAGE_HEAD + int.from_bytes(message[1:MESSAGE_HEAD])
        if len(message) >= MESSAGE_HEAD and whole > LONGEST:
            raise NotTls("a ClientHello that is too long")
        if len(message) >= MESSAGE_HEAD and len(message) >= whole:
            return message[MESSAGE_HEAD:whole]
        at += RECORD_HEAD + size
        if at > LONGEST:
            raise NotTls("a ClientHello that is too long")


class Reader:
    """Bytes read from the front. IndexError when there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """The next so many bytes."""
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise IndexError
        self._at += count
        return found

    def number(self, width: int) -> int:
        """The next number, of so many bytes."""
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        """The next bytes that their own length stands before, in so many bytes."""
        return self.take(self.number(width))


def _hello(reader: Reader) -> Hello:
    reader.take(RANDOM)
    reader.vector(1)  # the session
    reader.vector(2)  # cipher suites
    reader.vector(1)  # compression
    found = Hello()
    extensions = Reader(reader.vector(2) if reader else b"")
    while extensions:
        kind, content = extensions.number(2), Reader(extensions.vector(2))
        if kind == SERVER_NAME:
            found = found._replace(name=_name(content))
        elif kind == ALPN:
            found = found._replace(protocols=_protocols(content))
    return found


def _name(content: Reader) -> str:
    names = Reader(content.vector(2))
    while names:
        kind, name = names.number(1), names.vector(2)
        if kind == 0:
            return name.decode("latin-1")
    return ""


def _protocols(content: Reader) -> tuple[str, ...]:
    found, names = [], Reader(content.vector(2))
    while names:
        found.append(names.vector(1).decode("latin-1"))
    return tuple(found)
