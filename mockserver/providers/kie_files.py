"""kie.ai: the balance, and links to files that the provider made."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mockserver.contract.message import Call, Problem, Reply
from mockserver.jobs.job import Job
from mockserver.providers import kie_envelope as envelope
from mockserver.providers import kie_records as records
from mockserver.providers.base import Desk, Extra, StoredFile

UNLIMITED = 1e9  # what is told of a balance without an end
LINK = "link:"  # how references of links begin
PLAIN = "application/octet-stream"


async def get_credit(desk: Desk, call: Call) -> Reply:
    """Decision A19: a number, with a point."""
    has = desk.here.balance(call.owner).has
    return envelope.success(round(float(min(has, UNLIMITED)), 2))


async def download_url(desk: Desk, call: Call) -> Reply | Problem:
    """A link of its own to a result or an upload that is there; anything else is foreign."""
    here, url = desk.here, call.body["url"]
    target = _made(desk, call.owner, url) or _uploaded(desk, url)
    if target is None:
        say = f"{url[:200]} is no file of this key that is there"
        return Problem("wrong-url", say=say, pointer="/url")
    token = desk.chance("link").hex(32)
    life = here.contract.number("link-life")
    link = StoredFile(
        reference=LINK + token,
        owner=call.owner,
        created=here.now,
        token=token,
        filename=target.filename,
        media_type=target.media_type,
        key=target.key,
        expires=here.now + life,
        job=target.job,
        result=target.result,
    )
    desk.files.put(link)
    return envelope.success(records.public(f"/l/{token}/{link.filename}", here))


async def follow_link(desk: Desk, call: Call) -> Reply | Problem:
    return await _sent(desk, call, linked=True)


async def download_upload(desk: Desk, call: Call) -> Reply | Problem:
    return await _sent(desk, call, linked=False)


async def _sent(desk: Desk, call: Call, *, linked: bool) -> Reply | Problem:
    """The file behind a token, whose name has to fit."""
    file = desk.files.by_token(call.params["token"])
    if file is None or file.filename != call.params["name"] or _is_link(file) != linked:
        return Problem("no-result", say="there is no file at this address")
    if file.expires is not None and file.expires <= desk.here.now:
        return Problem("link-expired", say=f"{file.filename} is not kept any longer")
    path = await desk.content(file)
    if path is None:
        return Problem("no-result", say=f"{file.filename} is not there")
    declared = desk.here.contract.operation("follow_link").responses["200"].media
    media_type = file.media_type if file.media_type in declared else PLAIN
    return Reply(200, media_type=media_type, file=path)


EXTRAS: Mapping[str, Extra] = {
    "get_credit": get_credit,
    "download_url": download_url,
    "follow_link": follow_link,
    "download_upload": download_upload,
}


def _is_link(file: StoredFile) -> bool:
    return file.reference.startswith(LINK)


def _made(desk: Desk, owner: str, url: str) -> StoredFile | None:
    """The result that a URL of this account leads to."""
    here, path = desk.here, urlsplit(url).path
    for job in desk.jobs(owner):
        if job.token in path and job.url_alive(here.now):
            for name in ("video", *job.others):
                if path.endswith(_path(job, name, desk)):
                    return _file(job, name, path)
    return None


def _path(job: Job, name: str, desk: Desk) -> str:
    return urlsplit(records.link(job, desk.here._replace(base=""), name)).path


def _file(job: Job, name: str, path: str) -> StoredFile:
    filename = path.rpartition("/")[2]
    media_type = "image/jpeg" if name == "image" else "video/mp4"
    return StoredFile(
        "", job.owner, job.ends, filename=filename, media_type=media_type, job=job.id, result=name
    )


def _uploaded(desk: Desk, url: str) -> StoredFile | None:
    """The upload that a URL leads to."""
    steps = urlsplit(url).path.split("/")
    file = desk.files.by_token(steps[-2]) if len(steps) > 2 else None
    if file is None or _is_link(file) or file.filename != steps[-1]:
        return None
    alive = file.expires is None or file.expires > desk.here.now
    return file if alive else None
