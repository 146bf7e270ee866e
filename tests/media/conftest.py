"""Clips that are made once for all media tests, and downloads from a site on a loopback port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from mockserver.egress import Policy
from mockserver.media import recipe, sources
from mockserver.media.model import Trouble
from mockserver.media.sources import Fetched
from tests.media.media_steps import Source
from tests.media.site import MIB, Get, Site

Clips = Callable[[str], Path]
Sources = Callable[[Source], Path]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """The file that a recipe's name calls, made once."""
    folder = tmp_path_factory.mktemp("clips")

    def made(name: str) -> Path:
        wanted = recipe.parse(name)
        path = folder / recipe.text(wanted)
        if not path.exists():
            recipe.make(wanted, path)
        return path

    return made


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """A source of a special kind, made once."""
    folder = tmp_path_factory.mktemp("sources")

    def made(wanted: Source) -> Path:
        path = folder / f"{abs(hash(wanted)):x}.{wanted.container}"
        if not path.exists():
            wanted.write(path)
        return path

    return made


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site where nothing is yet."""
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    async with server:
        site.port = server.sockets[0].getsockname()[1]
        yield site


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Where a download goes."""
    return tmp_path / "clip"


@pytest.fixture
def get(into: Path) -> Get:
    """A download, with the bounds and the answers of a DNS that a test chooses."""

    async def fetch(
        url: str,
        *,
        policy: Policy = Policy(),  # noqa: B008 (frozen)
        byte_limit: int = MIB,
        seconds_limit: float = 5,
        redirects: int = 0,
        names: Sequence[str] = (),
    ) -> Fetched | Trouble:
        answers = list(names)

        async def resolver(name: str, port: int) -> Sequence[str]:
            if not answers:
                raise OSError("asked too often")
            return (answers.pop(0),)

        return await sources.fetch(
            url,
            policy=policy,
            into=into,
            byte_limit=byte_limit,
            seconds_limit=seconds_limit,
            redirects=redirects,
            agent="mock/1",
            resolver=resolver,
        )

    return fetch
