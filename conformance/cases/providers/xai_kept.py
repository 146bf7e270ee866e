"""xAI's public URLs, and results that are kept as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers.xai_files import (
    CLIP,
    DAY,
    LEAST,
    MOST,
    SLACK,
    form,
    id_of,
    own,
    uploaded,
)
from conformance.cases.providers.xai_jobs import done, ended, well
from conformance.cases.verify import inside
from conformance.clips import made
from conformance.exchange import Ask, Exchange, post
from conformance.model import Blocked, Finding, Json
from conformance.registry import case
from conformance.story import Story

if TYPE_CHECKING:
    from conformance.target import Target

KEPT = "kept.mp4"


async def published(target: Target, id: str, body: Json) -> Exchange:
    """A public URL for a file. Blocked when there is none."""
    exchange = await target.call(post(f"/v1/files/{id}/public-url", body))
    if not inside(exchange.answer.json(), "public_url"):
        raise Blocked(f"there is no public URL: {exchange.told()}")
    return exchange


@case("xai.file-public", "A published file can be read by everybody.", cost="free-read")
async def file_public(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    published = await target.call(post(f"/v1/files/{id}/public-url", {"expires_after": LEAST}))
    if breach := target.contract.breach("create_public_url", published):
        yield Finding("an answer as the contract has it", breach, (published,))
        return
    url = (published.answer.json() or {}).get("public_url")
    if not url:
        yield Finding("a public URL", published.told(), (published,))
        return
    file = await target.fetch(url)
    if file.answer.status != 200 or file.answer.body != made(CLIP):
        yield Finding("the file, without a key", file.told(), (file,))


@case("xai.file-revoked", "A public URL that was revoked leads nowhere.", cost="free-read")
async def file_revoked(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    published = await target.call(post(f"/v1/files/{id}/public-url", {}))
    url = (published.answer.json() or {}).get("public_url")
    if not url:
        raise Blocked("there is no public URL")
    for wanted in (True, False):
        revoked = await target.call(post(f"/v1/files/{id}/public-url/revoke", {}))
        if (revoked.answer.json() or {}).get("revoked") is not wanted:
            yield Finding(f"revoked: {wanted}".lower(), revoked.told(), (revoked,))
    file = await target.fetch(url)
    if file.answer.status == 200:
        yield Finding("no file at the revoked URL", file.told(), (file,))


@case("xai.file-public-life", "A public URL lives 3,600 to 2,592,000 s.", cost="free-reject")
async def file_public_life(target: Target) -> AsyncIterator[Finding]:
    path = f"/v1/files/{id_of(await uploaded(target))}/public-url"
    for life in (LEAST - 1, MOST + 1):
        exchange = await target.call(post(path, {"expires_after": life}))
        if exchange.answer.status != 400:
            yield Finding(f"400 for a life of {life} s", exchange.told(), (exchange,))


@case("xai.url-outlives-file", "A public URL lives no longer than its file.", cost="free-reject")
async def url_outlives_file(target: Target) -> AsyncIterator[Finding]:
    path = f"/v1/files/{id_of(await uploaded(target))}/public-url"
    exchange = await target.call(post(path, {"expires_after": 2 * DAY}))
    if exchange.answer.status != 400:
        yield Finding("400 for a URL that outlives its file", exchange.told())


@case("xai.file-tells-its-url", "A file tells its public URL while it has one.", cost="free-read")
async def file_tells_its_url(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    url = inside(
        (await published(target, id, {"expires_after": LEAST})).answer.json(), "public_url"
    )
    file = await target.call(Ask("GET", f"/v1/files/{id}"))
    if inside(file.answer.json(), "public_url") != url:
        yield Finding(f"public_url {url}", file.answer.text[:300], (file,))
    await target.call(post(f"/v1/files/{id}/public-url/revoke", {}))
    file = await target.call(Ask("GET", f"/v1/files/{id}"))
    if file.answer.status != 200:
        yield Finding("the file, which stays", file.told(), (file,))
    elif inside(file.answer.json(), "public_url") is not None:
        yield Finding("no public_url", file.answer.text[:300], (file,))


@case("xai.revoked-told", "What was revoked is told as documented.", cost="free-read")
async def revoked_told(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    await published(target, id, {})
    for _ in range(2):
        revoked = await target.call(post(f"/v1/files/{id}/public-url/revoke", {}))
        if breach := target.contract.breach("revoke_public_url", revoked):
            yield Finding("an answer as the contract has it", breach, (revoked,))
        elif id_of(revoked) != id:
            yield Finding(f"the id {id}", revoked.answer.text[:300], (revoked,))


@case("xai.public-url-form", "A public URL ends in the file's id and its type.", cost="free-read")
async def public_url_form(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    url = str(inside((await published(target, id, {})).answer.json(), "public_url"))
    if url.rpartition("/")[2] != f"{id}.mp4":
        yield Finding(f"a URL that ends in /{id}.mp4", url)


@case("xai.public-url-life", "A public URL tells when it ends.", cost="free-read")
async def public_url_life(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
    ends = inside((await target.call(Ask("GET", f"/v1/files/{id}"))).answer.json(), "expires_at")
    if not isinstance(ends, int):
        raise Blocked("the file does not tell when it ends")
    shorter, whole = ends - LEAST, ends
    for body, wanted in (({"expires_after": LEAST}, shorter), ({}, whole)):
        exchange = await published(target, id, body)
        until = inside(exchange.answer.json(), "expires_at")
        if not isinstance(until, int) or abs(until - wanted) > SLACK:
            yield Finding(f"expires_at {wanted}", exchange.answer.text[:300], (exchange,))


@case("xai.unpublishable", "Not every file can have a public URL.", cost="free-reject")
async def unpublishable(target: Target) -> AsyncIterator[Finding]:
    for what, name, body in (
        ("an empty file", "empty.mp4", b""),
        ("a program", "program.exe", b"MZ"),
    ):
        sent = await target.call(form([("expires_after", "", b"3600"), ("file", name, body)]))
        if not id_of(sent):
            continue
        exchange = await target.call(post(f"/v1/files/{id_of(sent)}/public-url", {}))
        if exchange.answer.status != 400:
            yield Finding(f"400 for {what}", exchange.told(), (exchange,))


# Results that are kept.


async def stored(target: Target) -> Story:
    """A job that asks for a shape, and whose result is kept and published."""

    async def made_() -> Story:
        options = {"filename": KEPT, "expires_after": DAY, "public_url": True}
        change = {"/storage_options": options, "/aspect_ratio": "3:4"}
        return await ended(target, "generate", change)

    return well(await target.once("stored", made_))


def output_of(story: Story) -> Json:
    video = story.end.exchange.answer.json().get("video") or {}
    return video.get("file_output") or {}


@case("xai.result-stored", "A result is kept as a file of the given name.", cost="paid", own=1)
async def result_stored(target: Target) -> AsyncIterator[Finding]:
    story = await stored(target)
    output = output_of(story)
    if output.get("filename") != KEPT or not output.get("file_id"):
        yield Finding(f"a file_output called {KEPT}", repr(output), (story.end.exchange,))
        return
    if not story.url:
        yield Finding("the URL beside the file", "none", (story.end.exchange,))
        return
    kept = await target.call(Ask("GET", f"/v1/files/{output['file_id']}/content"))
    if kept.answer.body != (await target.file(story)).answer.body:
        yield Finding("the video as the file's content", kept.told(), (kept,))


@case("xai.result-published", "A kept result is published where asked.", cost="paid", own=1)
async def result_published(target: Target) -> AsyncIterator[Finding]:
    story = await stored(target)
    url = output_of(story).get("public_url")
    if not url:
        yield Finding("a public URL", "none", (story.end.exchange,))
        return
    file = await target.fetch(url)
    if file.answer.status != 200:
        yield Finding("the file at the public URL", file.told(), (file,))


@case("xai.result-ends", "A kept result lives as long as was asked for.", cost="paid", own=1)
async def result_ends(target: Target) -> AsyncIterator[Finding]:
    story = await stored(target)
    output = output_of(story)
    if not output.get("file_id"):
        raise Blocked("the result was not kept")
    file = await target.call(Ask("GET", f"/v1/files/{output['file_id']}"))
    born, ends = (inside(file.answer.json(), name) for name in ("created_at", "expires_at"))
    if not isinstance(born, int) or not isinstance(ends, int) or abs(ends - born - DAY) > SLACK:
        yield Finding(f"expires_at {DAY:,} s after created_at", file.answer.text[:300], (file,))
    elif output.get("expires_at") != ends:
        yield Finding(f"expires_at {ends} in file_output", repr(output), (story.end.exchange,))


@case("xai.result-url-ends", "The URL of a kept result ends as asked for.", cost="paid", own=1)
async def result_url_ends(target: Target) -> AsyncIterator[Finding]:
    options = {"filename": KEPT, "expires_after": DAY, "public_url": {"expires_after": LEAST}}
    story = await done(target, "generate", {"/storage_options": options})
    output = output_of(story)
    ends, url_ends = output.get("expires_at"), output.get("public_url_expires_at")
    if not isinstance(ends, int):
        raise Blocked("the file does not tell when it ends")
    if not isinstance(url_ends, int) or abs(ends - url_ends - (DAY - LEAST)) > SLACK:
        wanted = f"public_url_expires_at {ends - DAY + LEAST}"
        yield Finding(wanted, repr(output), (story.end.exchange,))


@case(
    "xai.result-for-good", "A result is kept, unpublished, if no more is said.", cost="paid", own=1
)
async def result_for_good(target: Target) -> AsyncIterator[Finding]:
    options = {"filename": KEPT, "expires_after": None, "public_url": False}
    story = await done(target, "generate", {"/storage_options": options})
    output = output_of(story)
    if not output.get("file_id"):
        raise Blocked("the result was not kept")
    for name in ("expires_at", "public_url"):
        if output.get(name) is not None:
            yield Finding(f"no {name}", repr(output[name]), (story.end.exchange,))


@case("xai.publishing-fails", "A URL that cannot be does no harm.", cost="paid", own=1)
async def publishing_fails(target: Target) -> AsyncIterator[Finding]:
    options = {"filename": KEPT, "expires_after": LEAST, "public_url": {"expires_after": DAY}}
    story = await ended(target, "generate", {"/storage_options": options})
    if story.end.view.state != "done" or not story.url:
        yield Finding("a video all the same", story.end.exchange.told(), (story.end.exchange,))
        return
    output = output_of(story)
    if not output.get("file_id"):
        yield Finding("the file all the same", repr(output), (story.end.exchange,))
    elif not output.get("public_url") and not output.get("public_url_error"):
        yield Finding("public_url or public_url_error", repr(output), (story.end.exchange,))
