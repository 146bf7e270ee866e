"""kie.ai: the 1080P version, which is asked for until it is there, and the 4K version, a task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.cases.providers.kie_results import upright
from conformance.cases.providers.kie_stories import begun, data_of, ended, shared
from conformance.dialects import kie
from conformance.exchange import Ask
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.story import Seen, Story, look

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.listener import Hook
    from conformance.model import Json
    from conformance.target import Target

HD = "/api/v1/veo/get-1080p-video"
PROCESSING = ("4k is processing", "5-10 minutes")
NO_RECORD = "record is null"
NO_SUCCESS = "status is not success"
STEP = 25.0  # seconds between two questions: the pages advise 20 to 30
LATE = 60.0  # seconds after the end in which a callback comes


@dataclass(frozen=True, slots=True)
class Hd:
    """The life of a 1080P version: each answer until it was ready, and the task it was made of."""

    source: Story
    answers: tuple[Exchange, ...]

    @property
    def ready(self) -> Exchange:
        return self.answers[-1]


@dataclass(frozen=True, slots=True)
class Uhd:
    """The life of a 4K version: the first answer, one while it is made, its records, one after."""

    source: Story
    first: Exchange
    again: Exchange
    records: tuple[Seen, ...]
    after: Exchange
    hook: Hook | None


def asked_1080p(task: str, more: str = "") -> Ask:
    """The call for the 1080P version of a task."""
    return Ask("GET", f"{HD}?taskId={task}{more}")


async def upgraded(target: Target) -> Hd:
    """A 1080P version of a task of its own. Blocked when there is no such task."""

    async def made() -> Hd:
        source = await ended(target, "generate")
        return Hd(source, tuple(await until_ready(target, source)))

    return await target.once("1080p", made)


async def until_ready(target: Target, source: Story) -> list[Exchange]:
    """What is answered for the 1080P version of a task, until it is there."""
    answers = [await target.call(asked_1080p(source.job))]
    until = target.now() + target.connection.patience
    while kie.told_of(answers[-1].answer).get("code") != 200 and target.now() < until:
        await target.wait(STEP)
        answers.append(await target.call(asked_1080p(source.job)))
    return answers


async def _enlarged(target: Target) -> Uhd:
    """The 4K version of the shared generation. Blocked when it cannot be begun."""

    async def made() -> Uhd:
        source = await shared(target, "generate")
        mode = target.dialect.MODES["4k"]
        hook = target.hook() if target.connection.listener else None
        change = {"/callBackUrl": hook.url} if hook else {}
        first = await target.submit(mode, change)
        again = await target.create(mode)
        job = target.dialect.job_of(first.answer)
        if not job:
            return Uhd(source, first, again, (), again, hook)
        records = [await look(target, mode, job)]
        until = target.now() + target.connection.patience
        while not records[-1].view.ended and target.now() < until:
            await target.wait(STEP)
            records.append(await look(target, mode, job))
        after = await target.create(mode)
        return Uhd(source, first, again, tuple(records), after, hook)

    return await target.once("4k", made)


@case("kie.1080p-comes-later", "The 1080P version is not there at once.", cost="paid", own=1)
async def hd_comes_later(target: Target) -> AsyncIterator[Finding]:
    first = (await upgraded(target)).answers[0]
    told = kie.told_of(first.answer)
    if told.get("code") == 200 or told.get("data", "none") is not None:
        yield Finding("a code that is not 200, and data null", first.answer.text[:200], (first,))


@case("kie.1080p-result", "The 1080P version is one video of that size.", cost="paid", own=1)
async def hd_result(target: Target) -> AsyncIterator[Finding]:
    ready = (await upgraded(target)).ready
    told = kie.told_of(ready.answer)
    if told.get("code") != 200:
        yield Finding("the 1080P version in time", ready.answer.text[:200], (ready,))
        return
    url = (told.get("data") or {}).get("resultUrl")
    if not isinstance(url, str) or not url:
        yield Finding("one resultUrl", ready.answer.text[:200], (ready,))
        return
    file = await target.fetch(url)
    found = target.connection.door.probe(file.answer.body)
    if (found.width, found.height) != (1920, 1080):
        actual = found.trouble or f"{found.width} x {found.height}"
        yield Finding("1920 x 1080", actual, (ready, file))


@case(
    "kie.upgraded-task-is-not-extended",
    "A task whose 1080P version was made is not extended.",
    cost="paid",
    own=1,
)
async def upgraded_task_is_not_extended(target: Target) -> AsyncIterator[Finding]:
    upgrade = await upgraded(target)
    exchange = await target.create(change={"/taskId": upgrade.source.job})
    if target.dialect.problem(exchange.answer) is None:
        yield Finding("a refusal", exchange.told())


@case("kie.1080p-needs-a-task", "A 1080P version names a task and an index.", cost="free-reject")
async def hd_needs_a_task(target: Target) -> AsyncIterator[Finding]:
    for ask in (Ask("GET", HD), asked_1080p(kie.UNKNOWN, "&index=first")):
        exchange = await target.call(ask)
        if target.dialect.problem(exchange.answer) is None:
            yield Finding("a refusal", exchange.answer.text[:200], (exchange,))


@case("kie.1080p-of-unknown-task", "There is no 1080P version of nothing.", cost="free-reject")
async def hd_of_unknown_task(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(asked_1080p(kie.UNKNOWN))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status not in (422, 404):
        yield Finding("code 422", exchange.answer.text[:200])


@case("kie.1080p-of-running-task", "A task that runs has no 1080P version.", cost="paid", own=1)
async def hd_of_running_task(target: Target) -> AsyncIterator[Finding]:
    running = await begun(target, "generate")
    exchange = await target.call(asked_1080p(running.job))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status not in (422, 400):
        yield Finding("code 422", exchange.answer.text[:200])


@case("kie.4k-begins", "The first call begins the 4K version.", cost="paid", own=1)
async def uhd_begins(target: Target) -> AsyncIterator[Finding]:
    first = (await _enlarged(target)).first
    told = kie.told_of(first.answer)
    if told.get("code") != 200:
        yield Finding("code 200", first.answer.text[:200], (first,))
        return
    data = data_of(first)
    if not data.get("taskId") or _urls(first) != (None, None):
        yield Finding("a taskId and no URLs yet", first.answer.text[:300], (first,))
    if breach := target.contract.breach("get_4k_video", first):
        yield Finding("an answer as the contract has it", breach, (first,))


@case("kie.4k-processing", "While 4K is made, a call is code 422 without URLs.", cost="paid", own=1)
async def uhd_processing(target: Target) -> AsyncIterator[Finding]:
    life = await _enlarged(target)
    if not life.records:
        raise Blocked("the 4K version was not begun")
    told = kie.told_of(life.again.answer)
    if told.get("code") != 422:
        yield Finding("code 422", life.again.answer.text[:200], (life.again,))
    elif any(words not in str(told.get("msg")) for words in PROCESSING):
        wanted = f"a msg with {' and '.join(PROCESSING)}"
        yield Finding(wanted, repr(told.get("msg")), (life.again,))
    elif _urls(life.again) != (None, None) or not _same_task(life.first, life.again):
        wanted = "the taskId of the first answer and no URLs"
        yield Finding(wanted, life.again.answer.text[:300], (life.first, life.again))


@case("kie.4k-done", "When 4K is done, a call is code 422 with URLs.", cost="paid", own=1)
async def uhd_done(target: Target) -> AsyncIterator[Finding]:
    life = await _enlarged(target)
    if not life.records or life.records[-1].view.state != "done":
        raise Blocked("the 4K version did not come to an end")
    told = kie.told_of(life.after.answer)
    if told.get("code") != 422:
        yield Finding("code 422", life.after.answer.text[:200], (life.after,))
    elif "generated successfully" not in str(told.get("msg")):
        wanted = "a msg that it has been generated successfully"
        yield Finding(wanted, repr(told.get("msg")), (life.after,))
    elif not all(isinstance(one, list) and one for one in _urls(life.after)):
        yield Finding("lists of URLs", life.after.answer.text[:300], (life.after,))


@case("kie.4k-record", "record-info knows the 4K task.", cost="paid", own=1)
async def uhd_record(target: Target) -> AsyncIterator[Finding]:
    life = await _enlarged(target)
    if not life.records:
        raise Blocked("the 4K version was not begun")
    if target.dialect.job_of(life.first.answer) == life.source.job:
        yield Finding("an id of its own", "the source's", (life.first,))
        return
    seen = life.records[-1]
    if seen.view.state != "done":
        yield Finding("a record that comes to an end", seen.view.word, (seen.exchange,))
    elif breach := target.contract.breach("record_info", seen.exchange):
        yield Finding("a record as the contract has it", breach, (seen.exchange,))


@case("kie.4k-record-members", "A 4K record is of its own kind.", cost="paid", own=1)
async def uhd_record_members(target: Target) -> AsyncIterator[Finding]:
    life = await _enlarged(target)
    if not life.records or life.records[-1].view.state != "done":
        raise Blocked("the 4K version did not come to an end")
    seen = life.records[-1].exchange
    record = data_of(seen)
    if "fallbackFlag" in record:
        yield Finding("no fallbackFlag", repr(record["fallbackFlag"]), (seen,))
    if not isinstance(response := record.get("response"), dict):
        raise Blocked("the record has no response")
    media = response.get("mediaIds")
    if not isinstance(media, list) or not media:
        yield Finding("mediaIds in the response", repr(media)[:200], (seen,))


@case("kie.4k-callback", "The end of the 4K version is sent.", cost="paid", own=1)
async def uhd_callback(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    life = await _enlarged(target)
    if life.hook is None or not life.records:
        raise Blocked("the 4K version was not begun")
    found = await target.deliveries(life.hook, 1, LATE)
    if not found:
        yield Finding("a request to the callback's address", "none", (life.first,))
        return
    body = kie.told_by(found[0])
    if breach := target.contract.push_breach(("notify_4k",), body):
        yield Finding("a body as the contract has it", breach, (life.first,))
    data = body.get("data") or {}
    if target.dialect.job_of(life.first.answer) not in (data.get("taskId"), data.get("task_id")):
        yield Finding("the id of the 4K task", repr(data.get("taskId")), (life.first,))


@case("kie.4k-by-get", "4K asked for by GET is refused, not failed over.", cost="free-reject")
async def uhd_by_get(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", f"/api/v1/veo/get-4k-video?taskId={kie.UNKNOWN}"))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status not in (404, 405) or not problem.envelope:
        yield Finding("code 405 or 404 in the envelope", exchange.answer.text[:200])


@case("kie.1080p-index", "The first video has index 0.", cost="paid", own=1)
async def hd_index(target: Target) -> AsyncIterator[Finding]:
    upgrade = await upgraded(target)
    if not data_of(upgrade.ready).get("resultUrl"):
        raise Blocked("there is no 1080P version")
    exchange = await target.call(asked_1080p(upgrade.source.job, "&index=0"))
    if kie.told_of(exchange.answer).get("code") != 200:
        wanted = "the version that was asked for without an index"
        yield Finding(wanted, exchange.answer.text[:200], (exchange,))


@case(
    "kie.upright-video-is-upgraded",
    "A 9:16 video has a 1080P and a 4K version.",
    cost="paid",
    own=2,
    usd=120 * kie.CREDIT,
)
async def upright_video_is_upgraded(target: Target) -> AsyncIterator[Finding]:
    source = await upright(target)
    exchange = await target.submit(target.dialect.MODES["4k"], {"/taskId": source.job})
    if kie.told_of(exchange.answer).get("code") != 200:
        yield Finding("a 4K task", exchange.answer.text[:200], (exchange,))
    ready = (await until_ready(target, source))[-1]
    if not data_of(ready).get("resultUrl"):
        yield Finding("a 1080P version in time", ready.answer.text[:200], (ready,))


@case("kie.unknown-record-says-so", "A task that is not known has no record.", cost="free-reject")
async def unknown_record_says_so(target: Target) -> AsyncIterator[Finding]:
    mode = target.dialect.MODES["4k"]
    for exchange in (
        await target.call(target.dialect.poll(mode, kie.UNKNOWN)),
        await target.call(asked_1080p(kie.UNKNOWN)),
        await target.create(mode, {"/taskId": kie.UNKNOWN}),
    ):
        for one in _says(target, exchange, NO_RECORD):
            yield one


@case("kie.upgrades-need-success", "Only a task that is done is upgraded.", cost="paid", own=1)
async def upgrades_need_success(target: Target) -> AsyncIterator[Finding]:
    mode, running = target.dialect.MODES["4k"], await begun(target, "generate")
    for job in (running.job, (await target.story("doomed")).job):
        hd = await target.call(asked_1080p(job))
        uhd = await target.create(mode, {"/taskId": job})
        for exchange in (hd, uhd):
            if target.dialect.problem(exchange.answer) is None:
                yield Finding("code 422", exchange.answer.text[:200], (exchange,))
            for one in _says(target, exchange, NO_SUCCESS):
                yield one


def _says(target: Target, exchange: Exchange, words: str) -> list[Finding]:
    """That a refusal with code 422 has the words that the pages list."""
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status != 422 or words in problem.message:
        return []
    return [Finding(f"a msg with {words!r}", repr(problem.message)[:200], (exchange,))]


def _same_task(one: Exchange, other: Exchange) -> bool:
    return bool(data_of(one).get("taskId") == data_of(other).get("taskId"))


def _urls(exchange: Exchange) -> tuple[Json, Json]:
    """The lists of videos and of images; a word where one is missing."""
    data = data_of(exchange)
    return data.get("resultUrls", "missing"), data.get("imageUrls", "missing")
