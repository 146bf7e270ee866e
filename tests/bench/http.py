"""What a call costs, against a bare ASGI application that answers bytes, in turns."""

from __future__ import annotations

import json
import urllib.request
from statistics import median

from tests.bench import load, servers

ROUNDS = 5
CREATE = json.dumps(
    {
        "model": "grok-imagine-video",
        "prompt": "The shot pans to an over the shoulder perspective. Calm controlled scene.",
        "duration": 10,
        "video": {"url": "https://example.com/source.mp4"},
    }
).encode()
OFF = ("--log-level", "error")  # as in production: no access log either side


def start_ratio(rounds: int = 7) -> float:
    """Process start to first answer, against a bare Starlette hello under uvicorn."""
    ratios = []
    for _ in range(rounds):
        taken = []
        for command, path in ((servers.mock, "/_mock/health"), (servers.hello, "/")):
            port = servers.free_port()
            with servers.running(command(port), port, path) as (_, seconds):
                taken.append(seconds)
        ratios.append(taken[0] / taken[1])
    return median(ratios)


def call_ratios(seconds: float = 2) -> tuple[float, float, dict[str, float]]:
    """Creates and polls per second, each as a ratio of bare replies; and the medians themselves."""
    mock_port, bare_port = servers.free_port(), servers.free_port()
    with (
        servers.running(servers.mock(mock_port, *OFF), mock_port, "/_mock/health"),
        servers.running(servers.bare(bare_port), bare_port),
    ):
        create = [load.request("POST", "/xai/v1/videos/extensions", CREATE)]
        plain = [load.request("GET", "/")]
        rows = []
        for _ in range(ROUNDS):
            poll = [load.request("GET", f"/xai/v1/videos/{_create(mock_port)}")]
            bare = load.rate(bare_port, plain, status="200", seconds=seconds)
            polls = load.rate(mock_port, poll, status="20", seconds=seconds)
            creates = load.rate(mock_port, create, status="200", seconds=seconds)
            rows.append((bare, polls, creates))
    rates = {
        name: median(row[index] for row in rows)
        for index, name in enumerate(("bare", "poll", "create"))
    }
    creates_ratio = median(row[2] / row[0] for row in rows)
    return creates_ratio, median(row[1] / row[0] for row in rows), rates


def memory() -> tuple[float, float]:
    """MiB resident when idle, and what 10,000 finished jobs add."""
    port = servers.free_port()
    command = servers.mock(port, "--speed", "100000", *OFF)
    with servers.running(command, port, "/_mock/health") as (pid, _):
        idle = servers.resident(pid)
        while _jobs(port) < 10_000:
            load.rate(
                port,
                [load.request("POST", "/xai/v1/videos/extensions", CREATE)],
                status="200",
                seconds=0.5,
            )
        return idle / 2**20, (servers.resident(pid) - idle) / 2**20 * 10_000 / _jobs(port)


def _create(port: int) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/xai/v1/videos/extensions",
        data=CREATE,
        headers={"Authorization": "Bearer bench-key", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["request_id"])


def _jobs(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_mock/health") as answer:
        return int(json.load(answer)["jobs"])
