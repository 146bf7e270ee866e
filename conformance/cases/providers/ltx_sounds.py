"""LTX: which sound tracks are taken. Each is one of the judge's own, put up first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers.ltx_videos import data_uri, not_taken, taken
from conformance.dialects import ltx
from conformance.model import Finding
from conformance.registry import case
from conformance.sounds import held, replicated, track

if TYPE_CHECKING:
    from conformance.model import Json
    from conformance.target import Target

MODE = "audio-to-video"


async def _sound(target: Target, seconds: float) -> str:
    return await ltx.uploaded(target, f"tone-{seconds:g}", held(seconds), "audio/mp4")


async def _refused(target: Target, change: dict[str, Json], why: str) -> AsyncIterator[Finding]:
    """That a sound track is not taken: 400 invalid_request_error."""
    async for one in not_taken(target, MODE, change, why):
        yield one


async def _taken(target: Target, change: dict[str, Json], what: str) -> AsyncIterator[Finding]:
    """That a sound track is taken."""
    async for one in taken(target, MODE, change, what):
        yield one


async def _coded(
    target: Target, codec: str, container: str, kind: str, what: str
) -> AsyncIterator[Finding]:
    """That a sound track of a kind is taken."""
    uri = await ltx.uploaded(target, codec, track(3.0, codec, container), kind)
    async for one in _taken(target, {"/audio_uri": uri}, what):
        yield one


@case("ltx.audio-of-1-second", "A sound track of one second is too short.", cost="free-reject")
async def audio_of_1_second(target: Target) -> AsyncIterator[Finding]:
    async for one in _refused(target, {"/audio_uri": await _sound(target, 1)}, "one second"):
        yield one


@case(
    "ltx.audio-of-20-seconds", "A sound track of 20 seconds is taken.", cost="paid", own=1, usd=0.36
)
async def audio_of_20_seconds(target: Target) -> AsyncIterator[Finding]:
    async for one in _taken(target, {"/audio_uri": await _sound(target, 19.9)}, "20 seconds"):
        yield one


@case("ltx.audio-of-21-seconds", "A sound track of 21 seconds is too long.", cost="free-reject")
async def audio_of_21_seconds(target: Target) -> AsyncIterator[Finding]:
    async for one in _refused(target, {"/audio_uri": await _sound(target, 21)}, "21 seconds"):
        yield one


@case(
    "ltx.audio-of-11-seconds-for-pro", "ltx-2-5-pro takes ten seconds at most.", cost="free-reject"
)
async def audio_of_11_seconds_for_pro(target: Target) -> AsyncIterator[Finding]:
    change = {"/audio_uri": await _sound(target, 11), "/model": "ltx-2-5-pro"}
    async for one in _refused(target, change, "11 seconds by ltx-2-5-pro"):
        yield one


@case(
    "ltx.audio-of-11-seconds-at-4k",
    "At 1440p and 4K ten seconds are the most.",
    cost="free-reject",
)
async def audio_of_11_seconds_at_4k(target: Target) -> AsyncIterator[Finding]:
    sound = await _sound(target, 11)
    for resolution in ("2560x1440", "3840x2160"):
        change = {"/audio_uri": sound, "/resolution": resolution}
        async for one in _refused(target, change, f"11 seconds at {resolution}"):
            yield one


@case(
    "ltx.audio-of-10-seconds",
    "Ten seconds are taken by ltx-2-5-pro and at 4K.",
    cost="paid",
    own=2,
    usd=3.4,
)
async def audio_of_10_seconds(target: Target) -> AsyncIterator[Finding]:
    sound = await _sound(target, 9.9)
    for change in ({"/model": "ltx-2-5-pro"}, {"/resolution": "3840x2160"}):
        async for one in _taken(target, {**change, "/audio_uri": sound}, "10 seconds"):
            yield one


@case("ltx.audio-of-pcm", "A WAV with PCM is not taken.", cost="free-reject")
async def audio_of_pcm(target: Target) -> AsyncIterator[Finding]:
    content = track(3.0, "pcm_s16le", "wav")
    uri = await ltx.uploaded(target, "pcm", content, "audio/wav")
    async for one in _refused(target, {"/audio_uri": uri}, "PCM"):
        yield one


@case("ltx.audio-of-he-aac", "An M4A with HE-AAC is not taken.", cost="free-reject")
async def audio_of_he_aac(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, "he-aac", replicated(3.0), "audio/mp4")
    async for one in _refused(target, {"/audio_uri": uri}, "HE-AAC"):
        yield one


@case("ltx.audio-in-mka", "A sound track in Matroska is not taken.", cost="free-reject")
async def audio_in_mka(target: Target) -> AsyncIterator[Finding]:
    content = track(3.0, "libopus", "matroska")
    uri = await ltx.uploaded(target, "mka", content, "audio/x-matroska")
    async for one in _refused(target, {"/audio_uri": uri}, "Matroska"):
        yield one


@case("ltx.audio-in-wav", "A WAV with MP3 is taken.", cost="paid", own=1, usd=0.36)
async def audio_in_wav(target: Target) -> AsyncIterator[Finding]:
    content = track(3.0, "libmp3lame", "wav")
    uri = await ltx.uploaded(target, "wav", content, "audio/wav")
    async for one in _taken(target, {"/audio_uri": uri}, "MP3 in WAV"):
        yield one


@case("ltx.audio-of-mp3", "An MP3 is taken.", cost="paid", own=1, usd=0.36)
async def audio_of_mp3(target: Target) -> AsyncIterator[Finding]:
    async for one in _coded(target, "libmp3lame", "mp3", "audio/mpeg", "MP3"):
        yield one


@case("ltx.audio-of-opus", "An OGG with Opus is taken.", cost="paid", own=1, usd=0.36)
async def audio_of_opus(target: Target) -> AsyncIterator[Finding]:
    async for one in _coded(target, "libopus", "ogg", "audio/ogg", "Opus"):
        yield one


@case("ltx.audio-of-flac", "An OGG with FLAC is taken.", cost="paid", own=1, usd=0.36)
async def audio_of_flac(target: Target) -> AsyncIterator[Finding]:
    async for one in _coded(target, "flac", "ogg", "audio/ogg", "FLAC"):
        yield one


@case("ltx.audio-of-vorbis", "An OGG with Vorbis is taken.", cost="paid", own=1, usd=0.36)
async def audio_of_vorbis(target: Target) -> AsyncIterator[Finding]:
    async for one in _coded(target, "vorbis", "ogg", "audio/ogg", "Vorbis"):
        yield one


@case("ltx.audio-as-data", "A sound track may come as a data URI.", cost="paid", own=1, usd=0.36)
async def audio_as_data(target: Target) -> AsyncIterator[Finding]:
    data = data_uri("audio/mp4", track(3.0))
    async for one in _taken(target, {"/audio_uri": data}, "a data URI"):
        yield one


@case(
    "ltx.audio-with-image", "A first frame may stand for the prompt.", cost="paid", own=2, usd=0.36
)
async def audio_with_image(target: Target) -> AsyncIterator[Finding]:
    from conformance.target import REMOVED

    first = await ltx.image(target)
    for prompt in ("", REMOVED):
        change = {"/image_uri": first, "/prompt": prompt}
        async for one in _taken(target, change, "a first frame without a prompt"):
            yield one


@case("ltx.picture-as-audio", "A picture is no sound track.", cost="free-reject")
async def picture_as_audio(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.image(target)
    async for one in _refused(target, {"/audio_uri": uri}, "a picture"):
        yield one
