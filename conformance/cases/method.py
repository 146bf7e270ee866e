"""Chapter: paths, methods and content types."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cases.verify import enveloped, refused
from conformance.exchange import post
from conformance.model import Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.target import Target


@case("method.unknown-path", "A path that does not exist is not found.", cost="free-read")
async def unknown_path(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(post("/nowhere/at/all", {}))
    for one in refused(target, exchange, "no-route"):
        yield one


@case(
    "method.unknown-path-envelope",
    "An unknown path is told in the provider's form.",
    cost="free-read",
)
async def unknown_path_envelope(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(post("/nowhere/at/all", {}))
    for one in enveloped(target, exchange):
        yield one


@case("method.on-create", "A create's path takes no other method.", cost="free-reject")
async def on_create(target: Target) -> AsyncIterator[Finding]:
    ask = target.dialect.create(target.mode, {})
    for method in ("PUT", "DELETE"):
        exchange = await target.attempt(replace(ask, method=method))
        for one in refused(target, exchange, "no-method"):
            yield one


@case("method.on-poll", "A poll's path takes no other method.", cost="free-read")
async def on_poll(target: Target) -> AsyncIterator[Finding]:
    ask = target.dialect.poll(target.mode, target.dialect.UNKNOWN)
    exchange = await target.call(replace(ask, method="PATCH"))
    for one in refused(target, exchange, "no-method"):
        yield one


@case("method.content-type", "A create that is not JSON is refused.", cost="free-reject")
async def content_type(target: Target) -> AsyncIterator[Finding]:
    ask = target.dialect.create(target.mode, {})
    for kind, body in (
        ("application/x-www-form-urlencoded", b"prompt=A+kite"),
        ("text/plain", b"prompt"),
        ("application/xml", b"<prompt/>"),
    ):
        exchange = await target.attempt(replace(ask, headers={"content-type": kind}, body=body))
        for one in refused(target, exchange, "media-type"):
            yield one


@case("method.charset", "JSON with a charset in its content type is JSON.", cost="free-reject")
async def charset(target: Target) -> AsyncIterator[Finding]:
    ask = target.dialect.create(target.mode, {})
    plain = await target.attempt(replace(ask, body=b"{}"))
    headers = {"content-type": "application/json; charset=utf-8"}
    other = await target.attempt(replace(ask, headers=headers, body=b"{}"))
    one, two = (target.dialect.problem(each.answer) for each in (plain, other))
    if one and two and one.status != two.status:
        yield Finding(f"{one.status}, as without a charset", f"{two.status}", (plain, other))
