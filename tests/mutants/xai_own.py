"""xAI, bent where it is like nobody else: sources, defaults, pictures, what is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.clips import Recipe, made
from conformance.listener import Delivery
from conformance.target import REMOVED
from tests.mutants.bends import (
    ask,
    asked,
    at,
    chain,
    clip,
    every,
    file,
    instead,
    marks,
    member,
    no_header,
    not_asked,
    of,
    reply,
    sent,
    status,
    told,
    without,
)
from tests.mutants.films import film
from tests.mutants.model import Take
from tests.mutants.wire import Call
from tests.mutants.xai_bends import (
    DONE,
    EDIT,
    EXTEND,
    FILE,
    GENERATE,
    POLL,
    REFUSED,
    each,
    fewer,
    good_source,
    mutant,
    only,
    source,
)

KEYFRAMED = every(asked("/duration", 1), asked("/keyframes/1/image"))
PICTURED = every(asked("/image/url"), asked("/aspect_ratio", "9:16"))


def image(part: str) -> Callable[[Call], bool]:
    """Whether the URL of the image has that in it."""
    return lambda call: part in str(at(call.json(), "/image/url"))


def spoken(least: float, most: float) -> Callable[[Call], bool]:
    """Whether there is a voice of so many seconds, by the bytes that 8,000 of them take."""

    def test(call: Call) -> bool:
        url = str(at(call.json(), "/reference_audios/0/url"))
        return least < len(url) * 3 / 4 / 8_000 < most

    return test


def _other_film(delivery: Delivery, take: Take) -> int:
    return take(replace(delivery, body=made(Recipe(128, 96, 8, 2.0, audio=False))))


SOURCES = (
    mutant("old-limit-of-sources", "xai.source-too-long", chosen={"source-length": "legacy"}),
    mutant(
        "short-source-taken",
        "xai.source-too-short",
        bend=ask(EXTEND, good_source, when=source("-1.5s-")),
    ),
    mutant(
        "shortest-source-refused",
        "xai.source-shortest",
        bend=instead(EXTEND, 400, REFUSED, when=source("8fps-2s-silent.mp4")),
    ),
    mutant(
        "longest-source-refused",
        "xai.source-longest",
        bend=instead(EXTEND, 400, REFUSED, when=source("8fps-15s-")),
    ),
    mutant(
        "long-edit-taken",
        "xai.edit-source-too-long",
        bend=ask(EDIT, good_source, when=source("8fps-9s-")),
    ),
    mutant(
        "longest-edit-refused",
        "xai.edit-source-longest",
        bend=instead(EDIT, 400, REFUSED, when=source("8fps-8.5s-")),
    ),
    mutant(
        "no-new-codecs",
        "xai.source-codecs.extend",
        bend=instead(EXTEND, 400, REFUSED, when=source("libx265")),
    ),
    mutant(
        "av1-is-not-edited",
        "xai.source-codecs.edit",
        bend=instead(EDIT, 400, REFUSED, when=source("av1.mp4")),
    ),
    mutant(
        "matroska-extended",
        "xai.source-container.extend",
        bend=ask(EXTEND, good_source, when=source(".mkv")),
    ),
    mutant(
        "matroska-edited",
        "xai.source-container.edit",
        bend=ask(EDIT, good_source, when=source(".mkv")),
    ),
    mutant(
        "old-codec-edited",
        "xai.edit-source-codec",
        bend=ask(EDIT, good_source, when=source("mpeg4-to-edit")),
    ),
    mutant(
        "no-inline-edits",
        "xai.edit-source-inline",
        bend=instead(EDIT, 400, REFUSED, when=source("data:video")),
    ),
    mutant(
        "text-is-a-video",
        "xai.source-not-video",
        bend=ask(EXTEND, good_source, when=source("words.mp4")),
    ),
    mutant(
        "old-codec-taken",
        "xai.source-codec",
        bend=ask(EXTEND, good_source, when=source("mpeg4.mp4")),
    ),
    mutant(
        "no-inline-sources",
        "xai.source-inline",
        bend=instead(EXTEND, 400, REFUSED, when=source("data:video")),
    ),
    mutant(
        "own-results-refused",
        "xai.chained",
        bend=instead(EXTEND, 400, REFUSED, when=source("xai-video-")),
    ),
)

FAILED = (
    mutant(
        "failure-in-http-codes",
        "xai.failed-tells-why",
        bend=reply(
            POLL,
            member("/error/code", "invalid-argument"),
            when=told("/error/code", "invalid_argument"),
        ),
    ),
    mutant(
        "failure-is-400",
        *each("xai.failed-status"),
        bend=reply(POLL, status(400), when=told("/status", "failed")),
    ),
    mutant(
        "failure-as-in-spring",
        "xai.failed-tells-why",
        "xai.failed-shows-no-more",
        chosen={"failed": "legacy"},
    ),
)

DEFAULTS = (
    mutant("old-least-duration", "reject.extend.duration-below", chosen={"duration": "legacy"}),
    mutant(
        "strict-about-fields",
        "accept.extend.geometry",
        "accept.extend.user",
        chosen={"unknown-fields": "reject"},
    ),
    mutant(
        "five-seconds-are-added",
        "xai.default-duration",
        bend=ask(EXTEND, sent("/duration", 5), when=not_asked("/duration")),
    ),
    mutant(
        "six-seconds-are-made",
        "xai.default-seconds",
        bend=ask(
            GENERATE,
            sent("/duration", 6),
            when=every(not_asked("/duration"), not_asked("/seconds"), asked("/prompt")),
        ),
    ),
    mutant(
        "square-by-itself",
        "xai.default-shape",
        bend=ask(GENERATE, sent("/aspect_ratio", "1:1"), when=not_asked("/aspect_ratio")),
    ),
    mutant(
        "extensions-take-a-shape",
        "xai.shape-not-settable.extend",
        bend=ask(EXTEND, good_source, when=every(asked("/resolution"), source("8fps"))),
    ),
    mutant(
        "edits-take-a-shape",
        "xai.shape-not-settable.edit",
        bend=ask(EDIT, good_source, when=asked("/resolution")),
    ),
)

PICTURES = (
    mutant(
        "always-with-sound",
        "xai.sound-off",
        bend=ask(GENERATE, sent("/generate_audio", True), when=asked("/generate_audio", False)),
    ),
    mutant(
        "image-is-ignored",
        "xai.image-is-first",
        "xai.image-gives-shape",
        bend=ask(GENERATE, sent("/image", REMOVED), when=PICTURED),
    ),
    mutant(
        "image-is-cut",
        "xai.image-gives-shape",
        bend=chain(
            only(PICTURED, marks(GENERATE, "tall")),
            file(FILE, clip(Recipe(256, 456, 24, 1.0)), when=of("tall")),
        ),
    ),
    mutant(
        "keyframes-are-ignored",
        "xai.keyframes-are-shown",
        bend=ask(GENERATE, sent("/keyframes", REMOVED), when=KEYFRAMED),
    ),
    mutant(
        "keyframes-in-the-order-sent",
        "xai.keyframes-are-shown",
        bend=ask(
            GENERATE,
            sent("/keyframes/0/timestamp_s", 0.45),
            sent("/keyframes/1/timestamp_s", 0.55),
            when=KEYFRAMED,
        ),
    ),
    mutant(
        "keyframes-are-a-third-late",
        "xai.keyframes-are-shown",
        bend=chain(
            only(KEYFRAMED, marks(GENERATE, "keyframed")),
            file(FILE, film(lambda frames: [*frames[:8], *frames[:-8]]), when=of("keyframed")),
        ),
    ),
    mutant(
        "always-square",
        "xai.shape-asked",
        bend=ask(GENERATE, sent("/aspect_ratio", "1:1"), when=asked("/storage_options/filename")),
    ),
    mutant(
        "seconds-are-ignored",
        "xai.seconds-asked",
        bend=ask(GENERATE, sent("/seconds", REMOVED), when=asked("/seconds", 2)),
    ),
    mutant(
        "no-webp",
        "xai.image-kinds",
        bend=instead(GENERATE, 400, REFUSED, when=image("data:image/webp")),
    ),
    mutant(
        "tiff-taken",
        "xai.image-no-kind",
        bend=ask(GENERATE, sent("/image", REMOVED), when=image("data:image/tiff")),
    ),
    mutant(
        "no-images-by-url",
        "xai.image-by-url",
        bend=instead(GENERATE, 400, REFUSED, when=image("square.png")),
    ),
    mutant(
        "references-are-small",
        "xai.references-resolution",
        bend=ask(
            GENERATE,
            sent("/resolution", "480p"),
            when=every(asked("/resolution", "1080p"), asked("/reference_images")),
        ),
    ),
    mutant(
        "longest-voice-refused",
        "xai.voice-longest",
        bend=instead(GENERATE, 400, REFUSED, when=spoken(14.9, 15.1)),
    ),
    mutant(
        "long-voice-taken",
        "xai.voice-too-long",
        bend=ask(GENERATE, sent("/reference_audios", REMOVED), when=spoken(15.4, 15.6)),
    ),
)

TOLD = (
    mutant(
        "moderation-is-not-told",
        "xai.moderation-told",
        "poll.schema.extend",
        "poll.schema.edit",
        "poll.schema.generate",
        bend=reply(POLL, without("/video/respect_moderation"), when=DONE),
    ),
    mutant(
        "only-the-added-seconds",
        "xai.duration-told",
        "xai.default-duration",
        "xai.default-seconds",
        "xai.seconds-asked",
        bend=reply(POLL, member("/video/duration", lambda told: max(1, told - 3)), when=DONE),
    ),
    mutant("model-is-not-told", "xai.model-told", bend=reply(POLL, without("/model"), when=DONE)),
    mutant(
        "cost-in-cents",
        "xai.cost-told",
        bend=reply(POLL, fewer("/usage/cost_in_usd_ticks", 1e-8), when=DONE),
    ),
    mutant("another-video-is-put", "xai.output-is-result", catch=_other_film),
    mutant(
        "edits-are-not-put",
        "xai.output-taken.edit",
        bend=ask(EDIT, sent("/output", REMOVED), when=asked("/output/upload_url")),
    ),
    mutant(
        "generations-are-not-put",
        "xai.output-taken.generate",
        bend=ask(GENERATE, sent("/output", REMOVED), when=asked("/output/upload_url")),
    ),
    mutant(
        "upload-error-is-internal",
        "xai.output-refused",
        bend=reply(
            POLL,
            member("/error/code", "internal_error"),
            when=told("/error/code", "failed_precondition"),
        ),
    ),
    mutant("calls-are-not-named", "xai.request-id", bend=reply(POLL, no_header("x-request-id"))),
    mutant(
        "jobs-are-listed",
        "xai.no-list-of-jobs",
        bend=instead("GET /xai/v1/videos", 200, {"data": []}),
    ),
)

MUTANTS = (*SOURCES, *FAILED, *DEFAULTS, *PICTURES, *TOLD)
