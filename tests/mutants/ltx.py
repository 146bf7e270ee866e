"""LTX, bent: headers and errors, jobs and version 1. Files that come or go stand beside this."""

from __future__ import annotations

from typing import cast

from tests.mutants.bends import (
    ask,
    chain,
    header,
    later,
    marks,
    member,
    no_header,
    of,
    renamed,
    reply,
    sent_header,
    sent_to,
    status,
    status_was,
    text,
    told,
    whole,
    without,
)
from tests.mutants.ltx_bends import (
    BEARER,
    EXTEND,
    JOB,
    POLL,
    TICKET,
    UNKNOWN,
    WAITS,
    accepted,
    empty,
    keyless,
    mutant,
    other_key,
    says,
)
from tests.mutants.ltx_lives import MUTANTS as LIVES
from tests.mutants.ltx_own import MUTANTS as OWN
from tests.mutants.ltx_results import MUTANTS as RESULTS
from tests.mutants.wire import Ahead, Call, Reply

RUNNING = told("/status", "pending", "processing")
DONE = told("/status", "completed")
LATE = """
ltx.audio-in-mka ltx.audio-of-1-second ltx.audio-of-11-seconds-at-4k ltx.audio-of-11-seconds-for-pro
ltx.audio-of-21-seconds ltx.audio-of-he-aac ltx.audio-of-pcm ltx.frames-at-48 ltx.frames-of-505
ltx.gif-as-image ltx.image-of-16-mb ltx.picture-as-audio ltx.picture-as-video ltx.retake-above-4k
ltx.retake-of-72-frames ltx.upload-gone ltx.upload-without-its-put ltx.video-above-4k
ltx.video-as-image ltx.video-from-nowhere ltx.video-in-avi ltx.video-in-webm ltx.video-of-4-to-3
ltx.video-of-72-frames ltx.video-of-mpeg4 ltx.video-of-vp9 reject.audio-to-video.audio-no-base64
reject.extend.frames-506 reject.extend.frames-528 reject.extend.frames-960
reject.extend.video-no-base64 reject.extend.video-no-data reject.extend.video-no-media
reject.extend.video-unknown-upload reject.image-to-video.image-no-base64 reject.retake.start-beyond
"""  # what is said of files, when jobs fail of them instead of creates
SAME = "0123456789abcdef0123456789abcdef"


def dashed(answer: Reply) -> Reply:
    """The request's id with a dash in it."""
    id = dict(answer.headers).get("x-request-id", "")
    return header("x-request-id", f"{id[:8]}-{id[8:]}")(answer)


async def same_answer(call: Call, ahead: Ahead) -> Reply:
    """The same create is answered as before."""
    if f"{call.method} {call.path}" != EXTEND or other_key(call):
        return await ahead(call)
    if call.body in call.kept:
        return cast("Reply", call.kept[call.body])
    answer = await ahead(call)
    if answer.status == 202:
        call.kept[call.body] = answer
    return answer


ERRORS = (
    mutant("same-request-id", "ltx.request-id", bend=reply("* *", header("x-request-id", SAME))),
    mutant("no-request-id", "ltx.request-id", bend=reply(POLL, no_header("x-request-id"))),
    mutant(
        "request-id-with-dashes",
        "ltx.request-id-form",
        bend=reply(UNKNOWN, dashed),
    ),
    mutant(
        "another-type-of-400",
        "ltx.type-of-400",
        bend=reply(EXTEND, member("/error/type", "validation_error"), when=empty),
    ),
    mutant(
        "another-type-of-401",
        "ltx.type-of-401",
        bend=reply(UNKNOWN, member("/error/type", "invalid_request_error"), when=status_was(401)),
    ),
    mutant(
        "another-type-for-a-wrong-key",
        "ltx.type-of-401",
        bend=reply(
            UNKNOWN, member("/error/type", "permission_error"), when=says("Invalid API key")
        ),
    ),
    mutant(
        "another-type-of-no-json",
        "ltx.type-of-400",
        bend=reply(EXTEND, member("/error/type", "parse_error"), when=says("not valid JSON")),
    ),
    mutant(
        "ticket-without-an-id",
        "ltx.request-id",
        bend=reply(TICKET, no_header("x-request-id"), when=status_was(200)),
    ),
    mutant(
        "another-type-of-404",
        "ltx.type-of-404",
        bend=reply(UNKNOWN, member("/error/type", "invalid_request_error"), when=status_was(404)),
    ),
    mutant(
        "another-providers-error",
        "errors.envelope",
        "errors.schema",
        bend=reply(EXTEND, whole({"code": 400, "msg": "duration is required"}), when=empty),
    ),
    mutant(
        "invalid-is-422",
        "errors.empty-object",
        bend=reply(EXTEND, status(422), when=empty),
    ),
    mutant(
        "empty-is-accepted",
        "errors.empty-object",
        bend=reply(EXTEND, accepted, when=empty),
    ),
    mutant(
        "error-is-a-web-page",
        "errors.no-html",
        "method.unknown-path-envelope",
        bend=reply("POST /ltx/nowhere/*", text("<html></html>", "text/html")),
    ),
    mutant(
        "unknown-is-400",
        "poll.unknown-job",
        bend=reply(UNKNOWN, status(400), when=status_was(404)),
    ),
    mutant(
        "wrong-key-is-403",
        "authentication.wrong-key",
        bend=reply(EXTEND, status(403), when=says("Invalid API key")),
    ),
    mutant(
        "poll-needs-no-key",
        "authentication.no-key-on-poll",
        bend=ask(UNKNOWN, sent_header("authorization", BEARER), when=keyless),
    ),
)

