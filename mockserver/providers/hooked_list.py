"""Hooked: the list of a team's videos, filtered and in pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from mockserver.contract import pointer as at
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract
from mockserver.jobs.job import Job
from mockserver.providers import hooked_views as views
from mockserver.providers.base import Desk, StoredFile


async def list_videos(desk: Desk, call: Call) -> Reply | Problem:
    """One page, newest first. `total` counts what the filters let through."""
    here = desk.here
    limit, offset = (_number(here.contract, call.query, name) for name in ("limit", "offset"))
    found = list(_filtered(desk.jobs(call.owner), call.query, here.now))
    page = found[offset : offset + limit]
    sizes = await asyncio.gather(*(_size(desk, job) for job in page))
    videos = [
        views.listed(job, job.at(here.now), here, size)
        for job, size in zip(page, sizes, strict=True)
    ]
    if views.flat(here):
        return Reply(200, {"videos": videos})
    data = {"videos": videos, "total": len(found), "limit": limit, "offset": offset}
    return Reply(200, {"success": True, "data": data})


def _filtered(jobs: Iterable[Job], query: Mapping[str, str], now: float) -> Iterable[Job]:
    """A draft is never among them: nothing here is saved without being made (A10)."""
    for job in jobs:
        status = views.LOWER[job.at(now).state]
        if query.get("type", job.kind) == job.kind and query.get("status", status) == status:
            yield job


def _number(contract: Contract, query: Mapping[str, str], name: str) -> int:
    """A number of the query, or its default in the spec."""
    for parameter in contract.operation("listVideos").parameters:
        if parameter.name == name and name not in query:
            return int(at.follow(contract.document, parameter.schema)["default"])
    return int(query[name])


async def _size(desk: Desk, job: Job) -> int | None:
    """Bytes of a finished file; it is rendered to be measured."""
    measured = desk.here.contract.setting("list-size") == "measured"
    if not measured or views.flat(desk.here) or job.ends > desk.here.now or job.failure:
        return None
    path = await desk.content(StoredFile(job.id, job.owner, job.ends, job=job.id))
    return (await asyncio.to_thread(path.stat)).st_size if path else None
