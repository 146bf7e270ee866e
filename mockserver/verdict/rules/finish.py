"""Rules on what a client makes of the end: what it calls a success, and what it gives up."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.jobs.job import Job
from mockserver.journal.entry import Entry
from mockserver.verdict.model import Found, Level
from mockserver.verdict.rules.book import Chapter, rule
from mockserver.verdict.seen import SPOILT, Seen

CHAPTER: Chapter = []
NO_WORK, FAILED, SPOILT_FILE, NO_FILE = "no work", "failed", "spoilt file", "no file"
NO_LINK, RUNNING, UNFETCHED = "no link", "running", "unfetched"
BELIEVED = "believed"  # what a rule on webhooks is about


@rule(
    CHAPTER,
    "client.finish.success-without-work",
    Level.MUST,
    "Success is not claimed where no job was accepted.",
    advice="Look at the status and at the code in the body before reading an id.",
)
def without_work(seen: Seen) -> Iterator[Found]:
    if _unearned(seen) == NO_WORK:
        yield Found("no order was accepted, and it ended with success", seen.creates)


@rule(
    CHAPTER,
    "client.finish.failed-taken-for-done",
    Level.MUST,
    "A job that failed is no success.",
    advice="Ask for the one state that means success; everything else that ends is a failure.",
)
def failed_for_done(seen: Seen) -> Iterator[Found]:
    if _unearned(seen) == FAILED:
        job = seen.ordered()[-1]
        name = job.failure.name if job.failure else ""
        say = f"job {job.id} failed ({name}), and the client ended with success"
        yield Found(say, _about(seen, job)[-3:])


@rule(
    CHAPTER,
    "client.finish.truncated-accepted",
    Level.MUST,
    "A file that came broken is not taken for the video.",
    advice="Compare what came with Content-Length, and its beginning with what a video begins "
    "with; fetch again, and report a failure when it stays broken.",
)
def truncated(seen: Seen) -> Iterator[Found]:
    if _unearned(seen) == SPOILT_FILE:
        job = seen.ordered()[-1]
        calls = [one for one in _fetches(seen, job) if one.fault in SPOILT]
        yield Found(f"the file was {_spoilt(calls)} each time, and that was called success", calls)


@rule(
    CHAPTER,
    "client.finish.missing-file-accepted",
    Level.MUST,
    "A refused download is no success.",
    advice="Look at the status of the download: an error page is no video.",
)
def missing_file(seen: Seen) -> Iterator[Found]:
    if _unearned(seen) == NO_FILE:
        calls = seen.downloads[seen.ordered()[-1].id]
        yield Found("every download was refused, and the client ended with success", calls)


@rule(
    CHAPTER,
    "client.finish.done-without-url-accepted",
    Level.MUST,
    "A job that is done and has no address of its result is no success.",
    advice="Look for the address itself. Without one report a failure, after some more polls "
    "perhaps.",
)
def without_url(seen: Seen) -> Iterator[Found]:
    if _unearned(seen) == NO_LINK:
        job = seen.ordered()[-1]
        say = f"no answer held the address of the result of job {job.id}"
        yield Found(say, _about(seen, job)[-3:])


@rule(
    CHAPTER,
    "client.finish.running-taken-for-done",
    Level.MUST,
    "A job that still runs is no success.",
    advice="Go by the state in the answer, not by its HTTP status, and not by a word in its text.",
)
def running_for_done(seen: Seen) -> Iterator[Found]:
    if _unearned(seen) == RUNNING:
        job = seen.ordered()[-1]
        yield Found(f"job {job.id} had not ended", _about(seen, job)[-3:])


@rule(
    CHAPTER,
    "client.finish.never-fetched",
    Level.NOTE,
    "A result is fetched, as its address works for a while only.",
    advice="Download at once, and keep the file instead of the address.",
)
def never_fetched(seen: Seen) -> Iterator[Found]:
    left = seen.observed.allowed
    if _unearned(seen) == UNFETCHED and (not left or "success" in left):
        job = seen.ordered()[-1]
        say = f"the result of job {job.id} was never fetched"
        yield Found(say, _about(seen, job)[-1:])


@rule(
    CHAPTER,
    "client.finish.fetched-after-expiry",
    Level.SHOULD,
    "A result is fetched while its address works.",
    advice="Download as soon as the address is there; poll for a new one before a later download.",
)
def too_late(seen: Seen) -> Iterator[Found]:
    for id, run in seen.downloads.items():
        late = [one for one in run if one.problem == "link-expired" and not seen.played(one)]
        job = seen.jobs.get(id)
        shown = seen.shown_link(job) if job and late else None
        for one in late:
            if job and shown and job.url_alive(shown.at):
                gap = seen.between(shown, one)
                yield Found(f"fetched {gap:.0f} s after the address was there", [shown, one])


@rule(
    CHAPTER,
    "client.finish.another-file",
    Level.NOTE,
    "What is handed over is the file that was made.",
    advice="Compare the SHA-256 of the file with what was downloaded, unless it is changed on "
    "purpose.",
)
def another_file(seen: Seen) -> Iterator[Found]:
    files = seen.observed.files
    got = sorted(one for job in seen.ordered() for one in files.get(job.id, ()))
    file = seen.observed.file
    if file and seen.outcome == "success" and got and file not in got and not _unearned(seen):
        say = f"its file begins with {file[:12]}, that of the job with {got[0][:12]} (SHA-256)"
        yield Found(say, _fetches(seen, seen.ordered()[-1]))


@rule(
    CHAPTER,
    "client.finish.success-not-possible",
    Level.MUST,
    "Success is not claimed where there was none to have.",
    advice="End with an error that says what went wrong.",
    last=True,
)
def not_possible(seen: Seen) -> Iterator[Found]:
    left = seen.observed.allowed | seen.observed.tolerated
    if seen.outcome == "success" and left and "success" not in left:
        yield Found("it ended with success where that could not be", seen.calls[-3:])


@rule(
    CHAPTER,
    "client.finish.needless-failure",
    Level.MUST,
    "What can be finished is finished.",
    advice="See what the client said at its end; the journal shows what it was answered.",
    last=True,
)
def needless(seen: Seen) -> Iterator[Found]:
    told = seen.observed
    if seen.outcome == "failure" and told.allowed and "failure" not in told.allowed:
        level = Level.SHOULD if "failure" in told.tolerated else None
        say = "it ended with a failure where a correct client succeeds"
        yield Found(say, seen.calls[-3:], level)


@rule(
    CHAPTER,
    "client.finish.hangs",
    Level.MUST,
    "Whatever happens, a client comes to an end.",
    advice="Give every call and the whole work a time limit. A client that has one, but a longer "
    "one than the case, needs more time for it (--timeout).",
    last=True,
)
def hangs(seen: Seen) -> Iterator[Found]:
    if seen.outcome == "timeout":
        yield Found("it had not ended when its time was over", seen.calls[-3:])


def _unearned(seen: Seen) -> str:
    """Why a client that claims success has no video; empty where it has one or claims none."""
    jobs = seen.ordered()
    if seen.outcome != "success" or any(seen.whole(job) for job in jobs):
        return ""
    if not jobs:
        return NO_WORK
    job = jobs[-1]
    fetches = _fetches(seen, job)
    if job.failure and all(one.failure for one in jobs):
        return FAILED
    if any(one.fault in SPOILT for one in fetches):
        return SPOILT_FILE
    if fetches:
        return NO_FILE
    if seen.shown_link(job) or seen.pushed_link(job):
        return UNFETCHED
    if _last(seen) >= job.ends:
        return NO_LINK
    return BELIEVED if seen.forestalled(job) else RUNNING


def _last(seen: Seen) -> float:
    """The reading of the client's last call."""
    return seen.calls[-1].at if seen.calls else seen.observed.now


def _fetches(seen: Seen, job: Job) -> list[Entry]:
    """The downloads of a job's result; and the answer that should have held it."""
    waited = [one for one in seen.made.get(job.id, ()) if seen.does(one) == "wait"]
    return [*waited, *seen.downloads.get(job.id, ())]


def _about(seen: Seen, job: Job) -> list[Entry]:
    """The calls about a job."""
    return [*seen.made.get(job.id, ()), *seen.polls.get(job.id, ())]


def _spoilt(calls: list[Entry]) -> str:
    return " and ".join(dict.fromkeys(one.fault for one in calls))
