"""Chapter: the form of refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cases.verify import enveloped, refused
from conformance.exchange import post
from conformance.model import Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.target import Target


async def _sent(target: Target, body: bytes) -> Exchange:
    """A create with these bytes for a body."""
    return await target.attempt(replace(target.dialect.create(target.mode, {}), body=body))


@case("errors.empty-object", "A create without any field is refused.", cost="free-reject")
async def empty_object(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await _sent(target, b"{}"), "empty"):
        yield one


@case(
    "errors.envelope", "A refused create has the form of the provider's errors.", cost="free-reject"
)
async def envelope(target: Target) -> AsyncIterator[Finding]:
    for one in enveloped(target, await _sent(target, b"{}")):
        yield one


@case("errors.schema", "A refusal keeps the schema of its status.", cost="free-reject")
async def schema(target: Target) -> AsyncIterator[Finding]:
    exchange = await _sent(target, b"{}")
    if target.dialect.problem(exchange.answer) is None:
        return
    if breach := target.contract.breach(target.mode.operation, exchange):
        yield Finding("a refusal as the contract has it", breach, (exchange,))


@case("errors.malformed", "A body that is no JSON is refused.", cost="free-reject")
async def malformed(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await _sent(target, b'{"prompt": "cut'), "malformed"):
        yield one


@case("errors.no-body", "A create without a body is refused.", cost="free-reject")
async def no_body(target: Target) -> AsyncIterator[Finding]:
    for one in refused(target, await _sent(target, b""), "no-body"):
        yield one


@case("errors.not-an-object", "A body that is no object is refused.", cost="free-reject")
async def not_an_object(target: Target) -> AsyncIterator[Finding]:
    for body in (b"[]", b'"text"', b"7", b"null"):
        for one in refused(target, await _sent(target, body), "not-an-object"):
            yield one


@case("errors.no-html", "No refusal is a web page.", cost="free-reject")
async def no_html(target: Target) -> AsyncIterator[Finding]:
    absent = post("/nowhere/at/all", {})
    unknown = target.dialect.poll(target.mode, target.dialect.UNKNOWN)
    for exchange in (
        await _sent(target, b"{}"),
        await _sent(target, b"{"),
        await target.call(unknown),
        await target.call(unknown, key=None),
        await target.call(absent),
    ):
        if exchange.answer.media_type == "text/html":
            yield Finding("an error for programs", "text/html", (exchange,))
