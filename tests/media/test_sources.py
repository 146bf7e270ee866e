"""Long, because every way a download can go wrong has its own small server here."""

import asyncio
import base64
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.egress import Policy
from mockserver.media import sources
from mockserver.media.model import Trouble
from mockserver.media.sources import Fetched

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]
Get = Callable[..., Awaitable[Fetched | Trouble]]
MIB = 1024 * 1024


class Site:
    """A loopback web site on a real port: each path talks for itself, and asked-for heads stay."""

    def __init__(self) -> None:
        self.paths: dict[str, Talk] = {}
        self.heads: list[str] = []
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, head: str, body: bytes = b"") -> str:
        """Answer with these bytes, as they are, and hang up."""

        async def talk(writer: asyncio.StreamWriter) -> None:
            writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

        self.paths[path] = talk
        return self.url(path)

    def sends(self, path: str, body: bytes, *headers: str) -> str:
        head = "\n".join(("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers))
        return self.says(path, head, body)

    def moves(self, path: str, location: str, status: int = 302) -> str:
        return self.says(path, f"HTTP/1.1 {status} Moved\nLocation: {location}\nContent-Length: 0")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            await self.paths[self.heads[-1].split()[1]](writer)
            await writer.drain()
        except ConnectionError:
            pass  # the client had enough
        finally:
            writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    async with server:
        site.port = server.sockets[0].getsockname()[1]
        yield site


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "clip"


@pytest.fixture
def get(into: Path) -> Get:
    async def fetch(
        url: str,
        *,
        policy: Policy = Policy(),  # noqa: B008 (frozen)
        byte_limit: int = MIB,
        seconds_limit: float = 5,
        redirects: int = 0,
        names: Sequence[str] = (),
    ) -> Fetched | Trouble:
        answers = list(names)

        async def resolver(name: str, port: int) -> Sequence[str]:
            if not answers:
                raise OSError("asked too often")
            return (answers.pop(0),)

        return await sources.fetch(
            url,
            policy=policy,
            into=into,
            byte_limit=byte_limit,
            seconds_limit=seconds_limit,
            redirects=redirects,
            agent="mock/1",
            resolver=resolver,
        )

    return fetch


# Downloads


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


# Egress and redirects


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://127.0.0.1/a", "bad-url"),
        ("http://10.0.0.1/a", "not-allowed"),
        ("http://clips.example.com/a", "not-allowed"),
    ],
)
async def test_what_the_policy_refuses_is_not_requested(get: Get, url: str, kind: str) -> None:
    answer = await get(url)
    assert isinstance(answer, Trouble)
    assert answer.kind == kind


async def test_a_name_without_address_is_unresolved(get: Get) -> None:
    answer = await get("http://clips.example.com/a", policy=Policy("any"))
    assert isinstance(answer, Trouble)
    assert answer.kind == "unresolved"


async def test_an_allowed_name_is_fetched_from_its_pinned_address(site: Site, get: Get) -> None:
    site.sends("/a", b"x")
    policy = Policy("loopback", frozenset({"clips.example.test"}))
    answer = await get(site.url("/a", "clips.example.test"), policy=policy, names=["127.0.0.1"])
    assert isinstance(answer, Fetched)
    assert f"Host: clips.example.test:{site.port}\r\n" in site.heads[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_trouble_where_none_is_allowed(
    site: Site, get: Get, into: Path, status: int
) -> None:
    site.sends("/b", b"x")
    answer = await get(site.moves("/a", "/b", status))
    assert answer == Trouble(
        "redirected",
        f"127.0.0.1 answered {status} towards '{site.url('/b')}'; "
        "redirects followed: 0, allowed: 0",
    )
    assert len(site.heads) == 1
    assert not into.exists()


async def test_redirects_are_followed_as_far_as_allowed(site: Site, get: Get) -> None:
    site.moves("/a", "b?x=%2F")
    site.moves("/b?x=%2F", f"//127.0.0.1:{site.port}/c")
    site.sends("/c", b"x")
    assert isinstance(await get(site.url("/a"), redirects=2), Fetched)
    answer = await get(site.url("/a"), redirects=1)
    assert isinstance(answer, Trouble)
    assert answer.kind == "redirected"


async def test_a_redirect_loop_ends(site: Site, get: Get) -> None:
    answer = await get(site.moves("/a", "/a"), redirects=5)
    assert isinstance(answer, Trouble)
    assert answer.kind == "redirected"
    assert len(site.heads) == 6


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not-allowed"),
        ("http://clips.example.com/", "not-allowed"),
        ("file:///etc/passwd", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://me:secret@127.0.0.1/", "bad-url"),
    ],
)
async def test_each_hop_is_judged_anew(site: Site, get: Get, location: str, kind: str) -> None:
    answer = await get(site.moves("/a", location), redirects=3)
    assert isinstance(answer, Trouble)
    assert answer.kind == kind


async def test_each_hop_resolves_anew_and_a_rebound_name_is_caught(site: Site, get: Get) -> None:
    policy = Policy("loopback", frozenset({"turn.example.test"}))
    site.moves("/a", "/a")
    answer = await get(
        site.url("/a", "turn.example.test"),
        policy=policy,
        redirects=3,
        names=["127.0.0.1", "169.254.169.254"],
    )
    assert isinstance(answer, Trouble)
    assert answer.kind == "not-allowed"
    assert len(site.heads) == 1


