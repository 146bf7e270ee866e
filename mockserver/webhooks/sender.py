"""One request to a receiver outside, under the egress policy, and what came back.

Sessions are kept for two seconds, so that a burst reuses its connections and none is found dead: a
request is sent once, never again by itself. No redirect is followed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mockserver import egress
from mockserver.journal.redact import address
from mockserver.webhooks.limits import Limits
from mockserver.webhooks.model import (
    KEPT_ANSWER,
    KEPT_HEADERS,
    KEPT_TEXT,
    KEPT_URL,
    Answer,
    Parcel,
)

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

READ_ANSWER = 64 * 1024
PIECE = 1024 * 1024
SESSION_SECONDS = 2.0
MOST_LITERAL = 256


class _Kept:
    """A session, and how many requests are using it."""

    __slots__ = ("old", "session", "users")

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.users = 0
        self.old = False


class Sender:
    """Sends requests to where the policy lets it."""

    def __init__(
        self, policy: egress.Policy, *, resolver: egress.Resolver = egress.system_resolver
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._sessions: dict[tuple[str, int, tuple[str, ...]], _Kept] = {}
        self._literal: dict[str, egress.Pinned] = {}  # whose addresses nobody can change
        self._limits = Limits()
        self._closing: set[asyncio.Task[None]] = set()

    async def pin(self, url: str) -> egress.Pinned | str:
        """Where requests for a URL go, decided once; or why there are none, in a sentence."""
        if known := self._literal.get(url):
            return known
        found = await egress.pin(self._policy, url, resolver=self._resolver)
        if not isinstance(found, egress.Refused):
            if found.host in found.addresses and len(self._literal) < MOST_LITERAL:
                self._literal[url] = found
            return found
        if found.kind == "bad-url" and isinstance(
            place := egress.place_of(address(url[:KEPT_URL])), egress.Refused
        ):
            return place.reason  # says the URL, but none of its secrets
        return found.reason

    async def send(
        self,
        method: str,
        pinned: egress.Pinned,
        headers: Mapping[str, str],
        parcel: Parcel,
        limit: float,
    ) -> Answer:
        """The answer to one request, or why there is none within so many real seconds."""
        import aiohttp

        status = 0
        kept = self._session(pinned)
        kept.users += 1
        try:
            body = _pieces(parcel.file) if parcel.file else parcel.body
            with self._limits.within(limit):
                async with egress.send(
                    kept.session, method, pinned, headers=headers, body=body
                ) as response:
                    status = response.status
                    return await _answer(response)
        except TimeoutError:
            return Answer(status, late=True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(status, why=_broken(status, error))
        finally:
            kept.users -= 1
            if kept.old and not kept.users:
                self._close(kept)

    async def close(self) -> None:
        """Close every connection. Whoever is still sending is cut off."""
        for kept in self._sessions.values():
            self._close(kept)
        self._sessions.clear()
        while self._closing:
            await asyncio.wait(self._closing)

    def _session(self, pinned: egress.Pinned) -> _Kept:
        kept = self._sessions.get(pinned.origin)
        if kept is None:
            kept = _Kept(egress.session(pinned, connections=0))
            self._sessions[pinned.origin] = kept
            asyncio.get_running_loop().call_later(SESSION_SECONDS, self._retire, pinned, kept)
        return kept

    def _retire(self, pinned: egress.Pinned, kept: _Kept) -> None:
        """Use a session for no further requests, and close it after the last one."""
        if self._sessions.get(pinned.origin) is kept:
            del self._sessions[pinned.origin]
            kept.old = True
            if not kept.users:
                self._close(kept)

    def _close(self, kept: _Kept) -> None:
        task = asyncio.create_task(kept.session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _broken(status: int, error: Exception) -> str:
    """What went wrong with a request that got as far as a status, or not."""
    import aiohttp

    if status:
        return "hung up before its answer was whole"
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError):
        return "hung up without an answer"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"could not be trusted: {_short(error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"could not be reached: {_short(_reason(error.os_error))}"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"answered what is not HTTP: {_short(error.message)}"
    return f"broke off: {_short(error)}"


async def _answer(response: ClientResponse) -> Answer:
    """An answer with the beginning of its body, of which no more is read than is reasonable."""
    length = response.content_length
    if length is not None and length <= READ_ANSWER:
        body = await response.read()
        return Answer(response.status, _headers(response), body[:KEPT_ANSWER])
    body = await response.content.read(READ_ANSWER)
    size = len(body)
    while body and size < READ_ANSWER and not response.content.at_eof():
        piece = await response.content.read(READ_ANSWER - size)
        if not piece:
            break
        size += len(piece)
        if len(body) < KEPT_ANSWER:
            body += piece
    return Answer(response.status, _headers(response), body[:KEPT_ANSWER])


def _headers(response: ClientResponse) -> Mapping[str, str]:
    """The headers of an answer, as far as they are kept."""
    found = response.headers.items()
    return {name.lower(): text[:KEPT_TEXT] for name, text in islice(found, KEPT_HEADERS)}


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(_read, file):
            yield piece


def _read(file: BinaryIO) -> bytes:
    return file.read(PIECE)


def _reason(error: OSError) -> str:
    """The same words under every event loop."""
    return os.strerror(error.errno) if error.errno else str(error)


def _short(what: object) -> str:
    return " ".join(str(what).split())[:200]
