"""Sending files: ranges, validators, HEAD, in pieces large enough to be fast."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from starlette.responses import FileResponse, Response

from mockserver.contract.message import Reply
from mockserver.web import wire

PIECE = 1024 * 1024
RANGE = re.compile(r"bytes=\s*(\d*-\d*)(\s*,\s*\d*-\d*)*\s*")


class LargePieces(FileResponse):
    """A file response that reads a megabyte at a time."""

    chunk_size = PIECE


class OutOfRange(Exception):
    """The client asked for a part that the file does not have."""


async def send_file(
    scope: wire.Scope,
    receive: wire.Receive,
    send: wire.Send,
    answer: wire.Answer,
    path: Path,
    *,
    otherwise: Callable[[], Reply],
) -> None:
    """Send a file: 200, 206 by its Range, 304 by If-None-Match, or `otherwise` out of range.

    The entity tag follows from the file's name on the shelf, which follows from its content.
    """
    size = os.stat(path).st_size
    tag = f'"{hashlib.blake2b(path.name.encode(), digest_size=16).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, max-age=3600", **answer.headers}
    asked = _header(scope, b"if-none-match")
    if asked and tag in [one.strip().removeprefix("W/") for one in asked.split(",")]:
        await Response(status_code=304, headers=headers)(scope, receive, send)
        return
    response = LargePieces(
        path,
        status_code=answer.reply.status,
        headers=headers,
        media_type=answer.reply.media_type,
        stat_result=os.stat(path),
    )
    del response.headers["last-modified"]  # it would be when we rendered, not when the job ended
    try:
        await response(_ranged(scope, tag), receive, _raising(send))
    except OutOfRange:
        refusal = otherwise()
        with_size = {**refusal.headers, "Content-Range": f"bytes */{size}"}
        refusal = Reply(refusal.status, refusal.body, refusal.media_type, with_size)
        await wire.send_answer(send, wire.plain(refusal), head=scope["method"] == "HEAD")


def _raising(send: wire.Send) -> wire.Send:
    async def sending(message: wire.Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 416:
            raise OutOfRange
        await send(message)

    return sending


def _ranged(scope: wire.Scope, tag: str) -> wire.Scope:
    """The scope with a Range only where it counts: it can be read, and If-Range names this file.

    RFC 9110 says to ignore any other.
    """
    asked, only_if = _header(scope, b"range"), _header(scope, b"if-range")
    counts = RANGE.fullmatch(asked) and only_if in ("", tag)
    dropped = (b"if-range",) if counts else (b"if-range", b"range")
    return {**scope, "headers": [one for one in scope["headers"] if one[0] not in dropped]}


def _header(scope: wire.Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
