"""How long the judge takes: programs as a user runs them, two at a time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from conformance.dialects import NAMES

CORES = 2
LONGEST_FIRST = ("ltx", "kie", "xai", "pictory", "hooked")
assert set(LONGEST_FIRST) == set(NAMES)


def written_seconds() -> float:
    """Seconds for every hand-written case of all providers."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(_judge, LONGEST_FIRST))
    return time.perf_counter() - began


def generated_seconds() -> float:
    """Seconds for the generated cases of the provider that takes longest."""
    return max(_generated(name) for name in NAMES)


def _judge(provider: str) -> None:
    _run(["--provider", provider, "--max-examples", "0"])


def _generated(provider: str) -> float:
    began = time.perf_counter()
    _run(["--provider", provider, "--case", "generated.*"])
    return time.perf_counter() - began


def _run(words: Sequence[str]) -> None:
    command = [sys.executable, "-m", "conformance", "run", *words]
    subprocess.run(command, capture_output=True, check=True)
