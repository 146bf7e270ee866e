"""Whether there is an endpoint at all, before anything is judged."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from conformance.connection import scope
from conformance.model import CannotRun

if TYPE_CHECKING:
    from conformance.exchange import Answer, Exchange
    from conformance.target import Target

LONGEST = 30.0
"""Real seconds for the first answer."""
AWAY = (502, 503, 504)
UNAUTHORIZED = 401


async def preflight(target: Target) -> None:
    """Read something that costs nothing. CannotRun, with a sentence, when that leads nowhere."""
    scope.set("preflight")
    ask = target.dialect.ping()
    try:
        async with asyncio.timeout(LONGEST):
            exchange = await target.call(ask, hurried=True)
    except TimeoutError:
        raise CannotRun(f"{ask.method} {ask.url} was not answered in {LONGEST:g} s") from None
    if why := _strange(target, exchange):
        raise CannotRun(f"{exchange.ask.method} {exchange.ask.url} {why}")


def _strange(target: Target, exchange: Exchange) -> str:
    """Why an answer is not that of an API; empty when it may be."""
    answer = exchange.answer
    if 300 <= answer.status < 400:
        place = answer.headers.get("location", "nowhere")
        return f"is redirected to {place}: give the address where the API itself is"
    if answer.media_type in ("text/html", "application/xhtml+xml"):
        return (
            f"is answered with {answer.status} and a page of HTML{_title(answer)}: "
            "give the address of the API"
        )
    if answer.status in AWAY:
        return f"is answered with {answer.status}: the API is not there at present"
    problem = target.dialect.problem(answer)
    if problem is not None and problem.status == UNAUTHORIZED:
        return f"is refused with 401, {problem.message!r}: give a key that is good (--key-env NAME)"
    return ""


def _title(answer: Answer) -> str:
    found = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", answer.text, re.IGNORECASE | re.DOTALL)
    return f" ({found[1][:80]!r})" if found else ""
