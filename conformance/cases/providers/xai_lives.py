"""How long xAI keeps things: files, public URLs, kept results, and what is told of jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers.xai_files import DAY, LEAST, MOST, own
from conformance.cases.providers.xai_jobs import clip, done, ended, small
from conformance.cases.providers.xai_kept import output_of, published
from conformance.cases.verify import inside
from conformance.exchange import Ask
from conformance.model import Blocked, Finding, NotApplicable
from conformance.registry import case
from conformance.story import look

if TYPE_CHECKING:
    from conformance.target import Target

BEFORE, ACROSS = 0.95, 0.1
"""Parts of a life: at first so much of it passes, and then so much, which is beyond its end."""


async def _there_then_gone(target: Target, path: str, life: float) -> AsyncIterator[Finding]:
    """That something can be read until its life is over, and is 404 from then on."""
    await target.leap(life * BEFORE)
    exchange = await target.call(Ask("GET", path))
    if exchange.answer.status != 200:
        yield Finding("the file before its end", exchange.told(), (exchange,))
    await target.leap(life * ACROSS)
    exchange = await target.call(Ask("GET", path))
    if exchange.answer.status != 404:
        yield Finding("404 after its end", exchange.told(), (exchange,))


@case("xai.file-expires", "A file is gone when its life is over.", cost="free-read", leaps=True)
async def file_expires(target: Target) -> AsyncIterator[Finding]:
    id = await own(target, LEAST)
    async for one in _there_then_gone(target, f"/v1/files/{id}", LEAST):
        yield one
    exchange = await target.call(Ask("GET", f"/v1/files/{id}/content"))
    if exchange.answer.status != 404:
        yield Finding("no content of it either", exchange.told(), (exchange,))


@case("xai.public-url-expires", "A public URL ends with its life.", cost="free-read", leaps=True)
async def public_url_expires(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    exchange = await published(target, id, {"expires_after": LEAST})
    url = inside(exchange.answer.json(), "public_url")
    await target.leap(LEAST * BEFORE)
    file = await target.fetch(url)
    if file.answer.status != 200:
        yield Finding("the file at its public URL", file.told(), (file,))
    await target.leap(LEAST * ACROSS)
    file = await target.fetch(url)
    if file.answer.status == 200:
        yield Finding("a public URL that has ended", file.told(), (file,))
    file = await target.call(Ask("GET", f"/v1/files/{id}"))
    if file.answer.status != 200:
        yield Finding("the file, which lives longer", file.told(), (file,))


@case(
    "xai.result-expires",
    "A kept result is gone when its life is over.",
    cost="paid",
    own=1,
    leaps=True,
)
async def result_expires(target: Target) -> AsyncIterator[Finding]:
    target.can_leap(DAY * (BEFORE + ACROSS))
    options = {"filename": "ends.mp4", "expires_after": DAY}
    change = {"/video/url": clip(target, small(2.0)), "/storage_options": options}
    if not (id := output_of(await done(target, "extend", change)).get("file_id")):
        raise Blocked("the result was not kept")
    async for one in _there_then_gone(target, f"/v1/files/{id}", DAY):
        yield one


@case(
    "xai.job-expires",
    "A job of long ago is told as expired.",
    cost="paid",
    own=1,
    each=True,
    leaps=True,
)
async def job_expires(target: Target, mode: str) -> AsyncIterator[Finding]:
    target.can_leap(MOST)
    change = {} if mode == "generate" else {"/video/url": clip(target, small(2.0))}
    story = await ended(target, mode, change)
    await target.leap(MOST)
    seen = await look(target, story.mode, story.job)
    if seen.view.word == story.end.view.word:
        raise NotApplicable(f"the job is still told of after {MOST / DAY:g} days")
    if seen.exchange.answer.status != 200 or seen.view.word != "expired":
        yield Finding("200 and expired", seen.exchange.told(), (seen.exchange,))
