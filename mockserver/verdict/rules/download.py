"""Rules on fetching results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mockserver.journal.entry import LEAK, Entry
from mockserver.verdict.model import Found, Level
from mockserver.verdict.rules.book import Chapter, rule
from mockserver.verdict.seen import SPOILT, Seen

CHAPTER: Chapter = []
SOON = 0.5  # seconds
MOST = 15


@rule(
    CHAPTER,
    "client.download.key-leaked",
    Level.MUST,
    "The key goes to the API alone, never to the host of the results.",
    advice="Fetch results with a plain client, without the headers of the API.",
)
def key_leaked(seen: Seen) -> Iterator[Found]:
    calls = [one for one in seen.doing("download") if LEAK in one.notes]
    if calls:
        yield Found("the download host got the key of the API", calls)


@rule(
    CHAPTER,
    "client.download.without-pause",
    Level.SHOULD,
    "Between two tries at a file there is a pause.",
    advice="Wait a second before the first repeat, and longer before each further one.",
)
def without_pause(seen: Seen) -> Iterator[Found]:
    for run in seen.downloads.values():
        short = [pair for pair in pairwise(run) if _vain(pair[0]) and seen.between(*pair) < SOON]
        if len(short) >= 2:
            yield Found(f"{len(short)} tries without a pause before them", run)


@rule(
    CHAPTER,
    "client.download.never-stops",
    Level.MUST,
    "A file that does not come is given up at some time.",
    advice=f"Count the tries, and report the failure after {MOST // 3} or so; name the job.",
)
def never_stops(seen: Seen) -> Iterator[Found]:
    for id, run in seen.downloads.items():
        vain = [one for one in run if _vain(one)]
        if len(vain) > MOST:
            yield Found(f"the result of job {id} was fetched {len(vain)} times in vain", vain)


@rule(
    CHAPTER,
    "client.download.gives-up-after-one-failure",
    Level.SHOULD,
    "A file that is not there yet, or came broken, is fetched once more.",
    advice="Fetch again after a pause: the video is made and paid for.",
)
def one_failure(seen: Seen) -> Iterator[Found]:
    if seen.outcome != "failure" or len(seen.ordered()) > 1:  # it went on by another order
        return
    for job in seen.ordered():
        run = seen.downloads.get(job.id, [])
        if len(run) == 1 and _vain(run[0]) and run[0].problem != "link-expired":
            yield Found(f"the result of job {job.id} was given up after one try", run)


def _vain(entry: Entry) -> bool:
    """Whether a download brought no file."""
    return entry.refused or entry.fault in SPOILT
