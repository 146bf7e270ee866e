"""LTX: a ticket for an upload, and the one signed PUT it is good for. Nothing of it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING

from conformance.cases.limits import BEYOND, WITHIN
from conformance.dialects import ltx
from conformance.exchange import Ask
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.stills import picture

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.target import Target

TAKEN = (200, 201)
KIND = "image/png"
HOUR = 3600.0  # how long a ticket is good for a PUT
MOST = 0.8  # of an hour in which a PUT surely arrives in time
DAY = 86_400.0  # how long requests may refer to what was put up
OFF = 600.0  # seconds by which clocks may differ, and that may pass until an answer


@case("ltx.upload-ticket", "A ticket says where to put a file, and how.", cost="free-read")
async def upload_ticket(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("POST", "/v1/upload"))
    if exchange.answer.status != 200:
        yield Finding("200", exchange.told())
    elif breach := target.contract.breach("create_upload", exchange):
        yield Finding("a ticket as the contract has it", breach)


@case("ltx.upload-tickets-differ", "Every ticket is for a place of its own.", cost="free-read")
async def upload_tickets_differ(target: Target) -> AsyncIterator[Finding]:
    one, two = await ltx.ticket(target), await ltx.ticket(target)
    for name in ("upload_url", "storage_uri"):
        if one[name] == two[name]:
            yield Finding(f"a {name} of its own", str(one[name]))


@case("ltx.upload-needs-a-key", "There is no ticket without a key.", cost="free-read")
async def upload_needs_a_key(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("POST", "/v1/upload"), key=None)
    if exchange.answer.status != 401:
        yield Finding("401", exchange.told())


@case("ltx.upload-is-200", "A PUT that is taken is 200.", cost="free-reject")
async def upload_is_200(target: Target) -> AsyncIterator[Finding]:
    exchange = await ltx.put(target, await ltx.ticket(target), picture(64, 36), KIND)
    if exchange.answer.status not in TAKEN:
        yield Finding("200", exchange.told())


@case(
    "ltx.upload-needs-its-headers",
    "A PUT without its signed headers is refused.",
    cost="free-reject",
)
async def upload_needs_its_headers(target: Target) -> AsyncIterator[Finding]:
    place = await ltx.ticket(target)
    required = place.get("required_headers") or {}
    if not required:
        raise Blocked("the ticket requires no headers")
    for name in required:
        others = {other: text for other, text in required.items() if other != name}
        for headers in (others, {**required, name: "7"}):
            told = {**place, "required_headers": headers}
            exchange = await ltx.put(target, told, picture(64, 36), KIND)
            if exchange.answer.status < 400:
                yield Finding(f"a refusal without {name} as signed", exchange.told(), (exchange,))


@case("ltx.upload-is-written-once", "An upload is not overwritten.", cost="free-reject")
async def upload_is_written_once(target: Target) -> AsyncIterator[Finding]:
    place = await ltx.ticket(target)
    first = await ltx.put(target, place, picture(64, 36), KIND)
    if first.answer.status not in TAKEN:
        raise Blocked(f"the first PUT was not taken: {first.told()}")
    second = await ltx.put(target, place, picture(64, 36, hue=9), KIND)
    if second.answer.status < 400:
        yield Finding("a refusal of the second PUT", second.told(), (first, second))


@case("ltx.upload-without-its-put", "A ticket alone is no file.", cost="free-reject")
async def upload_without_its_put(target: Target) -> AsyncIterator[Finding]:
    place = await ltx.ticket(target)
    exchange = await target.create(change={"/video_uri": place["storage_uri"]})
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status != 400:
        yield Finding("400", exchange.told())


# How long tickets and files are good.


@case("ltx.upload-ends-in-an-hour", "A ticket says that it ends in an hour.", cost="paid")
async def upload_ends_in_an_hour(target: Target) -> AsyncIterator[Finding]:
    submitted = (await target.story()).submitted
    began = _moment(submitted, "created_at")
    exchange = await target.call(Ask("POST", "/v1/upload"))
    ends = _moment(exchange, "expires_at")
    if began is None or ends is None:
        raise Blocked("the job or the ticket tells no time")
    left = (ends - began).total_seconds() - (exchange.at - submitted.at)
    if abs(left - HOUR) > OFF:
        yield Finding("an end in an hour", f"one in {left:,.0f} s", (submitted, exchange))


def _moment(exchange: Exchange, name: str) -> datetime | None:
    """A time in an answer; None when there is none."""
    told = exchange.answer.json()
    try:
        return datetime.fromisoformat(str(told[name]))
    except (KeyError, TypeError, ValueError):
        return None


async def _late_put(target: Target, part: float) -> Exchange:
    """A PUT when so much of its ticket's time has passed."""
    place = await ltx.ticket(target)
    await target.leap(HOUR * part)
    return await ltx.put(target, place, picture(64, 36), KIND)


@case("ltx.upload-url-kept", "A ticket is good for an hour.", cost="free-reject", leaps=True)
async def upload_url_kept(target: Target) -> AsyncIterator[Finding]:
    exchange = await _late_put(target, MOST)
    if exchange.answer.status >= 400:
        yield Finding("a PUT that is taken", exchange.told())


@case("ltx.upload-url-gone", "A ticket is not good for longer.", cost="free-reject", leaps=True)
async def upload_url_gone(target: Target) -> AsyncIterator[Finding]:
    exchange = await _late_put(target, BEYOND)
    if exchange.answer.status < 400:
        yield Finding("a refusal of a PUT after an hour", exchange.told())


@case("ltx.upload-kept", "An upload can be used for 24 hours.", cost="paid", own=1, leaps=True)
async def upload_kept(target: Target) -> AsyncIterator[Finding]:
    await target.body(target.mode)
    await target.leap(DAY * WITHIN)
    exchange = await target.submit()
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("an upload that can be used", f"{problem.status}: {problem.message}")


@case("ltx.upload-gone", "After 24 hours an upload is gone.", cost="free-reject", leaps=True)
async def upload_gone(target: Target) -> AsyncIterator[Finding]:
    await target.body(target.mode)
    await target.leap(DAY * BEYOND)
    exchange = await target.create()
    problem = target.dialect.problem(exchange.answer)
    if problem is None:
        yield Finding("a refusal of an upload after 24 hours", exchange.told())
    elif (problem.status, problem.code) != (400, "invalid_request_error"):
        actual = f"{problem.status} {problem.code}"
        yield Finding("400 invalid_request_error", actual, level="note")
