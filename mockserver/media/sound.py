"""What is heard, packet by packet: copied from a source where it stays, encoded where it is new.

A finished sound is a row of pieces on one time line of samples. AAC packets hold 1024 samples
each and overlap by half, so a packet is copied only where it and its neighbour stay untouched.
Tones repeat after a whole number of packets, which are therefore encoded once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mockserver.media import encode, tone
from mockserver.media.encode import FRAME
from mockserver.media.listen import Listener, Recording

if TYPE_CHECKING:
    from av.packet import Packet

EDGE = 0.01  # seconds in which a piece fades out before another begins, and that fades in
FAR = 1 << 60


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch [start, stop) of the finished sound, in samples."""

    start: int
    stop: int
    kind: str  # "source", "tone" or "silence"
    shift: int = 0  # source: finished sample - source sample
    enter: int = 0  # samples of fading in
    leave: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """Everything that determines a finished sound."""

    pieces: tuple[Piece, ...]
    rate: int
    layout: str
    seed: str
    copying: bool  # packets of the source may be used as they are

    @property
    def samples(self) -> int:
        return self.pieces[-1].stop


def score(
    parts: Sequence[tuple[str, Fraction, Fraction]],
    rate: int,
    layout: str,
    seed: str,
    *,
    copying: bool,
) -> Score:
    """A score of parts one after the other: kind, seconds, and where in the source it begins."""
    pieces: list[Piece] = []
    clock = Fraction(0)
    for kind, seconds, begin in parts:
        start, stop = round(clock * rate), round((clock + seconds) * rate)
        shift = start - round(begin * rate)
        if copying and pieces and kind == "source":
            shift = round(shift / FRAME) * FRAME  # packets keep to one grid; at most 11 ms off
        clock += seconds
        if stop > start:
            pieces.append(Piece(start, stop, kind, shift))
    return Score(tuple(_edged(pieces, round(EDGE * rate))), rate, layout, seed, copying)


def _edged(pieces: list[Piece], edge: int) -> Iterator[Piece]:
    """Let pieces fade where they do not go on in the next."""
    for at, piece in enumerate(pieces):
        before = pieces[at - 1] if at else None
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        most = min(edge, (piece.stop - piece.start) // 2)
        enter = most if before and not _goes_on(before, piece) else 0
        leave = most if after and not _goes_on(piece, after) else 0
        yield Piece(piece.start, piece.stop, piece.kind, piece.shift, enter, leave)


def _goes_on(piece: Piece, after: Piece) -> bool:
    return piece.kind == after.kind and piece.shift == after.shift


def packets(score: Score, recording: Recording | None) -> "Iterator[Packet[Any]]":
    """The AAC packets of a score, in time order, without a gap. The last one ends with it."""
    grid = _grid(score, recording)
    made: dict[int, bytes] = {}
    at, base = grid, Fraction(1, score.rate)
    while at < score.samples:
        if data := _copied(score, recording, at):
            made[at] = data
        elif (loop := made.get(at - tone.LOOP)) and _repeats(score, at):
            made[at] = loop
        else:
            stop = _until(score, recording, at)
            made |= _encoded(score, recording, at, stop)
        while at in made:
            yield _packet(made[at], at, min(FRAME, score.samples - at), base)
            made.pop(at - tone.LOOP - FRAME, None)
            at += FRAME


def _grid(score: Score, recording: Recording | None) -> int:
    """When the first packet begins: before the first sample, in step with what is copied."""
    sources = [piece for piece in score.pieces if piece.kind == "source"]
    if not score.copying or recording is None or not sources:
        return -FRAME
    step = (recording.start + sources[0].shift) % FRAME
    if sources[0].start == sources[0].shift == 0 and -2 * FRAME < recording.start <= 0:
        return recording.start
    return step - 2 * FRAME


def _packet(data: bytes, at: int, samples: int, base: Fraction) -> "Packet[Any]":
    import av

    packet: Packet[Any] = av.Packet(data)
    packet.pts = packet.dts = at
    packet.duration, packet.time_base, packet.is_keyframe = samples, base, True
    return packet


def _copied(score: Score, recording: Recording | None, at: int) -> bytes | None:
    """The source's packet for this place, if it and its overlap lie in what stays untouched."""
    if not score.copying or recording is None:
        return None
    for piece in score.pieces:
        start = piece.start + piece.enter if piece.start else -FAR
        stop = piece.stop - piece.leave if piece.stop < score.samples else FAR
        if piece.kind == "source" and start <= at and at + 2 * FRAME <= stop:
            return recording.packets.get(at - piece.shift)
    return None


def _repeats(score: Score, at: int) -> bool:
    """Whether this place sounds like the one a loop earlier: both deep inside of the tones."""
    return any(
        piece.kind == "tone"
        and (piece.start + piece.enter <= at - tone.LOOP - FRAME or not piece.start)
        and (at + 2 * FRAME <= piece.stop - piece.leave)
        for piece in score.pieces
    )


def _until(score: Score, recording: Recording | None, start: int) -> int:
    """Where the stretch to be encoded ends: where copying or repeating can take over."""
    at = start + FRAME
    while at < score.samples and not _copied(score, recording, at):
        if _repeats(score, at) and at - tone.LOOP >= start:
            break
        at += FRAME
    return at


def _encoded(score: Score, recording: Recording | None, start: int, stop: int) -> dict[int, bytes]:
    """Packets for [start, stop). The encoder hears a packet more on each side, for the overlap."""
    encoder = encode.aac_encoder(score.rate, score.layout)
    lead = start - FRAME
    heard = _samples(score, recording, lead, stop + FRAME, encoder.channels)
    coded = encode.encode_aac(encoder, heard)
    first = (start - lead) // FRAME + 1  # an encoder's first packet begins before its first sample
    count = (stop - start) // FRAME
    return {
        start + place * FRAME: bytes(packet)
        for place, packet in enumerate(coded[first : first + count])
    }


def _samples(
    score: Score, recording: Recording | None, start: int, stop: int, channels: int
) -> list[bytes]:
    """What is heard from `start` to `stop`, silence outside of the score."""
    parts: list[list[bytes]] = [[] for _ in range(channels)]
    at = start
    listener = Listener(recording, score.rate, score.layout) if recording else None
    for piece in score.pieces:
        low, high = max(at, piece.start), min(stop, piece.stop)
        # the source may be heard a little before its first sample: the coder's run-in
        low = at if piece.start == 0 and at < 0 and piece.kind == "source" else low
        if high <= low:
            continue
        for channel, sound in enumerate(_heard(score, piece, listener, low, high, channels)):
            parts[channel] += [tone.silence(low - at), sound]
        at = high
    return [b"".join([*part, tone.silence(stop - at)]) for part in parts]


def _heard(
    score: Score, piece: Piece, listener: Listener | None, low: int, high: int, channels: int
) -> list[bytes]:
    if piece.kind == "tone":
        # counted from a whole packet, so that a loop is a whole number of packets later
        sounds = [tone.tones(score.seed, low, high - low, score.rate)] * channels
    elif piece.kind == "source" and listener:
        sounds = listener.heard(low - piece.shift, high - piece.shift)
    else:
        sounds = [tone.silence(high - low)] * channels
    return [
        tone.edged(sound, low, piece.start, piece.stop, piece.enter, piece.leave)
        for sound in sounds
    ]
