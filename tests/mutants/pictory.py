"""Pictory, bent: creates, polls and results. The rest is in pictory_account, pictory_images and
pictory_notices."""

from __future__ import annotations

import io
from collections.abc import Callable

from conformance.clips import made
from conformance.connection import KEYS
from conformance.dialects.pictory import SOURCE
from conformance.stills import picture
from conformance.target import REMOVED
from tests.mutants.bends import (
    ask,
    asked,
    content,
    every,
    header,
    instead,
    member,
    not_asked,
    renamed,
    reply,
    sent,
    status,
    status_was,
    told,
    whole,
    without,
)
from tests.mutants.films import Frames, film, inverted
from tests.mutants.model import maker
from tests.mutants.pictory_account import MUTANTS as ACCOUNT
from tests.mutants.pictory_images import MUTANTS as IMAGES
from tests.mutants.pictory_notices import MUTANTS as NOTICES
from tests.mutants.wire import Call, Json

mutant = maker("pictory")
API = "/pictory/pictoryapis/v1"
CREATE = f"POST {API}/aistudio/videos"
POLL = f"GET {API}/jobs/*"
UNKNOWN = f"GET {API}/jobs/00000000-0000-4000-8000-000000000000"
VIDEOS = f"GET {API}/aistudio/videos"
FILE = "GET */video.mp4"
RUNNING = told("/data/status", "in-progress")
DONE = told("/data/status", "completed")
FAILED = told("/data/status", "failed")
OTHER = "11111111-1111-4111-8111-111111111111"
SCHEMAS = tuple(
    f"poll.schema.{mode}" for mode in ("extend", "text", "image", "doomed", "doomed-image")
)
MADE = ("poll.schema.extend", "poll.schema.text")
PUSHED = "pictory.webhook-is-the-poll"
LISTED = "pictory.video-list-agrees"
FAILURES = ("poll.schema.doomed", "poll.schema.doomed-image")


def body_of(call: Call) -> dict[str, Json]:
    """A create's body, where it is an object."""
    body = call.json()
    return body if isinstance(body, dict) else {}


def source_is(part: str) -> Callable[[Call], bool]:
    """Whether a create extends something whose address has this in it."""
    return lambda call: part in str(body_of(call).get("extendVideoUrl"))


def first_frame(call: Call) -> bool:
    """Whether a create begins with a picture that was made here."""
    return "last-frame" in str(body_of(call).get("firstFrameImageUrl"))


def reference(call: Call) -> bool:
    """Whether a create has one reference image and no other source."""
    body = body_of(call)
    found = body.get("referenceImageUrls")
    return (
        isinstance(found, list)
        and len(found) == 1
        and set(body)
        == {
            "prompt",
            "referenceImageUrls",
            "duration",
        }
    )


def with_source(frames: Frames) -> Frames:
    """The source before the segment."""
    import av

    size = {"width": frames[0].width, "height": frames[0].height, "format": "yuv420p"}
    with av.open(io.BytesIO(made(SOURCE)), "r") as container:
        return [*(one.reformat(**size) for one in container.decode(video=0)), *frames]


ASKING = (
    mutant("bearer-taken", "authentication.wrong-scheme", chosen={"bearer": "accept"}),
    mutant(
        "misspelled-field-refused",
        "accept.extend.unknown-field",
        chosen={"unknown-fields": "strict"},
    ),
    mutant(
        "code-of-another",
        "pictory.refusal-code",
        bend=reply(CREATE, member("/code", "BAD_REQUEST"), when=told("/code")),
    ),
    mutant(
        "fields-without-names",
        "pictory.refusal-fields",
        "errors.schema",
        bend=reply(CREATE, renamed("/fields/0/name", "field"), when=told("/fields/0")),
    ),
    mutant(
        "fields-in-words",
        "pictory.refusal-fields",
        "errors.schema",
        bend=reply(CREATE, member("/fields", "see the message"), when=told("/fields")),
    ),
    mutant(
        "frame-beside-video-ignored",
        "reject.extend.extend-and-frame",
        bend=ask(CREATE, sent("/firstFrameImageUrl", REMOVED), when=asked("/extendVideoUrl")),
    ),
    mutant(
        "two-references-at-least",
        "pictory.one-reference",
        bend=instead(
            CREATE, 400, {"code": "INVALID_REQUEST_BODY", "message": "no"}, when=reference
        ),
    ),
    mutant(
        "another-default-model",
        "pictory.defaults",
        "reject.extend.duration-of-the-default-model",
        bend=ask(
            CREATE,
            sent("/model", "veo3.1_fast"),
            when=every(asked("/prompt"), not_asked("/model"), not_asked("/referenceImageUrls")),
        ),
    ),
    mutant(
        "another-default-duration",
        "pictory.defaults-of-veo",
        bend=ask(
            CREATE,
            sent("/duration", "8s"),
            when=every(asked("/model", "veo3.1_fast"), not_asked("/duration")),
        ),
    ),
    mutant(
        "missing-source-made-up",
        "pictory.unreachable-source",
        bend=ask(CREATE, sent("/extendVideoUrl", REMOVED), when=source_is("nowhere")),
    ),
    mutant(
        "uploads-do-not-count",
        "pictory.extends-an-upload",
        bend=ask(
            CREATE, sent("/extendVideoUrl", "http://127.0.0.1:9/a.mp4"), when=source_is("/uploads/")
        ),
    ),
    mutant(
        "token-refused-in-new-words",
        "pictory.token-refusal",
        bend=reply(f"POST {API}/oauth2/token", whole({"message": "Bad Request"})),
    ),
    mutant(
        "token-for-everybody",
        "pictory.token-refusal",
        bend=instead(f"POST {API}/oauth2/token", 200, {"access_token": "a"}),
    ),
)

