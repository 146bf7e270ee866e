"""kie.ai's upload host: files that come as base64, from a URL, or as a form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from mimetypes import MimeTypes
from urllib.parse import quote, urlsplit

from mockserver.contract.message import Call, Part, Problem, Reply
from mockserver.jobs.chance import Chance
from mockserver.jobs.clock import iso
from mockserver.media.model import Trouble
from mockserver.providers import kie_records as records
from mockserver.providers.base import Desk, Extra, Input, StoredFile

TYPES = MimeTypes()  # what Python knows by itself, not what this machine knows
UNKNOWN = "application/octet-stream"
DATA = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(;[\w=.+-]+)*;base64,", re.IGNORECASE)
SPACE = re.compile(r"[\t\n\f\r ]+")
BYTES_BY_URL = 100 * 1024 * 1024
SECONDS_BY_URL = 30.0
REDIRECTS = 3
CONTAINERS = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "matroska": "video/x-matroska",
    "webm": "video/webm",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
}


async def upload_base64(desk: Desk, call: Call) -> Reply | Problem:
    """Spaces are left out and missing `=` put in, as a lenient decoder does."""
    encoded = call.body["base64Data"]
    head = DATA.match(encoded)
    digits = SPACE.sub("", encoded[head.end() :] if head else encoded).rstrip("=")
    try:
        content = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        return Problem("upload-base64", say=str(error), pointer="/base64Data")
    if not content:
        return Problem("upload-base64", say="it is empty", pointer="/base64Data")
    received = await desk.keep(content)
    said = (head["type"] or "").lower() if head else ""
    return await _kept(desk, call, call.body, received.key, said)


async def upload_url(desk: Desk, call: Call) -> Reply | Problem:
    """Only media can be kept: the simulator looks into what it fetches."""
    url = call.body["fileUrl"]
    name = urlsplit(url).path.rpartition("/")[2]
    guessed = TYPES.guess_type(name)[0] or ""
    kind = guessed.partition("/")[0]
    wanted = Input(
        "file",
        "/fileUrl",
        url,
        kind=kind if kind in ("video", "audio") else "image",
        byte_limit=BYTES_BY_URL,
        seconds_limit=SECONDS_BY_URL,
        redirects=REDIRECTS,
    )
    got = await desk.resolve(wanted, call.owner)
    if isinstance(got.clip, Trouble):
        name = "upload-too-large" if got.clip.kind == "too-large" else "upload-unreachable"
        return Problem(name, {"detail": got.clip.detail}, say=got.clip.detail, pointer="/fileUrl")
    said = CONTAINERS.get(got.clip.container, UNKNOWN)
    return await _kept(desk, call, {"fileName": name, **call.body}, got.key, said)


async def upload_stream(desk: Desk, call: Call) -> Reply | Problem:
    fields = {one.name: one.value for one in call.parts if one.filename is None}
    file = next((one for one in call.parts if one.name == "file" and one.filename), None)
    if problem := _bad_form(desk, file, fields):
        return problem
    assert file is not None, "_bad_form lets no form without a file pass"
    fields = {"fileName": _last(file.filename or ""), **fields}
    said = file.media_type.partition(";")[0].strip().lower()
    return await _kept(desk, call, fields, file.key, "" if said == UNKNOWN else said)


EXTRAS: Mapping[str, Extra] = {
    "upload_base64": upload_base64,
    "upload_url": upload_url,
    "upload_stream": upload_stream,
}


def _bad_form(desk: Desk, file: Part | None, fields: Mapping[str, str]) -> Problem | None:
    """What a form lacks, or has wrong."""
    if file is None:
        return Problem("upload-missing", {"name": "file"}, say="no part called file is a file")
    if not fields.get("uploadPath"):
        return Problem("upload-missing", {"name": "uploadPath"}, say="there is no uploadPath")
    rule = desk.here.contract.document["components"]["schemas"]["FileName"]["pattern"]
    if "fileName" in fields and not re.match(rule, fields["fileName"]):
        say = f"fileName is {fields['fileName'][:80]!r}"
        return Problem("upload-invalid", {"detail": "fileName is invalid"}, say=say)
    return None


async def _kept(
    desk: Desk, call: Call, asked: Mapping[str, str], key: str, said: str
) -> Reply | Problem:
    """Keep a file under its path and name, in the place of an older one."""
    here = desk.here
    name = asked.get("fileName") or _made_up(desk.chance("name"), here.now, said)
    media_type = said or TYPES.guess_type(name)[0] or UNKNOWN
    path = f"kieai/{_account(call.owner)}/{asked['uploadPath'].strip('/')}/{name}"
    older = desk.files.get(f"{call.owner}/{path}")
    file = StoredFile(
        reference=f"{call.owner}/{path}",
        owner=call.owner,
        created=here.now,
        token=older.token if older else desk.chance("upload").hex(32),
        filename=name,
        media_type=media_type,
        key=key,
        expires=here.now + here.contract.number("upload-life"),
    )
    desk.files.put(file)
    content = await desk.content(file)
    assert content is not None, "what was just kept is there"
    data = {
        "success": True,
        "fileName": name,
        "filePath": path,
        "downloadUrl": records.public(f"/kieai/{file.token}/{quote(name)}", here),
        "fileSize": content.stat().st_size,
        "mimeType": media_type,
        "uploadedAt": iso(here.now),
    }
    body = {"success": True, "code": 200, "msg": "File uploaded successfully", "data": data}
    return Reply(200, body)


def _made_up(draw: Chance, now: float, media_type: str) -> str:
    """A name for a file that came without one."""
    return f"{round(now * 1000)}-{draw.hex(10)}{TYPES.guess_extension(media_type) or ''}"


def _account(owner: str) -> int:
    """The number of the account a key belongs to: one account for each key."""
    return int(owner, 16) % 1_000_000


def _last(name: str) -> str:
    """The last step of a path, as browsers of old send one."""
    return re.split(r"[/\\]", name)[-1]
