"""Files over a socket: ranges, validators, HEAD, and bodies that are too large."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest
import requests

from tests.wire.conftest import Served

CLIP = "/_mock/sources/320x180-24fps-2s.mp4"


class Sized:
    """So many bytes as a file: its size is known, its bytes are made as they are sent."""

    PIECE = b"x" * 1024 * 1024

    def __init__(self, size: int) -> None:
        self.left = size

    def __len__(self) -> int:
        return self.left

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(len(self.PIECE)):
            yield piece

    def read(self, size: int = -1) -> bytes:
        piece = self.PIECE[: min(self.left, len(self.PIECE) if size < 0 else size)]
        self.left -= len(piece)
        return piece


@pytest.fixture
def clip(served: Served) -> requests.Response:
    return requests.get(served.url + CLIP, timeout=10)


def get(served: Served, **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(served.url + CLIP, headers=sent, timeout=10)


def test_a_file_has_length_type_tag_and_ranges(served: Served, clip: requests.Response) -> None:
    assert clip.headers["content-type"] == "video/mp4"
    assert int(clip.headers["content-length"]) == len(clip.content)
    assert clip.headers["accept-ranges"] == "bytes"
    head = requests.head(served.url + CLIP, timeout=10)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "etag", "content-type"):
        assert head.headers[name] == clip.headers[name]


@pytest.mark.parametrize("asked", ["bytes=0-99", "bytes=100-", "bytes=-50", "bytes=10-10"])
def test_a_range_is_that_part_of_the_file(
    served: Served, clip: requests.Response, asked: str
) -> None:
    part = get(served, Range=asked)
    first, _, last = (
        part.headers["content-range"].removeprefix("bytes ").partition("/")[0].partition("-")
    )
    assert part.status_code == 206
    assert part.content == clip.content[int(first) : int(last) + 1]
    assert int(part.headers["content-length"]) == len(part.content)


def test_a_range_outside_of_the_file_is_416_with_its_size(
    served: Served, clip: requests.Response
) -> None:
    answer = get(served, Range="bytes=99999999-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(clip.content)}"
    assert answer.json()["error"] == "bad-range"


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=x-y", "bytes", "bytes=5"])
def test_a_range_nobody_can_read_is_ignored(
    served: Served, clip: requests.Response, asked: str
) -> None:
    answer = get(served, Range=asked)
    assert (answer.status_code, answer.content) == (200, clip.content)


def test_a_client_that_has_the_file_gets_304(served: Served, clip: requests.Response) -> None:
    tag = clip.headers["etag"]
    assert get(served, If_None_Match=tag).status_code == 304
    assert get(served, If_None_Match=f'"x", W/{tag}').status_code == 304
    assert get(served, If_None_Match='"x"').status_code == 200
    assert get(served, If_Range=tag, Range="bytes=0-9").status_code == 206
    assert get(served, If_Range='"x"', Range="bytes=0-9").status_code == 200


@pytest.mark.parametrize("path", ["/xai/v1/videos/extensions", "/ltx/v2/extend"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_100_mb_is_refused_at_the_limit(served: Served, path: str, chunked: bool) -> None:
    body = Sized(100 * 1024 * 1024)
    before = served.resident()
    answer = requests.post(
        served.url + path,
        data=iter(body) if chunked else body,
        headers={"Authorization": "Bearer k", "Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 413
    assert served.resident() - before < 128 * 1024 * 1024
    assert requests.get(f"{served.url}/_mock/health", timeout=5).status_code == 200


@pytest.mark.parametrize(
    "path", ["/..%2f..%2fetc/passwd", "/_mock/sources/..%2f..%2fetc%2fpasswd", "/xai/../../etc"]
)
def test_no_path_leads_to_the_file_system(served: Served, path: str) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = one.recv(4096)
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"root:" not in answer


def test_endless_headers_are_refused_at_the_limit(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as one:
        one.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nX-Long: ")
        answer = b""
        for _ in range(64):
            try:
                one.sendall(b"x" * 65536)
            except (BrokenPipeError, ConnectionResetError):
                break
        with contextlib.suppress(ConnectionResetError):
            answer = one.recv(100)
    assert answer[:12] in (b"HTTP/1.1 431", b"")
    assert requests.get(f"{served.url}/_mock/health", timeout=5).status_code == 200


def test_a_client_that_hangs_up_harms_nobody(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as one:
        one.sendall(
            b"POST /ltx/v2/extend HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
            b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
    assert requests.get(f"{served.url}/_mock/health", timeout=5).status_code == 200


def test_a_real_host_name_reaches_the_provider(served: Served) -> None:
    headers = {"Host": "api.x.ai", "Authorization": "Bearer k"}
    answer = requests.get(f"{served.url}/v1/videos/nope", headers=headers, timeout=5)
    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "error"}
    headers["Host"] = "api.ltx.io:443"
    answer = requests.get(f"{served.url}/v2/extend/nope", headers=headers, timeout=5)
    assert answer.json()["error"]["type"] == "not_found_error"


def test_nothing_at_a_path_says_where_something_is(served: Served) -> None:
    answer = requests.get(f"{served.url}/xia/v1", timeout=5)
    assert answer.status_code == 404
    assert "Did you mean /xai?" in answer.json()["message"]
