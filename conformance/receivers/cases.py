"""What is sent to a receiver, and what it should make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from conformance.model import Level
from conformance.receivers.desk import Answer, Desk, Sent

HOUR = 3600.0
HUGE = 10 * 1024 * 1024
BURST = 20
HALF = 0.5
SHAPES = (b"[]", b"null", b'"text"', b"{}", b'{"data": "text"}', b'{"data": null}', b"[" * 500)


class Finding(NamedTuple):
    """What a receiver did wrong. `level` is given where it is not that of its case."""

    say: str
    level: Level | None = None


Try = Callable[[Desk], AsyncIterator[Finding]]


class Case(NamedTuple):
    """One thing that is sent. `needs`: a signature, a state, or other bodies, to say anything."""

    id: str
    level: Level
    sentence: str
    advice: str
    run: Try
    needs: str = ""


CASES: list[Case] = []


def case(
    id: str, level: Level, sentence: str, *, advice: str, needs: str = ""
) -> Callable[[Try], Try]:
    """Put a function among the cases. ValueError for an id that is taken."""

    def put(run: Try) -> Try:
        if any(one.id == id for one in CASES):
            raise ValueError(f"two cases are called {id}")
        CASES.append(Case(id, level, sentence, advice, run, needs))
        return run

    return put


@case(
    "receiver.success",
    "must",
    "A webhook on a job that is done is taken.",
    advice="Answer 200, before doing anything with it.",
)
async def success(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    async for one in _taken(desk, desk.letter(desk.letters.success(job), job)):
        yield one


@case(
    "receiver.failure",
    "must",
    "A webhook on a job that failed is taken too.",
    advice="Answer 200, and end the job: nothing but the code or state may tell the failure.",
)
async def failure(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    async for one in _taken(desk, desk.letter(desk.letters.failure(job), job)):
        yield one


@case(
    "receiver.other-bodies",
    "should",
    "Every body that is documented for the same news is taken.",
    advice="Look for id, state and address in all places that the provider's pages show.",
    needs="bodies",
)
async def other_bodies(desk: Desk) -> AsyncIterator[Finding]:
    for name in desk.letters.others(""):
        job = desk.job()
        body = desk.letters.others(job)[name]
        async for one in _taken(desk, desk.letter(body, job)):
            yield one._replace(say=f"the body {name}: {one.say}")


@case(
    "receiver.speed",
    "must",
    "The answer comes well within the time that the provider waits.",
    advice="Answer first, work afterwards: a late answer counts as none, and the body comes again.",
)
async def speed(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    answer = await desk.send(desk.letter(desk.letters.success(job), job))
    limit = desk.push.timeout
    if answer.why == "no answer" or answer.seconds > limit:
        yield Finding(f"no answer within {min(limit, desk.timeout):g} s")
    elif answer.seconds > limit * HALF:
        yield Finding(f"{answer}; the provider waits {limit:g} s", "should")


@case(
    "receiver.duplicate",
    "must",
    "What comes twice is taken twice, and has the effect of one.",
    advice="Remember which jobs are done, by id and state; answer 200 to the second.",
)
async def duplicate(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    body = desk.letters.success(job)
    await desk.send(desk.letter(body, job))
    before = await desk.state(job)
    async for one in _taken(desk, desk.letter(body, job)):
        yield one
    if await desk.state(job) != before:
        yield Finding("the second changed the state again")


@case(
    "receiver.burst",
    "must",
    f"{BURST} webhooks at a time are all taken.",
    advice="Put what comes into a queue, and answer at once.",
)
async def burst(desk: Desk) -> AsyncIterator[Finding]:
    jobs = [desk.job() for _ in range(BURST)]
    answers = await desk.at_once([desk.letter(desk.letters.success(one), one) for one in jobs])
    wrong = [one for one in answers if not desk.push.accepted(one.status)]
    if wrong:
        yield Finding(f"{len(wrong)} of {BURST} were not taken, such as one with {wrong[0]}")


@case(
    "receiver.out-of-order",
    "must",
    "An end is final: a failure that comes after a success changes nothing.",
    advice="Take the first end of a job for good, and answer 200 to what comes later.",
)
async def out_of_order(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    await desk.send(desk.letter(desk.letters.success(job), job))
    before = await desk.state(job)
    async for one in _taken(desk, desk.letter(desk.letters.failure(job), job)):
        yield one
    if await desk.state(job) != before:
        yield Finding("the late failure changed the state")


@case(
    "receiver.unknown-event",
    "should",
    "A state that no page lists is taken, and believed to be nothing.",
    advice="Answer 200, take it neither for success nor for failure, and ask by a poll.",
)
async def unknown_event(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    before = await desk.state(job)
    async for one in _taken(desk, desk.letter(desk.letters.odd(job), job)):
        yield one
    if await desk.state(job) != before:
        yield Finding("it changed the state")


@case(
    "receiver.unknown-job",
    "must",
    "A job that nobody ordered does no harm.",
    advice="Keep it for later, or refuse it with a 4xx; never fail with a 5xx.",
)
async def unknown_job(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.letters.new_job(0xDEADBEEF)
    answer = await desk.send(desk.letter(desk.letters.success(job), job))
    if _broken(answer):
        yield Finding(str(answer))


@case(
    "receiver.wrong-signature",
    "must",
    "A signature that does not match is refused, and nothing is believed.",
    advice="Compute the signature with your secret, compare in constant time, answer 401.",
    needs="signature",
)
async def wrong_signature(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    forged = desk.letter(desk.letters.failure(job), job, secret="not the secret")
    async for one in _refused(desk, forged, job):
        yield one


@case(
    "receiver.no-signature",
    "must",
    "What is not signed is refused.",
    advice="Where a secret is set, a missing header is as bad as a wrong one: answer 401.",
    needs="signature",
)
async def no_signature(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    letter = desk.letter(desk.letters.failure(job), job)
    bare = letter._replace(headers={"Content-Type": desk.push.media_type})
    async for one in _refused(desk, bare, job):
        yield one


@case(
    "receiver.signature-of-another",
    "must",
    "A signature over another job is refused.",
    advice="Take the id that is signed from the body that you act on.",
    needs="signature",
)
async def of_another(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    headers = desk.letter(desk.letters.failure(job), desk.letters.new_job(1)).headers
    borrowed = desk.letter(desk.letters.failure(job), job)._replace(headers=headers)
    async for one in _refused(desk, borrowed, job):
        yield one


@case(
    "receiver.old-signature",
    "should",
    "A signature that is an hour old is refused.",
    advice="Refuse timestamps that are more than some minutes away from now.",
    needs="signature",
)
async def old_signature(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    async for one in _refused(desk, desk.letter(desk.letters.failure(job), job, age=HOUR), job):
        yield one


@case(
    "receiver.future-signature",
    "should",
    "A signature of an hour from now is refused.",
    advice="Refuse timestamps that are more than some minutes away from now.",
    needs="signature",
)
async def future_signature(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    async for one in _refused(desk, desk.letter(desk.letters.failure(job), job, age=-HOUR), job):
        yield one


@case(
    "receiver.replay",
    "must",
    "The same bytes with the same signature once more have no effect.",
    advice="Remember what was handled; answer 200 or refuse, but do nothing twice.",
)
async def replay(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    letter = desk.letter(desk.letters.success(job), job)
    await desk.send(letter)
    before = await desk.state(job)
    answer = await desk.send(letter)
    if _broken(answer):
        yield Finding(str(answer))
    if await desk.state(job) != before:
        yield Finding("the replay changed the state")


@case(
    "receiver.huge-body",
    "must",
    f"A body of {HUGE // 1024**2} MB does no harm.",
    advice="Bound what is read, and refuse more with 413.",
)
async def huge_body(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    answer = await desk.send(desk.raw(b'{"data": "' + b"x" * HUGE + b'"}', job))
    if answer.status >= 500 or answer.why == "no answer":
        yield Finding(str(answer))
    elif desk.push.accepted(answer.status):
        yield Finding(f"it was taken: {answer}", "should")


@case(
    "receiver.no-json",
    "should",
    "What is no JSON is refused with a 4xx.",
    advice="Answer 400; a 5xx, or a 200, hides what came.",
)
async def no_json(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    for body in (b"", b"not JSON", b'{"data": {', b"\xff\xfe"):
        answer = await desk.send(desk.raw(body, job))
        if not 400 <= answer.status < 500:
            yield Finding(f"{body[:20]!r}: {answer}")


@case(
    "receiver.other-shapes",
    "should",
    "JSON of another shape is no reason to fail.",
    advice="Look before reading: each level may be a list, a text or nothing.",
)
async def other_shapes(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    for body in SHAPES:
        answer = await desk.send(desk.raw(body, job))
        if _broken(answer):
            yield Finding(f"{body[:20]!r}: {answer}")


@case(
    "receiver.method",
    "note",
    "A GET is no webhook.",
    advice="Take POST alone; answer 405 to the rest.",
)
async def method(desk: Desk) -> AsyncIterator[Finding]:
    answer = await desk.send(Sent(b"", {}, "GET"))
    if answer.status < 400:
        yield Finding(f"a GET is answered {answer}")


@case(
    "receiver.alive",
    "must",
    "After all that the next genuine webhook is taken.",
    advice="See what the receiver said when it failed.",
)
async def alive(desk: Desk) -> AsyncIterator[Finding]:
    job = desk.job()
    async for one in _taken(desk, desk.letter(desk.letters.success(job), job)):
        yield one


async def _taken(desk: Desk, letter: Sent) -> AsyncIterator[Finding]:
    """What is to be said when a letter is not taken."""
    answer = await desk.send(letter)
    if not desk.push.accepted(answer.status):
        yield Finding(str(answer))


async def _refused(desk: Desk, letter: Sent, job: str) -> AsyncIterator[Finding]:
    """What is to be said when a letter is not refused, or believed."""
    before = await desk.state(job)
    answer = await desk.send(letter)
    if not 400 <= answer.status < 500:
        yield Finding(f"{answer}, where a 4xx refuses it")
    if await desk.state(job) != before:
        yield Finding("it changed the state")


def _broken(answer: Answer) -> bool:
    """Whether a receiver failed, or did not answer."""
    return answer.status >= 500 or not answer.status
