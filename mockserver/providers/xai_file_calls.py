"""xAI's calls on files: upload, list, read, publish, delete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from mockserver.contract.message import Call, Part, Problem, Reply
from mockserver.contract.model import Json
from mockserver.providers import xai_facts as facts
from mockserver.providers import xai_files as files
from mockserver.providers.base import Desk, Extra, Here, StoredFile
from mockserver.providers.xai_filter import Unreadable, chosen

LONGEST_NAME = 255
BAD_NAME = re.compile(r"[/\\\x00-\x1f\x7f]|\A\.{1,2}\Z")
EXPIRY = ("expires_after", "expires_after[seconds]")
ANCHOR = "expires_after[anchor]"
SORTED_BY = {"created_at": "created", "filename": "filename", "size": "bytes"}


async def upload_file(desk: Desk, call: Call) -> Reply | Problem:
    file = _uploaded(desk, call)
    if isinstance(file, Problem):
        return file
    desk.files.put(file)
    return Reply(200, files.view(file, call, desk.here))


async def list_files(desk: Desk, call: Call) -> Reply | Problem:
    rules = _page_rules(desk.here)
    try:
        found = await _sorted(desk, call, rules)
    except Unreadable as error:
        return Problem("bad-filter", {"detail": str(error)}, say=str(error), pointer="/filter")
    token = call.query.get("pagination_token") or call.query.get("after") or ""
    start = _after(token, found)
    if start is None:
        say = "there is no page behind this token"
        return Problem("bad-page-token", {"found": token[:80]}, say=say)
    page = found[start : start + int(call.query.get("limit", rules["limit"]))]
    views = [files.view(await files.with_size(desk, one), call, desk.here) for one in page]
    return Reply(200, {"data": views, "pagination_token": page[-1].reference if page else token})


async def get_file(desk: Desk, call: Call) -> Reply | Problem:
    file = files.known(desk, call)
    if isinstance(file, Problem):
        return file
    return Reply(200, files.view(await files.with_size(desk, file), call, desk.here))


async def delete_file(desk: Desk, call: Call) -> Reply | Problem:
    file = files.known(desk, call)
    if isinstance(file, Problem):
        return file
    desk.files.remove(file.reference)
    return Reply(200, {"id": file.reference, "object": "file", "deleted": True})


async def get_file_content(desk: Desk, call: Call) -> Reply | Problem:
    file = files.known(desk, call)
    if isinstance(file, Problem):
        return file
    if call.query.get("format") == "text" and not file.media_type.startswith("text/"):
        say = f"there is no text in {file.reference}, which is {file.media_type}"
        return Problem("invalid", {"detail": f"format: {say}"}, say=say, pointer="/format")
    path = await desk.content(file)
    if path is None:
        return files.unknown(file.reference)
    return Reply(200, media_type=files.UNSPOKEN, file=path)


async def create_public_url(desk: Desk, call: Call) -> Reply | Problem:
    operation = desk.here.contract.operation("create_public_url")
    file = facts.fraction(operation, call.body) or files.known(desk, call)
    if isinstance(file, Problem):
        return file
    file = await files.with_size(desk, file)
    life, now = call.body.get("expires_after"), desk.here.now
    if problem := _unpublishable(desk, call, file, life):
        return problem
    file = files.published(file, file.token or desk.chance("public-url").hex(32), now, life)
    desk.files.put(file)
    view = files.published_view(file, call, desk.here)
    known = {"public_url": view["public_url"], "expires_at": view.get("public_url_expires_at")}
    return Reply(200, {name: value for name, value in known.items() if value is not None})


async def revoke_public_url(desk: Desk, call: Call) -> Reply | Problem:
    file = files.known(desk, call)
    if isinstance(file, Problem):
        return file
    if not files.is_public(file, desk.here.now):
        return Reply(200, {"id": file.reference, "revoked": False})
    url = files.published_view(file, call, desk.here)["public_url"]
    desk.files.put(replace(file, token="", facts={}))
    return Reply(200, {"id": file.reference, "revoked": True, "public_url": url})


async def get_public_file(desk: Desk, call: Call) -> Reply | Problem:
    file, now = desk.files.by_token(call.params["token"]), desk.here.now
    if file is None or not files.is_public(file, now) or not files.is_there(file, now):
        return Problem("no-result", say="nothing is published at this address")
    path = await desk.content(file) if call.params["file"] == files.public_name(file) else None
    if path is None:
        return Problem("no-result", say=f"{call.params['file']} is not published here")
    return Reply(200, media_type=file.media_type, file=path)


EXTRAS: Mapping[str, Extra] = {
    "upload_file": upload_file,
    "list_files": list_files,
    "get_file": get_file,
    "delete_file": delete_file,
    "get_file_content": get_file_content,
    "create_public_url": create_public_url,
    "revoke_public_url": revoke_public_url,
    "get_public_file": get_public_file,
}


def _uploaded(desk: Desk, call: Call) -> StoredFile | Problem:
    """The file in a form, or what is wrong with the form. It is read from front to back."""
    expires: float | None = None
    part: Part | None = None
    for one in call.parts:
        if one.name == "file" and part is None:
            part = one
        elif one.name in (*EXPIRY, ANCHOR) and part is not None:
            return Problem("field-order", {"field": one.name}, say=f"{one.name} stands behind file")
        elif one.name == ANCHOR and one.value != "created_at":
            say = f"is {one.value[:80]}, must be created_at"
            return Problem("invalid", {"detail": f"{ANCHOR} {say}"}, say=say, pointer=ANCHOR)
        elif one.name in EXPIRY:
            life = _life(one, desk.here)
            if isinstance(life, Problem):
                return life
            expires = desk.here.now + life
    if problem := _bad_part(part, desk.here):
        return problem
    assert part is not None, "_bad_part let a form without a file pass"
    assert part.filename, "_bad_part let a nameless file pass"
    return StoredFile(
        reference=files.PREFIX + desk.chance("file").uuid(),
        owner=call.owner,
        created=desk.here.now,
        filename=part.filename,
        media_type=_media_type(part),
        bytes=part.bytes,
        key=part.key,
        expires=expires,
    )


def _life(part: Part, here: Here) -> int | Problem:
    rule = facts.limits(here.contract, "UploadFileRequest")[part.name]
    low, high = rule["minimum"], rule["maximum"]
    if re.fullmatch(r"-?\d{1,18}", part.value) and low <= int(part.value) <= high:
        return int(part.value)
    known = {"seconds": part.value[:80], "minimum": low, "limit": high}
    say = f"is {part.value[:80]}, allowed {low} to {high}"
    return Problem("bad-expiry", known, say=say, pointer=part.name)


def _bad_part(part: Part | None, here: Here) -> Problem | None:
    limit = facts.limits(here.contract, "UploadFileRequest")["file"]["maxLength"]
    if part is None:
        return Problem("missing-file", say="no part of the form is called file")
    if not part.filename:
        return Problem("unnamed-file", say="the part called file has no filename")
    if BAD_NAME.search(part.filename) or len(part.filename) > LONGEST_NAME:
        say = "is a path, too long, or holds control characters"
        return Problem("bad-filename", {"found": part.filename[:80]}, say=say, pointer="filename")
    if part.bytes > limit:
        say = f"the file has {part.bytes} bytes, allowed {limit}"
        return Problem("file-too-large", {"limit": limit}, say=say)
    return None


def _media_type(part: Part) -> str:
    said = part.media_type.partition(";")[0].strip().lower()
    if said and said != files.UNSPOKEN:
        return said
    return files.TYPES.guess_type(part.filename or "")[0] or files.UNSPOKEN


async def _sorted(desk: Desk, call: Call, rules: Mapping[str, Json]) -> list[StoredFile]:
    """The caller's files that pass the filter, in the order asked for. Unreadable: the filter."""
    filter, by = call.query.get("filter", ""), call.query.get("sort_by", rules["sort_by"])
    found = list(files.visible(desk, call))
    if by == "size" or "size_bytes" in filter:
        found = [await files.with_size(desk, one) for one in found]
    found = chosen(filter, found)
    found.sort(key=lambda one: (getattr(one, SORTED_BY[by]), one.created, one.reference))
    return found[::-1] if call.query.get("order", rules["order"]) == "desc" else found


