"""What a provider's odd endpoints may use of the world."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

from mockserver.contract.keys import fingerprint
from mockserver.contract.message import Body
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Job
from mockserver.providers.base import (
    Files,
    Here,
    Input,
    Received,
    Resolved,
    StoredFile,
    Transaction,
)
from mockserver.world.world import World

_names = itertools.count()


class WorldDesk:
    """A Desk of one provider in one world."""

    def __init__(self, world: World, provider: str, here: Here, folder: Path) -> None:
        self.here = here
        self._world = world
        self._provider = provider
        self._folder = folder

    @property
    def files(self) -> Files:
        return self._world.files(self._provider)

    def chance(self, label: str) -> Chance:
        return self._world.chance(self._provider, label)

    def job(self, id: str) -> Job | None:
        job = self._world.jobs.get(id)
        if job is None or job.provider != self._provider or job.gone(self.here.now):
            return None
        return job

    def jobs(self, owner: str) -> Iterator[Job]:
        for job in self._world.recent(self._provider, owner, float("-inf")):
            if not job.gone(self.here.now):
                yield job

    def transactions(self, owner: str) -> list[Transaction]:
        return self._world.ledger(self.here.contract).transactions(owner, self.here.now)

    def grant(self, token: str, owner: str, seconds: float) -> None:
        self._world.grant(fingerprint(token), owner, self.here.now + seconds)

    async def resolve(self, wanted: Input, owner: str) -> Resolved:
        return await self._world.material.resolve(
            wanted, self.files, owner, self.here.now, content=self._world.content
        )

    async def keep(self, content: bytes) -> Received:
        async def whole() -> Body:
            yield content

        got = await take_in(self._world, whole(), len(content), self._folder)
        assert got is not None, "a body is not longer than itself"
        return got

    async def receive(self, stream: Body, limit: int) -> Received | None:
        return await take_in(self._world, stream, limit, self._folder)

    async def content(self, file: StoredFile) -> Path | None:
        return await self._world.content(file, self.here.now)


async def take_in(world: World, stream: Body, limit: int, folder: Path) -> Received | None:
    """Put a body on the shelf of uploads piece by piece; None when it exceeds `limit` bytes."""
    path = folder / f"up-{next(_names)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            async for piece in stream:
                size += len(piece)
                if size > limit:
                    return None
                digest.update(piece)
                file.write(piece)
        key = digest.hexdigest()
        if not world.uploads.has(key):
            await world.uploads.put(key, path)
        return Received(key, size)
    finally:
        path.unlink(missing_ok=True)
