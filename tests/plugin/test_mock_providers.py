"""What a test holds in its hands, in this suite itself."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import httpx
import pytest
import requests

import mockserver
from mockserver.contract.errors import SpecError
from mockserver.testing import MockProviders, RealProvider, Refused

EXTEND = "/v1/videos/extensions"
START = datetime(2026, 1, 1, tzinfo=UTC)


def extend(mock: MockProviders, **more: Any) -> requests.Response:
    """Order an extension of two seconds."""
    one = mock.xai
    source = mock.source("64x64-8fps-2s-noaudio")
    body = {"prompt": "on", "duration": 2, "video": {"url": source}, **more}
    headers = {"Authorization": f"Bearer {one.key}"}
    return requests.post(one.base_url + EXTEND, json=body, headers=headers, timeout=10)


def generate(mock: MockProviders, hook: str) -> str:
    """Order a clip that a webhook is sent for."""
    one = mock.kie
    body = {"prompt": "on", "callBackUrl": hook}
    headers = {"Authorization": f"Bearer {one.key}"}
    url = f"{one.base_url}/api/v1/veo/generate"
    answer = requests.post(url, json=body, headers=headers, timeout=10)
    return str(answer.json()["data"]["taskId"])


def connect(host: str) -> None:
    """Connect without a look-up of one's own."""
    with socket.socket() as one:
        one.connect((host, 443))


def test_every_test_has_a_world_of_its_own(mock_providers: MockProviders) -> None:
    assert mock_providers.jobs == []
    assert mock_providers.clock.now == START
    extend(mock_providers)
    assert len(mock_providers.jobs) == 1


def test_and_so_has_this_one(mock_providers: MockProviders) -> None:
    assert mock_providers.jobs == []


def test_a_world_is_gone_after_its_test() -> None:
    from mockserver.testing import Server

    with Server() as server:
        with server.world("one", 1) as mock:
            extend(mock)
        with server.world("one", 1) as mock:
            assert mock.jobs == []
        assert [world.name for world, _ in server.app.all()] == ["default"]


def test_the_same_test_gives_the_same_ids() -> None:
    ids = []
    for seed in (7, 7, 8):
        with mockserver.running(seed=seed) as mock:
            ids.append(extend(mock).json()["request_id"])
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.mock_seed(99)
def test_a_marker_chooses_the_seed(mock_providers: MockProviders) -> None:
    assert mock_providers.seed == 99


def test_a_job_is_done_when_the_clock_has_moved(mock_providers: MockProviders) -> None:
    id = extend(mock_providers).json()["request_id"]
    happened = mock_providers.clock.advance(seconds=120)
    assert happened[-1]["state"] == "done"
    (job,) = mock_providers.xai.jobs
    assert (job["id"], job["state"]) == (id, "done")
    assert mock_providers.ltx.jobs == []


@pytest.mark.parametrize(
    ("until", "hours"),
    [("2026-01-01T01:00:00Z", 1), (START + timedelta(hours=2), 2)],
    ids=["text", "datetime"],
)
def test_the_clock_moves_to_a_moment(
    mock_providers: MockProviders, until: Any, hours: float
) -> None:
    mock_providers.clock.advance(until=until)
    assert mock_providers.clock.now == START + timedelta(hours=hours)
    assert mock_providers.clock.time() == mock_providers.clock.now.timestamp()


