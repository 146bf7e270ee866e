"""The cases are tests only where pytest is asked for this package by name (see pytest_plugin)."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave them alone in any other run."""
    asked = hasattr(config.option, "conformance_provider")
    return True if collection_path.suffix == ".py" and not asked else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the cases in their order, which saves money, whatever mixes tests up."""
    ours = [one for one in items if isinstance(one, pytest.Function) and "case" in _indices(one)]
    if len(ours) == len(items):
        items.sort(key=lambda one: _indices(one)["case"])


def _indices(item: pytest.Item) -> dict[str, int]:
    found: dict[str, int] = getattr(getattr(item, "callspec", None), "indices", {})
    return found
