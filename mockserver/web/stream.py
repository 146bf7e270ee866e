"""Replies without an end: sent piece by piece until the client goes, or there are no more."""

from __future__ import annotations

import asyncio
import contextlib

from mockserver.contract.message import Stream
from mockserver.web.wire import Answer, Receive, Send


async def send_stream(
    receive: Receive, send: Send, answer: Answer, pieces: Stream, *, head: bool = False
) -> None:
    """Send the pieces of a reply as they come. A HEAD gets the headers and no piece."""
    headers = [(name.lower().encode(), text.encode()) for name, text in answer.headers.items()]
    headers.append((b"content-type", answer.reply.media_type.encode()))
    await send({"type": "http.response.start", "status": answer.reply.status, "headers": headers})
    if not head:
        sending = asyncio.ensure_future(_all(send, pieces))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
    await send({"type": "http.response.body", "body": b""})


async def _all(send: Send, pieces: Stream) -> None:
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    """Wait until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        continue
