"""H.264 bytes: configurations and packets."""

from dataclasses import replace

import av
import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockserver.media import avc
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import Source

units = some.lists(
    some.binary(min_size=1, max_size=20).map(lambda data: b"\x65" + data.replace(b"\0", b"\1")),
    min_size=1,
    max_size=5,
)


def extradata(path: object) -> bytes:
    with av.open(str(path)) as opened:
        return opened.streams.video[0].codec_context.extradata or b""


def test_configuration_written_is_the_one_read(source: Sources) -> None:
    for params in ("", "keyint=5", "cabac=0"):
        record = extradata(source(Source(params=params)))
        assert avc.record_of(avc.config_of(record)) == record


@given(units, some.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_packet_keeps_its_units(made: list[bytes], start: bytes) -> None:
    annex_b = b"".join(start + unit for unit in made)
    assert avc.units_of(annex_b) == made
    packet = avc.packet_of(made)
    assert len(packet) == sum(4 + len(unit) for unit in made)
    assert avc.kinds(packet) == {5}


@given(some.binary(max_size=60))
def test_garbage_is_no_configuration(data: bytes) -> None:
    for junk in (data, b"\1\x64\0\x1f\xff\xe1" + data):
        try:
            config = avc.config_of(junk)
            [avc.sequence(unit) for unit in config.sps]
        except (avc.NotAvc, IndexError):
            continue


def test_numbers_run_out_some_day(clip: Clips) -> None:
    config = avc.config_of(extradata(clip("320x180-1s")))
    for _ in range(31):
        number = avc.free_number(config)
        pps = bytes([0x68]) + _exp_golomb(number) + b"\xff\xff"
        config = replace(config, pps=(*config.pps, pps))
    with pytest.raises(avc.NotAvc, match="taken"):
        avc.free_number(config)


def _exp_golomb(number: int) -> bytes:
    bits = f"{number + 1:b}"
    return int(("0" * (len(bits) - 1) + bits).ljust(16, "1"), 2).to_bytes(2)


def test_order_of_the_second_kind_is_skipped() -> None:
    """A set as no encoder here writes it: frames are ordered by offsets listed in it."""
    golomb = ["1", "1", "010", "1", "011", "00100", "010", "011", "00101"]
    bits = "".join([*golomb[:3], "0", *golomb[3:5], "010", "011", "1", "0", "00110", "00111", "1"])
    sps = bytes([0x67, 66, 0, 30]) + int(bits.ljust(64, "1"), 2).to_bytes(8)
    found = avc.sequence(sps)
    assert (found.number, found.profile) == (0, 66)


def test_scaling_lists_are_skipped() -> None:
    """A set of a High profile: one list of differences, seven that are left out."""
    bits = "1" + "010" + "1" + "1" + "0" + "1" + ("1" + "1" * 16) + "0" * 7
    bits += "1" + "011" + "1" + "0" + "00100" + "010" + "1"
    sps = bytes([0x67, 100, 0, 30]) + int(bits.ljust(64, "1"), 2).to_bytes(8)
    assert avc.sequence(sps) == avc.Sequence(0, 100, (4, 2), True)


def test_set_that_ends_early_is_no_configuration() -> None:
    with pytest.raises(avc.NotAvc, match="ends early"):
        avc.sequence(bytes([0x67, 66, 0, 30]))


def test_new_sets_get_a_number_of_their_own(clip: Clips) -> None:
    config = avc.config_of(extradata(clip("320x180-1s")))
    number = avc.free_number(config)
    assert number not in {avc.sequence(unit).number for unit in config.sps}


@pytest.mark.parametrize(
    ("params", "pixels", "plain"),
    [
        ("", "yuv420p", True),
        ("cqm=jvt", "yuv420p", True),  # with scaling lists
        ("bframes=0", "yuv420p", True),
        ("interlaced=1", "yuv420p", False),
        ("cqm=jvt", "yuv444p", False),
        ("", "yuv420p10le", False),
    ],
)
def test_plain_pictures_are_told_from_others(
    params: str, pixels: str, plain: bool, source: Sources
) -> None:
    config = avc.config_of(extradata(source(Source(params=params, pixels=pixels))))
    assert avc.sequence(config.sps[0]).plain is plain
