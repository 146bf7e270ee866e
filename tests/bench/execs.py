"""What `mockserver exec` adds to a command that makes one call."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from mockserver.serve import running
from mockserver.settings import Settings

TIMES = 7
CALL = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer any-key"})
print(urllib.request.urlopen(request).status)
"""
PATH = "/v1/video-generation-models"


def added_seconds() -> float:
    """Seconds with exec, less those of the same program at a server that runs already."""
    exec_ = [sys.executable, "-m", "mockserver.cli", "exec", "--quiet", "--"]
    call = [sys.executable, "-c", CALL]
    with running(Settings(seed=7)) as app:
        bare = [_seconds([*call, f"{app.address}/xai{PATH}"]) for _ in range(TIMES)]
    under = [_seconds([*exec_, *call, f"https://api.x.ai{PATH}"]) for _ in range(TIMES)]
    return statistics.median(under) - statistics.median(bare)


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began
