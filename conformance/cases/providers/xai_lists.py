"""xAI's lists: of files, by page, in order and filtered, and of models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.cases.providers.xai_files import LEAST, form, id_of, own
from conformance.cases.verify import inside
from conformance.exchange import Ask, Exchange
from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.target import Target

MOST = 100
APART = 2.0  # seconds between two uploads, so that one is the older
FILES = (("b.txt", b"xxx"), ("c.txt", b"x"), ("a.txt", b"xx"))
"""Uploaded one after another: by time, name and size they come in different orders."""
LIFE = ("expires_after", "", str(LEAST).encode())


async def _listed(target: Target, query: str, key: str = "") -> Exchange:
    return await target.call(Ask("GET", f"/v1/files?{query}"), key=key)


def _ids(page: Exchange) -> list[str]:
    """The ids on a page of files; none where it is no page."""
    told = inside(page.answer.json(), "data")
    return [str(inside(one, "id")) for one in told] if isinstance(told, list) else []


async def _three(target: Target) -> list[str]:
    """The ids of three files, the oldest first. Blocked when one was not taken."""

    async def made() -> list[Exchange]:
        found = []
        for name, body in FILES:
            found.append(await target.call(form([LIFE, ("file", name, body)])))
            await target.wait(APART)
        return found

    ids = [id_of(one) for one in await target.once("three", made)]
    if not all(ids):
        raise Blocked("an upload was not taken")
    return ids


async def _in_order(target: Target, query: str, wanted: Sequence[str]) -> AsyncIterator[Finding]:
    """That three files come in that order, whatever is between them."""
    page = await _listed(target, f"limit={MOST}{query}")
    found = [id for id in _ids(page) if id in wanted]
    if page.answer.status == 200 and len(found) < len(wanted):
        raise Blocked("the account has so many files that ours are not on the first page")
    if found != list(wanted):
        names = dict(zip(await _three(target), (name for name, _ in FILES), strict=True))
        told = ", ".join(names[id] for id in wanted)
        actual = ", ".join(names[id] for id in found) or page.told()
        yield Finding(f"{told} for {query or 'no order'}", actual, (page,))


@case("xai.files-paged", "Files are listed page by page.", cost="free-read")
async def files_paged(target: Target) -> AsyncIterator[Finding]:
    made_ = {await own(target), await own(target)}
    seen: list[str] = []
    token = ""
    for _ in made_:
        page = await target.call(Ask("GET", f"/v1/files?limit=1&pagination_token={token}"))
        told = page.answer.json() or {}
        seen += [one["id"] for one in told.get("data", [])]
        token = str(told.get("pagination_token") or "")
        if not token:
            yield Finding("a token for the next page", "none", (page,))
            return
    if len(set(seen)) != len(made_):
        yield Finding("one other file on each page", ", ".join(seen) or "none")


@case("xai.files-after", "after is another name of pagination_token.", cost="free-read")
async def files_after(target: Target) -> AsyncIterator[Finding]:
    await _three(target)
    page = await target.call(Ask("GET", "/v1/files?limit=1"))
    token = (page.answer.json() or {}).get("pagination_token")
    if not token:
        raise Blocked("there is no token for the next page")
    wanted = _ids(await _listed(target, f"limit=1&pagination_token={token}"))
    found = await _listed(target, f"limit=1&after={token}")
    if _ids(found) != wanted:
        yield Finding(f"the page of {wanted}", found.answer.text[:300], (found,))


@case("xai.files-limit", "A page has 1 to 100 files.", cost="free-reject")
async def files_limit(target: Target) -> AsyncIterator[Finding]:
    for limit in ("0", "101", "-1", "many", "2.5", "4294967297"):
        exchange = await target.call(Ask("GET", f"/v1/files?limit={limit}"))
        if exchange.answer.status != 400:
            yield Finding(f"400 for limit={limit}", exchange.told(), (exchange,))
    for limit in ("1", "100"):
        exchange = await target.call(Ask("GET", f"/v1/files?limit={limit}"))
        if exchange.answer.status != 200:
            yield Finding(f"a list for limit={limit}", exchange.told(), (exchange,))


@case("xai.files-usual-limit", "A page has 100 files by itself.", cost="free-read")
async def files_usual_limit(target: Target) -> AsyncIterator[Finding]:
    other = target.other_key
    for _ in range(MOST + 1):
        sent = await target.call(form([LIFE, ("file", "one-of-many.txt", b"x")]), key=other)
        if not id_of(sent):
            raise Blocked(f"an upload was not taken: {sent.told()}")
    page = await _listed(target, "", other)
    if len(_ids(page)) != MOST:
        yield Finding(f"{MOST} files on a page", f"{len(_ids(page))}", (page,))


@case("xai.files-newest-first", "The newest file comes first by itself.", cost="free-read")
async def files_newest_first(target: Target) -> AsyncIterator[Finding]:
    first, second, third = await _three(target)
    async for one in _in_order(target, "", (third, second, first)):
        yield one


@case("xai.files-sorted", "Files are sorted by time, name or size, both ways.", cost="free-read")
async def files_sorted(target: Target) -> AsyncIterator[Finding]:
    b, c, a = await _three(target)
    for by, up in (("created_at", (b, c, a)), ("filename", (a, b, c)), ("size", (c, a, b))):
        for order, wanted in (("asc", up), ("desc", up[::-1])):
            async for one in _in_order(target, f"&sort_by={by}&order={order}", wanted):
                yield one


@case("xai.files-no-order", "What is no order is refused.", cost="free-reject")
async def files_no_order(target: Target) -> AsyncIterator[Finding]:
    for query in ("order=up", "sort_by=colour"):
        exchange = await target.call(Ask("GET", f"/v1/files?{query}"))
        if exchange.answer.status != 400:
            yield Finding(f"400 for {query}", exchange.told(), (exchange,))


async def _passes(target: Target, filters: Mapping[str, str]) -> AsyncIterator[Finding]:
    """That of three files those pass a filter that are named behind it, by their first letters."""
    ids = await _three(target)
    names = dict(zip((name[0] for name, _ in FILES), ids, strict=True))
    for filter, letters in filters.items():
        wanted = [names[one] for one in letters]
        query = f"limit={MOST}&filter={quote(filter)}"
        page = await _listed(target, query)
        if {id for id in _ids(page) if id in ids} != set(wanted):
            yield Finding(f"of ours {wanted} for {filter}", page.answer.text[:300], (page,))


@case("xai.files-filtered", "A filter leaves the files that pass it.", cost="free-read")
async def files_filtered(target: Target) -> AsyncIterator[Finding]:
    simple = {"size_bytes>2": "b", 'name="c.txt"': "c", 'size_bytes<3 AND name="a.txt"': "a"}
    async for one in _passes(target, simple):
        yield one


@case("xai.files-filtered-more", "A filter may have OR, NOT and parentheses.", cost="free-read")
async def files_filtered_more(target: Target) -> AsyncIterator[Finding]:
    either = 'name="a.txt" OR name="c.txt"'
    nested = 'NOT size_bytes=1 AND (name="b.txt" OR name="c.txt")'
    async for one in _passes(target, {either: "ac", nested: "b"}):
        yield one


# Models.


@case("xai.models-listed", "The video models are listed.", cost="free-read")
async def models_listed(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", "/v1/video-generation-models"))
    if breach := target.contract.breach("list_video_generation_models", exchange):
        yield Finding("a list as the contract has it", breach, (exchange,))
        return
    ids = [one["id"] for one in (exchange.answer.json() or {}).get("models", [])]
    if "grok-imagine-video" not in ids:
        yield Finding("grok-imagine-video among the models", ", ".join(ids) or "none", (exchange,))


@case("xai.model-unknown", "A model that does not exist is 404.", cost="free-read")
async def model_unknown(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", "/v1/video-generation-models/grok-imagine-video-9"))
    if exchange.answer.status != 404:
        yield Finding("404", exchange.told())


@case("xai.model-read", "A model can be read by its id.", cost="free-read")
async def model_read(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", "/v1/video-generation-models/grok-imagine-video"))
    if breach := target.contract.breach("get_video_generation_model", exchange):
        yield Finding("a model as the contract has it", breach)
    elif id_of(exchange) != "grok-imagine-video":
        yield Finding("grok-imagine-video", id_of(exchange) or exchange.told())
