"""Moving the clock over pending jobs with webhooks to a receiver in this process.

Through the application, as a test would do it, under uvloop.
"""

from __future__ import annotations

import gc
import time
from collections.abc import MutableMapping
from typing import Any

import orjson
import uvloop

from mockserver.app import App
from mockserver.contract.model import Json
from mockserver.settings import Settings
from mockserver.webhooks.model import Answer, Outgoing

HOOK = "http://stub.test/hook"
PER_KEY = 1_000  # jobs that the credits of a key last for
CREATE = "/kie/api/v1/veo/generate"
BODY: Json = {"prompt": "A calm scene.", "model": "veo3_fast", "callBackUrl": HOOK}


def seconds(jobs: int) -> float:
    """How long it takes to advance over so many pending jobs until idle."""
    return uvloop.run(_seconds(jobs))


def growth(few: int = 1_000, many: int = 100_000) -> float:
    """What a job costs among many, as a ratio of what it costs among few."""
    return (seconds(many) / many) / (min(seconds(few) for _ in range(5)) / few)


async def _seconds(jobs: int) -> float:
    app = App(Settings(seed=1, clock="virtual", job_limit=jobs))
    got: list[str] = []

    async def stub(outgoing: Outgoing) -> Answer:
        got.append(outgoing.url)
        return Answer(200)

    app.receivers[HOOK] = stub
    try:
        for number in range(jobs):
            await _post(app, CREATE, BODY, key=f"bench-{number // PER_KEY}")
        gc.collect()
        started = time.perf_counter()
        told = await _post(app, "/_mock/clock/advance", {"until": "idle"})
        taken = time.perf_counter() - started
        if len(got) != jobs or not told["idle"]:
            raise RuntimeError(f"{len(got)} of {jobs} webhooks came")
        return taken
    finally:
        await app.stop()
        app.close()


async def _post(app: App, path: str, body: Json, *, key: str = "bench") -> Json:
    """The answer to a request. RuntimeError when it is a refusal."""
    raw, answer, status = orjson.dumps(body), bytearray(), 0

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        answer.extend(message.get("body", b""))

    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    await app(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"{path} answered {status}: {answer.decode()[:500]}")
    return orjson.loads(answer)
