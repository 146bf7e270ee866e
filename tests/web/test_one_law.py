"""The same requests at the same readings give the same bytes, whichever clock it is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import Mock, running_mock
from tests.web.clock_steps import HOOK, SOURCE

STEP = 2.5
CALLS: tuple[tuple[str, Json], ...] = (
    ("/xai/v1/videos/generations", {"prompt": "A boat", "duration": 2}),
    ("/xai/v1/videos/extensions", {"prompt": "on", "video": {"url": SOURCE}, "duration": 2}),
    ("/xai/v1/videos/extensions", {"prompt": "on", "video": {"url": SOURCE}, "duration": 99}),
    ("/kie/api/v1/veo/generate", {"prompt": "A tram climbs", "callBackUrl": HOOK}),
    ("/kie/api/v1/veo/generate", {"prompt": "", "callBackUrl": HOOK}),
    (
        "/hooked/v1/project/create/extend-video",
        {"media": "media_silent_video", "prompt": "The tide comes in.", "webhook": HOOK},
    ),
    (
        "/pictory/pictoryapis/v1/aistudio/videos",
        {"prompt": "The lantern drifts over the weir.", "webhook": HOOK},
    ),
    (
        "/ltx/v2/text-to-video",
        {"prompt": "A tram", "model": "ltx-2-3-fast", "duration": 6, "resolution": "1920x1080"},
    ),
    ("/ltx/v1/upload", None),
)
SCENARIOS = (
    "",
    "failed",
    "slow",
    "stuck",
    "rate_limited",
    "expired",
    "webhook_twice",
    "webhook_late",
    "webhook_early",
    "webhook_forged",
)
ANSWERS = (Answer(200), Answer(500), Answer(200, delay=3), Answer(200, delay=99), Answer(why="cut"))


class Create(NamedTuple):
    which: int
    scenario: str


class Poll(NamedTuple):
    which: int


class Advance(NamedTuple):
    how: Json


class Redeliver(NamedTuple):
    which: int


class Reset(NamedTuple):
    pass


Deed = Create | Poll | Advance | Redeliver | Reset
creates = st.builds(Create, st.integers(0, len(CALLS) - 1), st.sampled_from(SCENARIOS))
polls = st.builds(Poll, st.integers(0, 9))
advances = st.builds(
    Advance,
    st.one_of(
        st.sampled_from([0, 0.1, 1, 17.5, 60, 61, 4000, 900_000]).map(lambda s: {"seconds": s}),
        st.just({"until": "idle"}),
    ),
)
stories = st.lists(
    st.one_of(
        creates,
        creates,
        polls,
        polls,
        advances,
        st.builds(Redeliver, st.integers(0, 9)),
        st.builds(Reset),
    ),
    max_size=20,
)
scripts = st.lists(st.sampled_from(ANSWERS), max_size=8)


class Told(NamedTuple):
    """Everything that a run shows: replies, webhooks, journal, jobs, and the last reading."""

    replies: list[tuple[int, list[tuple[str, str]], bytes]]
    webhooks: list[tuple[float, str, dict[str, str], bytes]]
    journal: str
    jobs: str
    now: float


class Run:
    """A story on one kind of clock. A virtual one is moved before each call as a stepped one is."""

    def __init__(self, mock: Mock, script: list[Answer]) -> None:
        self._mock = mock
        self._world = mock.app.world
        self._answers: Iterator[Answer] = itertools.chain(script, itertools.repeat(Answer(200)))
        self.replies: list[tuple[int, list[tuple[str, str]], bytes]] = []
        self.webhooks: list[tuple[float, str, dict[str, str], bytes]] = []
        mock.app.receivers[HOOK] = self._take

    async def _take(self, outgoing: Outgoing) -> Answer:
        body = outgoing.parcel.body
        at = self._world.clock.now()
        self.webhooks.append((at, outgoing.method, dict(outgoing.headers), body))
        return next(self._answers)

    async def do(self, deed: Deed) -> None:
        if isinstance(deed, Create):
            path, body = CALLS[deed.which]
            headers = {"X-Mock-Scenario": deed.scenario} if deed.scenario else {}
            await self._call("POST", path, json=body, headers=headers)
        elif isinstance(deed, Poll):
            jobs = list(self._world.jobs)
            if jobs:
                await self._call("GET", polled(jobs[deed.which % len(jobs)]))
        elif isinstance(deed, Redeliver):
            sent = list(self._world.pump.outbox)
            if sent:
                id = sent[deed.which % len(sent)].id
                await self._control(f"webhooks/{id}/redeliver", None)
        elif isinstance(deed, Reset):
            await self._control("reset", None)
        else:
            await self._control("clock/advance", deed.how, apart=("kind", "step"))

    async def _call(self, method: str, path: str, **rest: Any) -> None:
        if self._world.clock.kind == "virtual":
            await self._world.clock.advance(STEP)
        answer = await self._mock.request(method, path, **rest)
        self.replies.append((answer.status_code, answer.headers.multi_items(), answer.content))

    async def _control(self, path: str, body: Json, apart: tuple[str, ...] = ()) -> None:
        answer = await self._mock.post(f"/_mock/{path}", json=body)
        said = {name: value for name, value in answer.json().items() if name not in apart}
        self.replies.append((answer.status_code, [], repr(said).encode()))


def polled(job: Any) -> str:
    """Where a job is asked for."""
    contract = document.load(job.provider)
    for one in contract.operations:
        if one.does == "show" and job.kind in one.jobs:
            path = one.path.replace(f"{{{one.job_id}}}", job.id)
            return f"/{job.provider}{path}" + ("" if job.id in path else f"?{one.job_id}={job.id}")
    raise AssertionError(f"nobody shows {job.kind}")


async def told(story: list[Deed], script: list[Answer], clock: str) -> Told:
    async with running_mock(clock=clock, step=STEP, limits="documented") as mock:
        run = Run(mock, script)
        for deed in story:
            await run.do(deed)
        journal = await mock.get("/_mock/journal", params={"limit": 1000})
        jobs = await mock.get("/_mock/jobs")
        now = mock.app.world.clock.now()
        return Told(run.replies, run.webhooks, journal.text, jobs.text, now)


@settings(deadline=None, max_examples=60)
@given(story=stories, script=scripts)
@example(
    story=[Create(3, "webhook_twice"), Create(5, ""), Create(6, ""), Advance({"until": "idle"})],
    script=[Answer(500), Answer(200, delay=99), Answer(why="cut")],
)
@example(story=[Create(1, ""), *[Poll(0)] * 15, Create(3, "webhook_early"), Poll(1)], script=[])
def test_a_story_told_twice_is_the_same_to_the_byte(
    story: list[Deed], script: list[Answer]
) -> None:
    first, second, stepped = (
        asyncio.run(told(story, script, clock)) for clock in ("virtual", "virtual", "stepped")
    )
    assert first == second
    assert first == stepped


def test_such_stories_are_ones_in_which_much_happens() -> None:
    story: list[Deed] = [Create(which, "") for which in range(len(CALLS))]
    story += [Advance({"until": "idle"}), *(Poll(which) for which in range(7))]
    one = asyncio.run(told(story, [], "stepped"))
    assert [status for status, _, _ in one.replies].count(200) >= 10
    assert len(one.webhooks) == 3
    assert len(one.journal) > 5_000
