"""Pictory, bent: its lists, quota, ledger and uploads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.mutants.bends import (
    ask,
    every,
    instead,
    not_asked,
    reply,
    sent,
    sent_header,
    status,
    status_was,
    whole,
    without,
)
from tests.mutants.model import maker
from tests.mutants.wire import Call, Json

mutant = maker("pictory")
API = "/pictory/pictoryapis/v1"
VIDEOS, IMAGES = f"GET {API}/aistudio/videos", f"GET {API}/aistudio/images"
USAGE = f"GET {API}/aicredits/usage"


def many(pointer: str) -> Callable[[Any, Any], bool]:
    """Whether an answer has at least two rows there."""
    name = pointer.strip("/")

    def held(call: Call, answer: Any) -> bool:
        body = answer.json()
        return len((body.get(name) if name else body) or []) > 1

    return held


def rows(change: Callable[[dict[str, Json]], Json]) -> Callable[[Json], Json]:
    """Every item of a list, changed."""
    return lambda body: {**body, "items": [change(dict(one)) for one in body["items"]]}


def id_outside(item: dict[str, Json]) -> Json:
    data = dict(item["data"])
    return {**item, "job_id": data.pop("jobId"), "data": data}


MUTANTS = (
    mutant(
        "video-list-empty",
        "pictory.video-list",
        bend=reply(VIDEOS, whole({"items": []})),
    ),
    mutant(
        "video-list-in-an-envelope",
        "pictory.video-list",
        bend=reply(VIDEOS, whole(lambda body: {"success": True, "data": body})),
    ),
    mutant(
        "video-list-oldest-first",
        "pictory.video-list",
        bend=reply(
            VIDEOS, whole(lambda body: {**body, "items": body["items"][::-1]}), when=many("/items")
        ),
    ),
    mutant(
        "video-list-without-sources",
        "pictory.video-list-shows-what-was-sent",
        bend=reply(
            VIDEOS,
            whole(rows(lambda one: {k: v for k, v in one.items() if k != "extendVideoUrl"})),
        ),
    ),
    mutant(
        "video-list-with-all-fields",
        "pictory.video-list-shows-what-was-sent",
        bend=reply(VIDEOS, whole(rows(lambda one: {"referenceImageUrls": [], **one}))),
    ),
    mutant("image-list-empty", "pictory.image-list", bend=reply(IMAGES, whole({"items": []}))),
    mutant(
        "job-list-id-outside",
        "pictory.job-list",
        bend=reply(f"GET {API}/jobs", whole(rows(id_outside))),
    ),
    mutant(
        "job-list-all-in-progress",
        "pictory.job-list",
        bend=reply(
            f"GET {API}/jobs",
            whole(rows(lambda one: {**one, "data": {**one["data"], "status": "in-progress"}})),
        ),
    ),
    mutant(
        "quota-without-credits",
        "pictory.quota",
        bend=reply(f"GET {API}/quota", without("/aiCredits")),
    ),
    mutant(
        "usage-in-an-envelope",
        "pictory.usage",
        bend=reply(USAGE, whole(lambda body: {"items": body}), when=status_was(200)),
    ),
    mutant(
        "usage-oldest-first",
        "pictory.usage",
        bend=reply(USAGE, whole(lambda body: body[::-1]), when=every(status_was(200), many(""))),
    ),
    mutant(
        "usage-of-a-whole-year",
        "pictory.usage-of-a-year",
        bend=instead(USAGE, 200, [], when=lambda call: "year" in call.query),
    ),
    mutant("upload-is-lost", "pictory.upload", bend=reply("GET */uploads/*", status(404))),
    mutant(
        "upload-is-201",
        "pictory.upload",
        bend=reply("PUT */uploads/*", status(201), when=status_was(200)),
    ),
    mutant(
        "any-type-is-taken",
        "pictory.upload-of-another-type",
        bend=ask("PUT */uploads/*", sent_header("content-type", "video/mp4")),
    ),
    mutant(
        "type-is-guessed",
        "pictory.upload-needs-both-names",
        bend=ask(
            f"POST {API}/media/generateurl",
            sent("/contentType", "video/mp4"),
            when=not_asked("/contentType"),
        ),
    ),
)
