"""Rules on receiving what a provider sends by itself."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.contract.model import Policy
from mockserver.journal.entry import Entry
from mockserver.verdict.model import Found, Level
from mockserver.verdict.rules.book import Chapter, rule
from mockserver.verdict.seen import LOST, OURS, Seen, Try
from mockserver.webhooks.signing import verify

CHAPTER: Chapter = []
HALF = 0.5


@rule(
    CHAPTER,
    "client.webhook.no-200",
    Level.MUST,
    "A genuine webhook is answered with the status that its provider counts as received.",
    advice="Answer 200 before doing anything with it; any other status has it sent again.",
)
def no_200(seen: Seen) -> Iterator[Found]:
    for one in _genuine(seen):
        policy = _policy(seen, one)
        told = one.attempt.status
        if told and told not in policy.success and not one.attempt.why.startswith("did not"):
            yield Found(f"{_named(one)} was answered {told}", _lines(seen, one))


@rule(
    CHAPTER,
    "client.webhook.unreachable",
    Level.MUST,
    "The address that a client gives for webhooks can be reached.",
    advice="Listen before ordering, and keep listening until the job has ended.",
)
def unreachable(seen: Seen) -> Iterator[Found]:
    for one in _genuine(seen):
        late = _took(seen, one) >= _policy(seen, one).timeout
        if not one.attempt.status and one.attempt.why and not late:
            yield Found(f"{_named(one)}: the receiver {one.attempt.why}", _lines(seen, one))


@rule(
    CHAPTER,
    "client.webhook.slow",
    Level.MUST,
    "A webhook is answered well within the time that its provider waits.",
    advice="Answer first, work afterwards: a late answer counts as none, and the body comes again.",
)
def slow(seen: Seen) -> Iterator[Found]:
    for one in _genuine(seen):
        limit, took = _policy(seen, one).timeout, _took(seen, one)
        if took > limit * HALF:
            level = None if took >= limit else Level.SHOULD
            say = f"{_named(one)} was answered after {took:.1f} s; {limit:g} s are allowed"
            yield Found(say, _lines(seen, one), level)


@rule(
    CHAPTER,
    "client.webhook.trusted-unsigned",
    Level.MUST,
    "What a webhook says is believed only when it is sure who sent it.",
    advice="Verify the signature; where there is none, take a webhook as a hint and ask by a poll.",
)
def trusted(seen: Seen) -> Iterator[Found]:
    for id in seen.told:
        job = seen.jobs.get(id)
        early = seen.forestalled(job) if job else []
        if job is None or not early:
            continue
        fetched = seen.downloads.get(id, ())
        eager = [one for one in fetched if early[0].attempt.at <= one.at < job.ends]
        blind = seen.outcome == "success" and not seen.shown_link(job) and not seen.pushed_link(job)
        if eager or blind:
            what = "its result was fetched" if eager else "the client ended with success"
            say = f"before job {id} had ended somebody said so, and {what}"
            yield Found(say, [*_lines(seen, early[0]), *eager])


@rule(
    CHAPTER,
    "client.webhook.not-idempotent",
    Level.MUST,
    "A webhook that comes twice has the effect of one.",
    advice="Remember which jobs are done, by their id and state, and answer 200 to the second.",
)
def not_idempotent(seen: Seen) -> Iterator[Found]:
    for id, tries in seen.told.items():
        told = [one for one in tries if not one.attempt.why]
        job = seen.jobs.get(id)
        if job is None or len(told) < 2:
            continue
        second = told[1].attempt.at
        got = [one for one in seen.downloads.get(job.id, ()) if not one.refused and not one.fault]
        again = [one for one in got if one.at >= second]
        if again and len(got) > 1:
            say = f"told twice that job {job.id} is done, it fetched the result {len(got)} times"
            yield Found(say, [*_lines(seen, told[0]), *got])


@rule(
    CHAPTER,
    "client.webhook.never-polls",
    Level.MUST,
    "A webhook that never comes does not cost the video.",
    advice="Poll as well, now and then: a webhook may be lost, or a receiver be down.",
)
def never_polls(seen: Seen) -> Iterator[Found]:
    if seen.outcome not in ("failure", "timeout"):
        return
    for one in seen.creates:
        job = seen.jobs.get(one.job)
        if one.fault in LOST:
            continue  # it was never told which job to ask for
        if job and wants_push(seen, one) and not seen.polls.get(job.id) and not job.failure:
            if any(not one.attempt.why for one in seen.told.get(job.id, ())):
                continue
            yield Found(f"no webhook came for job {job.id}, and it was never polled", [one])


def _genuine(seen: Seen) -> Iterator[Try]:
    """The attempts that a good receiver takes: sent outside, in time, and signed as they should."""
    for one in seen.tries:
        if OURS in one.delivery.url or one.job is None or one.attempt.at < one.job.ends:
            continue
        if not _doubtful(seen, one):
            yield one


def _doubtful(seen: Seen, one: Try) -> bool:
    """Whether its signature is wrong, as a scenario made it."""
    signature = _policy(seen, one).signature
    if signature is None or not signature.secret:
        return False
    headers = {name.lower(): text for name, text in one.attempt.headers.items()}
    words = (one.delivery.job,)
    return bool(verify(signature, headers, one.delivery.body, words, now=one.attempt.at))


def _policy(seen: Seen, one: Try) -> Policy:
    contract = seen.observed.contracts[one.delivery.provider]
    return next(
        push.policy
        for operation in contract.operations
        for push in operation.pushes
        if push.name == one.delivery.push
    )


def _took(seen: Seen, one: Try) -> float:
    """How long the receiver took. A clock that runs fast makes it look slower than it is: half the
    time limit, which a real receiver never comes near, is what counts."""
    return (one.attempt.ended - one.attempt.at) / seen.observed.pace


def wants_push(seen: Seen, entry: Entry) -> bool:
    """Whether an order names an address for webhooks."""
    names = {
        push.target.rpartition("/")[2].encode()
        for operation in seen.contract(entry).operations
        if operation.id == entry.operation
        for push in operation.pushes
        if push.schema
    }
    return any(b'"%b"' % name in entry.request for name in names)


def _named(one: Try) -> str:
    return f"{one.delivery.push} of job {one.delivery.job}, attempt {one.attempt.number},"


def _lines(seen: Seen, one: Try) -> list[Entry]:
    """The journal's lines on the deliveries of a job."""
    return [
        entry
        for entry in seen.observed.entries
        if entry.kind == "delivery" and entry.job == one.delivery.job
    ]
