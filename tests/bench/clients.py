"""How long it takes to put a well-behaved client into every case of a provider."""

from __future__ import annotations

import subprocess
import sys
import time

from conformance.dialects import NAMES


def matrix_seconds() -> float:
    """Seconds for the provider that takes longest."""
    return max(_seconds(name) for name in NAMES)


def _seconds(provider: str) -> float:
    """From the command to its exit, which must be that of a client without a fault."""
    words = [sys.executable, "-m", "conformance", "client", "--provider", provider, "--seed", "7"]
    client = [sys.executable, "-m", "tests.mutants.clients", provider]
    began = time.perf_counter()
    ended = subprocess.run(
        [*words, "--", *client, "{base_url}", "{key}", "{source}"],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if ended.returncode:
        raise RuntimeError(ended.stdout + ended.stderr)
    return seconds
