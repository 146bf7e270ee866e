"""Rules act on calls, jobs, answers, files and pushes, wherever they come from."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from mockserver.contract.errors import SpecError
from mockserver.contract.model import Json
from mockserver.jobs.clock import settle
from mockserver.scenario.book import Book
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import MakeMock, Mock

SOURCE = "http://mock.test/_mock/sources/320x180-24fps-3s.mp4"
EXTEND = "/xai/v1/videos/extensions"
HOOK = "http://receiver.test/hook"


def body(prompt: str = "on", **more: Json) -> Json:
    return {"prompt": prompt, "video": {"url": SOURCE}, "duration": 2, **more}


def setup(*rules: Json, use: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"setup": {"use": list(use), "rule": list(rules)}}


async def created(mock: Mock, **rest: Any) -> str:
    answer = await mock.post(EXTEND, json=rest.pop("json", body()), **rest)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


class Receiver:
    def __init__(self) -> None:
        self.taken: list[Outgoing] = []

    async def __call__(self, outgoing: Outgoing) -> Answer:
        self.taken.append(outgoing)
        return Answer(200)


async def test_a_rule_refuses_in_the_words_of_the_provider(make_mock: MakeMock) -> None:
    async with make_mock(
        **setup({"provider": "xai", "on": "create", "refuse": "rate-limited", "times": 1})
    ) as mock:
        first = await mock.post(EXTEND, json=body())
        assert first.status_code == 429
        assert "retry-after" in first.headers
        assert "rule[1]" in first.headers["x-mock-diagnosis"]
        assert (await mock.post(EXTEND, json=body())).status_code == 200


async def test_a_refusal_names_what_the_call_named(make_mock: MakeMock) -> None:
    rules = [
        {"provider": "xai", "on": "create", "refuse": "rate-limited"},
        {"provider": "xai", "on": "show", "refuse": "not-found"},
    ]
    async with make_mock(**setup(*rules)) as mock:
        answer = await mock.post(EXTEND, json=body(model="grok-imagine-video"))
        assert "model grok-imagine-video." in answer.json()["error"]
        answer = await mock.post(EXTEND, json=body(retry="x\r\nX-Met: 1"))
        assert answer.headers["retry-after"] == "1"
        answer = await mock.get("/xai/v1/videos/some-id")
        assert "the id some-id was" in answer.json()["error"]


@pytest.mark.parametrize("way", ["header", "prompt", "key"])
async def test_a_request_asks_for_a_scenario_in_three_ways(mock: Mock, way: str) -> None:
    asked: dict[str, Any] = {
        "header": {"headers": {"X-Mock-Scenario": "stuck"}},
        "prompt": {"json": body("on and on [[mock:stuck]]")},
        "key": {"key": "test-key+stuck"},
    }[way]
    id = await created(mock, **asked)
    await mock.advance(30 * 86400)
    view = await mock.get(f"/xai/v1/videos/{id}")
    assert view.status_code == 202
    assert view.json()["status"] == "pending"


async def test_the_ways_can_be_closed(make_mock: MakeMock) -> None:
    async with make_mock(triggers=False) as mock:
        id = await created(mock, headers={"X-Mock-Scenario": "stuck"}, json=body("[[mock:stuck]]"))
        await mock.advance(3600)
        assert (await mock.get(f"/xai/v1/videos/{id}")).json()["status"] == "done"


@pytest.mark.parametrize("name", ["stuk", "x" * 300, "a\x7fb", "ltx:stuck"])
async def test_a_scenario_that_nobody_knows_is_refused_with_the_nearest(
    mock: Mock, name: str
) -> None:
    answer = await mock.post(EXTEND, json=body(), headers={"X-Mock-Scenario": name})
    assert answer.status_code == 400
    assert answer.json()["error"] == "no-scenario"
    if name == "stuk":
        assert "did you mean 'stuck'" in answer.json()["message"]
    assert len(mock.app.world.jobs) == 0


async def test_a_delay_is_of_the_clock(make_mock: MakeMock) -> None:
    async with make_mock(**setup({"on": "create", "delay": 30.0})) as mock:
        waiting = asyncio.ensure_future(mock.post(EXTEND, json=body()))
        await settle(50)
        await mock.advance(29.9)
        await settle(50)
        assert not waiting.done()
        await mock.advance(0.1)
        assert (await waiting).status_code == 200


async def test_a_reply_is_changed_and_nothing_else(make_mock: MakeMock) -> None:
    rules = [
        {"on": "show", "poll": "1-2", "reply": [{"at": "/status", "value": "archived"}]},
        {"on": "show", "poll": 3, "reply": [{"at": "/nowhere/else", "remove": True}]},
    ]
    async with make_mock(**setup(*rules)) as mock:
        id = await created(mock)
        polls = [(await mock.get(f"/xai/v1/videos/{id}")).json()["status"] for _ in range(3)]
        assert polls == ["archived", "archived", "pending"]


async def test_switches_hold_for_one_job_alone(mock: Mock) -> None:
    mock.app.world.book.put({"scenario": {"empty": SILENT}}, "test")
    quiet = await created(mock, headers={"X-Mock-Scenario": "empty"})
    usual = await created(mock)
    assert (await mock.get(f"/xai/v1/videos/{quiet}")).content == b""
    assert (await mock.get(f"/xai/v1/videos/{usual}")).json()["status"] == "pending"


SILENT = {
    "what": "polls have no body",
    "client": "does not mind",
    "rules": [{"provider": "xai", "settings": {"pending": "empty"}}],
}


async def test_a_rule_is_about_the_jobs_it_names(make_mock: MakeMock) -> None:
    rule = {"on": "show", "fields": {"/prompt": "this"}, "delay": 0, "headers": {"X-Met": "1"}}
    async with make_mock(**setup(rule)) as mock:
        this, that = await created(mock, json=body("this")), await created(mock, json=body("that"))
        assert "x-met" in (await mock.get(f"/xai/v1/videos/{this}")).headers
        assert "x-met" not in (await mock.get(f"/xai/v1/videos/{that}")).headers


async def test_a_rule_is_about_the_world_it_names(make_mock: MakeMock) -> None:
    rule = {"on": "create", "world": "blue", "headers": {"X-Met": "1"}}
    async with make_mock(**setup(rule)) as mock:
        key = {"Authorization": "Bearer test-key"}
        inside = await mock.post(f"/w/blue{EXTEND}", json=body(), headers=key)
        assert "x-met" in inside.headers
        assert "x-met" not in (await mock.post(EXTEND, json=body())).headers


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "reset", "at": "before"},
        {"fault": "reset", "at": "headers"},
        {"fault": "cut", "bytes": 5},
        {"fault": "length", "bytes": 7},
    ],
)
async def test_a_connection_that_ends_leaves_the_job_behind(
    make_mock: MakeMock, fault: Json
) -> None:
    async with make_mock(**setup({"on": "create", "wire": fault})) as mock:
        with pytest.raises((httpx.HTTPError, ConnectionError)):
            await mock.post(EXTEND, json=body())
        assert len(mock.app.world.jobs) == 1


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"fault": "malformed"}, 200, "application/json"),
        ({"fault": "html", "status": 503}, 503, "text/html"),
        ({"fault": "drip", "bytes": 9}, 200, "application/json"),
        ({"fault": "stall"}, 200, "application/json"),
    ],
)
async def test_a_body_comes_otherwise(
    make_mock: MakeMock, fault: Json, status: int, kind: str
) -> None:
    async with make_mock(**setup({"on": "create", "wire": fault})) as mock:
        answer = await mock.post(EXTEND, json=body())
        assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
        if fault["fault"] == "malformed":
            with pytest.raises(ValueError, match=r"."):
                answer.json()


@pytest.mark.parametrize("how", ["zero", "wrong-type", "corrupt", "silent"])
async def test_a_file_is_spoilt(make_mock: MakeMock, how: str) -> None:
    async with make_mock(**setup({"on": "download", "media": how})) as mock:
        id = await created(mock)
        await mock.advance(3600)
        url = (await mock.get(f"/xai/v1/videos/{id}")).json()["video"]["url"]
        answer = await mock.get(url, key="")
        assert answer.status_code == 200
        assert (answer.headers["content-type"] == "text/html") == (how == "wrong-type")
        assert (len(answer.content) == 0) == (how == "zero")
        assert (b"moov" in answer.content) == (how == "silent")


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("lost", []),
        ("late", [600.0]),
        ("twice", [0.0, 0.0]),
        ("reordered", [90.0]),
        ("stale", [0.0]),
        ("unknown", [0.0]),
    ],
)
async def test_a_push_comes_otherwise(make_mock: MakeMock, fault: str, times: list[float]) -> None:
    rule = {"push": {"fault": fault, "seconds": 600.0 if fault == "late" else 0.0}}
    async with make_mock(**setup(rule)) as mock:
        receiver = mock.app.receivers[HOOK] = Receiver()
        await mock.post("/kie/api/v1/veo/generate", json={"prompt": "on", "callBackUrl": HOOK})
        (job,) = mock.app.world.jobs
        await mock.advance(86400)
        deliveries = [one for one in mock.app.world.journal if one.kind == "delivery"]
        assert [round(one.at - job.ends, 3) for one in deliveries] == times
        assert len(receiver.taken) == len(times)
        if fault == "unknown":
            assert b"299" in receiver.taken[0].parcel.body


async def test_a_push_comes_before_the_answer_to_its_request(make_mock: MakeMock) -> None:
    async with make_mock(**setup({"push": {"fault": "early"}})) as mock:
        receiver = mock.app.receivers[HOOK] = Receiver()
        await mock.post("/kie/api/v1/veo/generate", json={"prompt": "on", "callBackUrl": HOOK})
        assert len(receiver.taken) == 1
        await mock.advance(86400)
        assert len(receiver.taken) == 1


async def test_a_forged_push_claims_too_early_and_the_true_one_comes_in_time(
    make_mock: MakeMock,
) -> None:
    chosen = {"kie": {"webhook-key": "secret"}}
    async with make_mock(chosen=chosen, **setup({"push": {"fault": "forged"}})) as mock:
        receiver = mock.app.receivers[HOOK] = Receiver()
        await mock.post("/kie/api/v1/veo/generate", json={"prompt": "on", "callBackUrl": HOOK})
        await mock.advance(86400)
        forged, true = receiver.taken
        assert forged.parcel.body == true.parcel.body
        assert forged.headers["X-Webhook-Signature"] != true.headers["X-Webhook-Signature"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"on": "crate", "refuse": "rate-limited"}, "did you mean 'create'"),
        ({"on": "create", "refuse": "rate-limitd"}, "did you mean 'rate-limited'"),
        ({"on": "create", "job": {"fail": "nope"}}, "'nope' is not known"),
        ({"on": "create", "job": {"stuck": "pendin"}}, "did you mean 'pending'"),
        ({"on": "show", "settings": {"pendin": "empty"}}, "did you mean 'pending'"),
        ({"on": "show", "settings": {"pending": "emty"}}, "did you mean 'empty'"),
        ({"on": "create", "refus": "rate-limited"}, "did you mean 'refuse'"),
        ({"case": "no_credit"}, "did you mean 'no_credits'"),
        ({"on": "create", "wire": {"fault": "rest"}}, "did you mean 'reset'"),
        ({"on": "create", "delay": -1}, "minimum"),
    ],
)
async def test_a_rule_that_names_nothing_real_is_refused(mock: Mock, rule: Json, said: str) -> None:
    book: Book = mock.app.world.book
    with pytest.raises(SpecError) as caught:
        book.put({"rule": [{"provider": "xai", **rule}]}, "mine.toml")
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert book.idle
