"""LTX, bent: which files are taken, and how they are put up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

from conformance.cases.providers import ltx_pictures as pictures
from conformance.cases.providers import ltx_videos as videos
from conformance.clips import Recipe, frozen, made
from conformance.dialects.ltx import SOURCE
from conformance.sounds import held, replicated, track
from conformance.stills import padded, picture
from tests.mutants.bends import (
    ask,
    asked,
    at,
    chain,
    every,
    no,
    not_asked,
    reply,
    sent_header,
    status,
    status_was,
    without,
)
from tests.mutants.ltx_bends import (
    AUDIO,
    BEARER,
    EXTEND,
    IMAGE,
    PUT,
    RETAKE,
    TICKET,
    accepted,
    begins,
    keyless,
    mutant,
    refused,
    remembers,
    says,
    uses,
)
from tests.mutants.model import Mutant
from tests.mutants.wire import Ahead, Call, Reply

MKV = Recipe(320, 180, 24, 4.0, audio=False, container="matroska")
MOV = Recipe(320, 180, 24, 4.0, audio=False, container="mov")
H265 = Recipe(320, 180, 24, 4.0, audio=False, codec="libx265")


def turned(case: str, on: str, field: str, content: partial[bytes], *, taken: bool) -> Mutant:
    """One file is taken that must not be, or refused that must not be."""
    change = accepted if taken else refused()
    name = case.removeprefix("ltx.") + ("-taken" if taken else "-refused")
    return mutant(name, case, bend=chain(remembers, reply(on, change, when=uses(field, content))))


def video(case: str, content: partial[bytes], *, taken: bool) -> Mutant:
    return turned(case, EXTEND, "video_uri", content, taken=taken)


def names(url: str) -> Callable[[Call], bool]:
    """Whether a create names a file by a URL that begins so."""
    return lambda call: str(at(call.json(), "/video_uri")).startswith(url)


def sound(case: str, content: partial[bytes], *, taken: bool) -> Mutant:
    return turned(case, AUDIO, "audio_uri", content, taken=taken)


VIDEOS = (
    video("ltx.video-of-72-frames", partial(frozen, videos.SHORT), taken=True),
    video("ltx.video-of-73-frames", partial(frozen, videos.ENOUGH), taken=False),
    video("ltx.video-of-4-to-3", partial(frozen, videos.SQUARISH), taken=True),
    video("ltx.video-upright", partial(frozen, videos.UPRIGHT), taken=False),
    video("ltx.video-above-4k", partial(frozen, videos.LARGE), taken=True),
    video("ltx.video-of-4k", partial(frozen, videos.LARGEST), taken=False),
    video("ltx.video-in-avi", partial(frozen, videos.AVI), taken=True),
    video("ltx.video-of-mpeg4", partial(frozen, videos.MPEG4), taken=True),
    video("ltx.video-in-webm", partial(frozen, videos.WEBM), taken=True),
    video("ltx.video-of-vp9", partial(frozen, videos.VP9), taken=True),
    mutant(
        "video-over-http-taken",
        "ltx.video-over-http",
        bend=reply(EXTEND, accepted, when=names("http://localhost")),
    ),
    mutant(
        "video-from-nowhere-taken",
        "ltx.video-from-nowhere",
        bend=reply(EXTEND, accepted, when=names(videos.NOWHERE)),
    ),
    video("ltx.video-of-h265", partial(made, H265), taken=False),
    video("ltx.video-in-mov", partial(frozen, MOV), taken=False),
    video("ltx.video-in-mkv", partial(made, MKV), taken=False),
    mutant(
        "picture-is-extended",
        "ltx.picture-as-video",
        bend=reply(EXTEND, accepted, when=says("video_uri has the unsupported format png")),
    ),
    mutant(
        "data-is-refused",
        "ltx.video-as-data",
        bend=reply(EXTEND, refused(), when=begins("/video_uri", "data:")),
    ),
    mutant(
        "video-refused-with-422",
        "ltx.video-of-4-to-3",
        bend=reply(EXTEND, status(422), when=says("aspect ratio")),
    ),
    turned(
        "ltx.retake-of-72-frames", RETAKE, "video_uri", partial(frozen, videos.SHORT), taken=True
    ),
    turned("ltx.retake-above-4k", RETAKE, "video_uri", partial(frozen, videos.LARGE), taken=True),
    turned(
        "ltx.retake-of-4-to-3", RETAKE, "video_uri", partial(frozen, videos.SQUARISH), taken=False
    ),
)

PICTURES = (
    mutant(
        "picture-as-data-refused",
        "ltx.image-as-data",
        bend=reply(IMAGE, refused(), when=begins("/image_uri", "data:")),
    ),
    mutant(
        "last-frame-refused",
        "ltx.last-frame",
        bend=reply(IMAGE, refused(), when=asked("/last_frame_uri")),
    ),
    turned("ltx.image-of-jpeg", IMAGE, "image_uri", partial(pictures.coded, "mjpeg"), taken=False),
    turned(
        "ltx.image-of-webp", IMAGE, "image_uri", partial(pictures.coded, "libwebp"), taken=False
    ),
    mutant(
        "data-of-7-mb-taken",
        "ltx.image-as-data-of-7-mb",
        bend=reply(IMAGE, accepted, when=status_was(413)),
    ),
    turned("ltx.video-as-image", IMAGE, "image_uri", partial(made, SOURCE), taken=True),
    turned("ltx.gif-as-image", IMAGE, "image_uri", partial(bytes, pictures.GIF), taken=True),
    turned(
        "ltx.image-of-16-mb",
        IMAGE,
        "image_uri",
        partial(padded, picture(), 16 * pictures.MB),
        taken=True,
    ),
)

SOUNDS = (
    sound("ltx.audio-of-1-second", partial(held, 1), taken=True),
    sound("ltx.audio-of-20-seconds", partial(held, 19.9), taken=False),
    sound("ltx.audio-of-21-seconds", partial(held, 21), taken=True),
    mutant(
        "pro-takes-11-seconds",
        "ltx.audio-of-11-seconds-for-pro",
        bend=reply(AUDIO, accepted, when=every(says("lasts 11"), asked("/model", "ltx-2-5-pro"))),
    ),
    mutant(
        "4k-takes-11-seconds",
        "ltx.audio-of-11-seconds-at-4k",
        bend=reply(
            AUDIO, accepted, when=every(says("lasts 11"), asked("/resolution", "3840x2160"))
        ),
    ),
    mutant(
        "1440p-takes-11-seconds",
        "ltx.audio-of-11-seconds-at-4k",
        bend=reply(
            AUDIO, accepted, when=every(says("lasts 11"), asked("/resolution", "2560x1440"))
        ),
    ),
    mutant(
        "pro-refuses-10-seconds",
        "ltx.audio-of-10-seconds",
        bend=chain(
            remembers,
            reply(
                AUDIO,
                refused(),
                when=every(uses("audio_uri", partial(held, 9.9)), asked("/model", "ltx-2-5-pro")),
            ),
        ),
    ),
    sound("ltx.audio-of-vorbis", partial(track, 3.0, "vorbis", "ogg"), taken=False),
    sound("ltx.audio-of-he-aac", partial(replicated, 3.0), taken=True),
    sound("ltx.audio-in-mka", partial(track, 3.0, "libopus", "matroska"), taken=True),
    sound("ltx.audio-in-wav", partial(track, 3.0, "libmp3lame", "wav"), taken=False),
    sound("ltx.audio-of-pcm", partial(track, 3.0, "pcm_s16le", "wav"), taken=True),
    sound("ltx.audio-of-mp3", partial(track, 3.0, "libmp3lame", "mp3"), taken=False),
    sound("ltx.audio-of-opus", partial(track, 3.0, "libopus", "ogg"), taken=False),
    sound("ltx.audio-of-flac", partial(track, 3.0, "flac", "ogg"), taken=False),
    mutant(
        "sound-as-data-refused",
        "ltx.audio-as-data",
        bend=reply(AUDIO, refused(), when=begins("/audio_uri", "data:")),
    ),
    mutant(
        "prompt-is-needed",
        "ltx.audio-with-image",
        bend=reply(AUDIO, refused(), when=every(not_asked("/prompt"), asked("/image_uri"))),
    ),
    mutant(
        "empty-prompt-is-none",
        "ltx.audio-with-image",
        bend=reply(AUDIO, refused(), when=every(asked("/prompt", ""), asked("/image_uri"))),
    ),
    mutant(
        "picture-is-heard",
        "ltx.picture-as-audio",
        bend=reply(AUDIO, accepted, when=says("audio_uri has the unsupported format png")),
    ),
)


async def until_used(call: Call, ahead: Ahead) -> Reply:
    """A ticket is given out again until something was put there."""
    place = f"{call.method} {call.path}"
    if place == TICKET and "ticket" in call.kept and "authorization" in call.headers:
        return cast("Reply", call.kept["ticket"])
    if call.method == "PUT":
        call.kept.pop("ticket", None)
    answer = await ahead(call)
    if place == TICKET and answer.status == 200:
        call.kept["ticket"] = answer
    return answer


async def with_sound(call: Call, ahead: Ahead) -> Reply:
    """A silent video is extended as if it were the usual one."""
    body = call.json()
    contents = call.kept.get("contents", {})
    usual = next((uri for uri, found in contents.items() if found == made(SOURCE)), None)
    silent = partial(made, videos.SILENT)
    if f"{call.method} {call.path}" == EXTEND and usual and uses("video_uri", silent)(call):
        call = replace(call, body=json.dumps({**body, "video_uri": usual}).encode())
    return await ahead(call)


UPLOADS = (
    mutant("silence-is-filled", "ltx.silent-video", bend=chain(with_sound, remembers)),
    mutant(
        "ticket-without-its-end", "ltx.upload-ticket", bend=reply(TICKET, without("/expires_at"))
    ),
    mutant(
        "ticket-is-given-twice",
        "ltx.upload-tickets-differ",
        "ltx.upload-ends-in-an-hour",
        bend=until_used,
    ),
    mutant(
        "ticket-needs-no-key",
        "ltx.upload-needs-a-key",
        bend=ask(TICKET, sent_header("authorization", BEARER), when=keyless),
    ),
    mutant("put-is-204", "ltx.upload-is-200", bend=reply(PUT, status(204), when=status_was(200))),
    mutant(
        "any-headers",
        "ltx.upload-needs-its-headers",
        bend=ask(
            PUT,
            sent_header("x-goog-content-length-range", "0,209715200"),
            sent_header("x-goog-if-generation-match", "0"),
        ),
    ),
    mutant(
        "written-twice",
        "ltx.upload-is-written-once",
        bend=reply(PUT, status(200), when=status_was(412)),
    ),
    mutant(
        "ticket-is-a-file",
        "ltx.upload-without-its-put",
        bend=reply(
            EXTEND, accepted, when=every(says("does not exist"), no(says("00000000-0000-4000")))
        ),
    ),
)

MUTANTS = (*VIDEOS, *PICTURES, *SOUNDS, *UPLOADS)
