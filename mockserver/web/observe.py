"""What a world saw of its clients, gathered for the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mockserver.contract.model import Contract
from mockserver.verdict.observed import Observed
from mockserver.world.world import World


def observed(
    world: World,
    contracts: Mapping[str, Contract],
    *,
    provider: str = "",
    scaled: bool = False,
    since: int = 0,
) -> Observed:
    """What is known of the calls behind number `since`, to one provider or to all.

    A client sleeps in real time, also where the world's clock runs faster; unless it is `scaled`,
    and hurries with the clock.
    """
    clock = world.clock
    chosen = {name: one for name, one in contracts.items() if provider in ("", name)}
    return Observed(
        contracts=chosen,
        entries=tuple(
            one for one in world.journal if one.number > since and one.provider in chosen
        ),
        jobs=tuple(one for one in world.jobs if one.provider in chosen),
        deliveries=tuple(one for one in world.pump.outbox if one.provider in chosen),
        now=clock.now(),
        pace=clock.speed if clock.kind == "real" and not scaled else 1.0,
    )


def ended(
    seen: Observed, outcome: str, *, allowed: frozenset[str], tolerated: frozenset[str]
) -> Observed:
    """The same of a client that was asked for one video, and how it ended."""
    return replace(seen, outcome=outcome, allowed=allowed, tolerated=tolerated, single=True)