def _page_rules(here: Here) -> Mapping[str, Json]:
    """What a page is like when the query does not say."""
    path = here.contract.operation("list_files").path
    parameters = here.contract.document["paths"][path]["get"]["parameters"]
    return {one["name"]: one["schema"].get("default") for one in parameters}


def _after(token: str, found: list[StoredFile]) -> int | None:
    """Where the page behind a token begins; None when the token is no file in the list."""
    if not token:
        return 0
    return next((n + 1 for n, one in enumerate(found) if one.reference == token), None)


def _unpublishable(desk: Desk, call: Call, file: StoredFile, life: float | None) -> Problem | None:
    """Why a file cannot have a public URL for so long."""
    rules, now = facts.limits(desk.here.contract, "PublishableFile"), desk.here.now
    if file.media_type not in rules["content_type"]["enum"]:
        known: dict[str, object] = {"found": file.media_type}
        return Problem("unpublishable-type", known, say=f"the file is {file.media_type}")
    least, most = rules["bytes"]["minimum"], rules["bytes"]["maximum"]
    if not least <= file.bytes <= most:
        known = {"actual": file.bytes, "limit": most}
        say = f"the file has {file.bytes} bytes, allowed {least} to {most}"
        return Problem("unpublishable-size", known, say=say)
    if files.outlives(file, now, life):
        left = int((file.expires or now) - now)
        known = {"seconds": life, "limit": left}
        say = f"is {life}, the file itself lives {left} s more"
        return Problem("url-outlives-file", known, say=say, pointer="/expires_after")
    others = sum(files.is_public(one, now) for one in files.visible(desk, call) if one != file)
    limit = rules["active_urls_of_team"]["maximum"]
    if others >= limit:
        known = {"team": facts.team(call.owner), "limit": limit}
        return Problem("too-many-urls", known, say=f"{others} URLs are active")
    return None
