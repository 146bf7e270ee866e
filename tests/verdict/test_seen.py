"""The verdict on whatever was observed: over HTTP, in pytest, and in whose seconds it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver.contract import document
from mockserver.contract.message import Violation
from mockserver.contract.model import Evidence, Json
from mockserver.journal.entry import Entry
from mockserver.testing import MockProviders
from mockserver.verdict.judge import judge
from mockserver.verdict.model import Level
from mockserver.verdict.observed import Observed
from tests.conftest import MakeMock, Mock
from tests.demo.client import Studio
from tests.demo.test_ten_bugs import CLIP, Patience

ORDER: Json = {"prompt": "on", "video": {"url": "https://example.com/a.mp4"}, "duration": 3}
ORDERS = "/xai/v1/videos/extensions"


async def verdict(mock: Mock, query: str = "") -> Any:
    answer = await mock.get(f"/_mock/verdict{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(said: Any) -> set[str]:
    return {one["rule"] for one in said["findings"]}


async def test_nothing_is_said_of_nobody(mock: Mock) -> None:
    said = await verdict(mock)
    assert (said["clean"], said["calls"], said["findings"]) == (True, 0, [])
    assert said["rules"] >= 20


async def test_what_was_observed_is_judged_without_a_case(mock: Mock) -> None:
    lost = {"x-mock-scenario": "server_error"}
    await mock.post(ORDERS, json=ORDER, headers=lost)
    await mock.post(ORDERS, json=ORDER, headers=lost)
    said = await verdict(mock)
    assert ids(said) == {"client.submit.retries-without-pause"}
    assert not said["clean"]
    assert ids(await verdict(mock, "?provider=ltx")) == set()
    assert (await mock.get("/_mock/verdict?provider=nope")).status_code == 404


async def test_the_verdict_is_on_one_world(mock: Mock) -> None:
    await mock.post(f"/w/blue{ORDERS}", json={})
    assert ids(await verdict(mock)) == set()
    blue = (await mock.get("/w/blue/_mock/verdict")).json()
    assert ids(blue) == {"client.submit.contract-violation"}


async def test_the_same_order_twice_is_no_mistake_by_itself(mock: Mock) -> None:
    for _ in range(2):
        await mock.post(ORDERS, json=ORDER)
        await mock.advance(5)
    assert ids(await verdict(mock)) == set()


async def test_an_order_after_a_failed_poll_is_one(mock: Mock) -> None:
    made = (await mock.post(ORDERS, json=ORDER)).json()["request_id"]
    await mock.advance(5)
    broken = {"x-mock-scenario": "poll_500_once"}
    await mock.get(f"/xai/v1/videos/{made}", headers=broken)
    await mock.advance(5)
    await mock.post(ORDERS, json=ORDER)
    said = await verdict(mock)
    assert ids(said) == {"client.submit.paid-twice"}
    assert "after a poll that was answered 500" in said["findings"][0]["say"]


async def test_a_job_that_failed_may_be_ordered_again(mock: Mock) -> None:
    made = await mock.post(ORDERS, json=ORDER, headers={"x-mock-scenario": "failed"})
    await mock.advance(600)
    await mock.get(f"/xai/v1/videos/{made.json()['request_id']}")
    await mock.post(ORDERS, json=ORDER)
    assert ids(await verdict(mock)) == set()


async def test_an_order_that_is_recognised_as_a_repeat_is_none(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"xai": {"idempotency": "dedupe"}}) as mock:
        headers = {"x-mock-scenario": "poll_500_once", "idempotency-key": "k1"}
        first = await mock.post(ORDERS, json=ORDER, headers=headers)
        await mock.get(f"/xai/v1/videos/{first.json()['request_id']}")
        await mock.advance(5)
        await mock.post(ORDERS, json=ORDER, headers=headers)
        assert ids(await verdict(mock)) == set()


def test_the_fixture_has_a_verdict(mock_providers: MockProviders) -> None:
    studio = Studio(mock_providers.xai.base_url, mock_providers.xai.key, Patience(mock_providers))
    studio.order(mock_providers.source(CLIP))
    mock_providers.xai.verdict().assert_clean()
    assert mock_providers.verdict().clean


@pytest.mark.mock_scenario("reset")
def test_the_fixture_says_what_is_wrong(mock_providers: MockProviders) -> None:
    studio = Studio(mock_providers.xai.base_url, mock_providers.xai.key, Patience(mock_providers))
    studio.order(mock_providers.source(CLIP))
    told = mock_providers.xai.verdict()
    assert [one.rule.id for one in told.findings] == ["client.submit.paid-twice"]
    with pytest.raises(AssertionError, match=r"MUST +client\.submit\.paid-twice: the work of job"):
        told.assert_clean()
    told.assert_clean(ignore=["client.submit.*"])
    assert mock_providers.kie.verdict().clean


def test_an_outcome_that_is_none_is_refused(mock_providers: MockProviders) -> None:
    with pytest.raises(ValueError, match="is no outcome; there are success, failure, timeout"):
        mock_providers.verdict("perhaps")


async def test_polls_are_graded_in_the_seconds_of_the_client(mock: Mock) -> None:
    """At twenty times the speed, polls 40 s apart on the clock were 2 s apart for the client."""
    order = {"video_uri": "https://example.com/a.mp4", "duration": 2, "context": 1}
    made = (await mock.post("/ltx/v2/extend", json=order)).json()["id"]
    for _ in range(3):
        await mock.advance(40)
        await mock.get(f"/ltx/v2/extend/{made}")
    world = mock.app.world
    seen = Observed(
        contracts={"ltx": document.load("ltx")},
        entries=tuple(world.journal),
        jobs=tuple(world.jobs),
        now=world.clock.now(),
    )
    assert judge(seen).findings == ()
    hurried = judge(replace(seen, pace=20.0))
    assert [one.rule.id for one in hurried.findings] == ["client.poll.too-fast"]
    assert "every 2.00 s on average; 5 s is the least" in hurried.findings[0].say
    raced = judge(replace(seen, pace=200.0))
    assert [one.rule.id for one in raced.findings] == []  # too few to be a habit


@pytest.mark.parametrize(
    ("kinds", "level"),
    [
        (["documented", "inferred"], Level.MUST),
        (["observed", "inferred"], Level.SHOULD),
        (["inferred"], Level.NOTE),
    ],
)
def test_a_breach_is_as_bad_as_its_evidence(kinds: list[str], level: Level) -> None:
    broken = tuple(
        Violation("body", "/x", "maximum", "9", "1", "is 9", "/a", Evidence(kind, "w", "2026-01"))
        for kind in kinds
    )
    entry = Entry(
        1, 0.0, "call", "xai", "handle_extend_video_request", "POST", ORDERS, status=400,
        violations=broken, problem="invalid",
    )  # fmt: skip
    said = judge(Observed({"xai": document.load("xai")}, (entry,)))
    assert [(one.rule.id, one.level) for one in said.findings] == [
        ("client.submit.contract-violation", level)
    ]
