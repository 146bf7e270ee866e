"""Pictory: a signed URL for one's own file, the PUT it is good for, and the file's address."""

from __future__ import annotations

import hmac
import re
from dataclasses import replace

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.pointer import fill
from mockserver.jobs.clock import iso
from mockserver.providers.base import Desk, StoredFile

SIGNATURE = "X-Amz-Signature"
UNTIL, SIGNED = (
    "until",
    "signature",
)  # facts of a ticket: when its URL ends, and what it is signed with
ESCAPED = re.compile(r"[^A-Za-z0-9._-]|^\.")  # ".." would climb out of the path
LONGEST_NAME = 200
UNSPOKEN = "application/octet-stream"


async def create_upload(desk: Desk, call: Call) -> Reply:
    """Where to put a file, for a day, and where it will be for good."""
    here, draw = desk.here, desk.chance("upload")
    life = here.contract.number("upload-url-life")
    token, signature = draw.hex(32), draw.hex(64)
    name = ESCAPED.sub("_", call.body["fileName"])[-LONGEST_NAME:]
    path = fill(here.contract.operation("put_upload").path, {"token": token, "file": name})
    desk.files.put(
        StoredFile(
            reference=path[1:],
            owner=call.owner,
            created=here.now,
            token=token,
            filename=name,
            media_type=call.body["contentType"],
            facts={UNTIL: here.now + life, SIGNED: signature},
        )
    )
    url = here.url(path)
    signed = f"{url}?X-Amz-Expires={life:.0f}&{SIGNATURE}={signature}"
    return Reply(200, {"success": True, "data": {"signedUrl": signed, "url": url, "key": path[1:]}})


async def put_upload(desk: Desk, call: Call) -> Reply | Problem:
    """Take in a file. What the signature covers is compared before a byte is read."""
    file = desk.files.by_token(call.params["token"])
    if file is None or file.filename != call.params["file"]:
        return Problem("storage-signature", say="no signed URL was given out for this file")
    if say := _altered(call, file):
        return Problem("storage-signature", say=say)
    if desk.here.now >= file.facts[UNTIL]:
        return Problem("storage-upload-expired", say=f"it ended at {iso(file.facts[UNTIL])}")
    assert call.stream is not None, "put_upload is declared as a stream"
    limit = desk.here.contract.operation("put_upload").body_limit
    received = await desk.receive(call.stream, limit)
    if received is None:
        return Problem("storage-too-large", say=f"the upload is over {limit} bytes")
    desk.files.put(replace(file, key=received.key, bytes=received.bytes))
    return Reply(200, headers={"ETag": f'"{received.key[:32]}"'})


async def get_upload(desk: Desk, call: Call) -> Reply | Problem:
    """The file, for everybody. The signed URL is not its address."""
    file = desk.files.by_token(call.params["token"])
    if SIGNATURE in call.query:
        say = "signedUrl is for the PUT alone; the file is read from url"
        return Problem("storage-signature", say=say)
    if file is None or file.filename != call.params["file"]:
        return Problem("no-result", say="no file was announced at this address")
    path = await desk.content(file)
    if path is None:
        return Problem("no-result", say=f"nothing was put to {file.reference}")
    declared = desk.here.contract.operation("get_upload").responses["200"].media
    said = file.media_type.partition(";")[0].strip().lower()
    return Reply(200, media_type=said if said in declared else UNSPOKEN, file=path)


def _altered(call: Call, file: StoredFile) -> str:
    """What differs from what was signed; "" if nothing does."""
    given = call.query.get(SIGNATURE, "")
    if not hmac.compare_digest(given.encode(), file.facts[SIGNED].encode()):
        return f"{SIGNATURE} is {'another' if given else 'missing'}"
    sent = call.headers.get("content-type", "")
    if sent != file.media_type:
        return f"Content-Type is {sent or 'missing'}, signed: {file.media_type}"
    return ""
