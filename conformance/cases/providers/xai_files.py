"""xAI's files: uploads, what is told of them, what they are good for. Lists of them, their public
URLs and results that are kept are beside this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.cases.providers.xai_jobs import makes, small, still
from conformance.cases.verify import inside, refused
from conformance.clips import Recipe, made
from conformance.exchange import Ask, Exchange, post
from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.target import Target

CLIP = Recipe(160, 96, 12, 2.0, audio=False)
BORDER = "conformance-border"
ABSENT = "file_00000000-0000-4000-8000-000000000000"
LEAST, DAY, MOST = 3_600, 86_400, 2_592_000
SLACK = 5  # seconds
NAME = "conformance.mp4"


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


def video(life: object = None) -> Ask:
    """The upload of a video that lives so long."""
    before = [("expires_after", "", str(life).encode())] if life is not None else []
    return form([*before, ("file", NAME, made(CLIP))])


def id_of(exchange: Exchange) -> str:
    told = exchange.answer.json()
    return str(told.get("id", "")) if isinstance(told, dict) else ""


async def uploaded(target: Target) -> Exchange:
    """The file that all cases share. Blocked when it was not taken."""
    exchange = await target.once("uploaded", lambda: target.call(video(DAY)))
    if exchange.answer.status != 200 or not id_of(exchange):
        raise Blocked(f"the upload was not taken: {exchange.told()}")
    return exchange


async def own(target: Target, life: object = 2 * LEAST) -> str:
    """A file of one's own, which outlives what is published of it. Blocked when it was not
    taken."""
    exchange = await target.call(video(life))
    if not id_of(exchange):
        raise Blocked(f"the upload was not taken: {exchange.told()}")
    return id_of(exchange)


@case("xai.file-told", "An upload answers what was stored.", cost="free-read")
async def file_told(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.once("uploaded", lambda: target.call(video(DAY)))
    if breach := target.contract.breach("upload_file", exchange):
        yield Finding("an answer as the contract has it", breach, (exchange,))
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("a file", f"{problem.status}: {problem.message}", (exchange,))
        return
    told = exchange.answer.json()
    for name, wanted in (("bytes", len(made(CLIP))), ("filename", NAME)):
        if told.get(name) != wanted:
            yield Finding(f"{name} {wanted}", repr(told.get(name)), (exchange,))


@case("xai.file-bytes", "A file can be downloaded as it was uploaded.", cost="free-read")
async def file_bytes(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", f"/v1/files/{id_of(await uploaded(target))}/content"))
    if exchange.answer.status != 200 or exchange.answer.body != made(CLIP):
        yield Finding("the bytes that were uploaded", exchange.told())


@case("xai.file-listed", "A file is in the list, and can be read by its id.", cost="free-read")
async def file_listed(target: Target) -> AsyncIterator[Finding]:
    id = id_of(await uploaded(target))
    listed = await target.call(Ask("GET", "/v1/files?limit=100"))
    if breach := target.contract.breach("list_files", listed):
        yield Finding("a list as the contract has it", breach, (listed,))
    elif id not in [one["id"] for one in (listed.answer.json() or {}).get("data", [])]:
        yield Finding(f"{id} in the list", "it is not there", (listed,))
    one = await target.call(Ask("GET", f"/v1/files/{id}"))
    if id_of(one) != id:
        yield Finding(f"the file {id}", one.told(), (one,))


@case("xai.file-deleted", "A deleted file is gone.", cost="free-read")
async def file_deleted(target: Target) -> AsyncIterator[Finding]:
    id = await own(target)
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
    exchange = await target.call(
        Ask("GET", f"/v1/files/{id_of(await uploaded(target))}"), key=other
    )
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
        exchange = await target.call(video(life))
        if exchange.answer.status != 400:
            yield Finding(f"400 for a life of {life} s", exchange.told(), (exchange,))
    for life in (LEAST, MOST):
        exchange = await target.call(video(life))
        if exchange.answer.status != 200:
            yield Finding(f"a file with a life of {life} s", exchange.told(), (exchange,))


def lives(exchange: Exchange, life: int) -> Iterator[Finding]:
    """That a file is told to end so many seconds after it was made."""
    file = exchange.answer.json()
    born, ends = inside(file, "created_at"), inside(file, "expires_at")
    if not (isinstance(born, int) and isinstance(ends, int)) or abs(ends - born - life) > SLACK:
        wanted = f"expires_at {life:,} s after created_at"
        yield Finding(wanted, exchange.answer.text[:300], (exchange,))


@case("xai.file-ends", "A file tells when it will be deleted.", cost="free-read")
async def file_ends(target: Target) -> AsyncIterator[Finding]:
    for one in lives(await uploaded(target), DAY):
        yield one


@case("xai.file-for-good", "A file without a life is kept.", cost="free-read")
async def file_for_good(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(video())
    if not id_of(exchange):
        raise Blocked(f"the upload was not taken: {exchange.told()}")
    if (ends := inside(exchange.answer.json(), "expires_at")) is not None:
        yield Finding("no expires_at", repr(ends), (exchange,))
    await target.call(Ask("DELETE", f"/v1/files/{id_of(exchange)}"))


def _lasting(seconds: object, anchor: str = "created_at") -> Ask:
    """An upload whose life is said in OpenAI's way."""
    said = (("expires_after[anchor]", anchor), ("expires_after[seconds]", seconds))
    before = [(name, "", str(text).encode()) for name, text in said]
    return form([*before, ("file", NAME, made(CLIP))])


