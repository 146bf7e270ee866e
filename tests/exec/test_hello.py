"""What a client asks for is read from the first bytes of TLS, however they come."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.proxy import hello
from mockserver.proxy.hello import Hello, NotTls

# What is offered by clients as they are: curl, Node's fetch and https, Python's requests, gRPC.
OFFERS = [
    (["h2", "http/1.1"], False),
    (["http/1.1"], False),
    ([], False),
    (["h2"], True),
    (["grpc-exp", "h2"], True),
]


def said(protocols: Sequence[str] = (), name: str | None = "api.example.com") -> bytes:
    """The first bytes of a real client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if name is None:
        context.check_hostname = False
    if protocols:
        context.set_alpn_protocols(protocols)
    out = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


GOOD = said(["h2"])


def in_records(data: bytes, size: int) -> bytes:
    """The same message in records of so many bytes."""
    body = data[hello.RECORD_HEAD :]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(data[:3] + len(piece).to_bytes(2) + piece for piece in pieces)


@pytest.mark.parametrize(("protocols", "only_http2"), OFFERS)
def test_http_2_alone_is_told_from_every_other_offer(
    protocols: list[str], only_http2: bool
) -> None:
    found = hello.read(said(protocols))
    assert found == Hello("api.example.com", tuple(protocols))
    assert found.only_http2 is only_http2


def test_a_client_may_name_no_host() -> None:
    assert hello.read(said(["h2"], name=None)) == Hello("", ("h2",))


@pytest.mark.parametrize("size", [1, 7, 100, 4000])
def test_a_message_may_be_spread_over_records(size: int) -> None:
    assert hello.read(in_records(said(["h2"]), size)) == Hello("api.example.com", ("h2",))


def test_nothing_is_decided_before_the_message_is_whole() -> None:
    data = said(["h2", "http/1.1"])
    assert [hello.read(data[:count]) for count in range(len(data))] == [None] * len(data)
    assert hello.read(data + b"what comes later") is not None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"PRI * HTTP/2.0\r\n",
        b"\x16\x02\x01\x00\x05hello",  # no version of TLS
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",  # what a server says
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",  # 16 MB of greeting
        b"\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03",  # no room for what it must have
        b"\x15\x03\x01\x00\x02\x02\x28",
    ],
)
def test_what_is_no_greeting_is_told_so(data: bytes) -> None:
    with pytest.raises(NotTls):
        hello.read(data)


def test_endless_small_records_come_to_an_end() -> None:
    record = b"\x16\x03\x01\x00\x01\x01"
    with pytest.raises(NotTls, match="too long"):
        hello.read(record + b"\x16\x03\x01\x00\x00" * hello.LONGEST)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 250))
def test_no_bytes_break_it(noise: bytes, at: int) -> None:
    for data in (noise, b"\x16\x03" + noise, GOOD[:at] + noise + GOOD[at + len(noise) :]):
        try:
            hello.read(data)
        except NotTls:
            continue
