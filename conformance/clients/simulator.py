"""The simulator that clients are judged against: one that runs already, or one of our own."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx

from conformance.model import CannotRun

LISTENING = "listening on "
PATIENCE = 30.0
STOPPING = 6.0


class Simulator:
    """Its control API, as far as clients are judged with it."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url.rstrip("/")
        self._client = client

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of an answer. CannotRun where there is none."""
        return (await self._asked(method, path, body, query)).json()

    async def text(self, path: str, **query: Any) -> str:
        """The text of an answer."""
        return (await self._asked("GET", path, None, query)).text

    async def _asked(self, method: str, path: str, body: Any, query: Any) -> httpx.Response:
        try:
            answer = await self._client.request(
                method, f"{self.url}/_mock{path}", json=body, params=query or None
            )
        except httpx.HTTPError as error:
            told = str(error) or type(error).__name__
            raise CannotRun(f"no simulator answers at {self.url}: {told}") from None
        if answer.status_code >= 400:
            try:
                why = answer.json()["message"]
            except (ValueError, KeyError, TypeError):
                why = f"{answer.status_code} {answer.text[:200]}"
            raise CannotRun(f"{method} {path}: {why}")
        return answer


@contextlib.asynccontextmanager
async def simulator(url: str, seed: int | None) -> AsyncIterator[Simulator]:
    """The simulator at a URL; without one, one of our own for as long as the block runs."""
    limits = httpx.Limits(max_connections=None)
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                trust_env=False, verify=url.startswith("https:"), timeout=120, limits=limits
            )
        )
        yield Simulator(url or await stack.enter_async_context(_started(seed)), client)


@contextlib.asynccontextmanager
async def _started(seed: int | None) -> AsyncIterator[str]:
    words = [sys.executable, "-m", "mockserver.cli", "serve", "--port", "0"]
    words += [] if seed is None else ["--seed", str(seed)]
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None, "its output was asked for"
    assert process.stderr is not None, "its errors were asked for"
    saying: list[asyncio.Task[Any]] = []
    try:
        line = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                line = (await process.stdout.readline()).decode()
        if not line.startswith(LISTENING):
            process.kill()
            said = (await process.stderr.read()).decode("utf-8", "replace").strip()
            raise CannotRun(f"the simulator did not start: {said or line.strip() or 'no reason'}")
        saying = [asyncio.create_task(_drained(one)) for one in (process.stdout, process.stderr)]
        yield line.removeprefix(LISTENING).split()[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOPPING):
                await process.wait()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        for one in saying:
            one.cancel()
        await asyncio.gather(*saying, return_exceptions=True)


async def _drained(stream: asyncio.StreamReader) -> None:
    while await stream.read(64 * 1024):
        pass
