"""What the tests of the verdict share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.verdict.play import Play, playing


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """An application to put clients into the cases of."""
    folder: Path = tmp_path_factory.mktemp("shelf")
    with playing(folder) as one:
        yield one
