"""Rules are judged by what they name when they are set, and keep bounded counts when they act."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.contract.errors import SpecError
from mockserver.contract.model import Json
from mockserver.scenario import book as books
from mockserver.scenario.book import Tally, Use
from mockserver.scenario.model import Effect, Rule
from tests.conftest import MakeMock, Mock
from tests.scenario.steps import HOOK, Receiver

SOURCE = "http://mock.test/_mock/sources/320x180-24fps-3s.mp4"
ELSEWHERE = "https://files.example.com/clip.mp4"
EXTEND = "/xai/v1/videos/extensions"
GENERATE = "/kie/api/v1/veo/generate"


def body(**more: Json) -> Json:
    return {"prompt": "on", "video": {"url": SOURCE}, "duration": 2, **more}


def setup(*rules: Json) -> dict[str, Any]:
    return {"setup": {"rule": list(rules)}}


def put(mock: Mock, *rules: Json) -> None:
    mock.app.world.book.put({"rule": list(rules)}, "mine.toml")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"on": "push", "delay": 1}, "'push' is not known"),
        ({"on": ["create", "push"], "delay": 1}, "'push' is not known"),
        ({"provider": "xai", "on": "wait", "delay": 1}, "xai has no operation that does wait"),
        ({"provider": "xai", "on": "create", "refuse": "nope"}, "'nope' is not known"),
    ],
)
@pytest.mark.parametrize("world", ["default", "blue"])
async def test_what_names_nothing_real_is_refused_wherever_it_is_meant(
    mock: Mock, rule: Json, said: str, world: str
) -> None:
    with pytest.raises(SpecError) as caught:
        put(mock, {**rule, "world": world})
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert mock.app.world.book.idle


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"on": "create"}, "rule/0: nothing happens: write one of refuse"),
        ({"on": "show", "delay": 1, "nth": "5-2"}, "rule/0/nth: '5-2' ends before it begins"),
        ({"on": "show", "delay": 1, "poll": "12-3"}, "rule/0/poll: '12-3' ends before it begins"),
        ({"on": "create", "delay": 1, "poll": 2}, "rule/0/poll: no call meant here is a poll"),
        ({"push": {"fault": "lost"}, "poll": 2}, "rule/0/poll: no call meant here is a poll"),
        ({"push": {"fault": "lost"}, "delay": 1}, "rule/0/delay: what is pushed has no answer"),
        (
            {"on": "create", "refuse": "rate-limited", "job": {"slow": 2}},
            "rule/0/job: a call that is refused makes no job",
        ),
        (
            {"on": "download", "refuse": "no-result", "media": "zero"},
            "rule/0/media: a call that is refused has no file",
        ),
        ({"on": "show", "job": {"slow": 2}}, "rule/0/job: no call meant here makes a job"),
        ({"on": "create", "media": "zero"}, "rule/0/media: no call meant here sends a file"),
        (
            {"job": {"stuck": "last", "fail": "job-invalid"}},
            "rule/0/job/fail: a job that is stuck never comes to its end",
        ),
        ({"job": {"stuck": "last", "expire": True}}, "never comes to its end"),
    ],
)
async def test_a_rule_that_contradicts_itself_is_refused(mock: Mock, rule: Json, said: str) -> None:
    put(mock, {"provider": "xai", "on": "create", "delay": 1})
    before = mock.app.world.book.rows
    answer = await mock.client.put("/_mock/scenario", json={"rule": [{"provider": "xai", **rule}]})
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert mock.app.world.book.rows == before


@pytest.mark.parametrize(
    "rule",
    [
        {"on": "show", "delay": 1, "nth": "2-2", "poll": "3-"},
        {"on": ["create", "show"], "delay": 1, "poll": 2},
        {"on": "create", "refuse": "rate-limited", "wire": {"fault": "html"}, "delay": 1},
        {"on": "create", "refuse": "rate-limited", "reply": [{"at": "/error", "value": "no"}]},
        {"job": {"fail": "job-invalid", "slow": 2}},
        {"media": "zero"},
    ],
)
async def test_what_goes_together_is_taken(mock: Mock, rule: Json) -> None:
    put(mock, {"provider": "xai", **rule})
    assert not mock.app.world.book.idle


@pytest.mark.parametrize("on", [{}, {"on": "push"}])
async def test_a_push_is_meant_by_what_happens_to_it(make_mock: MakeMock, on: Json) -> None:
    async with make_mock(**setup({**on, "push": {"fault": "lost"}})) as mock:
        receiver = Receiver(mock)
        await mock.post(GENERATE, json={"prompt": "on", "callBackUrl": HOOK})
        await mock.advance(86400)
        assert receiver.taken == []


async def test_a_push_is_known_by_the_prompt_of_its_job(make_mock: MakeMock) -> None:
    rule = {"push": {"fault": "lost"}, "fields": {"/prompt": "this"}}
    async with make_mock(**setup(rule)) as mock:
        receiver = Receiver(mock)
        for prompt in ("this", "that"):
            await mock.post(GENERATE, json={"prompt": prompt, "callBackUrl": HOOK})
        await mock.advance(86400)
        kept = {one.wish.prompt: one.id for one in mock.app.world.jobs}
        assert [one["data"]["taskId"] for one in receiver.bodies()] == [kept["that"]]


async def test_a_field_may_be_wanted_to_be_null_or_absent(mock: Mock) -> None:
    rule = {"on": "create", "fields": {"/size": None}, "headers": {"X-Met": "1"}}
    put(mock, {"provider": "xai", **rule})
    met = [
        "x-met" in (await mock.post(EXTEND, json=body(**more))).headers
        for more in ({"size": None}, {"size": "large"}, {})
    ]
    assert met == [True, False, True]


async def test_a_failure_is_blamed_on_its_scenario_whatever_is_noted(mock: Mock) -> None:
    put(mock, {"provider": "xai", "on": "create", "job": {"fail": "job-invalid"}})
    answer = await mock.post(EXTEND, json=body(video={"url": ELSEWHERE}))
    job = mock.app.world.jobs.get(answer.json()["request_id"])
    assert job is not None
    assert job.failure is not None
    assert job.failure.message == "The request cannot be fulfilled: scenario rule[1]"
    assert any("files.example.com" in note for note in mock.last()["notes"])


def test_counts_are_of_the_names_counted_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_NAMES", 3)
    tally = Tally()
    assert [tally.add(name) for name in "abacd"] == [1, 1, 2, 1, 1]
    assert len(tally) == 3
    assert {name: tally[name] for name in "abcd"} == {"a": 2, "b": 0, "c": 1, "d": 1}
    assert len(tally) == 3


def test_a_rule_keeps_so_many_counts_and_no_more() -> None:
    rule = Rule("rule", 1, Effect(delay=1.0), on=frozenset({"poll"}), times=1)
    use = Use(rule)
    for number in range(books.MOST_NAMES + 50):
        assert use.acts(operation="poll", owner="", job=str(number), poll=1, body=None)
    assert len(use.matched) == len(use.acted) == books.MOST_NAMES == 20_000


async def test_polls_of_unknown_jobs_leave_no_count(make_mock: MakeMock) -> None:
    rule = {"provider": "xai", "on": "show", "poll": "1-2", "headers": {"X-Met": "1"}}
    async with make_mock(**setup(rule)) as mock:
        for number in range(20):
            assert (await mock.get(f"/xai/v1/videos/{number}")).status_code == 404
        assert len(mock.app.world.book.polls) == 0
        id = (await mock.post(EXTEND, json=body())).json()["request_id"]
        met = ["x-met" in (await mock.get(f"/xai/v1/videos/{id}")).headers for _ in range(3)]
        assert met == [True, True, False]
        assert len(mock.app.world.book.polls) == 1


@pytest.mark.parametrize("use", [[], ["mine"]])
async def test_a_rule_of_a_scenario_is_refused_with_its_place(mock: Mock, use: list[str]) -> None:
    rules = [{"on": "create", "delay": 1}, {"on": "crate", "delay": 1}]
    scenario = {"what": "it is late", "client": "waits", "rules": rules}
    setup = {"use": use, "scenario": {"mine": scenario}}
    answer = await mock.client.put("/_mock/scenario", json=setup)
    assert answer.status_code == 400
    assert "body#/scenario/mine/rules/1/on: 'crate' is not known" in answer.json()["message"]
