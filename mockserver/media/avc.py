"""H.264 as bytes: parameter sets, packets, and how two encoders' packets share one MP4 track.

A decoder finds the parameter sets of a track in its header (`avcC`), each under a number. The new
part's sets get a number that the source does not use, so that both stand in the header together
and neither replaces the other, wherever a player starts.
"""

from dataclasses import dataclass, replace

SPS, PPS, IDR = 7, 8, 5
LENGTH = 4  # bytes before each unit of a packet
MOST_SETS = 32


class NotAvc(ValueError):
    """Bytes that are no H.264 configuration this module can work with."""


@dataclass(frozen=True, slots=True)
class Config:
    """An `avcC` record: what a decoder is told before the first packet."""

    profile: int
    compatibility: int
    level: int
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    extra: bytes = b""  # what High profiles append


@dataclass(frozen=True, slots=True)
class Sequence:
    """What is of interest in a sequence parameter set."""

    number: int
    profile: int
    blocks: tuple[int, int]  # 16x16 blocks across and down
    plain: bool  # 4:2:0, 8 bits, whole frames


class _Bits:
    """Reads bits and Exp-Golomb numbers off a unit's payload."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise NotAvc("a parameter set ends early")
        self._left -= count
        return self._bits >> self._left & ((1 << count) - 1)

    def number(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        value = self.number()
        return (value + 1) // 2 if value % 2 else -(value // 2)


def config_of(extradata: bytes) -> Config:
    """Read an `avcC` record whose packets count lengths in four bytes; raises NotAvc for others."""
    if len(extradata) < 7 or extradata[0] != 1 or extradata[4] & 3 != LENGTH - 1:
        raise NotAvc("no avcC record with four-byte lengths")
    profile, compatibility, level = extradata[1:4]
    sps, at = _sets(extradata, 6, extradata[5] & 31)
    pps, at = _sets(extradata, at + 1, extradata[at] if at < len(extradata) else 0)
    if not sps or not pps:
        raise NotAvc("the avcC record has no parameter sets")
    return Config(profile, compatibility, level, sps, pps, extradata[at:])


def record_of(config: Config) -> bytes:
    """Write an `avcC` record."""
    head = bytes([1, config.profile, config.compatibility, config.level, 0xFF])
    sps = bytes([0xE0 | len(config.sps)]) + b"".join(map(_sized, config.sps))
    return head + sps + bytes([len(config.pps)]) + b"".join(map(_sized, config.pps)) + config.extra


def joined(source: Config, sets: list[bytes]) -> Config:
    """The source's configuration with further parameter sets, as one track's header."""
    sps = tuple(unit for unit in sets if unit[0] & 31 == SPS)
    pps = tuple(unit for unit in sets if unit[0] & 31 == PPS)
    level = max([source.level, *(unit[3] for unit in sps)])
    return replace(source, level=level, sps=source.sps + sps, pps=source.pps + pps)


def free_number(config: Config) -> int:
    """A number for parameter sets that the configuration does not use."""
    used = {sequence(unit).number for unit in config.sps} | {
        _pps_number(unit) for unit in config.pps
    }
    free = [number for number in range(1, MOST_SETS) if number not in used]
    if not free:
        raise NotAvc("all numbers of parameter sets are taken")
    return free[-1]


def sequence(sps: bytes) -> Sequence:
    """Read the beginning of a sequence parameter set."""
    profile, bits = sps[1], _Bits(_payload(sps)[4:])
    number, chroma, depth = bits.number(), 1, 0
    if profile in (100, 110, 122, 244, 44, 83, 86, 118, 128):
        chroma = bits.number()
        if chroma == 3:
            bits.take(1)
        depth = bits.number() + bits.number()
        bits.take(1)
        if bits.take(1):
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    bits.number()
    _skip_order(bits)
    bits.number()
    bits.take(1)
    blocks = (bits.number() + 1, bits.number() + 1)
    return Sequence(number, profile, blocks, chroma == 1 and depth == 0 and bits.take(1) == 1)


def units_of(annex_b: bytes) -> list[bytes]:
    """The units of a packet that separates them by start codes."""
    parts = annex_b.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part.rstrip(b"\0") for part in parts[1:] if part.rstrip(b"\0")]


def packet_of(units: list[bytes]) -> bytes:
    """The same units, each after its length, as MP4 stores them."""
    return b"".join(len(unit).to_bytes(LENGTH) + unit for unit in units)


def kinds(packet: bytes | memoryview) -> set[int]:
    """The kinds of units in an MP4 packet."""
    found, at = set(), 0
    while at + LENGTH < len(packet):
        found.add(packet[at + LENGTH] & 31)
        at += LENGTH + int.from_bytes(packet[at : at + LENGTH])
    return found


def _sized(unit: bytes) -> bytes:
    return len(unit).to_bytes(2) + unit


def _sets(record: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        size = int.from_bytes(record[at : at + 2])
        unit = record[at + 2 : at + 2 + size]
        if len(unit) < 4 and (len(unit) < size or not unit):
            raise NotAvc("the avcC record ends early")
        found.append(unit)
        at += 2 + size
    return tuple(found), at


def _payload(unit: bytes) -> bytes:
    """A unit without the bytes that keep start codes from appearing in it."""
    return unit.replace(b"\0\0\3", b"\0\0")


def _pps_number(pps: bytes) -> int:
    return _Bits(_payload(pps)[1:]).number()


def _skip_order(bits: _Bits) -> None:
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.number(), 255)):
            bits.signed()


def _skip_scaling(bits: _Bits, lists: int) -> None:
    for at in range(lists):
        if not bits.take(1):
            continue
        last, following = 8, 8
        for _ in range(16 if at < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last
