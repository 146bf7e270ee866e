"""A session goes to the address that was pinned, and takes and keeps nothing of anybody else."""

import asyncio

import aiohttp
import pytest

from mockserver import egress
from mockserver.egress import Policy
from tests.egress.egress_steps import LOOPBACK, Names, listening, pinned


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
