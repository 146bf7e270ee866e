"""Pictory: lists of what was made and of jobs, page by page."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from itertools import islice

import orjson

from mockserver.contract.message import Call, Problem, Reply
from mockserver.jobs.job import Job
from mockserver.providers import pictory_views as views
from mockserver.providers.base import Desk

KEY = "nextPageKey"


async def list_videos(desk: Desk, call: Call) -> Reply | Problem:
    return _studio(desk, call, "video")


async def list_images(desk: Desk, call: Call) -> Reply | Problem:
    return _studio(desk, call, "image")


async def list_jobs(desk: Desk, call: Call) -> Reply | Problem:
    """Jobs of every kind. The last page says so with null, unless the setting has it otherwise."""
    page = _page(desk, call, desk.jobs(call.owner))
    if isinstance(page, Problem):
        return page
    jobs, following = page
    here = desk.here
    items = []
    for job in jobs:
        success, data = views.data(job, job.at(here.now), here)
        items.append({"success": success, "data": {**data, "jobId": job.id}})
    if following or here.contract.setting("jobs-end") == "null":
        return Reply(200, {"items": items, KEY: following or None})
    return Reply(200, {"items": items})


def _studio(desk: Desk, call: Call, kind: str) -> Reply | Problem:
    """Finished work of a kind. The last page has no key of a next one (A11)."""
    here = desk.here
    finished = (
        job for job in desk.jobs(call.owner) if job.kind == kind and job.url_alive(here.now)
    )
    page = _page(desk, call, finished)
    if isinstance(page, Problem):
        return page
    jobs, following = page
    items = [views.item(job, here) for job in jobs]
    return Reply(200, {"items": items, **({KEY: following} if following else {})})


def _page(desk: Desk, call: Call, jobs: Iterable[Job]) -> tuple[list[Job], str] | Problem:
    """One page of jobs, and the key of the next; "" when there is none."""
    rest = iter(jobs)
    if key := call.query.get(KEY):
        last = _read(key)
        if not any(job.id == last for job in rest):
            fields = {"detail": f"{KEY} is not valid"}
            return Problem("invalid-request", fields, say="no page of this list ended so")
    most = int(desk.here.contract.number("page-size"))
    found = list(islice(rest, most + 1))
    page = found[:most]
    return page, _written(page[-1].id) if len(found) > most else ""


def _written(id: str) -> str:
    return b64encode(orjson.dumps({"after": id})).decode()


def _read(key: str) -> str:
    """The job that the page before ended with; "" when the key is none of ours."""
    try:
        after = orjson.loads(b64decode(key, validate=True))["after"]
    except (binascii.Error, ValueError, TypeError, KeyError):
        return ""
    return str(after)