@case("xai.file-life-by-anchor", "OpenAI's way to say a life is taken.", cost="free-reject")
async def file_life_by_anchor(target: Target) -> AsyncIterator[Finding]:
    for life in (LEAST, MOST):
        for one in lives(await target.call(_lasting(life)), life):
            yield one
    for what, ask in (
        (f"a life of {LEAST - 1} s", _lasting(LEAST - 1)),
        (f"a life of {MOST + 1} s", _lasting(MOST + 1)),
        ("a life in words", _lasting("a day")),
        ("another anchor", _lasting(LEAST, "last_active_at")),
    ):
        exchange = await target.call(ask)
        if exchange.answer.status != 400:
            yield Finding(f"400 for {what}", exchange.told(), (exchange,))


@case("xai.file-purpose", "A purpose is taken and ignored.", cost="free-read")
async def file_purpose(target: Target) -> AsyncIterator[Finding]:
    ask = form([("expires_after", "", b"3600"), ("purpose", "", b"any"), ("file", NAME, b"x")])
    exchange = await target.call(ask)
    if exchange.answer.status != 200:
        yield Finding("a file", exchange.told())


@case("xai.file-name", "A name that cannot be one is 400.", cost="free-reject")
async def file_name(target: Target) -> AsyncIterator[Finding]:
    for name in ("..", "../conformance.mp4"):
        exchange = await target.call(form([("file", name, made(CLIP))]))
        if exchange.answer.status != 400:
            yield Finding(f"400 for the name {name!r}", exchange.told(), (exchange,))


