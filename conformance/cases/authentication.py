"""Chapter: who may call. Everything is refused before it costs anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cases.verify import enveloped, refused
from conformance.model import Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.exchange import Ask
    from conformance.target import Target

WRONG = "not-a-key-of-anybody-0000"


async def _start(target: Target) -> Ask:
    return target.dialect.create(target.mode, await target.body(target.mode))


def _read(target: Target) -> Ask:
    return target.dialect.poll(target.mode, target.dialect.UNKNOWN)


@case("authentication.no-key", "A create without a key is refused.", cost="free-reject")
async def no_key(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await target.attempt(await _start(target), key=None), "missing-key"):
        yield one


@case("authentication.no-key-on-poll", "A poll without a key is refused.", cost="free-read")
async def no_key_on_poll(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await target.call(_read(target), key=None), "missing-key"):
        yield one


@case("authentication.wrong-key", "A create with a key of nobody's is refused.", cost="free-reject")
async def wrong_key(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await target.attempt(await _start(target), key=WRONG), "wrong-key"):
        yield one


@case(
    "authentication.wrong-key-on-poll",
    "A poll with a key of nobody's is refused.",
    cost="free-read",
)
async def wrong_key_on_poll(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await target.call(_read(target), key=WRONG), "wrong-key"):
        yield one


@case("authentication.wrong-scheme", "A right key in a wrong place is no key.", cost="free-reject")
async def wrong_scheme(target: Target) -> AsyncIterator[Finding]:
    ask = await _start(target)
    for name, headers in target.dialect.wrong_schemes(target.connection.keys[0]).items():
        exchange = await target.attempt(ask.with_headers(headers), key=None)
        if target.dialect.problem(exchange.answer) is None:
            yield Finding(f"a refusal of {name}", exchange.told(), (exchange,))


@case(
    "authentication.envelope",
    "A refusal for want of a key has the provider's form.",
    cost="free-read",
)
async def envelope(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(_read(target), key=None)
    for one in enveloped(target, exchange):
        yield one


@case("authentication.key-is-not-told", "No answer holds the key.", cost="paid")
async def key_is_not_told(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for exchange in (story.submitted, *(one.exchange for one in (*story.polls, *story.later))):
        told = replace(exchange.answer, seconds=0.0)
        texts = [told.text, *(text for _, text in told.raw)]
        if any("<key>" in text for text in texts):
            yield Finding("an answer without the key", "the key stands in it", (exchange,))
