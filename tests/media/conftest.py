"""Clips that are made once for all media tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.media import recipe
from tests.media.media_steps import Source

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
