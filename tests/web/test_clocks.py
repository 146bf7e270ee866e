"""The clock is moved as far as is asked for, and tells what happened on the way."""

from __future__ import annotations

import asyncio

import pytest

from mockserver.contract.model import Json
from mockserver.jobs.clock import VIRTUAL_START, iso
from mockserver.webhooks.model import Answer
from tests.conftest import MakeMock, Mock
from tests.web.clock_steps import HOOK, START, Receiver, extend, moved, now, put, veo, waiting

DAY = 86_400.0


def born(mock: Mock, id: str) -> float:
    job = mock.app.world.jobs.get(id)
    assert job is not None
    return job.created


def ends(mock: Mock, id: str) -> float:
    job = mock.app.world.jobs.get(id)
    assert job is not None
    return job.ends


def brief(told: Json) -> list[tuple[str, str]]:
    return [(one["what"], one.get("state", "")) for one in told["happened"]]


async def test_a_move_tells_every_step_of_a_job_as_its_timeline_has_it(mock: Mock) -> None:
    id = await extend(mock)
    timeline = (await mock.job(id))["timeline"]
    told = await moved(mock, seconds=3600)
    steps = [one for one in told["happened"] if one["what"] in ("state", "progress")]
    assert [(one["at"], one["state"], one.get("progress")) for one in steps] == [
        (one["at"], one["state"], one["progress"]) for one in timeline[1:-1]
    ]
    assert {(one["provider"], one["job"]) for one in told["happened"]} == {("xai", id)}
    assert [one.get("ended", False) for one in steps] == [False] * (len(steps) - 1) + [True]
    assert told["left_out"] == 0
    assert (await moved(mock, seconds=0))["happened"] == []


async def test_the_last_move_tells_that_links_and_records_are_gone(mock: Mock) -> None:
    id = await veo(mock)
    job = await mock.job(id)
    await moved(mock, seconds=3600)
    told = await moved(mock, seconds=400 * DAY)
    gone = {one["what"]: one["at"] for one in told["happened"]}
    assert gone["result-expired"] == job["url_until"]
    assert [one["at"] for one in told["happened"]] == sorted(gone.values())


@pytest.mark.parametrize("parts", [1, 2, 7, 40])
async def test_many_moves_tell_together_what_one_tells(make_mock: MakeMock, parts: int) -> None:
    stories = []
    for count in (1, parts):
        async with make_mock() as mock:
            Receiver(mock, Answer(500), Answer(500, delay=3))
            await veo(mock)
            await extend(mock)
            told: list[Json] = []
            for _ in range(count):
                told += (await moved(mock, seconds=2800 / count))["happened"]
            stories.append(told)
    assert stories[0] == stories[1]
    assert len(stories[0]) > 6


async def test_attempts_and_retries_are_told_in_their_order(mock: Mock) -> None:
    receiver = Receiver(mock, Answer(500), Answer(404))
    id = await veo(mock)
    told = await moved(mock, until="idle")
    sent = [one for one in told["happened"] if one["what"] == "delivery"]
    assert [(one["attempt"], one["state"], one["status"]) for one in sent] == [
        (1, "waiting", 500),
        (2, "waiting", 404),
        (3, "delivered", 200),
    ]
    assert [one["at"] for one in sent] == [iso(at) for at, _ in receiver.taken]
    assert {one["job"] for one in sent} == {id}
    assert "500" in sent[0]["why"]
    assert brief(told)[-4][0] == "state", "a job ends before that is told"
    assert told["idle"] is True
    assert told["at"] == sent[-1]["at"]


async def test_idle_is_when_jobs_have_ended_and_links_still_work(mock: Mock) -> None:
    ids = [await extend(mock) for _ in range(3)]
    told = await moved(mock, until="idle")
    assert now(mock) == max(ends(mock, id) for id in ids)
    assert all(ended["state"] == "done" for ended in [await mock.job(id) for id in ids])
    assert {what for what, _ in brief(told)} == {"state", "progress"}
    again = await moved(mock, until="idle")
    assert (again["now"], again["happened"], again["idle"]) == (told["now"], [], True)


async def test_idle_does_not_wait_for_a_job_that_is_stuck(mock: Mock) -> None:
    receiver = Receiver(mock)
    stuck = await veo(mock, headers={"X-Mock-Scenario": "stuck"})
    other = await veo(mock)
    told = await moved(mock, until="idle")
    assert told["now"] == ends(mock, other)
    assert len(receiver.taken) == 1
    assert (await mock.job(stuck))["ended"] is False
    await moved(mock, seconds=315_360_000)
    assert len(receiver.taken) == 2, "what is stuck was only left alone"


async def test_a_stuck_job_of_long_ago_does_not_keep_others_from_ending(mock: Mock) -> None:
    receiver = Receiver(mock)
    await veo(mock, headers={"X-Mock-Scenario": "stuck"})
    await moved(mock, seconds=315_360_000 - 5)
    other = await veo(mock)
    assert (await moved(mock, until="idle"))["now"] == ends(mock, other)
    assert len(receiver.taken) == 2


async def test_idle_answers_who_waits_for_a_job(mock: Mock) -> None:
    call = await waiting(mock)
    (job,) = mock.app.world.jobs
    told = await moved(mock, until="idle")
    assert told["now"] == job.ends
    assert (await call).status_code == 200


