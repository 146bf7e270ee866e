"""The one door to chance: labelled draws from a seed.

The same seed and labels give the same draws, whatever else is drawn elsewhere.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
NUMBERS = struct.Struct(">8Q")
SHARE = 2.0**-64


class Chance:
    """A stream of draws of its own. Two streams of different labels know nothing of each other."""

    __slots__ = ("_at", "_block", "_drawn", "_key", "_numbers", "_rounds")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._block = 0
        self._drawn = b""
        self._at = 0
        self._rounds = 0
        self._numbers: list[int] = []

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes of the stream."""
        end = self._at + count
        if end > len(self._drawn):
            self._draw(count)
            end = count
        taken = self._drawn[self._at : end]
        self._at = end
        return taken

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        numbers = self._numbers or self._more()
        return low + numbers.pop() % (high - low + 1)

    def uniform(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        numbers = self._numbers or self._more()
        return low + numbers.pop() * SHARE * (high - low)

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def hex(self, digits: int) -> str:
        """A word of so many lower-case hexadecimal digits."""
        return self.bytes((digits + 1) // 2).hex()[:digits]

    def uuid(self) -> str:
        """A UUID of version 4."""
        return uuid4_of(self.bytes(16).hex())

    def _more(self) -> list[int]:
        """Further numbers of 64 bits to be taken, from a stream beside that of the bytes."""
        block = self._rounds.to_bytes(8, "big")
        self._rounds += 1
        digest = hashlib.blake2b(block, key=self._key, person=b"numbers").digest()
        self._numbers = list(NUMBERS.unpack(digest))
        return self._numbers

    def _draw(self, count: int) -> None:
        """Have at least `count` bytes that were not taken yet, and nothing before them."""
        self._drawn = self._drawn[self._at :]
        self._at = 0
        while len(self._drawn) < count:
            block = self._block.to_bytes(8, "big")
            self._drawn += hashlib.blake2b(block, key=self._key).digest()
            self._block += 1


class Words:
    """32 hexadecimal digits for every number, under one seed and label: the cheapest draw."""

    def __init__(self, seed: int, *labels: str | int) -> None:
        self._begun = hashlib.blake2b(_text(seed, labels), digest_size=16)

    def __call__(self, number: int) -> str:
        drawn = self._begun.copy()
        drawn.update(b"\0%d" % number)
        return drawn.hexdigest()


class Streams:
    """Streams under the same labels, told apart by a number: the first, the second, and so on."""

    def __init__(self, seed: int, *labels: str) -> None:
        self._begun = hashlib.blake2b(_text(seed, labels), digest_size=32)
        self.count = 0

    def next(self) -> Chance:
        """A new stream: the one that `chance` has for the labels and the number."""
        self.count += 1
        drawn = self._begun.copy()
        drawn.update(b"\0%d" % self.count)
        return Chance(drawn.digest())


def uuid4_of(word: str) -> str:
    """32 hexadecimal digits as a UUID of version 4."""
    variant = "89ab"[int(word[16], 16) & 3]
    return f"{word[:8]}-{word[8:12]}-4{word[13:16]}-{variant}{word[17:20]}-{word[20:32]}"


def chance(seed: int, *labels: str | int) -> Chance:
    """The stream of draws that belongs to these labels."""
    return Chance(hashlib.blake2b(_text(seed, labels), digest_size=32).digest())


def _text(seed: int, labels: tuple[str | int, ...]) -> bytes:
    return "\0".join(map(str, (seed, *labels))).encode("utf-8", "surrogatepass")


def fresh_seed() -> int:
    """A seed nobody chose, small enough to be typed again."""
    return secrets.randbelow(1_000_000)
