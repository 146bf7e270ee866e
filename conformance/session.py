"""Opens what a run asks for: our simulator, an endpoint behind a socket, or a recording."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.cassette import Recorder, recorded, replayed
from conformance.connection import Connection, standing
from conformance.contract import Contract
from conformance.dialects import dialect_of
from conformance.live import open_to
from conformance.model import CannotRun
from conformance.preflight import preflight
from conformance.purse import Purse
from conformance.target import Target

if TYPE_CHECKING:
    from conformance.listener import Listener
    from conformance.options import Options
    from conformance.targets.remote import Remote

EXTRA = ("schemathesis", "hypothesis", "httpx")


@contextlib.asynccontextmanager
async def session(asked: Options) -> AsyncIterator[tuple[Target, int]]:
    """A target that stands ready, and the seed of the run. CannotRun when there is none."""
    needs_extra()
    if asked.replay:
        connection, facts = replayed(asked.cassette or Path(), asked.provider)
        yield _target(asked, connection, facts["budget"], facts["workers"]), facts["seed"]
        return
    async with _connected(asked) as connection:
        if asked.cassette is not None:
            kept = {"budget": asked.budget, "seed": asked.seed, "workers": asked.workers}
            connection = recorded(connection, asked.cassette, asked.provider, kept)
        try:
            target = _target(asked, connection, asked.budget, asked.workers)
            if asked.target:
                await preflight(target)
            yield target, asked.seed
        finally:
            if isinstance(connection.door, Recorder):
                connection.door.close()


def needs_extra() -> None:
    """CannotRun when what judging is done with is not installed."""
    from importlib.util import find_spec

    if missing := [name for name in EXTRA if find_spec(name) is None]:
        raise CannotRun(
            f"judging needs {', '.join(missing)}: pip install 'mockserver[conformance]'"
        )


def _target(asked: Options, connection: Connection, budget: float | None, workers: int) -> Target:
    purse = Purse(budget, connection.door.now)
    target = Target(dialect_of(asked.provider), Contract(asked.provider), connection, purse)
    target.crowd = workers
    return target


@contextlib.asynccontextmanager
async def _connected(asked: Options) -> AsyncIterator[Connection]:
    """A connection to what is asked for."""
    if not asked.target:
        from conformance.targets.ours import ours, ours_served

        opened = (
            ours(asked.provider, seed=asked.seed)
            if asked.speed is None
            else ours_served(asked.provider, seed=asked.seed, speed=asked.speed)
        )
        async with opened as connection:
            yield replace(connection, inputs={**connection.inputs, **asked.inputs})
        return
    from conformance.targets.remote import Remote

    speed = asked.speed or 1.0
    door = Remote(
        guard=partial(open_to, asked.live),
        speed=speed,
        patience=asked.patience / speed,
        proxies=not asked.local,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(door.close)
        yield Connection(
            door,
            asked.target,
            asked.keys,
            f"{asked.target}{' (live)' if asked.live else ''}",
            await _listening(asked, door, stack),
            patience=asked.patience,
            interval=asked.interval,
            live=asked.live,
            webhook_key=asked.webhook_key,
            address=None if asked.live else partial(standing, asked.target),
            inputs=asked.inputs,
        )


async def _listening(
    asked: Options, door: Remote, stack: contextlib.AsyncExitStack
) -> Listener | None:
    """A listener where the target can reach one."""
    from conformance.listener import listening

    if not asked.callback_url and not asked.local:
        return None
    host, port = asked.listen if asked.callback_url else ("127.0.0.1", 0)
    if asked.callback_url and not urlsplit(asked.callback_url).hostname:
        raise CannotRun(f"--callback-url {asked.callback_url!r} is no address: give http(s)://host")
    try:
        return await stack.enter_async_context(
            listening(door.now, host=host, port=port, public=asked.callback_url)
        )
    except OSError as error:
        raise CannotRun(
            f"cannot listen on {host}:{port}: {error.strerror or error}; give another --listen"
        ) from None
