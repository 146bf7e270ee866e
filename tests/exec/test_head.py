"""What a request to a proxy asks for, and how it is handed on."""

from __future__ import annotations

import pytest

from mockserver.proxy import head
from mockserver.proxy.head import BadHead


def asked(*lines: str) -> head.Head:
    return head.read("\r\n".join(lines).encode("latin-1"))


@pytest.mark.parametrize(
    ("target", "host", "port"),
    [
        ("api.x.ai:443", "api.x.ai", 443),
        ("API.X.AI:443", "api.x.ai", 443),
        ("api.x.ai.:8443", "api.x.ai", 8443),
        ("api.x.ai", "api.x.ai", 443),
        ("[::1]:50051", "::1", 50051),
        ("127.0.0.1:80", "127.0.0.1", 80),
    ],
)
def test_a_tunnel_names_host_and_port(target: str, host: str, port: int) -> None:
    found = asked(f"CONNECT {target} HTTP/1.1", f"Host: {target}", "Proxy-Connection: keep-alive")
    assert found.tunnel
    assert (found.host, found.port) == (host, port)


def test_a_request_for_a_url_goes_on_as_its_host_expects_it() -> None:
    found = asked(
        "POST http://api.kie.ai:8080/api/v1/x?a=1#b HTTP/1.1",
        "Host: somewhere.else",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic c2VjcmV0",
        "Connection: keep-alive",
        "Content-Length: 2",
        "X-Word: ü",
    )
    assert (found.tunnel, found.scheme, found.host, found.port) == (
        False,
        "http",
        "api.kie.ai",
        8080,
    )
    assert found.onward().decode("latin-1").split("\r\n") == [
        "POST /api/v1/x?a=1 HTTP/1.1",
        "Host: api.kie.ai:8080",
        "Content-Length: 2",
        "X-Word: ü",
        "Connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("line", "onward"),
    [
        ("GET https://api.x.ai HTTP/1.1", "GET / HTTP/1.1"),
        ("GET http://api.x.ai?a=1 HTTP/1.1", "GET /?a=1 HTTP/1.1"),
        ("GET /v1/models HTTP/1.0", "GET /v1/models HTTP/1.0"),
    ],
)
def test_a_request_has_a_path_and_a_host(line: str, onward: str) -> None:
    found = asked(line, "Host: api.x.ai")
    assert found.host == "api.x.ai"
    assert found.onward().decode().split("\r\n")[:2] == [onward, "Host: api.x.ai"]


@pytest.mark.parametrize(
    "lines",
    [
        ("",),
        ("hello",),
        ("GET /",),
        ("GET / HTTP/2.0", "Host: api.x.ai"),
        ("G(T / HTTP/1.1", "Host: api.x.ai"),
        ("GET / HTTP/1.1",),
        ("GET / HTTP/1.1", "Host: api.x.ai", "no header"),
        ("GET / HTTP/1.1", "Host: api.x.ai", " folded: line"),
        ("CONNECT api.x.ai:0 HTTP/1.1",),
        ("CONNECT api.x.ai:99999 HTTP/1.1",),
        ("CONNECT me@api.x.ai:443 HTTP/1.1",),
        ("CONNECT -bad-:443 HTTP/1.1",),
        ("GET http://me:secret@api.x.ai/ HTTP/1.1",),
        ("CONNECT / HTTP/1.1",),
        ("\x16\x03\x01\x02 / HTTP/1.1",),
    ],
)
def test_what_cannot_be_meant_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(BadHead):
        asked(*lines)
