"""xAI's files: uploaded ones and kept results, how they look, and whether they are public."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from mimetypes import MimeTypes

from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Json
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Job
from mockserver.providers import xai_facts as facts
from mockserver.providers.base import Desk, Here, StoredFile

PREFIX = "file_"  # documented: ids of files begin so
UNSPOKEN = "application/octet-stream"
TYPES = MimeTypes()  # what Python knows by itself, not what this machine knows


def kept(job: Job) -> StoredFile | None:
    """The file that a job's result is kept as, from the end of the job on."""
    options = job.facts.get("storage_options")
    if not options or job.failure:
        return None
    draw = Chance(job.token.encode())
    file = StoredFile(
        reference=PREFIX + draw.uuid(),
        owner=job.owner,
        created=job.ends,
        filename=options["filename"],
        media_type="video/mp4",
        job=job.id,
    )
    if life := options.get("expires_after"):
        file = replace(file, expires=job.ends + life)
    public = options.get("public_url")
    if public is None or public is False:
        return file
    life = None if public is True else public.get("expires_after")
    if outlives(file, job.ends, life):
        return file
    return published(file, draw.hex(32), job.ends, life)


def output(job: Job, file: StoredFile, call: Call, here: Here) -> Json:
    """What a poll says of the file a result was kept as. A URL that cannot be is no failure."""
    view: Json = {"file_id": file.reference, "filename": file.filename}
    if file.expires is not None:
        view["expires_at"] = int(file.expires)
    if file.token:
        view |= published_view(file, call, here)
    elif public := job.facts["storage_options"].get("public_url"):
        row = here.contract.errors["url-outlives-file"]
        life = job.facts["storage_options"]["expires_after"]
        known = {"seconds": public["expires_after"], "limit": life}
        view["public_url_error"] = facts.filled(row.message, known)
    return view


def known(desk: Desk, call: Call) -> StoredFile | Problem:
    """The file that a path names, if it is the caller's and there is one by now."""
    id = call.params["file_id"]
    file = desk.files.get(id)
    if file is None or file.owner != call.owner or not is_there(file, desk.here.now):
        return unknown(id)
    return file


def unknown(id: str) -> Problem:
    return Problem("file-not-found", {"id": id}, say=f"this key has no file {id}")


def visible(desk: Desk, call: Call) -> Iterable[StoredFile]:
    return (one for one in desk.files.of(call.owner) if is_there(one, desk.here.now))


def is_there(file: StoredFile, now: float) -> bool:
    return file.created <= now and (file.expires is None or now < file.expires)


async def with_size(desk: Desk, file: StoredFile) -> StoredFile:
    """A file with its size. That of a result is known once it is made."""
    if not file.job or file.bytes:
        return file
    path = await desk.content(file)
    if path is None:
        return file
    sized = replace(file, bytes=path.stat().st_size)
    if desk.files.get(file.reference) == file:  # it was neither deleted nor published meanwhile
        desk.files.put(sized)
    return sized


def view(file: StoredFile, call: Call, here: Here) -> Json:
    view: Json = {
        "id": file.reference,
        "object": "file",
        "bytes": file.bytes,
        "created_at": int(file.created),
        "expires_at": None if file.expires is None else int(file.expires),
        "filename": file.filename,
        "purpose": "",
    }
    if is_public(file, here.now):
        view |= published_view(file, call, here)
    return view


def published(file: StoredFile, token: str, now: float, life: float | None) -> StoredFile:
    """A file with a URL that lives so long, or as long as the file."""
    until = file.expires if life is None else now + life
    return replace(file, token=token, facts={"url_until": until})


def is_public(file: StoredFile, now: float) -> bool:
    until = file.facts.get("url_until")
    return bool(file.token) and (until is None or now < until)


def published_view(file: StoredFile, call: Call, here: Here) -> dict[str, Json]:
    path = here.contract.operation("get_public_file").path
    path = facts.filled(path, {"token": file.token, "file": public_name(file)})
    view: dict[str, Json] = {"public_url": here.url(path)}
    if (until := file.facts["url_until"]) is not None:
        view["public_url_expires_at"] = int(until)
    return view


def public_name(file: StoredFile) -> str:
    return file.reference + (TYPES.guess_extension(file.media_type) or "")


def outlives(file: StoredFile, now: float, life: float | None) -> bool:
    return life is not None and file.expires is not None and now + life > file.expires
