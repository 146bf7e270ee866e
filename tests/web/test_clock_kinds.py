"""Clocks that move with every call, and clocks that are exchanged while work waits for them."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from mockserver.contract.model import Json
from mockserver.jobs.clock import VIRTUAL_START, settle
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import MakeMock, Mock
from tests.web.clock_steps import HOOK, START, V1, Receiver, extend, moved, now, put, veo, waiting

FAST = 1_000_000.0


async def polled(mock: Mock, id: str) -> int:
    return (await mock.get(f"/xai/v1/videos/{id}")).status_code


async def finished(mock: Mock, id: str, most: int = 300) -> int:
    """How many polls a client needs that does nothing else."""
    for count in range(1, most):
        if await polled(mock, id) == 200:
            return count
    raise AssertionError(f"still running after {most} polls")


def delivered(mock: Mock) -> list[int]:
    """How many attempts each delivery took that came to its receiver."""
    return [len(one.attempts) for one in mock.app.world.pump.outbox if one.state == "delivered"]


async def test_every_call_to_a_provider_is_a_step_and_no_other(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped", step=2.5) as mock:
        shown = (await mock.get("/_mock/clock")).json()
        assert (shown["kind"], shown["step"], shown["speed"]) == ("stepped", 2.5, 0.0)
        id = await extend(mock)
        await polled(mock, id)
        await mock.get("/xai/nowhere")
        await mock.get("/_mock/jobs")
        await mock.get("/nobody/at/all")
        assert now(mock) == VIRTUAL_START + 7.5
        assert (await mock.get("/w/other/xai/v1/me")).status_code
        assert now(mock) == VIRTUAL_START + 7.5, "a world has a clock of its own"


async def test_a_client_that_only_polls_comes_to_the_end(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped", step=5.0) as mock:
        id = await extend(mock)
        polls = await finished(mock, id)
        (job,) = mock.app.world.jobs
        assert polls == -(-(job.ends - job.created) // 5)


async def test_what_falls_due_with_a_step_is_delivered_before_the_call_is_answered(
    make_mock: MakeMock,
) -> None:
    async with make_mock(clock="stepped", step=30.0) as mock:
        receiver = Receiver(mock, Answer(500))
        id = await veo(mock)
        (job,) = mock.app.world.jobs
        while now(mock) < job.ends + 120:
            await mock.get(f"/kie/api/v1/veo/record-info?taskId={id}")
            assert bool(receiver.taken) == (now(mock) >= job.ends)
        assert [at for at, _ in receiver.taken] == [job.ends, job.ends + 1]


async def test_a_stepped_clock_is_advanced_as_well(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped") as mock:
        id = await extend(mock)
        told = await moved(mock, until={"job": id, "state": "done"})
        assert told["happened"][-1]["state"] == "done"
        assert (await moved(mock, seconds=10))["now"] == told["now"] + 10


async def test_a_call_that_waits_moves_a_stepped_clock_to_its_end(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped") as mock:
        answer = await mock.post("/ltx/v1/text-to-video", json=V1)
        (job,) = mock.app.world.jobs
        assert (answer.status_code, now(mock)) == (200, job.ends)


async def test_a_receiver_may_call_the_provider_before_it_answers(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped", step=7.0) as mock:
        seen: list[httpx.Response] = []

        async def ask(outgoing: Outgoing) -> Answer:
            seen.append(await mock.get("/kie/api/v1/veo/record-info?taskId=x"))
            return Answer(200)

        mock.app.receivers[HOOK] = ask
        await veo(mock)
        (job,) = mock.app.world.jobs
        before = now(mock)
        await moved(mock, until="idle")
        assert len(seen) == 1
        assert delivered(mock) == [1]
        assert now(mock) == job.ends + 7
        assert job.ends > before


async def test_a_receiver_may_call_while_its_job_is_not_yet_answered(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped", step=7.0) as mock:
        seen: list[httpx.Response] = []

        async def ask(outgoing: Outgoing) -> Answer:
            seen.append(await mock.get("/kie/api/v1/veo/record-info?taskId=x"))
            return Answer(200)

        mock.app.receivers[HOOK] = ask
        await veo(mock, headers={"X-Mock-Scenario": "webhook_early"})
        assert len(seen) == 1
        assert delivered(mock) == [1]
        assert now(mock) == VIRTUAL_START + 7, "the step of that is still to be taken"
        await mock.get("/xai/v1/me")
        assert now(mock) == VIRTUAL_START + 21


async def test_calls_at_once_are_as_many_steps(make_mock: MakeMock) -> None:
    async with make_mock(clock="stepped", step=3.0) as mock:
        Receiver(mock)
        await veo(mock)
        await asyncio.gather(*(polled(mock, "x") for _ in range(100)))
        assert now(mock) == VIRTUAL_START + 303


KINDS = ("virtual", "stepped", "real")


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("after", KINDS)
async def test_another_clock_goes_on_from_the_present_reading(
    make_mock: MakeMock, before: str, after: str
) -> None:
    async with make_mock(clock=before, speed=0.001) as mock:
        at = now(mock)
        told = await put(mock, kind=after)
        assert told["kind"] == after
        assert told["now"] == pytest.approx(at, abs=0.1)
        assert told["happened"] == []
        assert told["speed"] == (0.001 if after == "real" else 0)
        assert told.get("step") == (1.0 if after == "stepped" else None)
        shown = (await mock.get("/_mock/clock")).json()
        assert shown["kind"] == after


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("after", KINDS)
async def test_on_the_way_to_a_reading_everything_is_done_in_its_turn(
    make_mock: MakeMock, before: str, after: str
) -> None:
    async with make_mock(clock="virtual", speed=0.001) as mock:
        receiver = Receiver(mock, Answer(500))
        await veo(mock)
        (job,) = mock.app.world.jobs
        await put(mock, kind=before)
        told = await put(mock, kind=after, at="2026-01-02T00:00:00Z")
        assert told["now"] == pytest.approx(VIRTUAL_START + 86_400, abs=0.1)
        assert [at for at, _ in receiver.taken] == [job.ends, job.ends + 1]
        assert [one["what"] for one in told["happened"]] == ["state", "delivery", "delivery"]


async def test_who_waits_for_a_job_goes_on_waiting_on_any_clock(mock: Mock) -> None:
    calls = [await waiting(mock, many) for many in (1, 2, 3)]
    for kind in ("real", "virtual", "real", "virtual"):
        await put(mock, kind=kind, **({"speed": 0.001} if kind == "real" else {}))
        await settle()
        assert not any(call.done() for call in calls)
    assert len(mock.app.world.clock.awaited()) == 3
    first, *_, last = sorted(job.ends for job in mock.app.world.jobs)
    await moved(mock, seconds=first - VIRTUAL_START - 0.5)
    assert not any(call.done() for call in calls)
    await moved(mock, until="idle")
    assert {one.status_code for one in await asyncio.gather(*calls)} == {200}
    assert now(mock) == pytest.approx(last, abs=0.01)


@pytest.mark.differs("two answers are rendered at once, and written down as they get ready")
@pytest.mark.parametrize("kind", ["real", "stepped"])
async def test_a_clock_that_moves_brings_those_to_an_end_who_wait(mock: Mock, kind: str) -> None:
    calls = [await waiting(mock, many) for many in (1, 2)]
    await put(mock, kind=kind, **({"speed": FAST} if kind == "real" else {}))
    answers = await asyncio.wait_for(asyncio.gather(*calls), 20)
    assert {one.status_code for one in answers} == {200}
    assert now(mock) >= max(job.ends for job in mock.app.world.jobs)


async def test_deliveries_are_made_once_whatever_clock_they_end_under(mock: Mock) -> None:
    receiver = Receiver(mock, Answer(500), Answer(500))
    quiet = asyncio.Event()

    def settled(delivery: object) -> None:
        if len(receiver.taken) >= 12:
            quiet.set()

    mock.app.world.ears.append(settled)
    for _ in range(10):
        await veo(mock)
    await moved(mock, seconds=min(job.ends for job in mock.app.world.jobs) - VIRTUAL_START)
    for kind in ("stepped", "real", "virtual", "stepped"):
        await put(mock, kind=kind, **({"speed": 0.001} if kind == "real" else {}))
    before = len(receiver.taken)
    assert before < 5
    await put(mock, kind="real", speed=FAST)
    await asyncio.wait_for(quiet.wait(), 20)
    await put(mock, kind="virtual")
    await moved(mock, until="idle")
    assert len(receiver.taken) == 12
    assert {one.state for one in mock.app.world.pump.outbox} == {"delivered"}


async def test_a_receiver_that_is_slow_on_a_running_clock_does_not_hold_up_one_that_stands(
    make_mock: MakeMock,
) -> None:
    async with make_mock(clock="real", speed=FAST) as mock:
        taken = asyncio.Event()

        async def slow(outgoing: Outgoing) -> Answer:
            await put(mock, kind="real", speed=0.001)
            taken.set()
            return Answer(200, delay=9)

        mock.app.receivers[HOOK] = slow
        await veo(mock)
        await asyncio.wait_for(taken.wait(), 20)
        await settle()
        await put(mock, kind="virtual")
        async with asyncio.timeout(20):
            await moved(mock, seconds=1)
        (delivery,) = mock.app.world.pump.outbox
        assert delivery.state == "delivered"
        assert delivery.attempts[0].ended >= delivery.attempts[0].at + 9


async def test_an_answer_that_is_delayed_waits_for_the_new_clock(mock: Mock) -> None:
    rule: Json = {"rule": [{"provider": "xai", "on": "create", "delay": 100}]}
    assert (await mock.request("PUT", "/_mock/scenario", json=rule)).status_code == 200
    call = asyncio.create_task(extend(mock))
    while not mock.app.world.clock.awaited():
        await settle()
    await put(mock, kind="real", speed=0.001)
    await settle()
    assert not call.done()
    await put(mock, kind="stepped", step=1)
    job = mock.app.world.jobs.get(await asyncio.wait_for(call, 5))
    assert job is not None
    assert job.created == pytest.approx(VIRTUAL_START + 100, abs=0.01)


async def test_an_exchange_waits_for_a_move_and_a_move_for_an_exchange(mock: Mock) -> None:
    Receiver(mock)
    for _ in range(5):
        await veo(mock)
    await asyncio.gather(
        moved(mock, seconds=1000),
        put(mock, kind="stepped", step=2),
        moved(mock, seconds=500),
        put(mock, kind="virtual"),
        moved(mock, seconds=250),
    )
    assert now(mock) == VIRTUAL_START + 1750
    assert (await mock.get("/_mock/clock")).json()["kind"] == "virtual"


@pytest.mark.parametrize(
    ("body", "say"),
    [
        ({}, "kind"),
        ({"kind": "lunar"}, "kind"),
        ({"kind": "real", "speed": 0}, "speed"),
        ({"kind": "real", "speed": -1}, "speed"),
        ({"kind": "real", "speed": "fast"}, "speed"),
        ({"kind": "stepped", "step": 0}, "step"),
        ({"kind": "stepped", "step": 1e9}, "step"),
        ({"kind": "virtual", "speed": 2}, "body/speed is '2', which is of a real clock"),
        ({"kind": "real", "step": 2}, "body/step is '2', which is of a stepped clock"),
        (
            {"kind": "virtual", "at": "2025-01-01T00:00:00Z"},
            "body/at is '2025-01-01T00:00:00Z', wh",
        ),
        ({"kind": "virtual", "at": "tomorrow"}, "is no time in ISO 8601"),
        ({"kind": "virtual", "at": "idle"}, "is no time in ISO 8601"),
        ({"kind": "virtual", "at": "2026-01-01"}, "names no zone"),
        ({"kind": "virtual", "seconds": 1}, "seconds"),
    ],
    ids=str,
)
async def test_a_clock_that_cannot_be_meant_names_the_place_and_changes_nothing(
    mock: Mock, body: Json, say: str
) -> None:
    answer = await mock.request("PUT", "/_mock/clock", json=body)
    assert answer.status_code == 400, answer.text
    assert say in answer.json()["message"]
    shown = (await mock.get("/_mock/clock")).json()
    assert (shown["kind"], shown["at"]) == ("virtual", START)


async def test_a_world_is_made_with_a_stepped_clock(mock: Mock) -> None:
    body = {"clock": "stepped", "step": 4}
    made = await mock.request("PUT", "/_mock/worlds/a", json=body)
    assert made.json()["clock"] == "stepped"
    await mock.get("/w/a/xai/v1/me")
    assert (await mock.get("/w/a/_mock/clock")).json()["now"] == VIRTUAL_START + 4
    await mock.request("PUT", "/w/a/_mock/clock", json={"kind": "stepped"})
    assert (await mock.get("/w/a/_mock/clock")).json()["step"] == 4
