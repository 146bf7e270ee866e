"""Sound as plain samples: soft tones that nobody takes for a recording. Knows no codec.

A sound is one `bytes` of 32-bit floats per channel; all channels of a made sound are alike.
"""

from array import array
from functools import lru_cache
from hashlib import sha256
from math import cos, pi, sin

WIDTH = 4  # bytes of a sample
PEAK = 0.02  # of full scale: -34 dBFS at the loudest
CHORDS = ((220, 277, 330), (196, 247, 294), (233, 294, 349), (208, 262, 311))
LOOP = 48 * 1024  # samples after which the tones repeat: whole AAC packets


@lru_cache(maxsize=16)
def _loop(chord: tuple[int, ...], rate: int) -> bytes:
    """A chord that swells and ebbs, in whole cycles, so that it can be repeated without a seam."""
    a, b, c = (2 * pi * round(tone * LOOP / rate) / LOOP for tone in chord)
    swell = 2 * pi / LOOP
    loud = PEAK / len(chord) / 2
    made = (
        loud * (1 - cos(swell * at)) * (sin(a * at) + sin(b * at) + sin(c * at))
        for at in range(LOOP)
    )
    return array("f", made).tobytes()


def tones(seed: str, start: int, samples: int, rate: int) -> bytes:
    """Soft tones from sample `start` of an endless sound on; another chord for another seed."""
    draw = sha256(f"tones:{seed}".encode("utf-8", "surrogatepass")).digest()[0]
    loop = _loop(CHORDS[draw % len(CHORDS)], rate)
    skip = start % LOOP
    whole = loop * ((skip + samples) // LOOP + 1)
    return whole[skip * WIDTH : (skip + samples) * WIDTH]


def silence(samples: int) -> bytes:
    return bytes(max(0, samples) * WIDTH)


def edged(sound: bytes, at: int, start: int, stop: int, enter: int, leave: int) -> bytes:
    """A part of a piece [start, stop) that begins at `at`, with its share of the piece's fades."""
    end = at + len(sound) // WIDTH
    if at >= start + enter and end <= stop - leave:
        return sound
    values = array("f", sound)
    for place in range(max(at, start), min(end, start + enter)):
        values[place - at] *= (place - start) / enter
    for place in range(max(at, stop - leave), min(end, stop)):
        values[place - at] *= (stop - 1 - place) / leave
    return values.tobytes()
