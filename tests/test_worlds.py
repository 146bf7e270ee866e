"""Worlds share a server and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.model import Json
from mockserver.jobs.clock import settle
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import MakeMock, Mock, credentials, running_mock

SOURCE = "http://mock.test/_mock/sources/64x64-8fps-2s-noaudio.mp4"
EXTEND = "/xai/v1/videos/extensions"
BODY: Json = {"prompt": "on", "video": {"url": SOURCE}, "duration": 2}
HOOK = "http://receiver.test/hook"
KEY = credentials("/xai/", "test-key")


async def created(mock: Mock, world: str) -> str:
    answer = await mock.post(f"/w/{world}{EXTEND}", json=BODY, headers=KEY)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


async def polled(mock: Mock, world: str, id: str) -> int:
    return (await mock.get(f"/w/{world}/xai/v1/videos/{id}", headers=KEY)).status_code


async def advance(mock: Mock, world: str, seconds: float) -> None:
    path = f"/w/{world}/_mock/clock/advance"
    assert (await mock.post(path, json={"seconds": seconds})).status_code == 200


async def test_a_job_is_known_in_its_world_alone(mock: Mock) -> None:
    id = await created(mock, "a")
    assert await polled(mock, "a", id) == 202
    assert await polled(mock, "b", id) == 404
    assert (await mock.get(f"/xai/v1/videos/{id}")).status_code == 404
    assert len(mock.app.world.jobs) == 0


async def test_each_has_a_clock_of_its_own(mock: Mock) -> None:
    first, second = await created(mock, "a"), await created(mock, "b")
    await advance(mock, "a", 3600)
    assert await polled(mock, "a", first) == 200
    assert await polled(mock, "b", second) == 202


async def test_links_stay_within_a_world(mock: Mock) -> None:
    id = await created(mock, "a")
    await advance(mock, "a", 3600)
    view = await mock.get(f"/w/a/xai/v1/videos/{id}", headers=KEY)
    url = view.json()["video"]["url"]
    assert url.startswith("http://mock.test/w/a/xai/")
    assert (await mock.get(url, key="")).status_code == 200
    assert (await mock.get(url.replace("/w/a/", "/w/b/"), key="")).status_code == 404
    assert (await mock.get(url.replace("/w/a/", "/"), key="")).status_code == 404


async def test_a_result_of_one_world_is_a_source_in_it(mock: Mock) -> None:
    id = await created(mock, "a")
    await advance(mock, "a", 3600)
    view = await mock.get(f"/w/a/xai/v1/videos/{id}", headers=KEY)
    body = BODY | {"video": {"url": view.json()["video"]["url"]}}
    again = await mock.post(f"/w/a{EXTEND}", json=body, headers=KEY)
    assert again.status_code == 200


async def test_an_inbox_is_in_a_world(mock: Mock) -> None:
    hook = "http://mock.test/w/a/_mock/inbox/mine"
    body = {"prompt": "on", "callBackUrl": hook}
    answer = await mock.post("/w/a/kie/api/v1/veo/generate", json=body, headers=KEY)
    assert answer.json()["code"] == 200
    await advance(mock, "a", 86400)
    came = (await mock.get("/w/a/_mock/inbox/mine?count=1&timeout=5")).json()["messages"]
    assert len(came) == 1
    other = (await mock.get("/_mock/inbox/mine?count=0&timeout=0")).json()["messages"]
    assert other == []


async def test_credits_and_rules_are_of_a_world(mock: Mock) -> None:
    poor = {"provider": "xai", "balance": 0}
    assert (await mock.request("PUT", "/w/a/_mock/credits", json=poor)).status_code == 200
    refused = await mock.post(f"/w/a{EXTEND}", json=BODY, headers=KEY)
    assert refused.status_code == 429
    await created(mock, "b")


async def test_a_world_is_made_to_order(mock: Mock) -> None:
    ids = []
    for name in ("one", "two", "one"):
        made = await mock.request("PUT", f"/_mock/worlds/{name}", json={"seed": 5})
        assert made.json()["path"] == f"/w/{name}"
        ids.append(await created(mock, name))
    assert len(set(ids)) == 1, "the same seed and the same calls give the same ids"
    await mock.request("PUT", "/_mock/worlds/three", json={"seed": 6})
    assert await created(mock, "three") != ids[0]


async def test_worlds_are_listed_and_dropped(mock: Mock) -> None:
    await created(mock, "a")
    listed = (await mock.get("/_mock/worlds")).json()["worlds"]
    assert [(one["name"], one["jobs"]) for one in listed] == [("default", 0), ("a", 1)]
    assert (await mock.request("DELETE", "/_mock/worlds/a")).status_code == 200
    assert (await mock.request("DELETE", "/_mock/worlds/a")).status_code == 404
    assert len((await mock.get("/w/a/_mock/jobs")).json()["jobs"]) == 0


@pytest.mark.parametrize(
    "path", ["/w/", "/w/a", "/w/a/", "/w/a/nobody/v1", "/w/a b/xai/x", "/w/%2e%2f/xai/x", "/w//xai"]
)
async def test_a_path_that_leads_nowhere_makes_no_world(mock: Mock, path: str) -> None:
    answer = await mock.get(path, headers=KEY)
    assert answer.status_code == 404
    assert answer.json()["error"] == "no-provider"
    assert len((await mock.get("/_mock/worlds")).json()["worlds"]) == 1


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a%20b", {}),
        ("x" * 65, {}),
        ("a", {"clock": "stopped"}),
        ("a", {"speed": 0}),
        ("a", {"sed": 1}),
    ],
)
async def test_a_world_that_cannot_be_meant_is_refused(mock: Mock, name: str, body: Json) -> None:
    assert (await mock.request("PUT", f"/_mock/worlds/{name}", json=body)).status_code == 400
    assert len((await mock.get("/_mock/worlds")).json()["worlds"]) == 1


async def test_the_longest_unused_world_goes_first(make_mock: MakeMock) -> None:
    async with make_mock(world_limit=2) as mock:
        for name in ("a", "b", "a", "c"):
            await created(mock, name)
        listed = (await mock.get("/_mock/worlds")).json()["worlds"]
        assert [(one["name"], one["jobs"]) for one in listed[1:]] == [("a", 2), ("c", 1)]


async def test_a_world_that_nobody_visits_may_go(make_mock: MakeMock) -> None:
    async with make_mock(world_idle=0.0) as mock:
        await created(mock, "a")
        await created(mock, "b")
        listed = (await mock.get("/_mock/worlds")).json()["worlds"]
        assert [one["name"] for one in listed] == ["default", "b"]


async def test_two_first_calls_found_one_world_while_another_is_being_closed(
    make_mock: MakeMock,
) -> None:
    may_arrive = asyncio.Event()

    async def slow(outgoing: Outgoing) -> Answer:
        await may_arrive.wait()
        return Answer(200)

    async with make_mock(world_limit=1) as mock:
        mock.app.receivers[HOOK] = slow
        order = {"prompt": "on", "callBackUrl": HOOK}
        await mock.post("/w/a/kie/api/v1/veo/generate", json=order)
        moving = asyncio.ensure_future(advance(mock, "a", 3600))
        await settle(50)
        first = asyncio.ensure_future(created(mock, "b"))
        await settle(50)
        assert not first.done(), "what is on its way out of the old world has a moment to arrive"
        second = await created(mock, "b")
        may_arrive.set()
        assert await polled(mock, "b", await first) == await polled(mock, "b", second) == 202
        listed = (await mock.get("/_mock/worlds")).json()["worlds"]
        assert [(one["name"], one["jobs"]) for one in listed[1:]] == [("b", 2)]
        await moving


async def test_a_world_made_to_order_takes_the_place_of_one_founded_meanwhile(mock: Mock) -> None:
    await created(mock, "a")
    made = await asyncio.gather(
        mock.app.make("a", {"seed": 1}), created(mock, "a"), mock.app.make("a", {"seed": 2})
    )
    worlds = {world.name: world for world, _ in mock.app.all()}
    assert worlds["a"] is made[2]
    assert worlds["a"].settings.seed == 2


async def test_a_thousand_worlds_at_once_do_not_see_each_other(mock: Mock) -> None:
    async def life(name: str) -> tuple[str, int, int]:
        id = await created(mock, name)
        before = await polled(mock, name, id)
        await advance(mock, name, 3600)
        return id, before, await polled(mock, name, id)

    lives = await asyncio.gather(*(life(f"w{number}") for number in range(1000)))
    assert {one[1:] for one in lives} == {(202, 200)}
    assert len({one[0] for one in lives}) == 1, "all began with the same seed"


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["create", "poll", "advance", "reset"])),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_interleaved_worlds_say_what_each_says_alone(story: list[tuple[str, str]]) -> None:
    async def told(story: list[tuple[str, str]]) -> dict[str, list[str]]:
        said: dict[str, list[str]] = {"a": [], "b": [], "c": []}
        last = dict.fromkeys(said, "none")
        async with running_mock(providers=("xai",)) as mock:
            for world, step in story:
                root = f"/w/{world}"
                if step == "create":
                    answer = await mock.post(f"{root}{EXTEND}", json=BODY, headers=KEY)
                    last[world] = answer.json()["request_id"]
                elif step == "poll":
                    path = f"{root}/xai/v1/videos/{last[world]}"
                    answer = await mock.get(path, headers=KEY)
                elif step == "advance":
                    path = f"{root}/_mock/clock/advance"
                    answer = await mock.post(path, json={"seconds": 20})
                else:
                    answer = await mock.post(f"{root}/_mock/reset")
                said[world].append(f"{answer.status_code} {answer.text}")
        return said

    together = asyncio.run(told(story))
    for world in "abc":
        alone = asyncio.run(told([one for one in story if one[0] == world]))
        assert alone[world] == together[world]
