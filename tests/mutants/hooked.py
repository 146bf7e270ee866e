"""Hooked, bent: creates, polls, results. The rest is in hooked_list and hooked_notices."""

from __future__ import annotations

from conformance.connection import KEYS
from conformance.dialects.hooked import SOURCE
from tests.mutants.bends import (
    Change,
    ask,
    asked,
    chain,
    every,
    member,
    no_header,
    not_asked,
    reply,
    sent,
    sent_header,
    sent_to,
    status,
    status_was,
    told,
    whole,
)
from tests.mutants.films import film
from tests.mutants.hooked_list import LIST, keyed
from tests.mutants.hooked_list import MUTANTS as LISTS
from tests.mutants.hooked_notices import MUTANTS as NOTICES
from tests.mutants.model import maker
from tests.mutants.wire import Bend

mutant = maker("hooked")
CREATE = "POST /hooked/v1/project/create/extend-video"
POLL = "GET /hooked/v1/video/vid_*"
FILE = "GET */videos/*.mp4"
SHARE = "GET */shared/*.mp4"
DONE = told("/data/status", "COMPLETED")
SCHEMAS = ("poll.schema.extend", "poll.schema.full")


def spoiled(change: Change) -> Bend:
    """Changes what the file is, at both of its addresses."""
    return chain(*(reply(on, change, when=status_was(200)) for on in (FILE, SHARE)))


ASKING = (
    mutant(
        "wrong-ratio-in-other-words",
        "hooked.wrong-ratio",
        "accept.extend.unknown-field",
        chosen={"unknown-fields": "strict"},
        bend=reply(
            CREATE,
            member("/message", "Bad ratio"),
            when=told("/message", "aspectRatio: Invalid enum value"),
        ),
    ),
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
        "hooked.rate-headers",
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
        "ratio-turned",
        "hooked.ratio-is-told",
        bend=reply(POLL, member("/data/videoSettings/aspectRatio", "ratio_9_16"), when=DONE),
    ),
    mutant(
        "frames-at-another-rate",
        "hooked.length-is-told",
        "hooked.list-item",
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
        "hooked.list-item",
        "finish.range",
        bend=spoiled(film(lambda frames: frames[SOURCE.frames :])),
    ),
    mutant(
        "duration-is-the-whole",
        "media.length.full",
        bend=ask(CREATE, sent("/targetDuration", 4), when=asked("/name", "Spring campaign")),
    ),
    mutant(
        "eight-seconds-where-nothing-is-said",
        "media.length.extend",
        "hooked.durations-are-told",
        bend=ask(CREATE, sent("/targetDuration", 8), when=not_asked("/targetDuration")),
    ),
    mutant(
        "silent-where-nothing-is-said",
        "media.audio.extend",
        bend=ask(CREATE, sent("/generateAudio", False), when=not_asked("/generateAudio")),
        chosen={"source-audio": "dropped"},
    ),
    mutant(
        "silent",
        "media.audio.extend",
        "hooked.list-item",
        "finish.range",
        bend=spoiled(film(audio=False)),
    ),
)

LIVES = (
    mutant("url-short", "hooked.url-kept", chosen={"url-life": "300000"}),
    mutant("url-long", "hooked.url-gone", chosen={"url-life": "900000"}),
)

MUTANTS = (*ASKING, *POLLS, *RESULTS, *LIVES, *LISTS, *NOTICES)
