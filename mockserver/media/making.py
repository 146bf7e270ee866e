"""Writes the clip that a recipe calls: a calm moving picture with its size, rate and frame number.

Deterministic; a defect is put into the finished file.
"""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mockserver.media import damage, encode, motion, picture, tone
from mockserver.media.recipe import SOUND_RATE, Recipe, text

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL.Image import Image

FORMATS = {"m4a": "ipod"}  # where libavformat calls a container otherwise
FAST = {
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"}),
    "av1": ("libsvtav1", {"preset": "12", "svtav1-params": "lp=1"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": "32"}),
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "crf": "20"}),
    "mpeg4": ("mpeg4", {"qscale": "4"}),
    "prores": ("prores_ks", {}),
}
SOUND_CODECS = {"mp3": "libmp3lame", "opus": "libopus"}
PIXELS = {"prores": "yuv422p10le"}
JITTER = 10  # ticks of a variable-rate clip per frame
LATE = 4  # how many of them every second frame comes late


def write(recipe: Recipe, path: Path) -> None:
    """Write a recipe's file. The recipe has been checked."""
    if recipe.defect in damage.INSTEAD:
        path.write_bytes(damage.INSTEAD[recipe.defect])
        return
    if recipe.kind == "image":
        _write_picture(recipe, path)
    else:
        _write_stream(recipe, path)
    if recipe.defect:
        path.write_bytes(damage.damaged(path.read_bytes(), recipe.defect))


def still(recipe: Recipe) -> "Image":
    """What the clip shows, without its card and its counter."""
    return picture.backdrop(recipe.seed or text(recipe), recipe.width, recipe.height)


def _card(recipe: Recipe) -> "Image":
    rate = f"{float(recipe.rate):g} fps" if recipe.rate else "still"
    seed = f" · {recipe.seed}" if recipe.seed else ""
    words = f"{recipe.width}x{recipe.height} {rate}"
    return picture.card(words, f"test picture{seed}", recipe.width, recipe.height)


def _write_picture(recipe: Recipe, path: Path) -> None:
    image, plate = still(recipe), _card(recipe)
    image.paste(plate, motion.place_of(plate, image.width, image.height, low=True), plate)
    image.save(path, format=recipe.container.upper(), quality=88)


def _write_stream(recipe: Recipe, path: Path) -> None:
    name = FORMATS.get(recipe.container, recipe.container)
    options = {"movflags": "+faststart"} if name in ("mp4", "mov", "ipod") else {}
    with encode.written(path, name, **options) as output:
        video = _video_stream(output, recipe) if recipe.width else None
        audio = _audio_stream(output, recipe) if recipe.audio else None
        sound = _sound(recipe, audio) if audio else iter(())
        shown = _shown(recipe, video) if video else iter(())
        for packet in encode.in_time_order(shown, sound):
            output.mux(packet)


def _video_stream(output: "OutputContainer", recipe: Recipe) -> "VideoStream":
    rate = recipe.rate
    name, options = FAST.get(recipe.codec, ("libx264", encode.x264_options(rate)))
    stream = cast("VideoStream", output.add_stream(name, rate=rate, options=options))
    stream.width, stream.height = recipe.width, recipe.height
    stream.pix_fmt = PIXELS.get(recipe.codec, "yuv420p")
    stream.codec_context.time_base = 1 / rate / (JITTER if recipe.variable else 1)
    stream.gop_size = encode.key_interval(rate)
    stream.thread_count = 1
    if name == "libx264":
        encode.share(stream.codec_context)
    if recipe.rotation:
        stream.set_display_rotation(-recipe.rotation)
    if recipe.codec == "av1":
        os.environ.setdefault("SVT_LOG", "1")  # this library writes to stderr on its own account
        with encode.unhurried():
            stream.codec_context.open()
    return stream


