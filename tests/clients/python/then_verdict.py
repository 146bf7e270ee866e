"""Run a command under `mockserver exec`, then write what the verdict on it is to a file.

Arguments: the seconds that the command has, the file, and the command. The exit status is the
command's, or 124 where it was stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

STOPPED = 124


def main(seconds: str, file: str, *command: str) -> int:
    """The exit status of the command."""
    try:
        status = subprocess.run(command, check=False, timeout=float(seconds)).returncode
    except subprocess.TimeoutExpired:
        status = STOPPED
    past_proxies = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with past_proxies.open(f"{os.environ['MOCKSERVER_URL']}/_mock/verdict") as answer:
        Path(file).write_bytes(answer.read())
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
