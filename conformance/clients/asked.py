"""What is asked in the same words of a client's judge and of a receiver's: cases, levels, files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.model import LEVELS, CannotRun, Level

LONGEST = 86_000.0  # seconds


def like(id: str, pattern: str) -> bool:
    """Whether a case is meant by a pattern, which may leave out what stands before the point."""
    return fnmatchcase(id, pattern) or fnmatchcase(id.partition(".")[2], pattern)


def counting(level: Level) -> Sequence[Level]:
    """The levels that count where one is the least."""
    return LEVELS[: LEVELS.index(level) + 1]


def report(text: str, formats: Sequence[str]) -> tuple[str, Path]:
    """A format and its file. CannotRun where there is no such format, or no place for the file."""
    kind, equals, name = text.partition("=")
    if kind not in formats or not equals or not name:
        raise CannotRun(f"--report {text!r} is not one of {', '.join(formats)}, = and a file")
    if not Path(name).resolve().parent.is_dir():
        raise CannotRun(f"--report {text!r}: there is no folder {Path(name).parent}")
    return kind, Path(name)


def seconds(text: str) -> float:
    """A time limit, as an option has it."""
    value = float(text)
    if not 0 < value <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most {LONGEST:g}")
    return value
