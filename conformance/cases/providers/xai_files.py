"""xAI's files and models: uploads, their life, their public URLs, results that are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from conformance.cases.verify import refused
from conformance.clips import Recipe, made
from conformance.exchange import Ask, Exchange, post
from conformance.model import Blocked, Finding, Json
from conformance.registry import case
from conformance.story import Story, follow

if TYPE_CHECKING:
    from conformance.target import Target

CLIP = Recipe(160, 96, 12, 2.0, audio=False)
BORDER = "conformance-border"
ABSENT = "file_00000000-0000-4000-8000-000000000000"
LEAST, DAY, MOST = 3_600, 86_400, 2_592_000
KEPT = "kept.mp4"


def form(parts: Sequence[tuple[str, str, bytes]]) -> Ask:
    """An upload: parts with their name, their file name (empty: a field) and their bytes."""
    body = b""
    for name, filename, content in parts:
        told = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
        kind = "\r\nContent-Type: video/mp4" if filename.endswith(".mp4") else ""
        body += f"--{BORDER}\r\nContent-Disposition: {told}{kind}\r\n\r\n".encode()
        body += content + b"\r\n"
    body += f"--{BORDER}--\r\n".encode()
    kind = f"multipart/form-data; boundary={BORDER}"
    return Ask("POST", "/v1/files", {"content-type": kind}, body)


def _video(life: int | None = None) -> Ask:
    before = [("expires_after", "", str(life).encode())] if life is not None else []
    return form([*before, ("file", "conformance.mp4", made(CLIP))])


def _id(exchange: Exchange) -> str:
    told = exchange.answer.json()
    return str(told.get("id", "")) if isinstance(told, dict) else ""


async def _uploaded(target: Target) -> Exchange:
    """The file that all cases share. Blocked when it was not taken."""
    exchange = await target.once("uploaded", lambda: target.call(_video(DAY)))
    if exchange.answer.status != 200 or not _id(exchange):
        raise Blocked(f"the upload was not taken: {exchange.told()}")
    return exchange


async def _own(target: Target) -> str:
    """A file of one's own, which outlives what is published of it. Blocked when it was not
    taken."""
    exchange = await target.call(_video(2 * LEAST))
    if not _id(exchange):
        raise Blocked(f"the upload was not taken: {exchange.told()}")
    return _id(exchange)


@case("xai.file-told", "An upload answers what was stored.", cost="free-read")
async def file_told(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.once("uploaded", lambda: target.call(_video(DAY)))
    if breach := target.contract.breach("upload_file", exchange):
        yield Finding("an answer as the contract has it", breach, (exchange,))
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("a file", f"{problem.status}: {problem.message}", (exchange,))
        return
    told = exchange.answer.json()
    for name, wanted in (("bytes", len(made(CLIP))), ("filename", "conformance.mp4")):
        if told.get(name) != wanted:
            yield Finding(f"{name} {wanted}", repr(told.get(name)), (exchange,))


@case("xai.file-bytes", "A file can be downloaded as it was uploaded.", cost="free-read")
async def file_bytes(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", f"/v1/files/{_id(await _uploaded(target))}/content"))
    if exchange.answer.status != 200 or exchange.answer.body != made(CLIP):
        yield Finding("the bytes that were uploaded", exchange.told())


@case("xai.file-listed", "A file is in the list, and can be read by its id.", cost="free-read")
async def file_listed(target: Target) -> AsyncIterator[Finding]:
    id = _id(await _uploaded(target))
    listed = await target.call(Ask("GET", "/v1/files?limit=100"))
    if breach := target.contract.breach("list_files", listed):
        yield Finding("a list as the contract has it", breach, (listed,))
    elif id not in [one["id"] for one in (listed.answer.json() or {}).get("data", [])]:
        yield Finding(f"{id} in the list", "it is not there", (listed,))
    one = await target.call(Ask("GET", f"/v1/files/{id}"))
    if _id(one) != id:
        yield Finding(f"the file {id}", one.told(), (one,))


@case("xai.file-deleted", "A deleted file is gone.", cost="free-read")
async def file_deleted(target: Target) -> AsyncIterator[Finding]:
    id = await _own(target)
    gone = await target.call(Ask("DELETE", f"/v1/files/{id}"))
    if gone.answer.status != 200 or (gone.answer.json() or {}).get("deleted") is not True:
        yield Finding("deleted: true", gone.told(), (gone,))
        return
    again = await target.call(Ask("GET", f"/v1/files/{id}"))
    if again.answer.status != 404:
        yield Finding("404 afterwards", again.told(), (again,))


@case("xai.file-unknown", "A file that does not exist is 404.", cost="free-read")
async def file_unknown(target: Target) -> AsyncIterator[Finding]:
    for ask in (
        Ask("GET", f"/v1/files/{ABSENT}"),
        Ask("GET", f"/v1/files/{ABSENT}/content"),
        Ask("DELETE", f"/v1/files/{ABSENT}"),
        post(f"/v1/files/{ABSENT}/public-url", {}),
    ):
        exchange = await target.call(ask)
        if exchange.answer.status != 404:
            yield Finding("404", exchange.told(), (exchange,))


@case("xai.file-foreign", "A file of another account is not there.", cost="free-read")
async def file_foreign(target: Target) -> AsyncIterator[Finding]:
    other = target.other_key
    exchange = await target.call(Ask("GET", f"/v1/files/{_id(await _uploaded(target))}"), key=other)
    if exchange.answer.status != 404:
        yield Finding("404", exchange.told())


@case("xai.file-form", "A form without a named file, or out of order, is 400.", cost="free-reject")
async def file_form(target: Target) -> AsyncIterator[Finding]:
    clip = made(CLIP)
    for what, ask in (
        ("no file", form([("purpose", "", b"video")])),
        ("a file without a name", form([("file", "", clip)])),
        (
            "a life behind the file",
            form([("file", "late.mp4", clip), ("expires_after", "", b"3600")]),
        ),
    ):
        exchange = await target.call(ask)
        if exchange.answer.status != 400:
            yield Finding(f"400 for {what}", exchange.told(), (exchange,))


@case("xai.file-life", "A file's life is 3,600 to 2,592,000 seconds.", cost="free-reject")
async def file_life(target: Target) -> AsyncIterator[Finding]:
    for life in (LEAST - 1, MOST + 1):
        exchange = await target.call(_video(life))
        if exchange.answer.status != 400:
            yield Finding(f"400 for a life of {life} s", exchange.told(), (exchange,))
    longest = await target.call(_video(MOST))
    if longest.answer.status != 200:
        yield Finding(f"a file with a life of {MOST} s", longest.told(), (longest,))


@case("xai.file-as-source", "An uploaded video can be extended.", cost="paid", own=1)
async def file_as_source(target: Target) -> AsyncIterator[Finding]:
    video = {"file_id": _id(await _uploaded(target))}
    submitted = await target.submit(change={"/video": video})
    if problem := target.dialect.problem(submitted.answer):
        yield Finding("a job", f"{problem.status}: {problem.message}", (submitted,))
        return
    story = await _followed(target, submitted)
    if story.end.view.state != "done":
        yield Finding("done", f"{story.end.view.word}: {story.end.view.error}")


@case("xai.file-type", "A picture is no source for an extension.", cost="free-reject")
async def file_type(target: Target) -> AsyncIterator[Finding]:
    words = await target.call(form([("file", "words.txt", b"These are words, and no video.\n")]))
    if not _id(words):
        raise Blocked(f"the upload was not taken: {words.told()}")
    exchange = await target.create(change={"/video": {"file_id": _id(words)}})
    for one in refused(target, exchange, ""):
        yield one


@case("xai.file-public", "A published file can be read by everybody.", cost="free-read")
async def file_public(target: Target) -> AsyncIterator[Finding]:
    id = await _own(target)
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
    id = await _own(target)
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
    path = f"/v1/files/{_id(await _uploaded(target))}/public-url"
    for life in (LEAST - 1, MOST + 1):
        exchange = await target.call(post(path, {"expires_after": life}))
        if exchange.answer.status != 400:
            yield Finding(f"400 for a life of {life} s", exchange.told(), (exchange,))


@case("xai.url-outlives-file", "A public URL lives no longer than its file.", cost="free-reject")
async def url_outlives_file(target: Target) -> AsyncIterator[Finding]:
    path = f"/v1/files/{_id(await _uploaded(target))}/public-url"
    exchange = await target.call(post(path, {"expires_after": 2 * DAY}))
    if exchange.answer.status != 400:
        yield Finding("400 for a URL that outlives its file", exchange.told())


@case("xai.files-paged", "Files are listed page by page.", cost="free-read")
async def files_paged(target: Target) -> AsyncIterator[Finding]:
    made_ = {await _own(target), await _own(target)}
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


# Results that are kept.


async def _stored(target: Target) -> Story:
    """A job whose result is kept and published."""

    async def made_() -> Story:
        options = {"filename": KEPT, "expires_after": 86_400, "public_url": True}
        mode = target.dialect.MODES["generate"]
        submitted = await target.submit(mode, {"/storage_options": options})
        return await _followed(target, submitted, "generate")

    story = await target.once("stored", made_)
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    return story


def _output(story: Story) -> Json:
    video = story.end.exchange.answer.json().get("video") or {}
    return video.get("file_output") or {}


@case("xai.result-stored", "A result is kept as a file of the given name.", cost="paid", own=1)
async def result_stored(target: Target) -> AsyncIterator[Finding]:
    story = await _stored(target)
    output = _output(story)
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
    story = await _stored(target)
    url = _output(story).get("public_url")
    if not url:
        yield Finding("a public URL", "none", (story.end.exchange,))
        return
    file = await target.fetch(url)
    if file.answer.status != 200:
        yield Finding("the file at the public URL", file.told(), (file,))


async def _followed(target: Target, submitted: Exchange, mode: str = "") -> Story:
    chosen = target.dialect.MODES[mode] if mode else target.mode
    job = target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"it was not accepted: {submitted.told()}")
    promise = chosen.promise(await target.body(chosen), await target.original(chosen))
    story = Story(chosen, {}, submitted, job, promise)
    await follow(target, story)
    return story


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
    elif _id(exchange) != "grok-imagine-video":
        yield Finding("grok-imagine-video", _id(exchange) or exchange.told())
