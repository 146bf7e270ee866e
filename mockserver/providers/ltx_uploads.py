"""LTX: a ticket from the API, and the one PUT to the storage host that it is good for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract
from mockserver.jobs.clock import iso
from mockserver.providers.base import Desk, StoredFile

PREFIX = "ltx://uploads/"
UNTIL = "until"  # the fact of a ticket: when its URL ends


async def create_upload(desk: Desk, call: Call) -> Reply:
    """A place to put a file: good for an hour, and for an object that is not there yet."""
    draw = desk.chance("upload")
    contract, now = desk.here.contract, desk.here.now
    until = now + contract.number("upload-url-life")
    file = StoredFile(
        reference=PREFIX + draw.uuid(),
        owner=call.owner,
        created=now,
        token=draw.hex(32),
        expires=until,
        facts={UNTIL: until},
    )
    desk.files.put(file)
    path = contract.operation("put_upload").path.replace("{token}", file.token)
    ticket = {
        "upload_url": desk.here.url(path),
        "storage_uri": file.reference,
        "expires_at": iso(until),
        "required_headers": dict(required_headers(contract)),
    }
    return Reply(200, ticket, headers={"x-request-id": call.id})


async def put_upload(desk: Desk, call: Call) -> Reply | Problem:
    """Take in a file, once. What the signature covers is compared before a byte is read."""
    file = desk.files.by_token(call.params["token"])
    if file is None:
        return Problem("storage-signature", say="no ticket was given out for this URL")
    if say := _altered(desk.here.contract, call):
        return Problem("storage-signature", say=say)
    if desk.here.now >= file.facts[UNTIL]:
        return Problem("storage-upload-expired", say=f"it ended at {iso(file.facts[UNTIL])}")
    if file.key:
        return _again(file)
    assert call.stream is not None, "put_upload is declared as a stream"
    limit = desk.here.contract.operation("put_upload").body_limit
    received = await desk.receive(call.stream, limit)
    if received is None:
        return Problem("storage-too-large", say=f"the upload is over {limit} bytes")
    file = desk.files.get(file.reference) or file
    if file.key:  # another PUT was quicker
        return _again(file)
    desk.files.put(
        replace(
            file,
            key=received.key,
            bytes=received.bytes,
            media_type=call.headers.get("content-type", ""),
            expires=desk.here.now + desk.here.contract.number("upload-life"),
        )
    )
    return Reply(200, headers={"ETag": f'"{received.key[:32]}"'})


def required_headers(contract: Contract) -> Mapping[str, str]:
    """The headers that a PUT repeats, with their values: the spec's parameters and examples."""
    path = contract.operation("put_upload").path
    rows = contract.document["paths"][path]["put"]["parameters"]
    return {row["name"]: row["example"] for row in rows}


def _altered(contract: Contract, call: Call) -> str:
    """What differs from the headers that were signed; "" if nothing does (decision A20)."""
    wrong = [
        f"{name} is {call.headers.get(name, 'missing')}, signed: {value}"
        for name, value in required_headers(contract).items()
        if call.headers.get(name) != value
    ]
    return "; ".join(wrong)


def _again(file: StoredFile) -> Problem:
    say = f"{file.reference} holds {file.bytes} bytes already, and is written once"
    return Problem("storage-precondition", say=say)
