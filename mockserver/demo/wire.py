"""What a provider's part of the demo talks through. It is a client like any other: HTTP only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mockserver.contract.model import Json
from mockserver.jobs.clock import Clock

if TYPE_CHECKING:
    from aiohttp import ClientSession, FormData

KEY = "demo-key-0123456789"


class Refused(Exception):
    """The provider did not take the request; the text is its answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A state a job was seen in, `at` seconds (of the provider's time) after the request."""

    at: float
    state: str


@dataclass(slots=True)
class Wire:
    """One provider's base URL and key, and a note of the states seen.

    `clock` runs as fast as the simulator's, so that `pause(5)` is five of the provider's seconds.
    """

    session: ClientSession
    base: str
    clock: Clock
    started: float = 0.0
    seen: list[Seen] = field(default_factory=list)

    async def json(
        self, method: str, path: str, *, json: Json = None, form: FormData | None = None
    ) -> Json:
        """The JSON of an answer; None when it is empty. Refused when its status is 400 or more."""
        headers = {"Authorization": f"Bearer {KEY}"}
        call = self.session.request(method, self.base + path, json=json, data=form, headers=headers)
        async with call as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise Refused(f"{method} {path} → {answer.status}: {text[:300]}")
            return await answer.json() if text else None

    async def put(self, url: str, file: Path, headers: Mapping[str, str]) -> None:
        """Put a file to a signed URL. Refused when it is not taken."""
        with file.open("rb") as body:
            async with self.session.put(url, data=body, headers=headers) as answer:
                if answer.status != 200:
                    raise Refused(f"PUT → {answer.status}: {(await answer.text())[:300]}")

    def saw(self, state: str) -> None:
        """Note a state, once for as long as it lasts."""
        if not self.seen or self.seen[-1].state != state:
            self.seen.append(Seen(self.clock.now() - self.started, state))

    async def pause(self, seconds: float) -> None:
        """Let so much of the provider's time pass."""
        await self.clock.until(self.clock.now() + seconds)


class Part(Protocol):
    """A provider's part of the demo: the module `mockserver.demo.<provider>`."""

    async def extend(self, wire: Wire, clip: Path, seconds: int, prompt: str) -> str:
        """Hand the clip over, extend it, wait, and return the URL of the result.

        Calls `wire.saw` with every state it is shown. Refused when the provider says no or fails.
        """
