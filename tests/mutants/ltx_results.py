"""LTX, bent: what results are, by their picture, their sound and what was asked for."""

from __future__ import annotations

from conformance.target import REMOVED
from tests.mutants.bends import (
    Change,
    ask,
    asked,
    chain,
    every,
    file,
    not_asked,
    reply,
    sent,
    status,
    truncated,
)
from tests.mutants.films import film, inverted, shortened
from tests.mutants.ltx_bends import (
    AUDIO,
    EXTEND,
    FILE,
    IMAGE,
    RETAKE,
    TEXT,
    accepted,
    mutant,
    refused,
    says,
    watched,
    watches,
)
from tests.mutants.wire import Bend


def spoiled(segment: str, change: Change) -> Bend:
    """Changes what the results under a segment are."""
    return chain(watches(segment, segment), file(FILE, served(change), when=watched(segment)))


def served(change: Change) -> Change:
    """The change of a file, for as long as there is one."""
    return lambda answer: change(answer) if answer.status == 200 else answer


RESULTS = (
    mutant(
        "file-is-gone",
        "finish.fetchable.extend",
        "limits.url-kept",
        bend=reply(FILE, status(404)),
    ),
    mutant("file-cut-off", "media.decodes.extend", bend=spoiled("extend", truncated(0.5))),
    mutant(
        "only-the-new-part",
        "media.length.extend",
        "media.audio.extend",
        "media.keeps-source.extend",
        "media.moves.extend",
        bend=spoiled("extend", film(lambda frames: frames[96:])),
    ),
    mutant(
        "a-second-short",
        "media.length.extend",
        "media.audio.extend",
        bend=spoiled("extend", film(shortened(0.8))),
    ),
    mutant(
        "source-is-remade",
        "media.keeps-source.extend",
        bend=spoiled("extend", film(inverted(0.0, 0.4))),
    ),
    mutant("seam-jumps", "media.seam.extend", bend=spoiled("extend", film(inverted(4 / 6)))),
    mutant("extension-is-silent", "media.audio.extend", bend=spoiled("extend", film(audio=False))),
    mutant("half-the-size", "media.size.extend", bend=spoiled("extend", film(size=0.5))),
    mutant(
        "start-is-end",
        "media.keeps-source.extend-start",
        bend=ask(EXTEND, sent("/mode", "end"), when=asked("/mode", "start")),
    ),
    mutant(
        "retake-remakes-all",
        "ltx.retake-keeps-the-rest",
        bend=spoiled("retake", film(inverted(0.0))),
    ),
    mutant(
        "retake-is-the-section",
        "media.length.retake",
        "media.audio.retake",
        bend=spoiled("retake", film(shortened(0.5))),
    ),
    mutant(
        "text-is-silent",
        "media.audio.text-to-video",
        bend=ask(TEXT, sent("/generate_audio", False), when=not_asked("/generate_audio")),
    ),
    mutant(
        "text-at-another-rate",
        "media.rate.text-to-video",
        bend=ask(TEXT, sent("/fps", 25), when=not_asked("/fps")),
    ),
    mutant(
        "505-at-24-fps-alone",
        "ltx.frames-at-48",
        bend=reply(EXTEND, accepted, when=says("at 48 fps")),
    ),
    mutant(
        "504-is-too-many-at-48",
        "ltx.frames-at-48",
        bend=reply(EXTEND, refused(), when=asked("/duration", 9.5)),
    ),
)

FRAMES = (
    mutant(
        "505-is-too-many",
        "ltx.frames-of-505",
        bend=reply(EXTEND, refused(), when=asked("/context", 5.25)),
    ),
    mutant(
        "506-are-taken",
        "ltx.frames-of-505",
        bend=reply(EXTEND, accepted, when=says("is 506 frames")),
    ),
    mutant(
        "context-below-20",
        "ltx.context-of-20",
        bend=reply(EXTEND, refused(), when=every(asked("/context", 20), asked("/duration", 2))),
    ),
)

ASKED = (
    mutant(
        "retake-of-the-sound",
        "ltx.retake-changes-its-section",
        bend=ask(RETAKE, sent("/mode", "replace_audio"), when=asked("/mode", "replace_video")),
    ),
    mutant("retake-is-half-the-size", "media.size.retake", bend=spoiled("retake", film(size=0.5))),
    mutant("retake-is-silent", "media.audio.retake", bend=spoiled("retake", film(audio=False))),
    mutant(
        "picture-at-24",
        "media.rate.image-to-video",
        bend=ask(IMAGE, sent("/fps", 24), when=asked("/fps", 25)),
    ),
    mutant(
        "picture-has-sound",
        "media.audio.image-to-video",
        bend=ask(IMAGE, sent("/generate_audio", True), when=asked("/generate_audio", False)),
    ),
    mutant(
        "picture-lies-down",
        "media.size.image-to-video",
        bend=ask(IMAGE, sent("/resolution", "1280x720"), when=asked("/resolution", "720x1280")),
    ),
    mutant(
        "picture-is-not-shown",
        "ltx.first-frame-is-first",
        bend=spoiled("image-to-video", film(inverted(0.0, 0.1))),
    ),
    mutant(
        "last-frame-is-left-out",
        "ltx.last-frame-is-last",
        bend=ask(
            AUDIO,
            sent("/last_frame_uri", REMOVED),
            when=every(asked("/last_frame_uri"), asked("/image_uri")),
        ),
    ),
    mutant(
        "sound-at-another-rate",
        "media.rate.audio-to-video",
        bend=ask(AUDIO, sent("/fps", 25), when=every(not_asked("/fps"), not_asked("/image_uri"))),
    ),
    mutant(
        "sound-always-lies-down",
        "media.size.audio-to-video-upright",
        bend=ask(
            AUDIO,
            sent("/resolution", "1920x1080"),
            when=every(not_asked("/resolution"), asked("/image_uri")),
        ),
    ),
)

MUTANTS = (*RESULTS, *FRAMES, *ASKED)
