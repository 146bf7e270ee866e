"""What a user may choose. One frozen value, made by the command line or by a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver import egress

DEFAULT_PORT = 8900
DEFAULT_SPEED = 20.0
DEFAULT_STEP = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Sensible for a desk: loopback only, every well-formed key accepted, a minute in 3 seconds.

    `providers` empty means all there are; `keys` empty means every well-formed one; `sources` is
    auto (what cannot be fetched is made up) or strict; `limits` is off or documented (rates and
    calls at once, per key); `chosen` is provider → setting → value. `triggers` lets requests ask
    for scenarios; `setup` are the rules in force from the start (see scenario.book.Book.put). A
    world that nobody visited for `world_idle` real seconds may be dropped.
    `step` is by how much a stepped clock moves with every call to a provider.
    `hostile` is a seed, or SEED:NUMBER for one deviation alone (see web.hostile).
    `proxied`: clients call the providers' own hosts through a proxy of ours, so results are there.
    `placeholders` are taken for made-up clips where a sample has one instead of a URL.
    Limits bound memory and disk: numbers of records, and bytes of media on disk.
    """

    seed: int = 0
    clock: str = "real"
    speed: float = DEFAULT_SPEED
    step: float = DEFAULT_STEP
    providers: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    sources: str = "auto"
    limits: str = "off"
    policy: egress.Policy = field(default_factory=lambda: egress.parse("loopback"))
    public_url: str = ""
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    job_limit: int = 20_000
    journal_limit: int = 5_000
    file_limit: int = 10_000
    upload_bytes: int = 2 * 1024**3
    render_bytes: int = 2 * 1024**3
    workers: int = 2
    world_limit: int = 2_000
    world_idle: float = 6 * 3600.0
    triggers: bool = True
    proxied: bool = False
    placeholders: bool = False
    hostile: str = ""
    setup: Mapping[str, Any] = field(default_factory=dict)


class UserError(Exception):
    """What was asked for cannot be done; the text says why and what to do instead."""