async def test_a_redirect_that_leads_nowhere_is_a_status(site: Site, get: Get) -> None:
    answer = await get(site.says("/a", "HTTP/1.1 302 Found\nContent-Length: 0"), redirects=3)
    assert answer == Trouble("status", "127.0.0.1 answered 302, expected 200")


# Data URIs


def data_uri(content: bytes, prefix: str = "data:video/mp4;base64,") -> str:
    return prefix + base64.b64encode(content).decode()


@settings(deadline=None)
@given(content=st.binary(min_size=1, max_size=200), extra=st.sampled_from([0, 49_150, 98_304]))
def test_a_data_uri_gives_its_bytes_back(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, extra: int
) -> None:
    into = tmp_path_factory.getbasetemp() / "round-trip"
    content += b"x" * extra
    answer = sources.from_data_uri(data_uri(content), into=into, encoded_limit=MIB)
    assert answer == Fetched(into, len(content), "video/mp4", 200)
    assert into.read_bytes() == content


@pytest.mark.parametrize(
    ("prefix", "media_type"),
    [
        ("DATA:Video/MP4;BASE64,", "video/mp4"),
        ("data:video/mp4;codecs=avc1;base64,", "video/mp4"),
        ("data:image/svg+xml;base64,", "image/svg+xml"),
        ("data:audio/mpeg;base64,", "audio/mpeg"),
    ],
)
def test_a_data_uri_may_be_any_medium_in_any_case(into: Path, prefix: str, media_type: str) -> None:
    answer = sources.from_data_uri(data_uri(b"x", prefix), into=into, encoded_limit=4)
    assert answer == Fetched(into, 1, media_type, 200)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("", "does not begin with data:"),
        ("data:video/mp4;base64", "does not begin with data:"),
        ("http://x.test/,", "does not begin with data:"),
        ("data:" + "x" * 300 + ",", "does not begin with data:"),
        ("data:;base64,AAAA", "media type is ''"),
        ("data:text/plain;base64,AAAA", "media type is 'text/plain'"),
        ("data:video/;base64,AAAA", "media type is 'video/'"),
        ("data:video/mp4,AAAA", "no ;base64"),
        ("data:video/mp4;base64;x=y,AAAA", "no ;base64"),
        ("data:video/mp4;base64,", "nothing follows"),
        ("data:video/mp4;base64,AAAA%2BAAA", "percent-encoded at character 5"),
        ("data:video/mp4;base64,AAA%3D", "percent-encoded at character 4"),
        ("data:video/mp4;base64,AAAA AAAA", "white space at character 5"),
        ("data:video/mp4;base64,AAAA\n", "white space at character 5"),
        ("data:video/mp4;base64,AA-_", "URL-safe alphabet at character 3"),
        ("data:video/mp4;base64,AA==AAAA", "padding before the end, at character 3"),
        ("data:video/mp4;base64," + "A" * 65534 + "==AAAA", "padding before the end"),
        ("data:video/mp4;base64,AAAAA", "cut short or wrongly padded"),
        ("data:video/mp4;base64,AAA", "cut short or wrongly padded"),
        ("data:video/mp4;base64,AAAA====", "padding before the end"),
        ("data:video/mp4;base64,====", "padding before the end"),
        ("data:video/mp4;base64,AAA\u00e9", r"holds '\xe9' at character 4"),
        ("data:video/mp4;base64,AAA\ud800", r"holds '\ud800' at character 4"),
        ("data:video/mp4;base64," + "A" * 70_000 + "!AAA", "holds '!' at character 70001"),
    ],
)
def test_a_malformed_data_uri_is_refused_with_its_flaw(into: Path, uri: str, why: str) -> None:
    answer = sources.from_data_uri(uri, into=into, encoded_limit=MIB)
    assert isinstance(answer, Trouble)
    assert answer.kind == "bad-data-uri"
    assert why in answer.detail
    assert len(answer.detail) < 400
    assert not into.exists()


@settings(deadline=None)
@given(payload=st.text(alphabet="AQ/+=-% \né", max_size=12))
def test_what_is_accepted_is_what_base64_would_write(
    tmp_path_factory: pytest.TempPathFactory, payload: str
) -> None:
    into = tmp_path_factory.getbasetemp() / "strict"
    answer = sources.from_data_uri(f"data:video/mp4;base64,{payload}", into=into, encoded_limit=99)
    assert into.exists() is isinstance(answer, Fetched)
    if isinstance(answer, Fetched):
        assert base64.b64decode(payload, validate=True) == into.read_bytes()
        into.unlink()


@pytest.mark.parametrize(("limit", "kind"), [(8, None), (7, "too-large")])
def test_the_limit_counts_what_follows_the_comma(into: Path, limit: int, kind: str | None) -> None:
    answer = sources.from_data_uri(data_uri(b"123456"), into=into, encoded_limit=limit)
    assert (answer.kind if isinstance(answer, Trouble) else None) == kind
    assert into.exists() is (kind is None)


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