@case("xai.file-no-form", "An upload that is no form is 415.", cost="free-reject")
async def file_no_form(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(post("/v1/files", {"file": NAME}))
    if exchange.answer.status != 415:
        yield Finding("415", exchange.told())


@case("xai.file-format", "A file is read as it is, or as text.", cost="free-read")
async def file_format(target: Target) -> AsyncIterator[Finding]:
    words = b"These are words."  # so short that a cassette keeps them
    sent = await target.call(form([("expires_after", "", b"3600"), ("file", "words.txt", words)]))
    if not id_of(sent):
        raise Blocked(f"the upload was not taken: {sent.told()}")
    path = f"/v1/files/{id_of(sent)}/content"
    for format in ("original", "text"):
        exchange = await target.call(Ask("GET", f"{path}?format={format}"))
        if exchange.answer.status != 200 or exchange.answer.body.strip() != words.strip():
            yield Finding(f"the words as {format}", exchange.told(), (exchange,))
    odd = await target.call(Ask("GET", f"{path}?format=pdf"))
    if not 400 <= odd.answer.status < 500:
        yield Finding("a refusal of the format pdf", odd.told(), (odd,))


@case("xai.file-as-bytes", "A file comes as an octet stream.", cost="free-read")
async def file_as_bytes(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", f"/v1/files/{id_of(await uploaded(target))}/content"))
    if breach := target.contract.breach("get_file_content", exchange):
        yield Finding("an answer as the contract has it", breach)


READS = (
    Ask("GET", "/v1/files"),
    Ask("GET", f"/v1/files/{ABSENT}"),
    Ask("GET", f"/v1/files/{ABSENT}/content"),
    Ask("DELETE", f"/v1/files/{ABSENT}"),
    post(f"/v1/files/{ABSENT}/public-url", {}),
    post(f"/v1/files/{ABSENT}/public-url/revoke", {}),
    Ask("GET", "/v1/video-generation-models"),
    Ask("GET", "/v1/video-generation-models/grok-imagine-video"),
)


@case("xai.files-need-a-key", "Files and models are for those with a key.", cost="free-reject")
async def files_need_a_key(target: Target) -> AsyncIterator[Finding]:
    for ask in (*READS, video(LEAST)):
        exchange = await target.call(ask, key=None)
        if exchange.answer.status != 401:
            yield Finding("401 without a key", exchange.told(), (exchange,))


@case("xai.files-know-keys", "Files and models take no wrong key.", cost="free-reject")
async def files_know_keys(target: Target) -> AsyncIterator[Finding]:
    for ask in (*READS, video(LEAST)):
        exchange = await target.call(ask, key="this-is-not-a-key")
        if exchange.answer.status != 400:
            yield Finding("400 for a wrong key", exchange.told(), (exchange,))


@case("xai.file-as-source", "An uploaded video can be extended.", cost="paid", own=1)
async def file_as_source(target: Target) -> AsyncIterator[Finding]:
    video = {"file_id": id_of(await uploaded(target))}
    async for one in makes(target, "extend", {"/video": video}, "an uploaded video"):
        yield one


@case("xai.file-to-edit", "An uploaded video can be edited.", cost="paid", own=1)
async def file_to_edit(target: Target) -> AsyncIterator[Finding]:
    video = {"file_id": id_of(await uploaded(target))}
    async for one in makes(target, "edit", {"/video": video}, "an uploaded video"):
        yield one


@case("xai.file-as-picture", "An uploaded picture is good wherever one is.", cost="paid", own=3)
async def file_as_picture(target: Target) -> AsyncIterator[Finding]:
    ask = form([("expires_after", "", b"3600"), ("file", "picture.png", still(CLIP))])
    sent = await target.call(ask)
    if not id_of(sent):
        raise Blocked(f"the upload was not taken: {sent.told()}")
    picture = {"file_id": id_of(sent)}
    keyframes = [{"image": picture, "timestamp_s": 1}]
    new = {"/model": "grok-imagine-video-1.5", "/duration": 2}
    for what, change in (
        ("an image", {"/image": picture}),
        ("a reference", {"/reference_images": [picture]}),
        ("a keyframe", {**new, "/keyframes": keyframes}),
    ):
        async for one in makes(target, "generate", change, f"{what} that was uploaded"):
            yield one


@case("xai.file-type", "A picture is no source for an extension.", cost="free-reject")
async def file_type(target: Target) -> AsyncIterator[Finding]:
    words = await target.call(form([("file", "words.txt", b"These are words, and no video.\n")]))
    if not id_of(words):
        raise Blocked(f"the upload was not taken: {words.told()}")
    exchange = await target.create(change={"/video": {"file_id": id_of(words)}})
    for one in refused(target, exchange, ""):
        yield one


@case("xai.file-container", "A video that is no MP4 is no source.", cost="free-reject")
async def file_container(target: Target) -> AsyncIterator[Finding]:
    body = made(small(2.0, container="matroska"))
    ask = form([("expires_after", "", b"3600"), ("file", "clip.mkv", body)])
    sent = await target.call(ask)
    if not id_of(sent):
        raise Blocked(f"the upload was not taken: {sent.told()}")
    for one in refused(
        target, await target.create(change={"/video": {"file_id": id_of(sent)}}), ""
    ):
        yield one


@case("xai.file-no-picture", "A video is no image for a generation.", cost="free-reject")
async def file_no_picture(target: Target) -> AsyncIterator[Finding]:
    image = {"file_id": id_of(await uploaded(target))}
    exchange = await target.create(target.dialect.MODES["generate"], {"/image": image})
    for one in refused(target, exchange, ""):
        yield one
