"""Rules on polls: how often, how long, and what is made of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mockserver.contract.model import Contract
from mockserver.jobs.job import Job
from mockserver.journal.entry import Entry
from mockserver.verdict import facts
from mockserver.verdict.model import Found, Level
from mockserver.verdict.rules.book import Chapter, rule
from mockserver.verdict.rules.submit import hurried
from mockserver.verdict.seen import Seen

CHAPTER: Chapter = []
HAMMER = 0.5  # seconds between polls, below which there is no pause worth the name
SLACK = 0.9  # of the least pause that is documented
HOUR = 3600.0
AFTER_FAILURE, AFTER_DONE = 3, 6  # polls of a job whose end was shown
REFUSED = 4  # refusals in a row that repeating does not change
LAG = 120.0  # seconds of the provider's in which a new job may be unknown
USUAL = 20.0  # seconds of new video in a long job


@rule(
    CHAPTER,
    "client.poll.without-pause",
    Level.MUST,
    "Between two polls there is a pause.",
    advice="Sleep between polls, at least as long as the provider says.",
)
def without_pause(seen: Seen) -> Iterator[Found]:
    for job, run in _running(seen):
        short = [pair for pair in pairwise(run) if seen.between(*pair) < HAMMER]
        if len(short) >= 3 and 2 * len(short) >= len(run) - 1:
            say = f"{len(run)} polls of job {job.id} in {_span(seen, run):.2f} s"
            yield Found(say, run)


@rule(
    CHAPTER,
    "client.poll.too-fast",
    Level.SHOULD,
    "Polls come no more often than the provider asks.",
    advice="Sleep for the documented pause between polls; a webhook, where there is one, is "
    "better.",
)
def too_fast(seen: Seen) -> Iterator[Found]:
    for _, run in _running(seen):
        pace = facts.polling(seen.contract(run[0]))
        if pace is None or len(run) < 3:
            continue
        mean = _span(seen, run) / (len(run) - 1)
        if HAMMER <= mean < pace.least * SLACK:
            who = pace.evidence
            level = Level.NOTE if who and who.kind != "documented" else None
            says = f" ({who.kind}: {who.where})" if who else ""
            say = f"every {mean:.2f} s on average; {pace.least:g} s is the least{says}"
            yield Found(say, run, level)


@rule(
    CHAPTER,
    "client.poll.ignores-retry-after",
    Level.MUST,
    "Who is told how long to wait before polling waits that long.",
    advice="Sleep for the seconds of Retry-After before the next poll.",
)
def ignores_pause(seen: Seen) -> Iterator[Found]:
    for run in seen.polls.values():
        yield from hurried(seen, run)


@rule(
    CHAPTER,
    "client.poll.never-stops",
    Level.MUST,
    "A job that does not end is given up at some time.",
    advice="Give the loop a time limit of its own that scales with what was ordered, and name the "
    "job that is left behind. A client that has one, but a longer one than a case gave it, needs "
    "more time for the case (--timeout).",
)
def never_stops(seen: Seen) -> Iterator[Found]:
    hung = seen.outcome == "timeout"
    for job, run in _running(seen):
        waited = _span(seen, run)
        long = max(HOUR, 10 * _usual(seen.contract(run[0]), job))
        polling = len(run) >= 3 and seen.polls[job.id][-1] is run[-1]
        if waited > long or (hung and polling and not seen.shown_end(job)):
            say = f"after {waited:.0f} s and {len(run)} polls of job {job.id} it was still asking"
            yield Found(say, run)


@rule(
    CHAPTER,
    "client.poll.after-the-end",
    Level.MUST,
    "A job whose end was shown is not polled on.",
    advice="Take every documented end for one: failed, expired and the like stop the loop as done "
    "does.",
)
def after_the_end(seen: Seen) -> Iterator[Found]:
    for id, run in seen.polls.items():
        job = seen.jobs.get(id)
        end = seen.shown_end(job) if job else None
        if job is None or end is None:
            continue
        refetched = {one.number for one in seen.downloads.get(id, ()) if seen.refused(one)}
        later = [one for one in run if one.number > end.number and not refetched]
        if len(later) >= (AFTER_FAILURE if job.failure else AFTER_DONE):
            how = "failed" if job.failure else "was done"
            say = f"{len(later)} more polls of job {id} after it was shown that it {how}"
            yield Found(say, [end, *later], None if job.failure else Level.SHOULD)


@rule(
    CHAPTER,
    "client.poll.keeps-asking",
    Level.MUST,
    "A poll that is refused for good is not repeated.",
    advice="Stop at a 4xx that is no 408, 425 or 429, and name the job. Right after an order a job "
    "may be unknown for a while.",
)
def keeps_asking(seen: Seen) -> Iterator[Found]:
    for id, polls in seen.polls.items():
        contract, job = seen.contract(polls[0]), seen.jobs.get(id)
        run: list[Entry] = []
        for one in polls:
            run = [*run, one] if _for_good(one, contract, job) else []
        if len(run) >= REFUSED:
            say = f"{len(run)} polls in a row were refused as {run[0].problem or run[0].status}"
            yield Found(say, run)


@rule(
    CHAPTER,
    "client.poll.gives-up-after-one-failure",
    Level.SHOULD,
    "One poll that fails for a passing reason does not cost the video.",
    advice="Poll the same job again after a pause: it runs on, and is paid for.",
)
def one_failure(seen: Seen) -> Iterator[Found]:
    if seen.outcome != "failure" or len(seen.ordered()) > 1:  # it went on by another order
        return
    for job in seen.ordered():
        run = seen.polls.get(job.id, [])
        if not run or job.failure:
            continue
        contract, last = seen.contract(run[-1]), run[-1]
        fails = [one for one in run if facts.passing(one, contract) or seen.refused(one)]
        lost = facts.passing(last, contract) or (last.fault and seen.refused(last))
        if lost and len(fails) == 1 and seen.calls[-1] is last:
            how = f"met {last.fault}" if last.fault else f"was answered {last.status}"
            yield Found(f"job {job.id} was given up when one poll {how}", run[-3:])


@rule(
    CHAPTER,
    "client.poll.gives-up-too-early",
    Level.SHOULD,
    "A job that runs as usual is waited for.",
    advice="Let the time limit scale with what was ordered; the provider's pages say how long jobs "
    "take. A job that is given up is paid for all the same.",
)
def too_early(seen: Seen) -> Iterator[Found]:
    if seen.outcome != "failure":
        return
    for job in seen.ordered():
        run = seen.polls.get(job.id, [])
        if not run or any(seen.refused(one) or seen.played(one) for one in run):
            continue
        usual = job.timeline.end.at <= _usual(seen.contract(run[0]), job)
        last = run[-1]
        if usual and not job.failure and last.at < job.ends and seen.calls[-1] is last:
            waited = seen.observed.pace * _span(seen, run)
            say = (
                f"job {job.id} was given up after {waited:.0f} s of its provider's time; it takes "
                f"{job.timeline.end.at:.0f} s"
            )
            yield Found(say, run)


def _running(seen: Seen) -> Iterator[tuple[Job, list[Entry]]]:
    """The polls of each job for as long as its client had not seen an end."""
    for id, run in seen.polls.items():
        job = seen.jobs.get(id)
        if job is None:
            continue
        end = seen.shown_end(job)
        run = [one for one in run if end is None or one.number <= end.number]
        if run:
            yield job, run


def _span(seen: Seen, run: list[Entry]) -> float:
    return seen.between(run[0], run[-1])


def _usual(contract: Contract, job: Job) -> float:
    """How long a long job of that kind takes when nothing holds it up."""
    kind = contract.jobs[job.kind]
    return kind.base[1] + kind.per_second[1] * USUAL


def _for_good(entry: Entry, contract: Contract, job: Job | None) -> bool:
    """Whether a poll was refused for a reason that stays; those for the key are told elsewhere."""
    if not facts.final(entry, contract) or facts.of_key(entry, contract):
        return False
    new = job is not None and entry.at < min(job.ends, job.created + LAG)
    return not (new and facts.status(entry, contract) in facts.UNKNOWN)
