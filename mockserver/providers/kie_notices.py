"""kie.ai: the bodies of its callbacks (decisions A2, A11 and A12)."""

from __future__ import annotations

from functools import lru_cache

from mockserver.contract.model import Contract, Json
from mockserver.jobs.job import Job
from mockserver.providers import kie_records as records
from mockserver.providers.base import Here, Notice

# Name of the push → the operation and the callback in the spec it belongs to, and its schema.
PUSHES = {
    "notify_generated": ("generate", "onVideoGenerated", "GenerateNotice"),
    "notify_extended": ("extend", "onVideoExtended", "ExtendNotice"),
    "notify_4k": ("get_4k_video", "on4KVideoGenerated", "UhdNotice"),
}


def notice(job: Job, push: str, here: Here) -> Notice:
    """What is sent of a task that has ended."""
    contract = here.contract
    if job.failure is None:
        code, msg = 200, _success(contract, push)
    else:
        code, msg = _code(contract, push, job.failure.name), job.failure.message
    data = _upgraded(job, here) if push == "notify_4k" else _made(job, here)
    return Notice({"code": code, "msg": msg, **_named(data, job, here)}, id=job.id)


def _made(job: Job, here: Here) -> Json:
    """A generation or an extension; the whole video of that is not told (documented)."""
    if job.failure:
        return {"fallbackFlag": False}
    asked, found = records.request(job), records.urls(job, here)
    urls: Json = found
    if here.contract.setting("urls") == "text":
        urls = records.text(found)
    info = {"resultUrls": urls, "resolution": job.facts["resolution"]}
    if job.facts["ratio"] != records.WIDE:
        info["originUrls"] = urls
    how = here.contract.setting("prompt-json")
    said = asked if how == "object" else records.text(asked)
    return {"promptJson": said, "info": info, "fallbackFlag": False}


def _upgraded(job: Job, here: Here) -> Json:
    """Decision A11."""
    if job.failure:
        return {}
    urls, images = records.urls(job, here), records.images(job, here)
    how = here.contract.setting("callback-4k")
    if how == "openapi":
        return {"result_urls": urls, "media_ids": records.media_ids(job), "image_urls": images}
    data: Json = {"info": {"resultUrls": urls, "imageUrls": images}}
    return data | {"creditsConsumed": job.cost} if how == "page-credits" else data


def _named(data: Json, job: Job, here: Here) -> Json:
    """The data with the task's id where it is looked for (decision A12)."""
    how = here.contract.setting("callback-id")
    snake = job.kind == "upgrade_4k" and here.contract.setting("callback-4k") == "openapi"
    names = {"taskId"} if how == "documented" and not snake else {"task_id"}
    if how == "both":
        names = {"taskId", "task_id"}
    body: Json = {"data": {**dict.fromkeys(sorted(names), job.id), **data}}
    return body if how == "documented" else {"taskId": job.id, **body}


def _code(contract: Contract, push: str, failure: str) -> int:
    """The code of a failure, or the nearest that the callback may have."""
    schema = contract.document["components"]["schemas"][PUSHES[push][2]]
    known = schema["properties"]["code"]["enum"]
    return records.nearest(int(contract.errors[failure].code), known)


@lru_cache(maxsize=64)
def _success(contract: Contract, push: str) -> str:
    """The words of a success: those of the spec's example."""
    operation, name, _ = PUSHES[push]
    where = contract.operation(operation)
    paths = contract.document["paths"][where.path]["post"]["callbacks"][name]
    body = next(iter(paths.values()))["post"]["requestBody"]["content"]["application/json"]
    return str(body["examples"]["success"]["value"]["msg"])
