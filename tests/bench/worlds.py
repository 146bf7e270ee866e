"""What worlds and rules cost: memory of a world, time of a hundred rules that do not apply."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from statistics import median

import uvloop

from mockserver.app import App
from mockserver.settings import Settings
from tests.bench import servers
from tests.bench.http import CREATE

EXTEND = "/xai/v1/videos/extensions"
HEADERS = {"Authorization": "Bearer bench-key", "Content-Type": "application/json"}
RULES = [
    {"provider": "xai", "on": "create", "fields": {"/prompt": f"no prompt {number}"}, "delay": 1.0}
    for number in range(100)
]


def memory_of_a_world(count: int = 1000) -> float:
    """KiB resident that a world with one job costs, over so many of them."""
    port = servers.free_port()
    command = servers.mock(port, "--clock", "virtual", "--log-level", "error")
    with servers.running(command, port, "/_mock/health") as (pid, _):
        for number in range(50):  # what is made with the first worlds belongs to none
            _create(port, f"first-{number}")
        before = servers.resident(pid)
        for number in range(count):
            _create(port, f"w{number}")
        return (servers.resident(pid) - before) / 1024 / count


def cost_of_rules(rounds: int = 15, creates: int = 300) -> float:
    """What a create costs with a hundred rules, as a ratio of what it costs without any."""
    return uvloop.run(_ratio(rounds, creates))


async def _ratio(rounds: int, creates: int) -> float:
    with_rules = App(Settings(seed=1, setup={"rule": RULES}))
    without = App(Settings(seed=1))
    try:
        ratios = []
        for _ in range(rounds):
            taken = [await _seconds(app, creates) for app in (with_rules, without)]
            ratios.append(taken[0] / taken[1])
        return median(ratios)
    finally:
        with_rules.close()
        without.close()


async def _seconds(app: App, creates: int) -> float:
    scope = {
        "type": "http",
        "method": "POST",
        "path": EXTEND,
        "raw_path": EXTEND.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")]
        + [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": CREATE, "more_body": False}

    async def send(message: object) -> None:
        await asyncio.sleep(0)

    began = time.process_time()
    for _ in range(creates):
        await app(scope, receive, send)
    return time.process_time() - began


def _create(port: int, world: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/w/{world}{EXTEND}", data=CREATE, headers=HEADERS
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
