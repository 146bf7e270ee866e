"""Runs the suite twice, in other orders and by other numbers of workers, and compares the journals.

`python -m tests.twice [arguments of pytest]`: for example the tests to run. It takes as long as two
runs of the suite, and is therefore no part of it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import orjson

SEED = "7"
RUNS = (["--randomly-dont-reorganize", "-n", "0"], ["-n", "2"])


class Wrote(NamedTuple):
    """What the worlds of a test wrote. `differs` is the reason why it is not the same again."""

    test: str
    differs: str
    lines: tuple[bytes, ...]


def run(arguments: list[str], folder: Path) -> int:
    """Run the tests; their journals go into a folder."""
    folder.mkdir()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.journals"]
    seeds = [f"--randomly-seed={SEED}", f"--hypothesis-seed={SEED}"]
    print(f"pytest {' '.join(arguments)}", flush=True)
    return subprocess.run([*command, "--journals", str(folder), *seeds, *arguments]).returncode


def read(folder: Path) -> dict[str, Wrote]:
    """What every test's worlds wrote, by the test."""
    found = {}
    for path in folder.iterdir():
        head, *lines = path.read_bytes().split(b"\n")
        wrote = Wrote(**orjson.loads(head), lines=tuple(lines))
        found[wrote.test] = wrote
    return found


def differences(first: Mapping[str, Wrote], second: Mapping[str, Wrote]) -> dict[str, str]:
    """The tests whose journals are not the same, and where they part."""
    return {
        test: _parting(first.get(test), second.get(test))
        for test in sorted(first.keys() | second.keys())
        if first.get(test) != second.get(test)
    }


def _parting(one: Wrote | None, other: Wrote | None) -> str:
    if one is None or other is None:
        return f"only run {1 if one else 2} wrote something"
    pairs = zip(one.lines, other.lines, strict=False)
    where = next((n for n, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    if where is None:
        return f"{len(one.lines)} and {len(other.lines)} entries"
    told = "\n    ".join(each.lines[where].decode()[:2000] for each in (one, other))
    return f"entry {where + 1}:\n    {told}"


def main(arguments: list[str]) -> int:
    """1 where journals differ without a reason, 2 where tests fail."""
    with tempfile.TemporaryDirectory() as kept:
        folders = [Path(kept, str(number)) for number in range(len(RUNS))]
        failed = [run([*how, *arguments], at) for how, at in zip(RUNS, folders, strict=True)]
        first, second = (read(folder) for folder in folders)
    found = differences(first, second)
    reasons = {test: first[test].differs for test in found if test in first}
    entries = sum(len(one.lines) for one in first.values())
    print(f"{len(first)} tests wrote {entries} entries; those of {len(found)} differ")
    for test, where in found.items():
        reason = reasons.get(test)
        print(f"{test}\n  {f'as it says: {reason}' if reason else where}")
    if any(failed):
        return 2
    return int(any(not reasons.get(test) for test in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