async def test_idle_is_given_up_where_every_delivery_makes_another_job(mock: Mock) -> None:
    class Chain(Receiver):
        async def __call__(self, outgoing: object) -> Answer:
            await veo(mock, key=f"key-{now(mock)}")
            return Answer(200)

    mock.app.receivers[HOOK] = Chain(mock)
    await veo(mock)
    told = await moved(mock, limit=0, until="idle")
    assert told["idle"] is False
    assert told["left_out"] > 1000


async def test_a_reading_is_come_to_from_any_zone(mock: Mock) -> None:
    for text, seconds in (
        ("2026-01-01T00:01:30Z", 90),
        ("2026-01-01T01:02:00+01:00", 120),
        ("2026-01-01T00:02:00.25Z", 120.25),
        ("2026-01-01T00:02:00.25Z", 120.25),
    ):
        assert (await moved(mock, until=text))["now"] == VIRTUAL_START + seconds


async def test_a_job_is_taken_to_a_state_and_no_further(mock: Mock) -> None:
    id = await extend(mock)
    told = await moved(mock, until={"job": id, "state": "done"})
    assert told["now"] == ends(mock, id)
    assert told["happened"][-1]["state"] == "done"
    assert (await moved(mock, until={"job": id, "state": "done"}))["now"] == told["now"]


async def test_of_much_that_happens_the_first_is_told_and_the_rest_counted(mock: Mock) -> None:
    Receiver(mock, *[Answer(500)] * 5)
    for _ in range(5):
        await veo(mock)
    whole = await put(mock, kind="virtual")
    assert whole["happened"] == []
    few = await moved(mock, limit=3, until="idle")
    assert len(few["happened"]) == 3
    assert few["left_out"] == 5 * 2 + 5 - 3
    times = [one["at"] for one in few["happened"]]
    assert times == sorted(times)


async def test_two_moves_at_once_add_up_and_tell_everything(mock: Mock) -> None:
    Receiver(mock)
    for _ in range(3):
        await veo(mock)
    one, other = await asyncio.gather(moved(mock, seconds=1000), moved(mock, seconds=2000))
    assert max(one["now"], other["now"]) == VIRTUAL_START + 3000
    assert len(one["happened"]) + len(other["happened"]) >= 6


WRONG: list[tuple[Json, int, str]] = [
    ({"seconds": -1}, 400, "seconds"),
    ({"seconds": None}, 400, "seconds"),
    ({"seconds": 1, "until": "idle"}, 400, ""),
    ({}, 400, ""),
    ({"until": "2025-12-31T23:59:59Z"}, 400, "body/until is '2025-12-31T23:59:59Z', which is past"),
    ({"until": "2026-01-01T00:00:00"}, 400, "names no zone"),
    ({"until": "2126-01-01T00:00:00Z"}, 400, "more than ten years"),
    ({"until": "0001-01-01T00:00:00+14:00"}, 400, "is past"),
    ({"until": "9999-12-31T23:59:59-14:00"}, 400, "more than ten years"),
    ({"until": "idel"}, 400, "body/until is 'idel', which is no time in ISO 8601, nor idle"),
    ({"until": 90}, 400, "until"),
    ({"until": {"job": "nope", "state": "done"}}, 404, "there is no job nope"),
    ({"until": {"job": "JOB", "state": "finished"}}, 400, "comes to done"),
    ({"until": {"job": "JOB"}}, 400, "state"),
    ({"until": {"job": "JOB", "state": "done", "at": 1}}, 400, "at"),
    ({"until": {"job": 1, "state": "done"}}, 400, "job"),
]


@pytest.mark.parametrize(("body", "status", "say"), WRONG, ids=[str(one[0]) for one in WRONG])
async def test_a_move_that_cannot_be_meant_names_the_place_and_moves_nothing(
    mock: Mock, body: Json, status: int, say: str
) -> None:
    id = await extend(mock)
    if isinstance(body.get("until"), dict) and body["until"]["job"] == "JOB":
        body = {"until": {**body["until"], "job": id}}
    answer = await mock.post("/_mock/clock/advance", json=body)
    assert answer.status_code == status, answer.text
    assert say in answer.json()["message"]
    assert (await mock.get("/_mock/clock")).json()["at"] == START


async def test_a_state_that_is_past_or_never_comes_is_refused(mock: Mock) -> None:
    past = await extend(mock)
    await moved(mock, until={"job": past, "state": "done"})
    stuck = await extend(mock, headers={"X-Mock-Scenario": "stuck"})
    at = now(mock)
    for id, state, say in (
        (past, "pending", "comes to expired"),
        (stuck, "done", "it is pending and comes to nothing else"),
    ):
        body = {"until": {"job": id, "state": state}}
        answer = await mock.post("/_mock/clock/advance", json=body)
        assert answer.status_code == 400
        assert say in answer.json()["message"]
    assert now(mock) == at


@pytest.mark.parametrize("how", [{"seconds": 1}, {"until": "idle"}, {"until": "2999-01-01T00:00Z"}])
async def test_a_real_clock_is_not_moved_but_says_how(make_mock: MakeMock, how: Json) -> None:
    async with make_mock(clock="real") as mock:
        answer = await mock.post("/_mock/clock/advance", json=how)
        assert answer.status_code in (400, 409)
        if answer.status_code == 409:
            assert "PUT /_mock/clock" in answer.json()["message"]
