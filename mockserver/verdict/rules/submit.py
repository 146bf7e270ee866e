"""Rules on calls that ask for a video: each of them can cost money."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mockserver.journal.entry import Entry
from mockserver.verdict import breaches, facts
from mockserver.verdict.model import Found, Level
from mockserver.verdict.rules.book import Chapter, rule
from mockserver.verdict.seen import MAKING, SPOILT, Seen

CHAPTER: Chapter = []
PATIENCE = 0.9  # of the time that a client was told to wait
SOON = 0.5  # seconds
MOST = 8  # refusals in a row


@rule(
    CHAPTER,
    "client.submit.paid-twice",
    Level.MUST,
    "One piece of work is ordered once, whatever becomes of the answers about it.",
    advice="After a lost answer or a failed poll or download, go on with the job there is. Order "
    "again only when its end says that it failed.",
)
def paid_twice(seen: Seen) -> Iterator[Found]:
    for order in seen.pieces:
        made = [one for one in order if one.job in seen.jobs]
        for before, after in pairwise(made):
            job = seen.jobs[before.job]
            if after.job == before.job or (job.failure and after.at >= job.ends):
                continue
            why = _trouble(seen, before, after)
            if not why and not seen.observed.single:
                continue
            told = f", after {_what(seen, why[0])}" if why else ""
            say = f"the work of job {before.job} was ordered again as {after.job}{told}"
            yield Found(say, list(dict.fromkeys([before, *why, after])))


@rule(
    CHAPTER,
    "client.submit.repeats-refused",
    Level.SHOULD,
    "A request that was refused for what it says is not sent again unchanged.",
    advice="Show the refusal. Of the 4xx only 408, 425 and 429 are worth a second try.",
)
def repeats_refused(seen: Seen) -> Iterator[Found]:
    for order in seen.orders:
        contract = seen.contract(order[0])
        others = facts.moderations(contract)
        run = [
            (before, after)
            for before, after in pairwise(order)
            if facts.final(before, contract)
            and not facts.of_key(before, contract)
            and not facts.of_credits(before, contract)
            and before.problem not in others
        ]
        if run:
            first = run[0][0]
            say = f"refused as {first.problem or first.status}, it was sent again {_times(run)}"
            yield Found(say, [first, *(after for _, after in run)])


@rule(
    CHAPTER,
    "client.submit.contract-violation",
    Level.MUST,
    "A request keeps its provider's contract.",
    advice="Send what the provider's pages say; the journal names each field and its source.",
)
def contract_violation(seen: Seen) -> Iterator[Found]:
    for one in seen.doing(*MAKING):
        yield from _breach(one)


@rule(
    CHAPTER,
    "client.call.contract-violation",
    Level.MUST,
    "Calls that order nothing keep the contract too: polls, uploads, lists.",
    advice="Send what the provider's pages say; the journal names each parameter and its source.",
)
def other_violation(seen: Seen) -> Iterator[Found]:
    for one in seen.doing("show", "download", "extra"):
        yield from _breach(one)


@rule(
    CHAPTER,
    "client.call.no-such-route",
    Level.MUST,
    "Only paths and methods are called that the provider has.",
    advice="Compare base URL, path and method with the provider's pages: a doubled or missing "
    "prefix is the usual cause.",
)
def no_such_route(seen: Seen) -> Iterator[Found]:
    lost = [one for one in seen.calls if one.problem in ("no-route", "no-method")]
    if lost:
        yield Found(lost[0].say or f"{lost[0].method} {lost[0].target} is not there", lost)


@rule(
    CHAPTER,
    "client.submit.ignores-retry-after",
    Level.MUST,
    "Who is told how long to wait before ordering waits that long.",
    advice="Sleep for the seconds of Retry-After before the next try.",
)
def ignores_pause(seen: Seen) -> Iterator[Found]:
    for order in seen.orders:
        yield from hurried(seen, order)


@rule(
    CHAPTER,
    "client.submit.retries-without-pause",
    Level.SHOULD,
    "Between a passing failure and the next try there is a pause.",
    advice="Wait a second before the first repeat, and twice as long before each further one.",
)
def without_pause(seen: Seen) -> Iterator[Found]:
    for order in seen.orders:
        contract = seen.contract(order[0])
        for before, after in pairwise(order):
            fails = facts.passing(before, contract) and not before.pause
            if fails and seen.between(before, after) < SOON:
                gap = seen.between(before, after)
                say = f"the next try came {gap:.2f} s after a failure that needs time to pass"
                yield Found(say, [before, after])


@rule(
    CHAPTER,
    "client.submit.retries-without-end",
    Level.MUST,
    "A service that keeps failing is given up at some time.",
    advice=f"Count the tries, and report the failure after {MOST // 2} or so.",
)
def without_end(seen: Seen) -> Iterator[Found]:
    for order in seen.orders:
        contract = seen.contract(order[0])
        run: list[Entry] = []
        for one in order:
            run = [*run, one] if facts.passing(one, contract) else []
        if len(run) > MOST:
            yield Found(f"it was sent {len(run)} times, and refused each time", run)


@rule(
    CHAPTER,
    "client.submit.retries-out-of-credits",
    Level.SHOULD,
    "Without credits nothing is ordered again.",
    advice="Stop, and say that the account has no credits: retrying cannot help.",
)
def out_of_credits(seen: Seen) -> Iterator[Found]:
    for order in seen.orders:
        contract = seen.contract(order[0])
        refused = [one for one in order if facts.of_credits(one, contract)]
        if len(refused) > 1:
            say = f"it was sent {len(refused)} times to an account that cannot pay"
            hidden = facts.passing(refused[0], contract)  # only the words tell it from a limit
            yield Found(say, refused, Level.NOTE if hidden else None)


@rule(
    CHAPTER,
    "client.submit.repeats-moderated",
    Level.MUST,
    "What moderation refused is not sent again as it is: some providers bill each try.",
    advice="Show the reason, and let a person change the prompt or the source.",
)
def repeats_moderated(seen: Seen) -> Iterator[Found]:
    for order in seen.orders:
        rows = facts.moderations(seen.contract(order[0]))
        for before, after in pairwise(order):
            job = seen.jobs.get(before.job)
            stopped = job and job.failure and job.failure.name in rows and after.at >= job.ends
            if before.problem in rows or stopped:
                yield Found("moderation refused this very request before", [before, after])


def hurried(seen: Seen, entries: list[Entry]) -> Iterator[Found]:
    """Calls that came before the time that the answer before them had asked for."""
    for before, after in pairwise(entries):
        gap = seen.between(before, after)
        if before.pause and seen.refused(before) and gap < before.pause * PATIENCE:
            say = f"told to wait {before.pause:g} s, it came again after {gap:.2f} s"
            yield Found(say, [before, after])


def _trouble(seen: Seen, before: Entry, after: Entry) -> list[Entry]:
    """What went wrong with a job between two orders, as far as the client saw it."""
    id = before.job
    about = [*seen.polls.get(id, ()), *seen.downloads.get(id, ())]
    later = [one for one in about if before.number < one.number < after.number]
    wrong = [one for one in later if one.refused or one.fault in SPOILT]
    return wrong or ([before] if seen.refused(before) else [])


def _what(seen: Seen, entry: Entry) -> str:
    """What went wrong with a call, in words."""
    kind = {"show": "a poll", "download": "a download"}.get(seen.does(entry), "an order")
    how = f"met {entry.fault}" if entry.fault else f"was answered {entry.status}"
    return f"{kind} that {how}"


def _breach(entry: Entry) -> Iterator[Found]:
    if not breaches.breaks(entry) or entry.problem in breaches.ELSEWHERE:
        return
    kinds = [one.evidence.kind for one in entry.violations if one.evidence]
    level = None
    if kinds and len(kinds) == len(entry.violations) and "documented" not in kinds:
        level = Level.SHOULD if "observed" in kinds else Level.NOTE
    yield Found(entry.say or "; ".join(one.sentence for one in entry.violations), [entry], level)


def _times(run: list[tuple[Entry, Entry]]) -> str:
    return "once" if len(run) == 1 else f"{len(run)} times"
