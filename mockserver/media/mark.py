"""The machine-readable mark on each generated frame: which job, which frame, which seed.

A strip of 120 light and dark cells along the long side of the picture (below a wide one, at the
right of a tall one): 8 fixed cells, 40 bits of job tag, 16 of frame number, 32 of seed, 24 of
check sum. Cells are proportional to the picture, in one row from 1000 pixels on, in two from 500,
else in three, so that they keep at least four pixels a side when a small picture is halved. A
reader tries all three. Works on brightness alone: colours may be lost.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import combinations, count, islice, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

SYNC = 0b10110010
FIXED, TAG, INDEX, SEED, CHECK = 8, 40, 16, 32, 24  # bits
CELLS = FIXED + TAG + INDEX + SEED + CHECK
ROWS = ((1000, 1), (500, 2), (0, 3))  # from which long side on: how many rows
DARK, LIGHT, GREY = 24, 232, 128
DOUBTED, MOST_WRONG = 12, 3  # cells that a reader may misread: of the 12 least clear, up to 3
CONTRAST = 40  # between light and dark that a reader insists on


@dataclass(frozen=True, slots=True)
class Mark:
    """What a frame's strip says."""

    tag: str  # of the job, see `tag_of`
    index: int  # of the frame in the generated part, from 0, modulo 65536
    seed: int  # modulo 2**32


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the cells of a picture lie, counted from the corner, along the strip and across it."""

    wide: bool  # below the picture; else at its right
    along: tuple[int, ...]  # borders of the cells of a row, from 0 to the long side
    across: tuple[int, ...]  # borders of the rows, from the picture's inside to its edge

    @property
    def rows(self) -> int:
        return len(self.across) - 1


def tag_of(job_id: str) -> str:
    """Ten hexadecimal digits that stand for a job id."""
    return sha256(job_id.encode("utf-8", "surrogatepass")).hexdigest()[: TAG // 4]


@lru_cache(maxsize=32)
def strip(width: int, height: int, rows: int = 0) -> Strip:
    """The strip of a picture of this size, in the usual number of rows or in a given one."""
    long, short = max(width, height), min(width, height)
    rows = rows or next(number for least, number in ROWS if long >= least)
    pitch = long / (CELLS // rows)
    along = tuple(round(at * pitch) for at in range(CELLS // rows + 1))
    across = tuple(round(short - (rows - at) * pitch) for at in range(rows + 1))
    return Strip(width >= height, along, across)


def digits_of(mark: Mark) -> str:
    """The cells of a mark, four to a hexadecimal digit, light ones as 1."""
    number = int(mark.tag, 16) << INDEX | mark.index % (1 << INDEX)
    number = number << SEED | mark.seed % (1 << SEED)
    whole = (SYNC << TAG + INDEX + SEED | number) << CHECK | _check(number)
    return f"{whole:0{CELLS // 4}x}"


def mark_of(cells: int) -> Mark | None:
    """The mark that cells make, if their fixed part and their check sum are right."""
    number, check = cells >> CHECK, cells % (1 << CHECK)
    fixed, number = number >> TAG + INDEX + SEED, number % (1 << TAG + INDEX + SEED)
    if fixed != SYNC or check != _check(number):
        return None
    tag, rest = number >> INDEX + SEED, number % (1 << INDEX + SEED)
    return Mark(f"{tag:0{TAG // 4}x}", rest >> SEED, rest % (1 << SEED))


def write(frame: "VideoFrame", mark: Mark) -> None:
    """Draw a mark into a yuv420p frame, in place. The frame's memory must not be shared."""
    place, digits = strip(frame.width, frame.height), digits_of(mark)
    light, *colours = frame.planes
    memory, size = memoryview(light), len(digits) // place.rows
    for row in range(place.rows):
        cells = digits[row * size : (row + 1) * size]
        drawn = b"".join(map(_drawn, repeat(frame.width), repeat(frame.height), count(), cells))
        for at in range(place.across[row], place.across[row + 1]):
            memory[_lane(light, place, at)] = drawn
    for plane in colours:
        memory, side = memoryview(plane), plane.width if place.wide else plane.height
        for at in range(place.across[0] // 2, plane.height if place.wide else plane.width):
            memory[_lane(plane, place, at)] = _grey(side)


def read(frame: "VideoFrame") -> Mark | None:
    """The mark of a frame, however the file was encoded and scaled since; None if it has none."""
    plain = frame if frame.format.name in ("yuv420p", "gray") else frame.reformat(format="gray")
    plane = plain.planes[0]
    memory, line = memoryview(plane).cast("B"), plane.line_size
    usual = strip(frame.width, frame.height).rows
    for rows in sorted({1, 2, 3}, key=lambda number: number != usual):
        place = strip(frame.width, frame.height, rows)
        if place.across[0] < 0:
            continue
        levels = _levels(memory, line, place)
        fixed = list(islice(levels, FIXED))
        if (edge := _edge(fixed)) is None:
            continue
        for cells in _readings([*fixed, *levels], edge):
            if found := mark_of(cells):
                return found
    return None


def _check(number: int) -> int:
    return zlib.crc32(number.to_bytes((TAG + INDEX + SEED) // 8)) % (1 << CHECK)


def _lane(plane: "VideoPlane", place: Strip, at: int) -> slice:
    """The pixels of a plane that run along the strip, `at` of them away from the far side."""
    if place.wide:
        return slice(at * plane.line_size, at * plane.line_size + plane.width)
    return slice(at, plane.height * plane.line_size, plane.line_size)


@lru_cache(maxsize=32)
def _grey(length: int) -> bytes:
    return bytes([GREY]) * length


@lru_cache(maxsize=4096)
def _drawn(width: int, height: int, position: int, digit: str) -> bytes:
    """The pixels of four cells of a row, in a picture of this size."""
    place, number, first = strip(width, height), int(digit, 16), position * 4
    return b"".join(
        bytes([LIGHT if number >> 3 - at & 1 else DARK])
        * (place.along[first + at + 1] - place.along[first + at])
        for at in range(4)
    )


def _levels(memory: memoryview, line: int, place: Strip) -> Iterator[float]:
    """How light each cell is, in the middle half of it."""
    for row in range(place.rows):
        low, high = _middle(place.across[row], place.across[row + 1])
        for at in range(len(place.along) - 1):
            start, stop = _middle(place.along[at], place.along[at + 1])
            inner, outer = (
                ((low, high), (start, stop)) if place.wide else ((start, stop), (low, high))
            )
            yield _mean(memory, line, inner, outer)


def _mean(memory: memoryview, line: int, ys: tuple[int, int], xs: tuple[int, int]) -> float:
    total = sum(sum(memory[y * line + xs[0] : y * line + xs[1]]) for y in range(*ys))
    return total / ((ys[1] - ys[0]) * (xs[1] - xs[0]))


def _middle(start: int, stop: int) -> tuple[int, int]:
    """The middle half of a span, at least one wide."""
    low = start + (stop - start) // 4
    return low, max(low + 1, stop - (stop - start) // 4)


def _edge(fixed: list[float]) -> float | None:
    """What parts light from dark, by the fixed cells; None if these do not differ as they must."""
    light = [level for at, level in enumerate(fixed) if SYNC >> FIXED - 1 - at & 1]
    dark = [level for at, level in enumerate(fixed) if not SYNC >> FIXED - 1 - at & 1]
    if min(light) - max(dark) < CONTRAST:
        return None
    return (sum(light) / len(light) + sum(dark) / len(dark)) / 2


def _readings(levels: list[float], edge: float) -> Iterator[int]:
    """What the cells may say, the likeliest first.

    A coder that runs short of bits blurs single cells. The check sum is long enough to try the
    other reading of the few that lie nearest to the edge between light and dark.
    """
    cells = int("".join("1" if level > edge else "0" for level in levels), 2)
    yield cells
    weak = sorted(range(FIXED, CELLS), key=lambda at: abs(levels[at] - edge))[:DOUBTED]
    for size in range(1, MOST_WRONG + 1):
        for wrong in combinations(weak, size):
            yield cells ^ sum(1 << CELLS - 1 - at for at in wrong)
