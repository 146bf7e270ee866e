"""xAI's service Files: its messages, and the HTTP calls that they stand for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol, cast

from google.protobuf.message import Message

from mockserver.contract.model import Json
from mockserver.rpc.model import Ask, Download, Pieces, Plain, Procedure, Upload
from mockserver.rpc.xai_video import filled, flag, moments, segment, text, whole

BOUNDARY = "pieces-of-a-file-that-came-over-grpc-6f1c2f0e5d3a4c559a55"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\r": "%0D", "\n": "%0A"})
ORDERS = {"ASCENDING": "asc", "DESCENDING": "desc"}
SORT = "FILES_SORT_BY_"
TEXT = "DOWNLOAD_FORMAT_TEXT"


class Init(Protocol):
    """What an upload begins with."""

    name: str
    expires_after: int

    def HasField(self, name: str) -> bool: ...


class Chunk(Protocol):
    """A message of an upload: first the `init`, then `data` after data."""

    init: Init
    data: bytes

    def HasField(self, name: str) -> bool: ...


def upload(messages: AsyncIterator[Message]) -> Ask:
    """The form that an upload over HTTP would be."""
    return Ask("POST", "/v1/files", form=_form(messages), media=FORM)


def list_files(request: Json) -> Ask:
    query = filled(
        limit=request.get("limit"),
        order=ORDERS.get(request.get("order", "ASCENDING"), "asc"),
        pagination_token=request.get("pagination_token"),
        filter=request.get("filter"),
    )
    if "sort_by" in request:
        query["sort_by"] = str(request["sort_by"]).removeprefix(SORT).lower()
    return Ask("GET", "/v1/files", query=query)


def retrieve(request: Json) -> Ask:
    return Ask("GET", _path(request))


def delete(request: Json) -> Ask:
    return Ask("DELETE", _path(request))


def content(request: Json) -> Ask:
    query = {"format": "text"} if request.get("format") == TEXT else {}
    return Ask("GET", f"{_path(request)}/content", query=query)


def publish(request: Json) -> Ask:
    body = {"expires_after": int(request["expires_after"])} if "expires_after" in request else {}
    return Ask("POST", f"{_path(request)}/public-url", body)


def revoke(request: Json) -> Ask:
    return Ask("POST", f"{_path(request)}/public-url/revoke")


def file(reply: Json) -> Json:
    names = {name: text(reply, name) for name in ("id", "filename", "public_url")}
    times = moments(reply, ("created_at", "expires_at", "public_url_expires_at"))
    return filled(size=whole(reply, "bytes"), **names) | times


def listed(reply: Json) -> Json:
    data = reply.get("data") if isinstance(reply, dict) else None
    files = [file(one) for one in data] if isinstance(data, list) else []
    return {"data": files, "pagination_token": text(reply, "pagination_token")}


def deleted(reply: Json) -> Json:
    return {"id": text(reply, "id"), "deleted": flag(reply, "deleted")}


def published(reply: Json) -> Json:
    return filled(public_url=text(reply, "public_url")) | moments(reply, ("expires_at",))


def revoked(reply: Json) -> Json:
    found = filled(file_id=text(reply, "id"), public_url=text(reply, "public_url"))
    return {**found, "revoked": flag(reply, "revoked")}


PROCEDURES: Mapping[str, Procedure] = {
    "xai_api.Files/UploadFile": Upload(upload, file),
    "xai_api.Files/ListFiles": Plain(list_files, listed),
    "xai_api.Files/RetrieveFile": Plain(retrieve, file),
    "xai_api.Files/DeleteFile": Plain(delete, deleted),
    "xai_api.Files/RetrieveFileContent": Download(content, "data"),
    "xai_api.Files/CreatePublicUrl": Plain(publish, published),
    "xai_api.Files/RevokePublicUrl": Plain(revoke, revoked),
}


def _path(request: Json) -> str:
    return f"/v1/files/{segment(request.get('file_id', ''))}"


async def _form(messages: AsyncIterator[Message]) -> Pieces:
    """The pieces of the form. Data before an init is a form without a file; an init after data is
    a field behind the file: the API refuses both."""
    begun = False
    async for message in messages:
        chunk = cast(Chunk, message)
        if not chunk.HasField("init"):
            if not begun:
                break
            yield chunk.data
        elif begun:
            yield b"\r\n" + _field("expires_after", "0")
            break
        else:
            begun = True
            yield _opened(chunk.init)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def _opened(init: Init) -> bytes:
    """The form up to the first byte of the file."""
    before = _field("expires_after", str(init.expires_after)) if _expires(init) else b""
    name = init.name.translate(ESCAPED)
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return before + head.encode()


def _expires(init: Init) -> bool:
    return init.HasField("expires_after")


def _field(name: str, value: Any) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return f"{head}{value}\r\n".encode()
