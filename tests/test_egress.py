"""Long, because every spelling of an address that may mislead is listed here."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import egress
from mockserver.egress import Pinned, Policy, PolicyError, Refused
from mockserver.egress.addresses import NETWORKS

LOOPBACK, PRIVATE, ANY = Policy("loopback"), Policy("private"), Policy("any")


class Names:
    """A DNS that answers from a script, one answer per question, and remembers who asked."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.asked.append(name)
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


async def refused(
    policy: Policy, url: str, resolver: egress.Resolver = egress.system_resolver
) -> Refused:
    answer = await egress.pin(policy, url, resolver=resolver)
    assert isinstance(answer, Refused), answer
    return answer


async def pinned(
    policy: Policy, url: str, resolver: egress.Resolver = egress.system_resolver
) -> Pinned:
    answer = await egress.pin(policy, url, resolver=resolver)
    assert isinstance(answer, Pinned), answer
    return answer


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object],
) -> AsyncIterator[int]:
    """A loopback port where `talk` answers each connection once its first bytes are there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = talk(reader, writer)
        if asyncio.iscoroutine(said):
            await said
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


# What each level reaches


@pytest.mark.parametrize(
    ("host", "lowest"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.3.4", "loopback"),
        ("[::1]", "loopback"),
        ("[::ffff:127.0.0.1]", "loopback"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("[fd12::1]", "private"),
        ("[::ffff:192.168.1.1]", "private"),
        ("172.32.0.1", "any"),
        ("100.64.0.1", "any"),
        ("203.0.113.9", "any"),
        ("[2001:db8::1]", "any"),
        ("[64:ff9b::203.0.113.9]", "any"),
    ],
)
async def test_a_level_permits_its_addresses_and_those_of_the_levels_below(
    host: str, lowest: str
) -> None:
    levels = ["loopback", "private", "any"]
    for policy in (LOOPBACK, PRIVATE, ANY):
        answer = await egress.pin(policy, f"http://{host}/")
        permitted = levels.index(policy.level) >= levels.index(lowest)
        assert isinstance(answer, Pinned) is permitted


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "[fe80::1]",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "[::ffff:169.254.169.254]",
        "[::169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:1:2:3:4:5:6]",
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "metadata",
    ],
)
async def test_some_hosts_are_never_contacted_under_any_policy(host: str) -> None:
    dns = Names()
    refusal = await refused(ANY, f"http://{host}/latest/meta-data/", dns)
    assert refusal.kind == "not-allowed"
    assert refusal.reason.endswith("never contacted")
    assert dns.asked == []


@settings(deadline=None)
@given(
    st.ip_addresses() | st.sampled_from(NETWORKS).flatmap(lambda n: st.ip_addresses(network=n[0]))
)
def test_loopback_permits_no_address_but_loopback(address: IPv4Address | IPv6Address) -> None:
    text = f"[{address}]" if address.version == 6 else str(address)
    answer = asyncio.run(egress.pin(LOOPBACK, f"http://{text}/", resolver=Names()))
    if isinstance(answer, Pinned):
        assert ip_address(answer.address).is_loopback


@settings(deadline=None)
@given(st.text(alphabet="0123456789abcdefx.:[]@%/\\ ①。-", max_size=24))
def test_whatever_stands_for_a_host_loopback_stays_on_loopback(host: str) -> None:
    answer = asyncio.run(egress.pin(LOOPBACK, f"http://{host}", resolver=Names()))
    if isinstance(answer, Pinned):
        assert all(ip_address(address).is_loopback for address in answer.addresses)


@settings(deadline=None)
@given(st.ip_addresses())
def test_mapping_an_address_into_ipv6_changes_nothing(address: IPv4Address | IPv6Address) -> None:
    if isinstance(address, IPv4Address):
        mapped = IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
        assert egress.reach(mapped) == egress.reach(address)


def test_a_narrow_network_is_judged_before_the_wide_one_around_it() -> None:
    for text, found, what in NETWORKS:
        assert egress.reach(ip_network(text)[-1]) == (found, what), text


# Names


@pytest.mark.parametrize(
    "host", ["clips.example.com", "localhost.example.com", "intranet", "a.local"]
)
async def test_loopback_never_asks_dns_about_a_name_that_is_not_local(host: str) -> None:
    dns = Names()
    refusal = await refused(LOOPBACK, f"https://{host}/clip.mp4", dns)
    assert refusal.kind == "not-allowed"
    assert "not even looked up" in refusal.reason
    assert dns.asked == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "films.localhost"])
async def test_localhost_is_this_machine_and_no_dns_is_asked(host: str) -> None:
    dns = Names()
    answer = await pinned(LOOPBACK, f"http://{host}:9/", dns)
    assert answer.addresses == ("127.0.0.1", "::1")
    assert dns.asked == []


async def test_a_name_is_pinned_to_its_first_answer() -> None:
    dns = Names(["192.168.0.7", "192.168.0.8"])
    answer = await pinned(PRIVATE, "https://nas.example.test/x?y=1", dns)
    assert answer.origin == ("nas.example.test", 443, ("192.168.0.7", "192.168.0.8"))
    assert answer.address == "192.168.0.7"
    assert answer.url == "https://nas.example.test/x?y=1"
    assert dns.asked == ["nas.example.test"]


async def test_one_forbidden_address_among_many_refuses_the_name() -> None:
    refusal = await refused(
        ANY, "http://two.example.test/", Names(["203.0.113.1", "169.254.169.254"])
    )
    assert refusal == Refused(
        "not-allowed",
        "two.example.test leads to 169.254.169.254, a cloud metadata address, never contacted",
    )


async def test_a_public_name_with_a_private_address_is_judged_by_the_address() -> None:
    refusal = await refused(
        Policy("loopback", frozenset({"other.test"})), "http://10.0.0.1/", Names()
    )
    assert refusal.reason == "10.0.0.1 is a private address, and the egress policy is loopback"
    refusal = await refused(PRIVATE, "http://far.example.test/", Names(["203.0.113.1"]))
    assert refusal.reason == (
        "far.example.test leads to 203.0.113.1, a public address, and the egress policy is private"
    )


@pytest.mark.parametrize("answer", [OSError(-2, "Name or service not known"), [], ["nonsense"]])
async def test_a_name_without_a_usable_answer_is_unresolved(
    answer: Sequence[str] | OSError,
) -> None:
    refusal = await refused(ANY, "http://gone.example.test/", Names(answer))
    assert refusal.kind == "unresolved"
    assert refusal.reason.startswith("gone.example.test has no address")


async def test_the_system_resolver_answers_with_addresses() -> None:
    assert await egress.system_resolver("127.0.0.1", 80) == ("127.0.0.1",)


# Spellings


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://LocalHost.:80", "http://localhost/"),
        ("https://localhost:443/a%2Fb?x=%2F&y=[1]#part", "https://localhost/a%2Fb?x=%2F&y=[1]"),
        ("http://127.0.0.1.:8080?q", "http://127.0.0.1:8080/?q"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("http://[::ffff:7f00:1]/", "http://127.0.0.1/"),
        ("http://１２７。０。０。１/", "http://127.0.0.1/"),
        ('http://localhost/é"<>', "http://localhost/%C3%A9%22%3C%3E"),
        ("http://localhost:/x", "http://localhost/x"),
    ],
)
async def test_a_permitted_url_has_one_spelling(url: str, canonical: str) -> None:
    assert (await pinned(LOOPBACK, url)).url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost/x",
        "/x",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http:///x",
        "http://",
        "http://[::1",
        "http://[::1]x/",
        "http://[fe80::1%25eth0]/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.5/",
        "http://1.2.3.256/",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://localhost:99999999/",
        "http://localhost:8a/",
        "http://localhost\\@example.test/",
        "http://local\thost/",
        "http://localhost/a b",
        "http://localhost/\r\nX-Evil: 1",
        "http://localhost/\ud800",
        "http://%6c%6fcalhost/",
        "http://-a.test/",
        "http://a..test/",
        "http://" + "a" * 64 + ".test/",
        "http://\u2100.test/",
        "http://ab\u0301\u200f.test/",
        "http://localhost/" + "a" * 9000,
    ],
)
async def test_what_can_be_read_in_two_ways_is_no_url(url: str) -> None:
    dns = Names()
    refusal = await refused(ANY, url, dns)
    assert refusal.kind == "bad-url"
    assert len(refusal.reason) < 250
    assert dns.asked == []


async def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    refusal = await refused(ANY, "http://me:hunter2@localhost/")
    assert refusal.kind == "bad-url"
    assert "hunter2" not in refusal.reason


# The policy in words


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", Policy()),
        ("loopback", Policy("loopback")),
        ("private", Policy("private")),
        ("any", Policy("any")),
        ("hooks.test", Policy("loopback", frozenset({"hooks.test"}))),
        (
            "private, Hooks.TEST.:8443 *.Example.test",
            Policy("private", frozenset({"hooks.test:8443", "*.example.test"})),
        ),
        (
            "[::FFFF:10.0.0.1]:80 [fd12:0::1]",
            Policy("loopback", frozenset({"10.0.0.1:80", "[fd12::1]"})),
        ),
    ],
)
def test_a_policy_is_read_from_words(text: str, policy: Policy) -> None:
    assert egress.parse(text) == policy


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("privat", "did you mean 'private'"),
        ("LOOPBACK", "did you mean 'loopback'"),
        ("any private", "one level, found any and private"),
        ("http://hooks.test", "write host, host:port"),
        ("hooks.test:", "write host, host:port"),
        ("hooks.test:0", "write host, host:port"),
        ("hooks.test:x", "write host, host:port"),
        ("*", "write host, host:port"),
        ("127.1", "write host, host:port"),
        ("*.10.0.0.1", "stands before a name"),
        ("169.254.169.254", "never contacted"),
        ("metadata.google.internal:80", "never contacted"),
    ],
)
def test_a_policy_written_wrongly_is_refused_with_what_is_allowed(
    text: str, complaint: str
) -> None:
    with pytest.raises(PolicyError, match=complaint.replace("*", r"\*")):
        egress.parse(text)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(PolicyError, match="allowed: loopback, private, any"):
        Policy("everything")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "url", "permitted"),
    [
        ("hooks.test", "http://hooks.test/", True),
        ("hooks.test", "http://hooks.test:8443/", True),
        ("hooks.test:8443", "http://hooks.test:8443/", True),
        ("hooks.test:8443", "http://hooks.test/", False),
        ("hooks.test", "http://a.hooks.test/", False),
        ("*.hooks.test", "http://a.b.hooks.test/", True),
        ("*.hooks.test:80", "http://a.hooks.test/", True),
        ("*.hooks.test:80", "http://a.hooks.test:81/", False),
        ("*.hooks.test", "http://hooks.test/", False),
        ("*.hooks.test", "http://evilhooks.test/", False),
        ("203.0.113.1:80", "http://203.0.113.1/", True),
        ("203.0.113.1:80", "https://203.0.113.1/", False),
        ("[2001:db8::1]", "http://[2001:db8:0::1]/", True),
    ],
)
async def test_an_allowed_host_is_reached_beyond_the_level(
    entry: str, url: str, permitted: bool
) -> None:
    policy = Policy("loopback", frozenset({entry}))
    answer = await egress.pin(policy, url, resolver=Names(["203.0.113.1"]))
    assert isinstance(answer, Pinned) is permitted


async def test_an_allowed_name_that_leads_to_metadata_is_still_refused() -> None:
    policy = Policy("loopback", frozenset({"hooks.test"}))
    refusal = await refused(policy, "http://hooks.test/", Names(["169.254.169.254"]))
    assert refusal.reason.endswith("never contacted")


# Connections


async def test_a_name_that_changes_its_answer_is_not_asked_again() -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        await writer.drain()

    dns = Names(["127.0.0.1"], ["169.254.169.254"])
    policy = Policy("loopback", frozenset({"turn.example.test"}))
    async with listening(talk) as port:
        answer = await pinned(policy, f"http://turn.example.test:{port}/a%2Fb?c=%2F", dns)
        async with egress.session(answer) as session:
            for _ in range(2):
                sending = egress.send(session, "POST", answer, headers={"X-A": "1"}, body=b"body")
                async with sending as response:
                    assert await response.read() == b"hi"
    assert dns.asked == ["turn.example.test"]
    head = (
        f"POST /a%2Fb?c=%2F HTTP/1.1\r\nHost: turn.example.test:{port}\r\nX-A: 1\r\n"
        "Content-Length: 4\r\n\r\n"
    )
    assert heads == [head.encode()] * 2


async def test_a_session_keeps_no_cookie_and_unpacks_nothing() -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Encoding: gzip\r\n"
            b"Content-Length: 2\r\nConnection: close\r\n\r\nhi"
        )
        await writer.drain()

    async with listening(talk) as port:
        answer = await pinned(LOOPBACK, f"http://films.localhost:{port}/")
        async with egress.session(answer) as session:
            for _ in range(2):
                async with egress.send(session, "GET", answer, headers={}) as response:
                    assert await response.read() == b"hi"
    assert b"Cookie" not in heads[1]


async def test_the_tls_handshake_names_the_host_and_not_the_address() -> None:
    hello: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.append(await reader.read(4096))

    policy = Policy("loopback", frozenset({"tls.example.test"}))
    async with listening(talk) as port:
        answer = await pinned(policy, f"https://tls.example.test:{port}/", Names(["127.0.0.1"]))
        async with egress.session(answer) as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(answer.url)
    assert b"tls.example.test" in hello[0]


async def test_localhost_is_found_where_only_ipv6_listens() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(talk, "::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with server:
        answer = await pinned(LOOPBACK, f"http://localhost:{server.sockets[0].getsockname()[1]}/")
        async with (
            egress.session(answer) as session,
            egress.send(session, "GET", answer, headers={}) as response,
        ):
            assert response.status == 204


async def test_a_session_goes_nowhere_but_to_its_pinned_address() -> None:
    touched: list[object] = []
    async with listening(lambda *sides: touched.append(sides)) as port:
        answer = await pinned(LOOPBACK, "http://127.0.0.1:1/")
        async with egress.session(answer) as session:
            for url in (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/"):
                with pytest.raises(aiohttp.ClientConnectorError, match="pinned to"):
                    await session.get(url)
    assert touched == []


async def test_a_session_takes_no_proxy_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    touched: list[object] = []
    async with listening(lambda *sides: touched.append(sides)) as port:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        answer = await pinned(LOOPBACK, "http://127.0.0.1:1/")
        async with egress.session(answer) as session:
            with pytest.raises(aiohttp.ClientConnectorError, match="Connect call failed"):
                await egress.send(session, "GET", answer, headers={}).__aenter__()
    assert touched == []
