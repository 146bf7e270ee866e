"""A poll with the same head as one before gets what it would get if it were the first."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest

from mockserver import providers
from mockserver.contract import document
from mockserver.contract.keys import fingerprint
from mockserver.contract.pointer import fill
from mockserver.journal.entry import Entry
from mockserver.web import exchange
from tests.conftest import MakeMock, Mock

CREATES = {
    "xai": ("/xai/v1/videos/generations", {"prompt": "A boat", "duration": 2}),
    "kie": ("/kie/api/v1/veo/generate", {"prompt": "A tram climbs"}),
    "hooked": (
        "/hooked/v1/project/create/extend-video",
        {"media": "media_silent_video", "prompt": "The tide comes in."},
    ),
    "pictory": (
        "/pictory/pictoryapis/v1/aistudio/videos",
        {"prompt": "The lantern drifts over the weir."},
    ),
    "ltx": (
        "/ltx/v2/text-to-video",
        {"prompt": "A tram", "model": "ltx-2-3-fast", "duration": 6, "resolution": "1920x1080"},
    ),
}
fresh = map(str, itertools.count())


async def polled(mock: Mock, name: str) -> str:
    """Make a job; the path that shows it."""
    path, body = CREATES[name]
    assert (await mock.post(path, json=body)).status_code < 300
    (job,) = mock.world.jobs
    contract = document.load(name)
    show = next(one for one in contract.operations if job.kind in one.jobs)
    inside = fill(show.path, {show.job_id: job.id})
    asked = "" if f"{{{show.job_id}}}" in show.path else f"?{show.job_id}={job.id}"
    return f"/{name}{inside}{asked}"


async def poll(mock: Mock, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
    return await mock.request(method, path, headers=headers)


def told(answer: httpx.Response) -> Any:
    """What of an answer is not of its own call."""
    own = ("x-request-id", "x-mock-diagnosis")
    headers = {name: text for name, text in answer.headers.items() if name not in own}
    return answer.status_code, answer.text, headers


def line(entry: Entry) -> Entry:
    """What of a journal's line is not of its own call."""
    return entry._replace(number=0)


@pytest.mark.parametrize("name", providers.NAMES)
async def test_it_is_told_what_another_head_is_told_at_every_moment(
    name: str, make_mock: MakeMock
) -> None:
    async with make_mock() as mock:
        path = await polled(mock, name)
        (job,) = mock.world.jobs
        moments = {step.at + more for step in job.timeline.steps for more in (0, 0.00001, 0.5)}
        moments |= {max(0, step.at - 0.00001) for step in job.timeline.steps}
        for age in sorted(moments | {3.0, job.timeline.url_until, job.timeline.record_until}):
            if age > 10**9:
                continue
            await mock.advance(max(0.0, job.created + age - mock.world.clock.now()))
            again = [told(await poll(mock, path)) for _ in range(2)]
            first = told(await poll(mock, path, **{"x-other": next(fresh)}))
            assert again == [first, first]
            *_, one, two, three = mock.world.journal
            assert line(one) == line(two) == line(three)
            assert [two.number, three.number] == [one.number + 1, one.number + 2]


async def test_while_its_job_runs_it_is_not_worked_out_again(
    make_mock: MakeMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its answers has a request id of its own all the same."""
    async with make_mock() as mock:
        path = await polled(mock, "xai")
        worked = []
        answer = exchange.Exchange.answer

        async def counted(self: exchange.Exchange, *rest: Any) -> Any:
            worked.append(rest)
            return await answer(self, *rest)

        monkeypatch.setattr(exchange.Exchange, "answer", counted)
        ids = {(await poll(mock, path)).headers["x-request-id"] for _ in range(5)}
        assert (len(ids), len(worked)) == (5, 1)


async def test_a_head_request_is_told_no_body(make_mock: MakeMock) -> None:
    async with make_mock() as mock:
        path = await polled(mock, "pictory")
        lengths = set()
        for method in ("GET", "HEAD", "HEAD", "GET"):
            answer = await poll(mock, path, method=method)
            assert bool(answer.content) == (method == "GET")
            lengths.add(answer.headers["content-length"])
        assert len(lengths) == 1


async def test_rules_act_on_it_from_when_they_are_set(make_mock: MakeMock) -> None:
    async with make_mock() as mock:
        path = await polled(mock, "xai")
        assert {(await poll(mock, path)).status_code for _ in range(2)} == {202}
        contract = document.load("xai")
        busy = next(one.name for one in contract.errors.values() if one.status == 503)
        poll_id = next(one.id for one in contract.operations if one.does == "show")
        rule = {"provider": "xai", "on": [poll_id], "refuse": busy}
        put = await mock.request("PUT", "/_mock/scenario", json={"rule": [rule]})
        assert put.status_code == 200, put.text
        assert (await poll(mock, path)).status_code == 503
        await mock.request("DELETE", "/_mock/scenario")
        assert (await poll(mock, path)).status_code == 202


async def test_what_is_forgotten_is_not_told(make_mock: MakeMock) -> None:
    async with make_mock() as mock:
        path = await polled(mock, "xai")
        assert {(await poll(mock, path)).status_code for _ in range(2)} == {202}
        await mock.post("/_mock/reset")
        assert (await poll(mock, path)).status_code == 404


async def test_a_credential_that_was_granted_is_not_good_for_longer(make_mock: MakeMock) -> None:
    async with make_mock() as mock:
        path = await polled(mock, "xai")
        (job,) = mock.world.jobs
        now = mock.world.clock.now()
        assert job.stays(now) > 2, "else the poll is another one anyway"
        mock.world.grant(fingerprint("granted"), job.owner, now + 1)
        lent = [await mock.get(path, key="granted") for _ in range(3)]
        assert {answer.status_code for answer in lent} == {202}
        await mock.advance(1.5)
        assert (await mock.get(path, key="granted")).status_code == 401
        assert (await mock.get(path)).status_code == 202


async def test_a_credential_of_its_own_may_be_granted_to_stand_for_another(
    make_mock: MakeMock,
) -> None:
    async with make_mock() as mock:
        path = await polled(mock, "xai")
        assert {(await poll(mock, path)).status_code for _ in range(2)} == {202}
        mock.world.grant(fingerprint("test-key"), "another", mock.world.clock.now() + 1)
        assert (await poll(mock, path)).status_code == 404
