"""kie.ai: pictures that are put up at a host of their own, which is free."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers.kie_account import balance
from conformance.cases.providers.kie_stories import data_of
from conformance.dialects import kie
from conformance.exchange import Ask, post
from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.stills import picture

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target

FIELDS = ("fileName", "filePath", "downloadUrl", "fileSize", "mimeType", "uploadedAt")
BOUNDARY = "conformance-boundary"
FOLDER = "conformance"
NAME = "still.png"


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _sent(target: Target, way: str, body: Json) -> Ask:
    return post(f"{kie.uploads(target)}/api/file-{way}-upload", body)


def _form(target: Target, content: bytes | None, folder: str = FOLDER) -> Ask:
    """A form with a file and its folder, or without one of them."""
    parts = []
    if folder:
        parts.append(b'content-disposition: form-data; name="uploadPath"\r\n\r\n' + folder.encode())
    if content is not None:
        parts.append(
            b'content-disposition: form-data; name="file"; filename="form.png"\r\n'
            b"content-type: image/png\r\n\r\n" + content
        )
    line = f"--{BOUNDARY}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return Ask("POST", f"{kie.uploads(target)}/api/file-stream-upload", headers, body)


async def _kept(target: Target, ask: Ask, content: bytes) -> AsyncIterator[Finding]:
    """That a file is kept, and can be downloaded."""
    exchange = await target.call(ask)
    url = data_of(exchange).get("downloadUrl")
    if not isinstance(url, str) or not url:
        yield Finding("a downloadUrl", exchange.answer.text[:300], (exchange,))
        return
    found = await target.fetch(url)
    if found.answer.status != 200 or found.answer.body != content:
        yield Finding("the file that was sent", found.told(), (exchange, found))


def _picture(target: Target, **other: Json) -> Ask:
    body = {"base64Data": _encoded(picture()), "uploadPath": FOLDER, "fileName": NAME}
    return _sent(target, "base64", {**body, **other})


async def put_up(target: Target) -> str:
    """The URL of an upload. Blocked when it is refused."""
    exchange = await target.call(_picture(target))
    url = data_of(exchange).get("downloadUrl")
    if not isinstance(url, str) or not url:
        raise Blocked(f"a picture could not be put up: {exchange.told()}")
    return url


@case("kie.upload-base64", "A file sent as base64 is kept.", cost="free-reject")
async def upload_base64(target: Target) -> AsyncIterator[Finding]:
    plain = _encoded(picture(hue=1))
    for data in (plain, f"data:image/png;base64,{plain}"):
        async for one in _kept(target, _picture(target, base64Data=data), picture(hue=1)):
            yield one


@case("kie.upload-form", "A file sent as a form is kept.", cost="free-reject")
async def upload_form(target: Target) -> AsyncIterator[Finding]:
    async for one in _kept(target, _form(target, picture(hue=2)), picture(hue=2)):
        yield one


@case("kie.upload-by-url", "A file is fetched from its URL and kept.", cost="free-reject")
async def upload_by_url(target: Target) -> AsyncIterator[Finding]:
    listener = target.connection.listener
    if listener is None:
        raise Disabled("the target cannot reach the judge: give --callback-url")
    url = listener.put("third.png", picture(hue=3))
    ask = _sent(target, "url", {"fileUrl": url, "uploadPath": FOLDER, "fileName": "third.png"})
    async for one in _kept(target, ask, picture(hue=3)):
        yield one


@case("kie.upload-by-odd-url", "A file's URL is http or https.", cost="free-reject")
async def upload_by_odd_url(target: Target) -> AsyncIterator[Finding]:
    for url in ("ftp://example.com/a.png", "a.png", ""):
        ask = _sent(target, "url", {"fileUrl": url, "uploadPath": FOLDER})
        for one in _refused(target, await target.call(ask), 400):
            yield one


@case("kie.upload-replaces", "A file of the same name replaces the older.", cost="free-reject")
async def upload_replaces(target: Target) -> AsyncIterator[Finding]:
    first = picture(hue=4)
    await target.call(_picture(target, fileName="same.png", base64Data=_encoded(first)))
    second = picture(hue=5)
    ask = _picture(target, fileName="same.png", base64Data=_encoded(second))
    async for one in _kept(target, ask, second):
        yield one


@case("kie.upload-answer", "An upload's answer says what was kept.", cost="free-reject")
async def upload_answer(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(_picture(target))
    if breach := target.contract.breach("upload_base64", exchange):
        yield Finding("an answer as the contract has it", breach)
        return
    data = data_of(exchange)
    if missing := [name for name in FIELDS if name not in data]:
        yield Finding(f"data with {', '.join(FIELDS)}", f"{', '.join(missing)} missing")
    elif data["fileSize"] != len(picture()):
        yield Finding(f"fileSize {len(picture())}", repr(data["fileSize"]))


@case("kie.upload-needs-a-path", "An upload without its path is refused.", cost="free-reject")
async def upload_needs_a_path(target: Target) -> AsyncIterator[Finding]:
    asks = (
        _sent(target, "base64", {"base64Data": _encoded(picture())}),
        _sent(target, "base64", {"uploadPath": FOLDER}),
        _sent(target, "url", {"fileUrl": "https://example.com/a.png"}),
        _sent(target, "url", {"uploadPath": FOLDER}),
    )
    for ask in asks:
        for one in _refused(target, await target.call(ask), 400):
            yield one


@case("kie.upload-form-needs-both", "A form has a file and a path.", cost="free-reject")
async def upload_form_needs_both(target: Target) -> AsyncIterator[Finding]:
    for ask in (_form(target, None), _form(target, picture(), folder="")):
        for one in _refused(target, await target.call(ask), 400):
            yield one


@case("kie.upload-names", "An upload has the name it is given, or one.", cost="free-reject")
async def upload_names(target: Target) -> AsyncIterator[Finding]:
    named = await target.call(_picture(target))
    if not str(data_of(named).get("fileName")).endswith(NAME):
        yield Finding(f"fileName {NAME}", named.answer.text[:300], (named,))
    body = {"base64Data": _encoded(picture()), "uploadPath": FOLDER}
    async for one in _kept(target, _sent(target, "base64", body), picture()):
        yield one


@case("kie.upload-by-get", "An upload is a POST.", cost="free-reject")
async def upload_by_get(target: Target) -> AsyncIterator[Finding]:
    ask = Ask("GET", f"{kie.uploads(target)}/api/file-base64-upload")
    for one in _refused(target, await target.call(ask), 405):
        yield one


@case("kie.upload-is-free", "An upload costs nothing.", cost="free-reject")
async def upload_is_free(target: Target) -> AsyncIterator[Finding]:
    key = target.other_key
    before = await balance(target, key)
    await target.call(_picture(target), key=key)
    after = await balance(target, key)
    if after != before:
        yield Finding(f"{before:g} credits, as before", f"{after:g}")


@case("kie.upload-needs-base64", "What is no base64 is refused.", cost="free-reject")
async def upload_needs_base64(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(_picture(target, base64Data="not base64 at all!"))
    for one in _refused(target, exchange, 400):
        yield one


@case("kie.upload-needs-a-key", "An upload without a key is refused.", cost="free-reject")
async def upload_needs_a_key(target: Target) -> AsyncIterator[Finding]:
    for one in _refused(target, await target.call(_picture(target), key=None), 401):
        yield one


def _refused(target: Target, exchange: Exchange, status: int) -> list[Finding]:
    """That the upload host refuses with a status of HTTP, in its own form."""
    told = kie.told_of(exchange.answer)
    if exchange.answer.status != status:
        return [Finding(f"HTTP {status}", exchange.told(), (exchange,))]
    if told.get("success") is not False or not isinstance(told.get("msg"), str):
        wanted = "success false with code and msg"
        return [Finding(wanted, exchange.answer.text[:200], (exchange,))]
    return []
