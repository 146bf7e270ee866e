"""What a provider leaves open is not held against an endpoint: our simulator's other readings of
the documents pass too."""

from __future__ import annotations

import pytest

from conformance.model import LEVELS, CaseEnded
from conformance.registry import cases_of, chosen
from conformance.runner import run
from conformance.targets.ours import ours
from tests.mutants.model import judged

READINGS = (
    ("hooked", {"webhook-body": "v2"}, ("webhook.*", "hooked.*")),
    ("hooked", {"webhook-body": "v3"}, ("webhook.*", "hooked.*")),
    ("hooked", {"error-prefix": "table"}, ("reject.*",)),
    ("hooked", {"envelope": "plain"}, ("authentication.*", "hooked.*-message", "errors.*")),
    ("hooked", {"media-not-found": "400"}, ("reject.*.media-*", "hooked.no-chaining")),
    ("pictory", {"unknown-job": "200"}, ("poll.unknown-*", "poll.odd-ids", "pictory.unknown-*")),
    ("pictory", {"error-codes": "number"}, ("poll.*", "pictory.unknown-*")),
    ("pictory", {"source-errors": "create"}, ("pictory.unreachable-source",)),
    ("pictory", {"veo-size": "1080p"}, ("pictory.defaults-of-veo", "poll.*")),
)


@pytest.mark.parametrize(("provider", "switch", "patterns"), READINGS, ids=str)
async def test_another_reading_passes(
    provider: str, switch: dict[str, str], patterns: tuple[str, ...]
) -> None:
    cases = chosen(cases_of(provider), patterns, LEVELS)
    async with ours(provider, chosen={provider: switch}) as connection:
        events = run(judged(provider, connection), cases)
        results = [one.result async for one in events if isinstance(one, CaseEnded)]
    assert [one.case.id for one in results if one.verdict in ("fail", "engine-error")] == []
