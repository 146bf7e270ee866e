"""The tracks of a finished file: pictures, made afresh or around copied packets, and sound."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mockserver.media import avc, encode, reel, sound
from mockserver.media.footage import Footage, NoFootage
from mockserver.media.listen import Recording
from mockserver.media.model import Wish
from mockserver.media.splice import Join

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

GLOBAL_HEADER = 1 << 22  # av.codec.context.Flags.global_header: parameter sets before any frame


def fresh(
    output: "OutputContainer",
    size: tuple[int, int],
    rate: Fraction,
    frames: "Iterator[VideoFrame]",
) -> "Iterator[Packet[Any]]":
    """Add a picture stream; its packets, all of them encoded."""
    stream = output.add_stream("libx264", rate=rate, options=encode.x264_options(rate))
    (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
    encode.share(stream.codec_context)
    stream.codec_context.time_base = 1 / rate
    return _timed(encode.encoded(stream.codec_context, frames), stream, rate, 0)


def joined(
    output: "OutputContainer",
    opened: "InputContainer",
    wish: Wish,
    source: Footage,
    join: Join,
    frames: "Iterator[VideoFrame]",
) -> "Iterator[Packet[Any]]":
    """Add a picture stream like the source's; its packets: copied, encoded, copied."""
    video = reel.video_of(opened)
    if video is None or source.avc is None:
        raise NoFootage("the source has no packets that can be copied")
    encoder = _matching(video, wish, avc.free_number(source.avc))
    encoder.open()
    stream = output.add_stream_from_template(video, opaque=True)
    sets = avc.units_of(encoder.extradata or b"")
    stream.codec_context.extradata = avc.record_of(avc.joined(source.avc, sets))
    stream.time_base = 1 / wish.rate
    packets = _sequence(
        wish, source, join, reel.packets_of(opened, video), encode.encoded(encoder, frames)
    )
    return _timed(packets, stream, wish.rate, join.delay)


def heard(
    output: "OutputContainer", score: sound.Score, recording: Recording | None
) -> "Iterator[Packet[Any]]":
    """Add a sound stream; its packets."""
    stream = output.add_stream("aac", rate=score.rate)
    stream.layout = score.layout
    return _assigned(sound.packets(score, recording), stream)


def _assigned(packets: "Iterator[Packet[Any]]", stream: "AudioStream") -> "Iterator[Packet[Any]]":
    for packet in packets:
        packet.stream = stream
        yield packet


def _timed(
    packets: "Iterator[Packet[Any]]", stream: "VideoStream", rate: Fraction, delay: int
) -> "Iterator[Packet[Any]]":
    """Give packets that know when they are shown an even place in storing order."""
    base = 1 / rate
    for place, packet in enumerate(packets):
        packet.stream, packet.time_base = stream, base
        packet.dts, packet.duration = place - delay, 1
        yield packet


def _matching(video: "VideoStream", wish: Wish, number: int) -> "VideoCodecContext":
    """An encoder whose frames look, to a decoder, as if they came from the source's."""
    import av

    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = wish.width, wish.height, "yuv420p"
    encoder.time_base, encoder.framerate = 1 / wish.rate, wish.rate
    encoder.flags |= GLOBAL_HEADER
    encode.share(encoder)
    more = {"repeat-headers": 1, "sps-id": number}
    encoder.options = encode.x264_options(wish.rate, **more)
    like = video.codec_context
    encoder.colorspace, encoder.color_range = like.colorspace, like.color_range
    encoder.color_trc, encoder.color_primaries = like.color_trc, like.color_primaries
    return encoder


def _sequence(
    wish: Wish,
    source: Footage,
    join: Join,
    stored: "Iterator[Packet[Any]]",
    encoded: "Iterator[Packet[Any]]",
) -> "Iterator[Packet[Any]]":
    """The head's packets, the encoded ones, the tail's; each told as which frame it is shown."""
    start, stop = wish.cut or (0, 0)
    shift = wish.frames - (stop - start)
    row = 0
    for packet in reel.real(stored):
        if row == join.head:
            yield from _new(encoded, join.head)
        if row < join.head:
            yield _copy(packet, source.shown[row])
        elif row >= join.tail:
            yield _copy(packet, source.shown[row] + shift)
        row += 1
    if row == join.head:
        yield from _new(encoded, join.head)


def _copy(packet: "Packet[Any]", shown: int) -> "Packet[Any]":
    import av

    copy: Packet[Any] = av.Packet(bytes(packet))
    copy.pts, copy.is_keyframe = shown, packet.is_keyframe
    return copy


def _new(encoded: "Iterator[Packet[Any]]", first: int) -> "Iterator[Packet[Any]]":
    """Encoded packets as MP4 stores them, shown from frame `first` on."""
    import av

    for packet in encoded:
        stored: Packet[Any] = av.Packet(avc.packet_of(avc.units_of(bytes(packet))))
        stored.pts, stored.is_keyframe = first + (packet.pts or 0), packet.is_keyframe
        yield stored