def test_the_clock_moves_to_the_state_of_a_job(mock_providers: MockProviders) -> None:
    id = extend(mock_providers).json()["request_id"]
    mock_providers.clock.advance(until={"job": id, "state": "done"})
    assert mock_providers.jobs[0]["state"] == "done"


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ({"seconds": -1}, Refused),
        ({"until": "2025-01-01T00:00:00Z"}, Refused),
        ({"until": "soon"}, Refused),
        ({"until": datetime(2027, 1, 1)}, Refused),
        ({}, TypeError),
        ({"seconds": 1, "until": "idle"}, TypeError),
    ],
    ids=str,
)
def test_the_clock_refuses_what_cannot_be(
    mock_providers: MockProviders, chosen: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        mock_providers.clock.advance(**chosen)
    assert mock_providers.clock.now == START


def test_a_scenario_is_of_one_provider_or_of_all(mock_providers: MockProviders) -> None:
    mock_providers.ltx.scenario("rate_limited")
    assert extend(mock_providers).status_code == 200
    mock_providers.xai.scenario("create-429", "slow")
    assert [extend(mock_providers).status_code for _ in range(3)] == [429, 429, 200]
    mock_providers.xai.scenario()
    mock_providers.scenario("unauthorized")
    assert extend(mock_providers).status_code in (400, 401)
    mock_providers.scenario("xai:create_415")
    assert extend(mock_providers).status_code == 415
    mock_providers.scenario()
    assert extend(mock_providers).status_code == 200


def test_a_rule_of_ones_own(mock_providers: MockProviders) -> None:
    mock_providers.xai.scenario({"on": "create", "refuse": "overloaded", "nth": 2})
    assert [extend(mock_providers).status_code for _ in range(3)] == [200, 529, 200]


@pytest.mark.parametrize(
    ("choose", "near"),
    [
        (lambda mock: mock.xai.scenario("poll_500_onse"), "'poll_500_once'"),
        (lambda mock: mock.scenario("xai:poll-500-onse"), "'poll_500_once'"),
        (lambda mock: mock.scenario("failled"), "'failed'"),
        (lambda mock: mock.scenario("xia:failed"), "'xai'"),
        (lambda mock: mock.xai.scenario({"refuse": "overlaoded"}), "'overloaded'"),
        (lambda mock: mock.ltx.scenario("webhook_twice"), "webhook_twice"),
    ],
)
def test_an_unknown_scenario_fails_at_once(
    mock_providers: MockProviders, choose: Callable[[MockProviders], None], near: str
) -> None:
    mock_providers.scenario("rate_limited")
    with pytest.raises(SpecError, match=near):
        choose(mock_providers)
    assert extend(mock_providers).status_code == 429, "nothing has changed"


def test_an_unknown_provider_is_named_with_the_nearest(mock_providers: MockProviders) -> None:
    with pytest.raises(AttributeError, match="did you mean 'pictory'"):
        _ = mock_providers.picctory
    assert {"xai", "clock"} <= set(dir(mock_providers))
    assert [one.name for one in mock_providers if one.name == "kie"] == ["kie"]


@pytest.mark.mock_allow_violations("credits are refused")
def test_credits_are_read_and_set(mock_providers: MockProviders) -> None:
    assert mock_providers.xai.credits is None
    assert mock_providers.kie.credits == 1_000_000
    mock_providers.xai.credits = 0.15
    assert extend(mock_providers).status_code == 200
    mock_providers.clock.advance(seconds=3600)
    assert mock_providers.xai.credits == pytest.approx(0.03)
    assert extend(mock_providers).status_code == 429
    assert mock_providers.xai.cost == pytest.approx(0.12)
    assert mock_providers.costs == {"xai": pytest.approx(0.12)}


def test_an_inbox_waits_for_webhooks(mock_providers: MockProviders) -> None:
    inbox = mock_providers.inbox("mine & yours")
    id = generate(mock_providers, inbox.url)
    with pytest.raises(TimeoutError, match=rf"of {id} is due at 2026-01-01T00:0"):
        inbox.wait(timeout=0)
    mock_providers.clock.advance(seconds=3600)
    (message,) = inbox.wait()
    assert message["body"]["data"]["taskId"] == id
    assert inbox.messages == [message]
    (sent,) = mock_providers.kie.webhooks
    assert (sent["job"], sent["state"]) == (id, "delivered")
    inbox.clear()
    assert inbox.messages == []


def test_an_inbox_answers_as_it_is_told(mock_providers: MockProviders) -> None:
    inbox = mock_providers.inbox()
    inbox.answers({"status": 500}, {"hangup": True})
    generate(mock_providers, inbox.url)
    mock_providers.clock.advance(seconds=86_400)
    assert [one["answered"] for one in inbox.wait(3)] == [500, "hung up", 200]


async def test_an_event_loop_runs_on_while_it_waits(mock_providers: MockProviders) -> None:
    inbox = mock_providers.inbox()
    waiting = asyncio.create_task(inbox.wait_async(timeout=30))
    key = {"Authorization": f"Bearer {mock_providers.kie.key}"}
    async with httpx.AsyncClient(headers=key) as client:
        body = {"prompt": "on", "callBackUrl": inbox.url}
        await client.post(f"{mock_providers.kie.base_url}/api/v1/veo/generate", json=body)
    await mock_providers.clock.sleep_async(1)
    assert not waiting.done()
    happened = await mock_providers.clock.advance_async(until="idle")
    assert happened
    assert len(await waiting) == 1


async def test_a_receiver_in_the_same_event_loop_is_called(mock_providers: MockProviders) -> None:
    came: list[bytes] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = receiver.sockets[0].getsockname()[1]
    await asyncio.to_thread(generate, mock_providers, f"http://127.0.0.1:{port}/hook")
    await mock_providers.clock.advance_async(3600)
    receiver.close()
    await receiver.wait_closed()
    assert came == [b"POST /hook HTTP/1.1\r\n"]


@pytest.mark.differs("calls of real threads come in the order they happen to come in")
def test_threads_may_share_it(mock_providers: MockProviders) -> None:
    threads = [threading.Thread(target=extend, args=(mock_providers,)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(mock_providers.xai.jobs) == 8
    assert mock_providers.tally["xai"]["calls"] == 8


def test_known_clients_find_it_by_their_environment(
    mock_env: dict[str, str], mock_providers: MockProviders
) -> None:
    assert os.environ["KIE_AI_BASE_URL"] == f"{mock_providers.kie.base_url}/api/v1"
    assert os.environ["PICTORY_API_BASE_URL"] == f"{mock_providers.pictory.base_url}/pictoryapis"
    assert os.environ["XAI_API_KEY"] == mock_providers.xai.key
    assert {"LTX_BASE_URL", "HOOKED_API_URL", "XAI_BASE_URL"} <= mock_env.keys()
    for name, value in mock_env.items():
        assert os.environ[name] == value


@pytest.mark.parametrize(
    "reach",
    [
        lambda: requests.get("https://api.x.ai/v1/models", timeout=1),
        lambda: httpx.get("https://API.X.AI./v1/models"),
        lambda: socket.create_connection(("eu-west-1.api.x.ai", 443), 1),
        lambda: socket.gethostbyname("vidgen.x.ai"),
        lambda: socket.getaddrinfo(b"api.kie.ai", 443),
        lambda: connect("api.pictory.ai"),
        lambda: ssl.create_default_context().wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="storage.googleapis.com"
        ),
    ],
    ids=["requests", "httpx", "region", "results", "bytes", "connect", "tls"],
)
def test_real_hosts_are_out_of_reach(reach: Callable[[], object]) -> None:
    before = socket.getaddrinfo, vars(socket.socket).get("connect"), os.environ.get("NO_PROXY")
    with mockserver.running() as mock:
        with pytest.raises(RealProvider, match=r"mock_providers\.\w+\.base_url"):
            reach()
        assert len(mock.escapes) == 1
        with pytest.raises(AssertionError, match="a real host of"):
            mock.check()
    after = socket.getaddrinfo, vars(socket.socket).get("connect"), os.environ.get("NO_PROXY")
    assert before == after


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_event_loops_do_not_reach_them_either(loop: str) -> None:
    async def reach() -> None:
        async with httpx.AsyncClient() as client:
            await client.get("https://api.ltx.io/v2/extend/1")

    async def request() -> None:
        async with aiohttp.ClientSession() as client:
            await client.get("https://api.hooked.so/v1/video/1")

    async def connect() -> None:
        await asyncio.get_running_loop().create_connection(asyncio.Protocol, "api.x.ai", 443)

    import uvloop

    factory = uvloop.new_event_loop if loop == "uvloop" else None
    with mockserver.running() as mock:
        for one in (reach, request, connect):
            with pytest.raises(RealProvider), asyncio.Runner(loop_factory=factory) as runner:
                runner.run(one())
        assert len(mock.escapes) == 3


def test_other_hosts_are_not_minded() -> None:
    with mockserver.running() as mock:
        socket.getaddrinfo("localhost", 80)
        with pytest.raises(OSError, match=r".*"):
            socket.create_connection(("127.0.0.1", 1), 1)
        assert mock.escapes == []


def test_a_proxy_is_not_asked_for_a_real_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with mockserver.running() as mock:
        assert extend(mock).status_code == 200
        with pytest.raises(RealProvider):
            requests.get("https://api.x.ai/v1", timeout=1)


def test_without_pytest_a_check_says_what_broke_a_contract() -> None:
    with mockserver.running(seed=7) as mock:
        mock.check()
        extend(mock, duration=99)
        with pytest.raises(AssertionError, match=r"extensions → 400: body/duration is 99"):
            mock.check()
        mock.check(violations=False)
        assert len(mock.violations) == 1


def test_a_scenario_is_no_violation() -> None:
    with mockserver.running() as mock:
        mock.scenario("unauthorized")
        extend(mock)
        mock.check()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"headers": {}}, "no authorization header"),
        ({"url": "/v1/video/extensions"}, "hint: "),
        ({"headers": {"Content-Type": "text/plain"}}, "content-type is"),
        (
            {"headers": {"X-Mock-Scenario": "nonsense", "Content-Type": "application/json"}},
            "nonsense",
        ),
    ],
    ids=["key", "path", "media type", "scenario"],
)
def test_calls_that_no_schema_sees_break_a_contract_too(change: Any, said: str) -> None:
    with mockserver.running() as mock:
        headers = change.get("headers", {})
        if "headers" not in change or headers:
            headers = {"Authorization": f"Bearer {mock.xai.key}", **headers}
        url = mock.xai.base_url + change.get("url", EXTEND)
        requests.post(url, data=b"{}", headers=headers, timeout=10)
        assert said in mock.violations[0]


def test_the_collector_stays_as_it_was() -> None:
    import gc

    before = gc.get_threshold(), gc.get_freeze_count()
    with mockserver.running():
        assert (gc.get_threshold(), gc.get_freeze_count()) == before
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def test_what_the_package_lacks_is_named() -> None:
    with pytest.raises(AttributeError, match="'runing'"):
        _ = mockserver.runing  # type: ignore[attr-defined]
