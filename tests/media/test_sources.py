"""What a download brings, and every way it can go wrong."""

import asyncio
import gzip
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from mockserver.egress import Policy
from mockserver.media import sources
from mockserver.media.model import Trouble
from mockserver.media.sources import Fetched
from tests.media.site import MIB, Get, Site


async def test_a_file_arrives_whole_with_its_type(site: Site, get: Get, into: Path) -> None:
    url = site.sends("/a.mp4?x=%2F", b"frames", "Content-Type: Video/MP4; codecs=avc1")
    assert await get(url) == Fetched(into, 6, "video/mp4", 200)
    assert into.read_bytes() == b"frames"


async def test_only_plain_headers_go_out(site: Site, get: Get) -> None:
    await get(site.sends("/a", b""))
    assert site.heads == [
        f"GET /a HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nUser-Agent: mock/1\r\n"
        "Accept: */*\r\nAccept-Encoding: identity\r\n\r\n"
    ]


async def test_a_sender_may_say_nothing_about_type_and_length(
    site: Site, get: Get, into: Path
) -> None:
    assert await get(site.says("/a", "HTTP/1.0 200 OK", b"x" * 10)) == Fetched(into, 10, "", 200)


@pytest.mark.parametrize(("size", "arrives"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("counted", [True, False])
async def test_the_cap_is_exact(
    site: Site, get: Get, into: Path, size: int, arrives: bool, counted: bool
) -> None:
    body = b"x" * size
    url = site.sends("/a", body) if counted else site.says("/a", "HTTP/1.1 200 OK", body)
    answer = await get(url, byte_limit=1000)
    assert isinstance(answer, Fetched) is arrives
    assert into.exists() is arrives
    if isinstance(answer, Trouble):
        assert answer == Trouble("too-large", "127.0.0.1 sends more than 1000 bytes")


async def test_an_endless_body_is_cut_at_the_cap_in_bounded_memory(
    site: Site, get: Get, into: Path
) -> None:
    async def forever(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    site.paths["/a"] = forever
    await get(site.sends("/warm", b""))  # imports are not what is measured
    tracemalloc.start()
    try:
        answer = await get(site.url("/a"), byte_limit=16 * MIB)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(answer, Trouble)
    assert answer.kind == "too-large"
    assert peak < 4 * MIB
    assert not into.exists()


async def test_a_declared_length_above_the_cap_is_refused_unread(site: Site, get: Get) -> None:
    answer = await get(site.says("/a", "HTTP/1.1 200 OK\nContent-Length: 99999999999999", b"x"))
    assert isinstance(answer, Trouble)
    assert answer.kind == "too-large"


async def test_a_slow_sender_is_left_when_time_is_up(site: Site, get: Get, into: Path) -> None:
    left = asyncio.Event()

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await left.wait()

    site.paths["/a"] = stall
    answer = await get(site.url("/a"), seconds_limit=0.2)
    left.set()
    assert answer == Trouble("timed-out", "the file did not arrive within 0.2 s")
    assert not into.exists()


async def test_a_resolver_that_never_answers_is_left_when_time_is_up(into: Path) -> None:
    async def silent(name: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    answer = await sources.fetch(
        "http://slow.example.test/",
        policy=Policy("any"),
        into=into,
        byte_limit=1,
        seconds_limit=0.05,
        agent="mock/1",
        resolver=silent,
    )
    assert answer == Trouble("timed-out", "the file did not arrive within 0.05 s")


async def test_a_cancelled_download_leaves_no_file(site: Site, get: Get, into: Path) -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        begun.set()
        await left.wait()

    site.paths["/a"] = stall
    download = asyncio.ensure_future(get(site.url("/a")))
    await begun.wait()
    download.cancel()
    with pytest.raises(asyncio.CancelledError):
        await download
    left.set()
    assert not into.exists()


@pytest.mark.parametrize(
    ("head", "detail"),
    [
        ("HTTP/1.1 200 OK\nContent-Length: 99", "hung up before the file was complete"),
        ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "hung up before the file was complete"),
        ("HTTP/1.1 200 OK\nContent-Length: minus", "not sound HTTP"),
        ("HTTP/1.1 200 OK\n" + "\n".join(f"X-{n}: y" for n in range(5000)), "not sound HTTP"),
        ("HTTP/1.1 200 OK\nX-Long: " + "y" * 100_000, "not sound HTTP"),
        ("SSH-2.0-OpenSSH_9.6", "not sound HTTP"),
    ],
    ids=["too short", "no last chunk", "no number", "many headers", "long header", "no HTTP"],
)
async def test_a_broken_answer_is_unreachable(
    site: Site, get: Get, into: Path, head: str, detail: str
) -> None:
    answer = await get(site.says("/a", head))
    assert isinstance(answer, Trouble)
    assert answer.kind == "unreachable"
    assert detail in answer.detail
    assert not into.exists()


async def test_hanging_up_without_a_word_is_unreachable(site: Site, get: Get) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    site.paths["/a"] = hang_up
    answer = await get(site.url("/a"))
    assert isinstance(answer, Trouble)
    assert answer.kind == "unreachable"
    assert "127.0.0.1 hung up" in answer.detail


async def test_a_port_where_nobody_listens_is_unreachable(get: Get) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    answer = await get(f"http://127.0.0.1:{port}/")
    assert isinstance(answer, Trouble)
    assert answer.kind == "unreachable"
    assert "could not be reached" in answer.detail


async def test_what_speaks_no_tls_is_unreachable_by_https(get: Get) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        answer = await get(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert isinstance(answer, Trouble)
    assert answer.kind == "unreachable"


@pytest.mark.parametrize("status", [204, 206, 304, 404, 500])
async def test_an_answer_other_than_200_names_its_status(
    site: Site, get: Get, into: Path, status: int
) -> None:
    answer = await get(site.says("/a", f"HTTP/1.1 {status} So\nContent-Length: 0"))
    assert answer == Trouble("status", f"127.0.0.1 answered {status}, expected 200")
    assert not into.exists()


async def test_a_packed_body_is_never_unpacked(site: Site, get: Get, into: Path) -> None:
    bomb = gzip.compress(bytes(64 * MIB), 1)
    answer = await get(site.sends("/a", bomb, "Content-Encoding: gzip"), byte_limit=2 * MIB)
    assert answer == Trouble("unreachable", "127.0.0.1 sent the file packed ('gzip')")
    assert not into.exists()


# Questions about a URL


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("https://x.test/", "https"),
        ("LTX://upload/1", "ltx"),
        ("data:video/mp4;base64,", "data"),
        ("/relative", ""),
        ("1x:y", ""),
        ("", ""),
    ],
)
def test_a_scheme_is_read_in_lower_case(url: str, scheme: str) -> None:
    assert sources.scheme_of(url) == scheme


@pytest.mark.parametrize(
    ("url", "domain", "literal", "loopback"),
    [
        ("https://clips.example.com/a", True, False, False),
        ("http://intranet/a", False, False, False),
        ("http://localhost:8900/a", False, False, True),
        ("http://films.localhost/a", False, False, True),
        ("http://127.0.0.1/a", False, True, True),
        ("http://[::1]:80/a", False, True, True),
        ("http://[::ffff:127.0.0.1]/a", False, True, True),
        ("http://203.0.113.1/a", False, True, False),
        ("http://127.1/a", False, True, False),
        ("http://0x7f000001./a", False, True, False),
        ("http://[::1/a", False, False, False),
        ("ftp://clips.example.com/a", False, False, False),
        ("", False, False, False),
    ],
)
def test_what_kind_of_host_a_url_names(
    url: str, domain: bool, literal: bool, loopback: bool
) -> None:
    assert sources.is_domain(url) is domain
    assert sources.is_ip_literal(url) is literal
    assert sources.is_loopback_url(url) is loopback
