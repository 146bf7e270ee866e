"""File structures, read without a codec."""

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockserver.media import boxes, sniff
from mockserver.media.boxes import BrokenBoxes
from mockserver.media.sniff import Size
from tests.media.conftest import Clips


def box(kind: bytes, content: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack(">I", len(content) + 8 if size is None else size) + kind + content


def large(kind: bytes, content: bytes) -> bytes:
    """A box that tells its size in 64 bits."""
    return struct.pack(">I", 1) + kind + struct.pack(">Q", len(content) + 16) + content


def track(handler: bytes, **tables: bytes) -> bytes:
    table = box(b"stbl", b"".join(box(kind.encode(), data) for kind, data in tables.items()))
    head = box(b"mdhd", bytes(12) + struct.pack(">II", 1000, 5000))
    media = head + box(b"hdlr", bytes(8) + handler) + box(b"minf", table)
    return box(b"trak", box(b"mdia", media))


def layout(content: bytes) -> boxes.Layout:
    return boxes.layout(io.BytesIO(content))


def test_order_of_boxes_tells_faststart() -> None:
    head, index, media = box(b"ftyp", b"isom"), box(b"moov"), box(b"mdat", b"x" * 9)
    assert layout(head + index + media).faststart
    behind = layout(head + media + index)
    assert (behind.indexed, behind.faststart) == (True, False)


def test_brand_tells_mov_from_mp4() -> None:
    assert layout(box(b"ftyp", b"qt  ")).brand == "mov"
    assert layout(box(b"ftyp", b"isom")).brand == "mp4"
    assert layout(box(b"moov")).brand == "mov"


def test_sizes_of_64_bits_and_to_the_end_are_read() -> None:
    found = layout(large(b"mdat", b"x" * 100) + box(b"moov"))
    assert found.indexed
    assert layout(box(b"moov") + box(b"mdat", b"rest", size=0)).cut_off == ""


def test_box_that_goes_on_behind_the_end_is_told() -> None:
    assert layout(box(b"moov") + box(b"mdat", b"x", size=999)).cut_off == "mdat"
    assert not layout(box(b"moov", b"x", size=999)).indexed


def test_tracks_tell_what_a_decoder_would_believe() -> None:
    size = bytes(8 + 8 + 24) + struct.pack(">HH", 640, 360)
    even = track(
        b"vide",
        stsd=size,
        stsz=struct.pack(">III", 0, 0, 3) + struct.pack(">III", 5, 6, 7),
        stco=struct.pack(">III", 0, 2, 100) + struct.pack(">I", 900),
    )
    sound = track(
        b"soun",
        stsz=struct.pack(">III", 0, 4, 50),
        co64=struct.pack(">II", 0, 1) + struct.pack(">Q", 2**33),
    )
    picture, heard = layout(box(b"moov", even + sound)).tracks
    assert (picture.width, picture.height, picture.samples, picture.needs) == (640, 360, 3, 18)
    assert (picture.last_chunk, picture.seconds) == (900, 5.0)
    assert (heard.handler, heard.samples, heard.needs, heard.last_chunk) == ("soun", 50, 200, 2**33)


def test_long_durations_are_read() -> None:
    head = box(b"mdhd", b"\1" + bytes(19) + struct.pack(">IQ", 1000, 2**33))
    made = box(b"trak", box(b"mdia", head + box(b"minf", box(b"stbl"))))
    assert layout(box(b"moov", made)).tracks[0].seconds == 2**33 / 1000


@pytest.mark.parametrize(
    "made",
    [
        box(b"mdat", size=3),
        box(b"free") * (boxes.MOST_BOXES + 1),
        box(b"moov", track(b"vide", stsz=struct.pack(">III", 0, 0, 9))),
        box(b"moov", track(b"soun", stsz=struct.pack(">III", 0, 1, 2**31))),
        box(b"moof", box(b"traf", box(b"trun", struct.pack(">II", 0, 2**31)))),
        box(
            b"moov",
            box(
                b"trak",
                box(b"edts", box(b"elst", struct.pack(">II", 0, 100_000)))
                + box(b"mdia", box(b"minf", box(b"stbl"))),
            ),
        ),
    ],
    ids=["short", "many", "few sizes", "many samples", "long fragment", "many edits"],
)
def test_contradictions_are_told(made: bytes) -> None:
    with pytest.raises(BrokenBoxes):
        layout(made)


@given(some.binary(max_size=400))
def test_any_bytes_have_a_layout_or_are_broken(data: bytes) -> None:
    for content in (
        data,
        box(b"moov", box(b"trak", data)),
        box(b"moov", track(b"vide", stsz=data)),
    ):
        try:
            layout(content)
        except BrokenBoxes:
            continue


@pytest.mark.parametrize(
    ("head", "family"),
    [
        (b"\0\0\0\x20ftypisom", "mov"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RIFF\0\0\0\0what", ""),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"fLaC", "flac"),
        (b"OggS", "ogg"),
        (b"BM", "bmp"),
        (b"", ""),
    ],
)
def test_first_bytes_tell_the_family(head: bytes, family: str) -> None:
    assert sniff.family(head) == family


def test_pictures_of_every_kind_tell_their_size(tmp_path: Path) -> None:
    from PIL import Image

    for name, options in (
        ("png", {}),
        ("jpeg", {}),
        ("jpeg", {"progressive": True}),
        ("gif", {}),
        ("bmp", {}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("webp", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
    ):
        Image.new("RGB", (123, 45)).save(path := tmp_path / name, name, **options)
        assert sniff.picture_size(name, path.read_bytes()) == Size(123, 45)


@given(some.sampled_from(sniff.PICTURES), some.binary(max_size=60))
def test_garbage_has_no_size_or_some(name: str, data: bytes) -> None:
    found = sniff.picture_size(name, data)
    assert found is None or found.height >= 0


def test_files_without_a_declared_end_have_none(clip: Clips) -> None:
    assert sniff.declared_end(b"RIFF\xff\xff\xff\xffAVI ") is None
    assert sniff.declared_end(b"\x1a\x45\xdf\xa3") is None
    assert sniff.declared_end(b"\x1a\x45\xdf\xa3\x18\x53\x80\x67" + b"\xff" * 12) is None
    assert sniff.declared_end(b"\x1a\x45\xdf\xa3\x18\x53\x80\x67" + bytes(12)) is None
    whole = clip("320x180-1s-mkv").read_bytes()
    assert sniff.declared_end(whole) == len(whole)
