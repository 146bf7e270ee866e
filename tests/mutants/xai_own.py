"""xAI, bent where it is like nobody else: sources, defaults, what is told, files, models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from conformance.clips import Recipe, made
from conformance.connection import KEYS
from conformance.listener import Delivery
from conformance.target import REMOVED
from tests.mutants.bends import (
    Ask,
    ask,
    asked,
    at,
    every,
    instead,
    member,
    no_header,
    not_asked,
    reply,
    sent,
    sent_header,
    status,
    status_was,
    told,
    truncated,
    whole,
    without,
)
from tests.mutants.model import Take, maker
from tests.mutants.wire import Call, Reply

mutant = maker("xai")
EXTEND = "POST /xai/v1/videos/extensions"
EDIT = "POST /xai/v1/videos/edits"
GENERATE = "POST /xai/v1/videos/generations"
POLL = "GET /xai/v1/videos/*"
FILES = "/xai/v1/files"
ABSENT = "00000000-0000-4000-8000-000000000000"
DONE = told("/status", "done")
GOOD = "480x272-24fps-3s.mp4"
REFUSED = {"code": "invalid-argument", "error": "No."}


def source(part: str) -> Callable[[Call], bool]:
    """Whether the URL of the source has that in it."""
    return lambda call: part in str(at(call.json(), "/video/url"))


def good_source(call: Call) -> Call:
    """As if the client had named the usual clip."""
    body = call.json()
    base = body["video"]["url"].rpartition("/")[0]
    body["video"]["url"] = f"{base}/{GOOD}"
    return replace(call, body=json.dumps(body).encode())


def swapped(old: bytes, new: bytes) -> Ask:
    """As if the client had sent other bytes."""
    return lambda call: replace(call, body=call.body.replace(old, new))


def fewer(field: str, less: float) -> Callable[[Reply], Reply]:
    return member(field, lambda value: int(value * less))


def refusal(words: str) -> Callable[[Call, Reply], bool]:
    return lambda call, reply: words in str(at(reply.json(), "/error"))


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
        bend=instead(EXTEND, 400, REFUSED, when=source("8fps-2s-")),
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
    mutant(
        "failure-in-http-codes",
        "xai.failed-tells-why",
        bend=reply(
            POLL,
            member("/error/code", "invalid-argument"),
            when=told("/error/code", "invalid_argument"),
        ),
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
        "always-with-sound",
        "xai.sound-off",
        bend=ask(GENERATE, sent("/generate_audio", True), when=asked("/generate_audio", False)),
    ),
    mutant(
        "image-is-ignored",
        "xai.image-is-first",
        bend=ask(GENERATE, sent("/image", REMOVED), when=lambda call: len(call.body) > 1_000),
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

STORED = (
    mutant(
        "size-misnamed",
        "xai.file-told",
        bend=reply(f"POST {FILES}", without("/bytes"), when=status_was(200)),
    ),
    mutant(
        "download-is-cut",
        "xai.file-bytes",
        bend=reply(
            f"GET {FILES}/*/content",
            truncated(0.5),
            when=lambda call: call.kept.setdefault("content", call) is call,
        ),
    ),
    mutant(
        "file-is-not-listed",
        "xai.file-listed",
        bend=reply(f"GET {FILES}", member("/data", []), when=lambda call: "=100" in call.query),
    ),
    mutant(
        "file-is-not-deleted",
        "xai.file-deleted",
        bend=instead(
            f"DELETE {FILES}/*",
            200,
            {"id": "file_x", "deleted": True},
            when=lambda call: ABSENT not in call.path,
        ),
    ),
    mutant(
        "unknown-file-is-400",
        "xai.file-unknown",
        bend=reply(f"GET {FILES}/file_{ABSENT}", status(400)),
    ),
    mutant(
        "files-are-everybodys",
        "xai.file-foreign",
        bend=ask(
            f"GET {FILES}/*",
            sent_header("authorization", f"Bearer {KEYS[0]}"),
            when=lambda call: KEYS[1] in call.headers.get("authorization", ""),
        ),
    ),
    mutant(
        "form-without-file-is-422",
        "xai.file-form",
        bend=reply(f"POST {FILES}", status(422), when=refusal("no field file")),
    ),
    mutant(
        "file-lives-too-short",
        "xai.file-life",
        bend=ask(f"POST {FILES}", swapped(b"\r\n3599\r\n", b"\r\n3600\r\n")),
    ),
    mutant(
        "file-is-no-source",
        "xai.file-as-source",
        bend=reply(
            EXTEND,
            status(400),
            whole(REFUSED),
            when=every(asked("/video/file_id"), status_was(200)),
        ),
    ),
    mutant(
        "any-file-is-a-source",
        "xai.file-type",
        bend=reply(
            EXTEND, status(200), whole({"request_id": ABSENT}), when=refusal("cannot be used here")
        ),
    ),
    mutant(
        "public-url-needs-key",
        "xai.file-public",
        "xai.result-published",
        bend=reply("GET */files-cdn/*", status(401)),
    ),
    mutant(
        "revoked-url-works",
        "xai.file-revoked",
        bend=instead(f"POST {FILES}/*/revoke", 200, {"id": "file_x", "revoked": True}),
    ),
    mutant(
        "url-lives-too-short",
        "xai.file-public-life",
        bend=ask(
            f"POST {FILES}/*/public-url",
            sent("/expires_after", 3600),
            when=asked("/expires_after", 3599),
        ),
    ),
    mutant(
        "url-outlives-its-file",
        "xai.url-outlives-file",
        bend=ask(
            f"POST {FILES}/*/public-url",
            sent("/expires_after", 3600),
            when=asked("/expires_after", 172_800),
        ),
    ),
    mutant(
        "pages-repeat",
        "xai.files-paged",
        bend=ask(f"GET {FILES}", lambda call: replace(call, query=call.query.partition("&")[0])),
    ),
    mutant(
        "result-is-not-kept",
        "xai.result-stored",
        "xai.result-published",
        bend=reply(POLL, without("/video/file_output"), when=DONE),
    ),
    mutant(
        "kept-result-is-not-published",
        "xai.result-published",
        bend=reply(POLL, without("/video/file_output/public_url"), when=DONE),
    ),
)

MODELS = (
    mutant(
        "only-new-models",
        "xai.models-listed",
        bend=reply("GET /xai/v1/video-generation-models", member("/models", [])),
    ),
    mutant(
        "model-without-modalities",
        "xai.model-read",
        bend=reply("GET /xai/v1/video-generation-models/*-video", without("/input_modalities")),
    ),
    mutant(
        "every-model-exists",
        "xai.model-unknown",
        bend=instead("GET /xai/v1/video-generation-models/*-9", 200, {"id": "x"}),
    ),
)

MUTANTS = (*SOURCES, *DEFAULTS, *TOLD, *STORED, *MODELS)
