"""What a job is booked at follows from what it asks for."""

from __future__ import annotations

import pytest

from conformance.dialects import NAMES, dialect_of
from conformance.model import Json
from conformance.purse import Purse


@pytest.mark.parametrize(
    ("provider", "mode", "body", "usd"),
    [
        ("kie", "generate", {"model": "veo3", "resolution": "4k"}, 285 * 0.005),
        ("kie", "generate", {"model": "veo9", "resolution": "4k"}, 285 * 0.005),
        ("kie", "extend", {"taskId": "1", "model": "quality"}, 225 * 0.005),
        ("xai", "generate", {"resolution": "720p", "duration": 15}, 15 * 0.07),
        ("xai", "generate", {"resolution": "720p", "seconds": "15"}, 15 * 0.07),
        ("xai", "extend", {"video": {}, "duration": 10}, 10 * 0.07 + 0.15),
        (
            "ltx",
            "text-to-video",
            {"model": "ltx-2-5-pro", "resolution": "2160x3840", "duration": 10},
            3.9,
        ),
        ("ltx", "text-to-video", {"resolution": "odd", "duration": None}, 20 * 0.32),
    ],
)
def test_a_dearer_body_is_booked_as_such(provider: str, mode: str, body: Json, usd: float) -> None:
    chosen = dialect_of(provider).MODES[mode]
    entry = Purse(100.0, lambda: 0.0).spend(chosen, body)
    assert usd <= entry.usd <= usd + 0.1
    assert entry.usd > chosen.usd


@pytest.mark.parametrize("provider", NAMES)
def test_no_body_is_booked_below_its_mode(provider: str) -> None:
    for mode in dialect_of(provider).MODES.values():
        bodies: list[Json] = [{}, None, [], {"duration": -5, "model": 7}]
        for body in bodies:
            assert mode.costs(body) >= mode.usd