POLLS = (
    mutant(
        "job-id-as-in-the-create",
        *SCHEMAS,
        "poll.names-the-job",
        PUSHED,
        bend=reply(POLL, renamed("/job_id", "jobId"), when=status_was(200)),
    ),
    mutant(
        "progress-of-a-render",
        *SCHEMAS,
        bend=reply(POLL, member("/data/renderProgress", 40), when=RUNNING),
    ),
    mutant(
        "url-too-early",
        "poll.pending-has-no-url",
        *SCHEMAS,
        bend=reply(POLL, member("/data/url", "https://example.com/a.mp4"), when=RUNNING),
    ),
    mutant(
        "states-of-another",
        "poll.known-states",
        *SCHEMAS,
        bend=reply(POLL, member("/data/status", "processing"), when=RUNNING),
    ),
    mutant(
        "job-not-found-in-words",
        "pictory.unknown-job-code",
        bend=reply(POLL, member("/data/error_message", "No such job"), when=status_was(404)),
    ),
    mutant(
        "unknown-job-in-progress",
        "poll.unknown-job",
        bend=instead(
            UNKNOWN,
            200,
            {"job_id": OTHER, "success": True, "data": {"status": "in-progress"}},
            when=lambda call: call.headers.get("authorization") == KEYS[0],
        ),
    ),
    mutant(
        "polled-beside-the-create",
        "pictory.no-poll-beside-create",
        bend=instead(f"{VIDEOS}/*", 200, {"success": True, "data": {"status": "completed"}}),
    ),
    mutant(
        "failure-without-a-reason",
        "pictory.failure-says-why",
        *FAILURES,
        bend=reply(POLL, without("/data/error_message"), when=FAILED),
    ),
    mutant(
        "failure-is-a-success",
        "pictory.failure-says-why",
        *FAILURES,
        bend=reply(POLL, member("/success", True), when=FAILED),
    ),
    mutant(
        "failure-with-a-result",
        "pictory.failure-says-why",
        bend=reply(POLL, member("/data/url", "https://example.com/a.mp4"), when=FAILED),
    ),
)

RESULTS = (
    mutant(
        "duration-without-unit",
        *MADE,
        LISTED,
        "pictory.credits-of-veo",
        "pictory.duration-is-told",
        "pictory.defaults",
        "pictory.defaults-of-veo",
        PUSHED,
        bend=reply(
            POLL,
            member("/data/duration", lambda text: text.rstrip("s")),
            when=told("/data/duration"),
        ),
    ),
    mutant(
        "duration-with-the-source",
        LISTED,
        "pictory.duration-is-told",
        PUSHED,
        bend=reply(
            POLL,
            member("/data/duration", "7s"),
            when=every(told("/data/duration"), told("/data/height", 1280)),
        ),
    ),
    mutant(
        "size-of-another",
        LISTED,
        "pictory.ratio-is-kept",
        "pictory.size-is-told",
        PUSHED,
        bend=reply(POLL, member("/data/height", 1920), when=told("/data/height", 1280)),
    ),
    mutant(
        "veo-at-half-its-price",
        "pictory.credits-of-veo",
        bend=reply(POLL, member("/data/aiCreditsUsed", 40), when=told("/data/aiCreditsUsed", 80)),
    ),
    mutant(
        "first-frame-ignored",
        "pictory.begins-with-the-frame",
        "pictory.video-list-shows-what-was-sent",
        bend=ask(CREATE, sent("/firstFrameImageUrl", REMOVED), when=first_frame),
    ),
    mutant(
        "credits-of-the-dearest",
        "pictory.credits-of-veo",
        "pictory.credits-used",
        "pictory.defaults",
        "pictory.defaults-of-veo",
        PUSHED,
        bend=reply(POLL, member("/data/aiCreditsUsed", 160), when=told("/data/duration")),
    ),
    mutant(
        "source-in-the-file",
        "pictory.begins-with-the-frame",
        "pictory.segment-stands-alone",
        "media.length.extend",
        "media.continues.extend",
        "finish.range",
        bend=reply(FILE, film(with_source), when=status_was(200)),
    ),
    mutant(
        "begins-elsewhere",
        "pictory.begins-with-the-frame",
        "media.continues.extend",
        "finish.range",
        bend=reply(FILE, film(inverted(0.0, 0.1)), when=status_was(200)),
    ),
    mutant(
        "last-frame-as-jpeg",
        "pictory.picture-types",
        bend=reply("GET */last-frame.png", header("content-type", "image/jpeg")),
    ),
    mutant(
        "thumbnail-is-a-png",
        "pictory.picture-types",
        bend=reply("GET */thumbnail.jpg", content(lambda body: picture(320, 180))),
    ),
    mutant(
        "last-frame-of-another",
        "pictory.begins-with-the-frame",
        "pictory.last-frame-is-the-last",
        bend=reply("GET */last-frame.png", content(lambda body: picture(720, 1280))),
    ),
    mutant(
        "thumbnail-is-gone",
        "finish.all-urls.extend",
        bend=reply("GET */thumbnail.jpg", status(404)),
    ),
)

MUTANTS = (*ASKING, *POLLS, *RESULTS, *ACCOUNT, *IMAGES, *NOTICES)
