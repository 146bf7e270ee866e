"""Answers that go wrong on their way: cut, dripped, stalled, mislabelled, or never sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from mockserver.jobs.clock import Clock
from mockserver.scenario.model import Wire
from mockserver.web import wire

PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center></body></html>\n"
WHOLE_LIMIT = 64 * 1024 * 1024
KEPT = 0.6  # of what is cut without saying where
SLOW_PIECES = 20


class HungUp(ConnectionResetError):
    """The connection was ended on purpose, under a server that knows no better way to do it."""


async def send_faulty(
    scope: wire.Scope, send: wire.Send, answer: wire.Answer, fault: Wire, clock: Clock
) -> None:
    """Send an answer as a fault lets it through. Seconds are the clock's."""
    if fault.fault == "reset" and fault.at == "before":
        await _hang_up(scope, send, reset=True)
        return
    body = await _body(answer)
    if fault.fault == "malformed":
        body = body[: max(1, len(body) * 2 // 3)]
    elif fault.fault == "html":
        status = fault.status or 502
        answer = wire.Answer(
            answer.reply._replace(status=status, media_type="text/html", body="", result=""),
            {},
            PAGE % (status, status),
        )
        body = answer.body
    declared = len(body) + (fault.bytes or 1 if fault.fault == "length" else 0)
    await _start(send, answer, None if fault.fault == "pieces" else declared)
    if fault.fault == "reset" and fault.at == "headers":
        await _hang_up(scope, send, reset=True)
        return
    if fault.fault == "stall":
        await clock.until(clock.now() + fault.seconds)
    for piece, more in _pieces(body, fault, whole=scope["method"] != "HEAD"):
        if fault.fault == "drip":
            await clock.until(clock.now() + fault.seconds)
        await send({"type": "http.response.body", "body": piece, "more_body": more})
    if fault.fault in ("reset", "cut", "length"):
        await _hang_up(scope, send, reset=fault.fault == "reset")


async def _start(send: wire.Send, answer: wire.Answer, length: int | None) -> None:
    headers = [(name.lower().encode(), text.encode()) for name, text in answer.headers.items()]
    if not answer.reply.empty or answer.body:
        headers.append((b"content-type", answer.reply.media_type.encode()))
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    status = answer.reply.status
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _pieces(body: bytes, fault: Wire, *, whole: bool) -> Iterator[tuple[bytes, bool]]:
    """What is sent of a body, and whether the response goes on after it."""
    if not whole:
        yield b"", False
    elif fault.fault in ("drip", "pieces"):
        size = fault.bytes or 1
        for start in range(0, len(body) or 1, size):
            yield body[start : start + size], start + size < len(body)
    elif fault.fault in ("cut", "reset"):
        yield body[: fault.bytes or int(len(body) * KEPT)], True
    else:
        yield body, fault.fault == "length"


async def _body(answer: wire.Answer) -> bytes:
    """The whole body, of a file too. A file that is too large to be held is cut."""
    if answer.file is None:
        return answer.body
    with answer.file.open("rb") as file:
        return await asyncio.to_thread(file.read, WHOLE_LIMIT)


async def _hang_up(scope: wire.Scope, send: wire.Send, *, reset: bool) -> None:
    if wire.HANG_UP not in scope.get("extensions", ()):
        raise HungUp("a scenario ended the connection here")
    await send({"type": wire.HANG_UP, "reset": reset})


def of_media(how: str, size: int) -> Wire | None:
    """What happens to a file's answer on its way; None where the file itself is spoilt."""
    if how == "truncated":
        return Wire("cut", bytes=max(1, int(size * KEPT)))
    if how == "slow":
        return Wire("drip", bytes=max(1, size // SLOW_PIECES), seconds=3.0)
    return None
