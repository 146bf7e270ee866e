"""Hooked, bent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.connection import KEYS
from conformance.dialects.hooked import SOURCE
from conformance.listener import Delivery
from tests.mutants.bends import (
    Change,
    ask,
    asked,
    chain,
    every,
    member,
    no_header,
    reply,
    sent,
    sent_header,
    sent_to,
    status,
    status_was,
    told,
    whole,
)
from tests.mutants.catches import (
    answered,
    attempt,
    changed,
    lost,
    once_more,
    pushed,
    shifted,
    with_header,
)
from tests.mutants.films import film
from tests.mutants.model import Take, maker
from tests.mutants.wire import Bend, Call, Json

mutant = maker("hooked")
CREATE = "POST /hooked/v1/project/create/extend-video"
POLL = "GET /hooked/v1/video/vid_*"
LIST = "GET /hooked/v1/video/list"
FILE = "GET */videos/*.mp4"
SHARE = "GET */shared/*.mp4"
DONE = told("/data/status", "COMPLETED")
SCHEMAS = ("poll.schema.extend", "poll.schema.full")


def query(part: str) -> Callable[[Call], bool]:
    return lambda call: part in call.query


def unfiltered(call: Call) -> Call:
    return replace(call, query="")


def keyed(key: str) -> Callable[[Call], bool]:
    return lambda call: call.headers.get("x-api-key") == key


def spoiled(change: Change) -> Bend:
    """Changes what the file is, at both of its addresses."""
    return chain(*(reply(on, change, when=status_was(200)) for on in (FILE, SHARE)))


ASKING = (
    mutant(
        "bearer-taken",
        "authentication.wrong-scheme",
        bend=ask(
            CREATE,
            sent_header("x-api-key", KEYS[0]),
            when=lambda call: call.headers.get("authorization", "").startswith("Bearer "),
        ),
    ),
    mutant(
        "missing-key-in-other-words",
        "hooked.missing-key-message",
        bend=reply(LIST, member("/message", "Unauthorized"), when=told("/code", "MISSING_API_KEY")),
    ),
    mutant(
        "missing-key-with-another-code",
        "hooked.missing-key-message",
        bend=reply(LIST, member("/code", "UNAUTHORIZED"), when=told("/code", "MISSING_API_KEY")),
    ),
    mutant(
        "wrong-key-is-missing",
        "hooked.wrong-key-message",
        bend=reply(
            LIST,
            member("/message", "API key is required"),
            when=told("/message", "Invalid API key"),
        ),
    ),
    mutant(
        "picture-is-not-found",
        "hooked.media-is-no-video",
        bend=reply(
            CREATE,
            member("/message", "Media not found"),
            when=told("/message", "Media is not a video"),
        ),
    ),
    mutant("videos-are-media", "hooked.no-chaining", chosen={"chaining": "allowed"}),
    mutant("strict-fields", "accept.extend.unknown-field", chosen={"unknown-fields": "strict"}),
    mutant(
        "begins-processing",
        "hooked.begins-started",
        bend=reply(CREATE, member("/data/status", "PROCESSING"), when=status_was(200)),
    ),
    mutant(
        "created-is-201",
        "submit.accepted.extend",
        "submit.accepted.full",
        bend=reply(CREATE, status(201), when=status_was(200)),
    ),
    mutant(
        "errors-of-the-skill",
        "errors.envelope",
        "errors.schema",
        bend=reply(
            CREATE,
            whole(lambda body: {"error": {"code": "BAD", "message": body["message"]}}),
            when=every(status_was(400), lambda call: call.body == b"{}"),
        ),
    ),
    mutant("no-rate", "limits.rate", chosen={"rate-limit": "0"}),
    mutant(
        "rate-without-a-header",
        "limits.retry-after",
        bend=reply("* *", no_header("retry-after"), when=status_was(429)),
    ),
)

POLLS = (
    mutant(
        "everybodys-videos",
        "isolation.foreign-job",
        bend=ask(POLL, sent_header("x-api-key", KEYS[0]), when=keyed(KEYS[1])),
    ),
    mutant(
        "project-is-a-video",
        "hooked.project-is-no-video",
        bend=ask(
            "GET /hooked/v1/video/proj_*", sent_to(lambda path: path.replace("/proj_", "/vid_"))
        ),
    ),
    mutant(
        "states-in-lower-case",
        *SCHEMAS,
        "submit.schema.extend",
        "hooked.begins-started",
        "hooked.list",
        "webhook.schema",
        chosen={"state-case": "lower"},
    ),
    mutant(
        "progress-in-percent",
        *SCHEMAS,
        "hooked.progress-is-a-share",
        "hooked.progress-ends-full",
        bend=reply(POLL, member("/data/progress", lambda told: f"{told}%")),
    ),
    mutant(
        "progress-above-all",
        *SCHEMAS,
        "hooked.progress-is-a-share",
        "hooked.progress-ends-full",
        bend=reply(POLL, member("/data/progress", 101), when=DONE),
    ),
    mutant(
        "progress-stays-behind",
        "hooked.progress-ends-full",
        bend=reply(POLL, member("/data/progress", 99), when=DONE),
    ),
    mutant(
        "name-is-lost",
        "hooked.name-is-kept",
        bend=reply(POLL, member("/data/name", "Extended video"), when=status_was(200)),
    ),
    mutant(
        "webhook-is-hidden",
        "hooked.webhook-is-shown",
        bend=reply(POLL, member("/data/webhook", None), when=status_was(200)),
    ),
    mutant(
        "type-of-another",
        "hooked.type-is-extend",
        bend=reply(POLL, member("/data/type", "ugc_video"), when=status_was(200)),
    ),
    mutant(
        "credits-unsettled",
        "hooked.credits-are-told",
        bend=reply(POLL, member("/data/usedCredits", None), when=DONE),
    ),
    mutant(
        "length-of-the-new-part",
        "hooked.length-is-told",
        bend=reply(POLL, member("/data/durationInSeconds", 4), when=DONE),
    ),
    mutant(
        "frames-at-another-rate",
        "hooked.length-is-told",
        bend=reply(POLL, member("/data/durationInFrames", 300), when=DONE),
    ),
)

RESULTS = (
    mutant(
        "new-part-alone",
        "media.length.extend",
        "media.length.full",
        "media.keeps-source.extend",
        "media.audio.extend",
        "hooked.length-is-told",
        "finish.range",
        bend=spoiled(film(lambda frames: frames[SOURCE.frames :])),
    ),
    mutant(
        "duration-is-the-whole",
        "media.length.full",
        bend=ask(CREATE, sent("/targetDuration", 4), when=asked("/name", "Spring campaign")),
    ),
    mutant("silent", "media.audio.extend", "finish.range", bend=spoiled(film(audio=False))),
)

LISTS = (
    mutant(
        "list-without-envelope",
        "hooked.list",
        "hooked.list-limit",
        bend=reply(LIST, whole(lambda body: body["data"]), when=status_was(200)),
    ),
    mutant(
        "list-forgets",
        "hooked.list",
        "hooked.list-by-type",
        "hooked.list-by-status",
        "hooked.list-limit",
        bend=reply(LIST, member("/data/videos", []), when=status_was(200)),
    ),
    mutant(
        "list-of-twenty",
        "hooked.list",
        bend=reply(LIST, member("/data/limit", 20), when=told("/data/limit", 50)),
    ),
    mutant("type-ignored", "hooked.list-by-type", bend=ask(LIST, unfiltered, when=query("type="))),
    mutant(
        "status-ignored",
        "hooked.list-by-status",
        bend=ask(LIST, unfiltered, when=query("status=")),
    ),
    mutant("limit-ignored", "hooked.list-limit", bend=ask(LIST, unfiltered, when=query("limit=1"))),
    mutant(
        "offset-ignored", "hooked.list-offset", bend=ask(LIST, unfiltered, when=query("offset="))
    ),
    mutant(
        "limit-without-end",
        "hooked.list-most",
        bend=chain(
            reply(LIST, member("/data/limit", 101), when=query("limit=101")),
            ask(LIST, unfiltered, when=query("limit=101")),
        ),
    ),
    mutant(
        "everybodys-list",
        "hooked.list-is-the-teams",
        bend=ask(LIST, sent_header("x-api-key", KEYS[0]), when=keyed(KEYS[1])),
    ),
)


def any_success(delivery: Delivery, take: Take) -> int:
    return 200 if take(delivery) < 300 else 500


def again_after_success(delivery: Delivery, take: Take) -> int:
    answer = take(delivery)
    if answer == 200:
        take(replace(delivery, at=delivery.at + 60))
    return answer


def in_data(**members: Json) -> Callable[[Json], Json]:
    return lambda body: {**body, "data": {**body["data"], **members}}


def in_metadata(**members: Json) -> Callable[[Json], Json]:
    return lambda body: in_data(metadata={**body["data"]["metadata"], **members})(body)


def as_failed(body: Json) -> Json:
    data = {name: told for name, told in body["data"].items() if name not in ("url", "shareUrl")}
    return {**body, "status": "FAILED", "data": {**data, "status": "FAILED"}}


WEBHOOKS = (
    mutant("webhook-never", "webhook.sent", catch=lost),
    mutant(
        "webhook-after-success",
        "webhook.sent-once",
        "webhook.no-retry-after-success",
        catch=again_after_success,
    ),
    mutant(
        "webhook-not-retried",
        "webhook.retried",
        "hooked.other-success-is-none",
        catch=answered(200),
    ),
    mutant("any-success-counts", "hooked.other-success-is-none", catch=any_success),
    mutant(
        "retry-too-early",
        "webhook.retried",
        "webhook.retry-gaps",
        catch=attempt(2, shifted(-45)),
    ),
    mutant("second-retry-too-late", "webhook.retry-gaps", catch=attempt(3, shifted(200))),
    mutant("a-fifth-attempt", "webhook.retries-end", catch=attempt(4, once_more(900))),
    mutant(
        "retry-says-more",
        "webhook.same-body",
        catch=attempt(2, pushed(lambda body: {**body, "attempt": 2})),
    ),
    mutant("webhook-is-put", "webhook.request", catch=changed(method="PUT")),
    mutant("webhook-is-text", "webhook.request", catch=with_header("content-type", "text/plain")),
    mutant(
        "webhook-too-early",
        "webhook.not-before-the-end",
        catch=shifted(-1000),
    ),
    mutant("webhook-tells-the-key", "webhook.has-no-key", catch=with_header("x-api-key", KEYS[0])),
    mutant(
        "webhook-names-the-project",
        "webhook.names-the-job",
        catch=pushed(lambda body: in_data(videoId=body["data"]["metadata"]["projectId"])(body)),
    ),
    mutant(
        "webhook-says-failed",
        "webhook.agrees-with-poll",
        "webhook.url-works",
        catch=pushed(as_failed),
    ),
    mutant(
        "webhook-to-nowhere",
        "webhook.url-works",
        catch=pushed(in_data(url="http://mock.test/hooked/videos/none.mp4")),
    ),
    mutant(
        "webhook-without-metadata",
        "webhook.schema",
        "hooked.metadata-comes-back",
        catch=pushed(lambda body: in_data(metadata=None)(body)),
    ),
    mutant(
        "share-url-is-dead",
        "hooked.share-url-works",
        bend=reply(SHARE, status(404)),
    ),
    mutant(
        "metadata-is-lost",
        "hooked.metadata-comes-back",
        catch=pushed(in_metadata(campaign=None)),
    ),
    mutant(
        "durations-of-the-new-part",
        "hooked.durations-are-told",
        catch=pushed(in_metadata(extendedDuration="4s")),
    ),
)

MUTANTS = (*ASKING, *POLLS, *RESULTS, *LISTS, *WEBHOOKS)
