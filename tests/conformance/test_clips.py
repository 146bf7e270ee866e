"""The judge's own clips."""

from __future__ import annotations

from conformance.clips import HASTY, Recipe, made
from tests.media.test_recipe import policies


def test_making_a_clip_leaves_threads_the_priority_they_had() -> None:
    """AV1's encoder takes the highest there is, where it may."""
    before = policies()
    assert made(Recipe(64, 64, 8, 1.0, audio=False, codec=HASTY))
    assert policies() == before