def _audio_stream(output: "OutputContainer", recipe: Recipe) -> "AudioStream":
    name = SOUND_CODECS.get(recipe.audio, recipe.audio)
    options = (
        {"aac_coder": "fast"} if name == "aac" else {"strict": "-2"} if name == "vorbis" else {}
    )
    stream = cast("AudioStream", output.add_stream(name, rate=SOUND_RATE, options=options))
    stream.layout = "stereo"
    return stream


def _shown(recipe: Recipe, stream: "VideoStream") -> "Iterator[Packet[Any]]":
    base = stream.codec_context.time_base
    for at, frame in enumerate(_numbered(recipe)):
        frame.time_base, frame.pict_type = base, 0
        frame.pts = at * JITTER + at % 2 * LATE if recipe.variable else at
        if stream.pix_fmt not in (None, "yuv420p"):
            frame = _in_format(frame, str(stream.pix_fmt))
        yield from _timed(recipe, stream.encode(frame))
    yield from _timed(recipe, stream.encode(None))


def _timed(recipe: Recipe, packets: "list[Packet[Any]]") -> "Iterator[Packet[Any]]":
    """Tell the muxer each variable duration; it would take the last one for that before it."""
    for packet in packets:
        if recipe.variable and packet.pts is not None:
            packet.duration = JITTER - (LATE if packet.pts % JITTER else -LATE)
            if packet.pts // JITTER == recipe.frames - 1:
                packet.duration = recipe.frames * JITTER - packet.pts
        yield packet


def _in_format(frame: "VideoFrame", name: str) -> "VideoFrame":
    other = frame.reformat(format=name)
    other.pts, other.time_base = frame.pts, frame.time_base
    return other


def _numbered(recipe: Recipe) -> "Iterator[VideoFrame]":
    """The moving picture, with the frame's number in its lower left corner."""
    wide, high = recipe.width, recipe.height
    image = still(recipe)
    plate = _card(recipe)
    square = image.resize(((wide + 1) // 2 * 2, (high + 1) // 2 * 2))
    tiles = [tile.tobytes() for tile in picture.digits(max(10, high // 10))]
    tall = max(10, high // 10)
    for at, frame in enumerate(
        motion.moving(
            motion.frame_of(square), None, recipe.frames, recipe.rate, plate, fade=False, low=True
        )
    ):
        _stamp(frame, f"{at:04d}", tiles, tall)
        yield frame if square.size == (wide, high) else frame.reformat(wide, high)


def _stamp(frame: "VideoFrame", number: str, tiles: list[bytes], tall: int) -> None:
    """Write digits into the lower left corner of a frame's brightness plane."""
    plane = frame.planes[0]
    memory, line = memoryview(plane), plane.line_size
    wide = len(tiles[0]) // tall
    chosen = [tiles[int(sign)] for sign in number]
    room = min(wide * len(number), frame.width)
    start = (frame.height - tall) * 15 // 16 * line
    for row in range(tall):
        strip = b"".join(tile[row * wide : (row + 1) * wide] for tile in chosen)
        at = start + row * line
        memory[at : at + room] = strip[:room]


def _sound(recipe: Recipe, stream: "AudioStream") -> "Iterator[Packet[Any]]":
    import av

    whole = Fraction(recipe.seconds).limit_denominator(1000)
    seconds = recipe.frames / recipe.rate if recipe.width else whole
    samples = round(seconds * SOUND_RATE)
    made = tone.tones(recipe.seed or text(recipe), 0, samples, SOUND_RATE)
    codec = stream.codec_context
    codec.open()
    size, name = codec.frame_size or 4096, codec.format.name
    resampler = av.AudioResampler(format=name, layout="stereo", rate=SOUND_RATE, frame_size=size)
    for frame in [_sound_frame(made), None]:
        for part in resampler.resample(frame):
            yield from stream.encode(part)
    yield from stream.encode(None)


def _sound_frame(sound: bytes) -> Any:
    import av

    frame = av.AudioFrame("fltp", "stereo", len(sound) // tone.WIDTH)
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
    for plane in frame.planes:
        memoryview(plane)[: len(sound)] = sound
    return frame