JOBS = (
    mutant(
        "created-with-200",
        "submit.accepted.extend",
        bend=reply(EXTEND, status(200), when=status_was(202)),
    ),
    mutant(
        "no-created-at",
        "submit.schema.extend",
        bend=reply(EXTEND, without("/created_at"), when=status_was(202)),
    ),
    mutant(
        "same-create-same-job",
        "submit.ids-differ",
        bend=same_answer,
    ),
    mutant(
        "any-segment",
        "ltx.other-segment",
        bend=chain(
            marks(EXTEND, "extend"),
            ask(
                "GET /ltx/v2/retake/*",
                sent_to(lambda path: path.replace("retake", "extend")),
                when=of("extend"),
            ),
        ),
    ),
    mutant(
        "times-without-milliseconds",
        "ltx.times",
        bend=chain(
            *(
                reply(
                    on,
                    member("/created_at", lambda found: f"{found[:19]}Z"),
                    when=told("/created_at"),
                )
                for on in (EXTEND, POLL)
            )
        ),
    ),
    mutant(
        "time-of-creation-moves",
        "ltx.times",
        bend=reply(POLL, member("/created_at", "2026-01-01T00:00:09.000Z"), when=DONE),
    ),
    mutant(
        "completed-before-created",
        "ltx.times",
        bend=reply(POLL, member("/completed_at", "2020-01-01T00:00:00.000Z"), when=DONE),
    ),
    mutant(
        "pending-again",
        "ltx.pending-before-processing",
        bend=reply(POLL, member("/status", "pending"), when=later(told("/status", "processing"))),
    ),
    mutant(
        "url-while-it-runs",
        "poll.pending-has-no-url",
        bend=reply(POLL, member("/result", {"video_url": "https://a.example/a.mp4"}), when=RUNNING),
    ),
    mutant(
        "unknown-status",
        "poll.known-states",
        "poll.schema.extend",
        bend=reply(POLL, member("/status", "finalizing"), when=told("/status", "pending")),
    ),
    mutant(
        "runs-again",
        "poll.final-is-final",
        bend=reply(POLL, member("/status", "processing"), without("/result"), when=later(DONE)),
    ),
    mutant(
        "job-has-another-name",
        "poll.names-the-job",
        "poll.schema.extend",
        bend=reply(POLL, renamed("/id", "job_id"), when=RUNNING),
    ),
    mutant(
        "no-end-time",
        "poll.schema.extend",
        bend=reply(POLL, without("/completed_at"), when=DONE),
    ),
    mutant(
        "foreign-job-is-shown",
        "isolation.foreign-job",
        bend=ask(POLL, sent_header("authorization", BEARER), when=other_key),
    ),
)

VERSION_1 = (
    mutant(
        "v1-without-its-length", "ltx.v1-headers", bend=reply(WAITS, header("content-length", "5"))
    ),
    mutant("v1-without-an-id", "ltx.v1-headers", bend=reply(WAITS, no_header("x-request-id"))),
    mutant("v1-never-busy", "ltx.v1-at-once", chosen={"v1-concurrency": "0"}),
    mutant("v1-one-at-a-time", "ltx.v1-at-once", chosen={"v1-concurrency": "1"}),
    mutant(
        "v1-busy-without-retry-after",
        "ltx.v1-at-once",
        bend=reply(WAITS, no_header("retry-after"), when=status_was(429)),
    ),
    mutant(
        "v1-busy-by-the-wrong-name",
        "ltx.v1-at-once",
        bend=reply(WAITS, member("/error/type", "rate_limit_error"), when=status_was(429)),
    ),
    mutant(
        "v1-answers-with-a-job",
        "ltx.v1-answers-with-a-file",
        bend=reply(WAITS, whole(JOB), when=status_was(200)),
    ),
)

CHOSEN = (
    mutant(
        "old-models",
        "reject.extend.model-removed",
        "reject.retake.model-removed",
        "reject.audio-to-video.model-removed",
        "reject.image-to-video.model-removed",
        "reject.text-to-video.model-removed-fast",
        "reject.text-to-video.model-removed-pro",
        chosen={"models": "legacy"},
    ),
    mutant("short-clips", "reject.text-to-video.duration-five", chosen={"durations": "loose"}),
    mutant(
        "no-data-uris",
        "ltx.video-as-data",
        "reject.extend.video-no-base64",
        "reject.extend.video-no-media",
        chosen={"data-uris": "refused"},
    ),
    mutant("media-later", *LATE.split(), chosen={"media-errors": "job"}),
)

MUTANTS = (*ERRORS, *JOBS, *VERSION_1, *CHOSEN, *RESULTS, *LIVES, *OWN)
