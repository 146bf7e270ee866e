"""Hooked's requests per minute: whose, which ones, and when there is room again (decision A15)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from mockserver.contract import document
from tests.conftest import MakeMock, Mock, blind
from tests.providers.hooked_steps import ask, asked, chosen, post, said, submit

CONTRACT = document.load("hooked")
UNKNOWN = "/v1/video/vid_extend_000000000000"


def limited(make_mock: MakeMock, limit: int) -> AbstractAsyncContextManager[Mock]:
    return make_mock(limits="documented", **chosen(rate_limit=str(limit)))


async def refused(mock: Mock) -> int:
    """In how many seconds a poll that is refused now may be sent again."""
    answer = await ask(mock, "GET", UNKNOWN)
    assert said(answer, 429)["code"] == "RATE_LIMITED"
    return int(answer.headers["retry-after"])


async def admitted(mock: Mock, key: str = "test-key") -> None:
    assert (await ask(mock, "GET", UNKNOWN, key=key)).status_code == 404


def test_sixty_a_minute_is_the_default() -> None:
    assert CONTRACT.number("rate-limit") == 60
    assert blind(CONTRACT).limited is False


async def test_no_limit_is_in_force_unless_asked_for(make_mock: MakeMock) -> None:
    async with make_mock(**chosen(rate_limit="3")) as mock:
        for _ in range(5):
            await submit(mock)
        assert len(mock.app.world.traffic) == 0
    async with limited(make_mock, 0) as mock:
        for _ in range(65):
            await admitted(mock)


async def test_polls_lists_and_refused_orders_count_like_orders(make_mock: MakeMock) -> None:
    async with limited(make_mock, 4) as mock:
        id = await submit(mock)
        assert (await ask(mock, "GET", f"/v1/video/{id}")).status_code == 200
        assert (await ask(mock, "GET", "/v1/video/list")).status_code == 200
        assert (await post(mock, asked(prompt=""))).status_code == 400
        assert await refused(mock) == 60
        answer = await post(mock, asked())
        assert said(answer, 429)["code"] == "RATE_LIMITED"
        assert (
            "called 4 times in the last minute, allowed are 4" in answer.headers["x-mock-diagnosis"]
        )


async def test_each_key_has_its_own_minute(make_mock: MakeMock) -> None:
    async with limited(make_mock, 1) as mock:
        await admitted(mock)
        await refused(mock)
        await admitted(mock, key="another")


async def test_calls_without_credentials_count_for_nobody(make_mock: MakeMock) -> None:
    async with limited(make_mock, 1) as mock:
        for _ in range(3):
            assert (await ask(mock, "GET", UNKNOWN, key="")).status_code == 401
        await admitted(mock)


async def test_the_minute_slides_and_retry_after_says_when_there_is_room(
    make_mock: MakeMock,
) -> None:
    async with limited(make_mock, 2) as mock:
        await admitted(mock)
        await mock.advance(20.5)
        await admitted(mock)
        assert await refused(mock) == 40
        await mock.advance(30)
        seconds = await refused(mock)
        assert seconds == 10
        await mock.advance(seconds - 1)
        assert await refused(mock) == 1
        await mock.advance(1)
        await admitted(mock)
        assert await refused(mock) == 20


async def test_downloads_are_the_delivery_hosts(make_mock: MakeMock) -> None:
    async with limited(make_mock, 2) as mock:
        id = await submit(mock)
        await mock.advance(600)
        url = (await ask(mock, "GET", f"/v1/video/{id}")).json()["data"]["url"]
        for _ in range(4):
            assert (await mock.get(url, key="")).status_code == 200


async def test_a_rule_that_switches_something_counts_a_call_once(make_mock: MakeMock) -> None:
    rule = {"provider": "hooked", "settings": {"envelope": "flat"}}
    async with make_mock(
        limits="documented", setup={"rule": [rule]}, **chosen(rate_limit="2")
    ) as mock:
        await admitted(mock)
        await admitted(mock)
        assert (await ask(mock, "GET", UNKNOWN)).status_code == 429


async def test_a_reset_forgets_who_called(make_mock: MakeMock) -> None:
    async with limited(make_mock, 1) as mock:
        await admitted(mock)
        await refused(mock)
        await mock.post("/_mock/reset")
        await admitted(mock)
