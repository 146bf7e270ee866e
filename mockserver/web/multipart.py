"""Multipart bodies: parts in the order sent, files straight to the shelf, all of it bounded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from mockserver.contract.message import Body, Part
from mockserver.world.desk import take_in
from mockserver.world.world import World

PIECE = 1024 * 1024
FIELDS = 100


async def read_parts(
    world: World, headers: Mapping[str, str], body: Body, folder: Path
) -> tuple[Part, ...]:
    """The parts of a multipart body. ValueError says why it is none; wire.TooLarge passes."""
    parser = MultiPartParser(
        Headers(dict(headers)), _generator(body), max_files=FIELDS, max_fields=FIELDS
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"not multipart/form-data: {error}") from None
    try:
        parts = [await _part(world, name, value, folder) for name, value in form.multi_items()]
    finally:
        await form.close()
    return tuple(parts)


async def _part(world: World, name: str, value: UploadFile | str, folder: Path) -> Part:
    if isinstance(value, str):
        return Part(name, value)
    size = value.size or 0
    received = await take_in(world, _read(value), size, folder)
    assert received is not None, "the file grew while it was read"
    return Part(
        name,
        filename=value.filename or "",
        media_type=value.content_type or "",
        key=received.key,
        bytes=received.bytes,
    )


async def _read(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece


async def _generator(body: Body) -> AsyncGenerator[bytes, None]:
    async for piece in body:
        yield piece
