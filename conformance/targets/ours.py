"""Our own simulator as a target: the one place where the judge and the accused meet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from conformance.connection import KEYS, Connection, Door, Plain, standing
from conformance.dialects import dialect_of
from conformance.exchange import Answer, Ask, post
from conformance.listener import Listener, listening
from conformance.probe import Probe, probe
from conformance.serving import served
from conformance.stills import picture
from conformance.targets.asgi import Asgi, asked
from conformance.targets.remote import Remote
from mockserver.app import App
from mockserver.media.shelf import Shelf
from mockserver.serve import running
from mockserver.settings import Settings

BASE = "http://mock.test"
PATIENCE = 3600.0
WEBHOOK_KEY = "conformance-webhook-secret"
SOON, LATE = 0.001, 0.02  # real seconds from one look for requests that wait for time to the next

Wrap: TypeAlias = Callable[[Asgi], Asgi]
"""Puts something around the simulator."""


class Inside(Plain):
    """A way to a simulator in this process, in virtual time."""

    def __init__(self, app: App, asgi: Asgi) -> None:
        self._app = app
        self._asgi = asgi
        self._sent = 0  # requests that are not answered yet

    async def send(self, ask: Ask) -> Answer:
        """What is answered. Where every request that is under way waits for time, time moves on."""
        sending = asyncio.ensure_future(asked(self._asgi, ask))
        clock, pause = self._app.world.clock, SOON
        self._sent += 1
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=pause)
                held = clock.awaited()
                if not sending.done() and len(held) >= self._sent:
                    await clock.reach(min(held))
                pause = min(2 * pause, LATE)
        finally:
            self._sent -= 1
        return sending.result()

    async def wait(self, seconds: float) -> None:
        await self._app.world.clock.advance(seconds)

    async def leap(self, seconds: float) -> None:
        await self.wait(seconds)

    def now(self) -> float:
        return self._app.world.clock.now()

    def probe(self, body: bytes) -> Probe:
        return probe(body)


class Served(Remote):
    """A way to a simulator behind a socket, whose real time can leap."""

    def __init__(self, base: str, speed: float) -> None:
        super().__init__(speed=speed, patience=PATIENCE / speed, proxies=False)
        self._clock = f"{base}/_mock/clock"
        self._speed = speed

    async def leap(self, seconds: float) -> None:
        await self.send(_put(self._clock, {"kind": "virtual"}))
        await self.send(post(f"{self._clock}/advance", {"seconds": seconds}))
        await self.send(_put(self._clock, {"kind": "real", "speed": self._speed}))


@contextlib.asynccontextmanager
async def ours(
    provider: str,
    *,
    seed: int = 0,
    wrap: Wrap | None = None,
    chosen: Mapping[str, Mapping[str, str]] | None = None,
    rules: Sequence[Mapping[str, Any]] = (),
    listener: Listener | None = None,
    renders: Shelf | None = None,
    others: Sequence[str] = (),
) -> AsyncIterator[Connection]:
    """The simulator in this process, in virtual time; `wrap` bends what it does, `rules` are those
    of a scenario. A `listener` that is there already serves several in turn, and so does a shelf of
    `renders`. `others` are further providers that it stands in for."""
    settings = _settings(provider, seed, chosen or {})
    settings = replace(settings, providers=(provider, *others))
    setup = {"rule": list(rules)} if rules else {}
    app = App(replace(settings, clock="virtual", setup=setup), renders)
    app.address = BASE
    asgi: Asgi = wrap(app) if wrap else app
    try:
        async with contextlib.AsyncExitStack() as stack:
            door = Inside(app, asgi)
            if listener is None:
                listener = await stack.enter_async_context(listening(door.now))
            listener.now = door.now

            @contextlib.asynccontextmanager
            async def opened() -> AsyncIterator[str]:
                async with served(asgi) as address:
                    yield f"{address}/{provider}"

            async def again() -> None:
                await door.send(post(f"{BASE}/_mock/reset", {}))
                await _inputs(provider, door, BASE, listener)

            yield Connection(
                door,
                f"{BASE}/{provider}",
                KEYS,
                f"our simulator of {provider}, in virtual time",
                listener,
                patience=PATIENCE,
                inputs=await _inputs(provider, door, BASE, listener),
                own_inputs=True,
                webhook_key=WEBHOOK_KEY if _signs(provider) else "",
                still=True,
                leaps=True,
                address=opened,
                again=again,
                another=lambda: ours(
                    provider, seed=seed, wrap=wrap, chosen=chosen, rules=rules, others=others
                ),
            )
    finally:
        await app.stop()
        app.close()


@contextlib.asynccontextmanager
async def ours_served(provider: str, *, seed: int, speed: float) -> AsyncIterator[Connection]:
    """The simulator behind a socket, in real time: so many of its seconds pass in one of ours."""
    settings = replace(_settings(provider, seed, {}), speed=speed)
    async with contextlib.AsyncExitStack() as stack:
        app = stack.enter_context(running(settings))
        door = Served(app.address, speed)
        stack.push_async_callback(door.close)
        listener = await stack.enter_async_context(listening(door.now))

        async def again() -> None:
            await door.send(post(f"{app.address}/_mock/reset", {}))
            await _inputs(provider, door, app.address, listener)

        yield Connection(
            door,
            f"{app.address}/{provider}",
            KEYS,
            f"our simulator of {provider} on a port, {speed:g} times as fast",
            listener,
            patience=PATIENCE,
            inputs=await _inputs(provider, door, app.address, listener),
            own_inputs=True,
            webhook_key=WEBHOOK_KEY if _signs(provider) else "",
            leaps=True,
            address=partial(standing, f"{app.address}/{provider}"),
            again=again,
            another=lambda: ours_served(provider, seed=seed, speed=speed),
        )


def _settings(provider: str, seed: int, chosen: Mapping[str, Mapping[str, str]]) -> Settings:
    """A simulator that lets nothing pass."""
    return Settings(
        seed=seed,
        limits="documented",
        sources="strict",
        providers=(provider,),
        keys=frozenset(KEYS),
        chosen=_chosen(provider, chosen),
    )


def _chosen(provider: str, chosen: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Switches of the simulator: those given, and a secret where webhooks can be signed."""
    given = dict(chosen)
    if _signs(provider):
        given[provider] = {"webhook-key": WEBHOOK_KEY, **given.get(provider, {})}
    return given


def _signs(provider: str) -> bool:
    """Whether a provider signs its webhooks when it is given a secret."""
    push = dialect_of(provider).PUSH
    return push is not None and push.signed is not None


async def _inputs(provider: str, door: Door, base: str, listener: Listener) -> dict[str, Any]:
    """What an account at the provider would have: a video and a picture in its library, where it
    has one."""
    dialect = dialect_of(provider)
    source = next(iter(dialect.MODES.values())).source
    if "media" not in dialect.INPUTS or source is None:
        return {}
    found = {}
    for name, url in (
        ("media", listener.clip(source)),
        ("still", listener.put("still.png", picture())),
    ):
        answer = await door.send(post(f"{base}/_mock/{provider}/media", {"url": url}))
        found[name] = answer.json()["id"]
    return found


def _put(url: str, body: Any) -> Ask:
    return replace(post(url, body), method="PUT")
