"""How long it takes to put a well-behaved client into every case of one provider."""

from __future__ import annotations

import subprocess
import sys
import time

CLIENT = ("-m", "tests.mutants.clients", "xai", "{base_url}", "{key}", "{source}", "--limit", "12")


def matrix_seconds() -> float:
    """Seconds from the command to its exit, which must be that of a client without a fault."""
    words = [sys.executable, "-m", "conformance", "client", "--provider", "xai", "--seed", "7"]
    began = time.perf_counter()
    ended = subprocess.run(
        [*words, "--", sys.executable, *CLIENT], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if ended.returncode:
        raise RuntimeError(ended.stdout + ended.stderr)
    return seconds
