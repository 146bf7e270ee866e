"""Chapter: what is sent when a job has ended, when, and again. Where a provider sends no notes
but something else of the job's, its requirements name the cases that hold for that too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.story import RECEIVED, Story, tell

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.listener import Delivery
    from conformance.target import Target

FAILED = 500
SOON = 60.0  # seconds after the end in which a first attempt is made
SHARE, SLACK = 0.1, 5.0  # how far from a documented gap an attempt may be: of the gap, and seconds
QUIET = 120.0  # seconds without another one, where no retry is documented


async def pushed(target: Target) -> Story:
    """A finished job that asked to be told of its end: the shared one, where that can be."""
    push = target.push
    if not push.apart:
        return await target.story()
    return await asked(target, (RECEIVED,))


async def received(target: Target) -> tuple[Story, Delivery]:
    """A finished job and the first that was sent of it. Blocked when nothing was."""
    story = await pushed(target)
    found = await attempts(target, story, 1, SOON)
    if not found:
        raise Blocked("nothing was sent")
    return story, found[0]


@case("webhook.sent", "The end of a job is sent to the address it was given.", cost="paid")
async def sent(target: Target) -> AsyncIterator[Finding]:
    story = await pushed(target)
    if story.end.view.state != "done" and not target.push.failures:
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    if not await attempts(target, story, 1, SOON):
        yield Finding("a request to the webhook's address", f"none within {SOON:g} s of the end")


@case("webhook.sent-once", "What was received is not sent again.", cost="paid")
async def sent_once(target: Target) -> AsyncIterator[Finding]:
    story, _ = await received(target)
    found = await attempts(target, story, 2, _longest(target.push.retries[:1]))
    if len(found) > 1:
        yield Finding("one request", f"{len(found)}, the second {_later(found, 1):.0f} s later")


@case("webhook.request", "The request has the documented method and content type.", cost="paid")
async def request(target: Target) -> AsyncIterator[Finding]:
    _, delivery = await received(target)
    if delivery.method != target.push.method:
        yield Finding(f"a {target.push.method}", f"a {delivery.method}")
    kind = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != target.push.media_type:
        yield Finding(target.push.media_type, kind or "no content type")


@case("webhook.schema", "The body is one that the provider documents.", cost="paid")
async def schema(target: Target) -> AsyncIterator[Finding]:
    _, delivery = await received(target)
    body = delivery.json()
    if body is None:
        raise Blocked("the body is no JSON")
    if breach := target.contract.push_breach(target.push.callbacks, body):
        yield Finding("a body as the contract has it", breach)


@case("webhook.names-the-job", "The body names the job.", cost="paid")
async def names_the_job(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    told = target.push.read(delivery).id
    if told != story.job:
        yield Finding(f"the id {story.job}", told or "no id")


@case("webhook.agrees-with-poll", "The body says of the end what a poll says.", cost="paid")
async def agrees_with_poll(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    told = target.push.read(delivery).state
    if told != story.end.view.state:
        yield Finding(f"{story.end.view.state}, as the poll has it", told, (story.end.exchange,))


@case("webhook.url-works", "The address in the body leads to the job's video.", cost="paid")
async def url_works(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    url = target.push.read(delivery).url
    if not url:
        yield Finding("an address of the video", "none")
        return
    file = await target.file(story)
    found = file if url == story.url else await target.fetch(url)
    if found.answer.status != RECEIVED or found.answer.body != file.answer.body:
        yield Finding("the file that the poll leads to", found.told(), (found,))


@case("webhook.not-before-the-end", "Nothing is sent while the job runs.", cost="paid")
async def not_before_the_end(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    after = [one for one in story.running if one.exchange.at > delivery.at]
    if after:
        actual = f"{after[-1].exchange.at - delivery.at:.0f} s before a poll that shows it running"
        yield Finding("the webhook after the end", actual, (after[-1].exchange,))


@case("webhook.has-no-key", "The webhook does not hold the key.", cost="paid")
async def has_no_key(target: Target) -> AsyncIterator[Finding]:
    _, delivery = await received(target)
    texts = [delivery.body.decode("utf-8", "replace"), *delivery.headers.values()]
    if any(target.connection.keys[0] in one for one in texts):
        yield Finding("a webhook without the key", "the key stands in it")


@case("webhook.signed", "The webhook is signed with the account's secret.", cost="paid")
async def signed(target: Target) -> AsyncIterator[Finding]:
    check = target.push.signed
    if check is None or not target.connection.webhook_key:
        raise Disabled("the secret that signs webhooks is not known: give --webhook-key-env")
    _, delivery = await received(target)
    if wrong := check(delivery, target.connection.webhook_key):
        yield Finding("a good signature", wrong)


@case("webhook.retried", "What was not received is sent again in time.", cost="paid", own=1)
async def retried(target: Target) -> AsyncIterator[Finding]:
    story, found = await _retried_once(target)
    gap = target.push.retries[0]
    wanted = f"another attempt about {gap:g} s after one that failed"
    if len(found) < 2:
        yield Finding(wanted, "none", _sent_by(story))
    elif not _is_about(gap, _later(found, 1)):
        yield Finding(wanted, f"one after {_later(found, 1):.1f} s", _sent_by(story))


@case("webhook.same-body", "What is sent again is the same.", cost="paid", own=1)
async def same_body(target: Target) -> AsyncIterator[Finding]:
    story, found = await _retried_once(target)
    if len(found) < 2:
        raise Blocked("nothing was sent again")
    if found[1].body != found[0].body:
        yield Finding("the body of the first attempt", "another one", _sent_by(story))


@case("webhook.no-retry-after-success", "A received retry is the last.", cost="paid", own=1)
async def no_retry_after_success(target: Target) -> AsyncIterator[Finding]:
    story, found = await _retried_once(target)
    if len(found) < 2:
        raise Blocked("nothing was sent again")
    found = await attempts(target, story, 3, _longest(target.push.retries[:2]))
    if len(found) > 2:
        actual = f"another one {_later(found, 2):.0f} s after it was received"
        yield Finding("no attempt more", actual, _sent_by(story))


@case("webhook.retry-gaps", "Attempts are as far apart as documented.", cost="paid", own=1)
async def retry_gaps(target: Target) -> AsyncIterator[Finding]:
    gaps = _in_patience(target, target.push.retries)
    story = await asked(target, (FAILED,))
    found = await attempts(target, story, 1 + len(gaps), SOON + sum(map(most, gaps)))
    if len(found) < 2:
        raise Blocked("nothing was sent again")
    for nth, gap in enumerate(gaps, 1):
        wanted = f"attempt {nth + 1} about {gap:g} s after attempt {nth}"
        if nth >= len(found):
            yield Finding(wanted, "none", _sent_by(story))
            return
        if not _is_about(gap, _later(found, nth)):
            yield Finding(wanted, f"after {_later(found, nth):.1f} s", _sent_by(story))


@case("webhook.retries-end", "After the last documented attempt there is none.", cost="paid", own=1)
async def retries_end(target: Target) -> AsyncIterator[Finding]:
    gaps = target.push.retries
    if gaps and len(_in_patience(target, gaps)) < len(gaps):
        raise Disabled(f"attempts take {sum(gaps):,.0f} s, longer than the run is patient")
    story = await asked(target, (FAILED,))
    found = await attempts(target, story, 1 + len(gaps), SOON + sum(map(most, gaps)))
    if len(found) < 1 + len(gaps):
        raise Blocked(f"there were {len(found)} attempts of {1 + len(gaps)}")
    found = await attempts(target, story, 2 + len(gaps), _longest(gaps))
    if len(found) > 1 + len(gaps):
        yield Finding(f"{1 + len(gaps)} attempts", f"{len(found)}", _sent_by(story))


@case("webhook.failure-is-sent", "The end of a job that fails is sent too.", cost="paid", own=1)
async def failure_is_sent(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await target.story("doomed")
    if story.end.view.state != "failed":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    found = await attempts(target, story, 1, SOON)
    if not found:
        yield Finding("a request to the webhook's address", "none", (story.end.exchange,))
        return
    note = target.push.read(found[0])
    if (note.id, note.state) != (story.job, "failed"):
        yield Finding(f"{story.job} as failed", f"{note.id or 'no id'} as {note.state}")


async def asked(target: Target, answers: tuple[int, ...]) -> Story:
    """A finished job of the main mode whose webhooks were answered so; one for all that ask."""
    return await target.once(("told", answers), lambda: tell(target, target.mode, answers))


async def _retried_once(target: Target) -> tuple[Story, Sequence[Delivery]]:
    """A job whose first webhook was not received, and what came until a second could have."""
    gap = _in_patience(target, target.push.retries[:1])[0]
    story = await asked(target, (FAILED, RECEIVED))
    found = await attempts(target, story, 2, SOON + most(gap))
    if not found:
        raise Blocked("nothing was sent")
    return story, found


async def attempts(target: Target, story: Story, count: int, within: float) -> Sequence[Delivery]:
    """What came of a job, when there are so many or that much time has passed since its end."""
    assert story.hook is not None
    return await target.deliveries(story.hook, count, within)


def _in_patience(target: Target, gaps: Sequence[float]) -> list[float]:
    """The first of these gaps, as many as the run can wait for. Disabled when that is none."""
    fit = [gap for nth, gap in enumerate(gaps, 1) if sum(gaps[:nth]) <= target.connection.patience]
    if not fit:
        raise Disabled("an attempt more takes longer than the run is patient: give --timeout")
    return fit


def _later(found: Sequence[Delivery], nth: int) -> float:
    """Seconds between an attempt and the one before."""
    return found[nth].at - found[nth - 1].at


def _is_about(gap: float, seconds: float) -> bool:
    return gap * (1 - SHARE) <= seconds <= most(gap)


def most(gap: float) -> float:
    return gap * (1 + SHARE) + SLACK


def _longest(gaps: Sequence[float]) -> float:
    """How long to listen for an attempt that must not come."""
    return most(max((*gaps, QUIET)))


def _sent_by(story: Story) -> tuple[Exchange, ...]:
    return (story.submitted,)
