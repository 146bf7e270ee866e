"""Pictory, bent: its lists, quota, ledger and uploads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.connection import KEYS
from tests.mutants.bends import (
    ask,
    chain,
    every,
    instead,
    later,
    member,
    not_asked,
    reply,
    sent,
    sent_header,
    status,
    status_was,
    told,
    whole,
    without,
)
from tests.mutants.model import maker
from tests.mutants.wire import Ahead, Call, Json, Reply

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
    """Every item of a list, changed. A refusal has none."""

    def changed(body: Json) -> Json:
        if "items" not in body:
            return body
        return {**body, "items": [change(dict(one)) for one in body["items"]]}

    return changed


def id_outside(item: dict[str, Json]) -> Json:
    data = dict(item["data"])
    return {**item, "job_id": data.pop("jobId"), "data": data}


async def told_once(call: Call, ahead: Ahead) -> Reply:
    """A ledger that forgets what it has told."""
    answer = await ahead(call)
    if not _is_ledger(call, answer):
        return answer
    seen = call.kept.setdefault("told once", set())
    left = [one for one in answer.json() if one["transactionId"] not in seen]
    seen.update(one["transactionId"] for one in left)
    return whole(left)(answer)


async def told_for_good(call: Call, ahead: Ahead) -> Reply:
    """A ledger that forgets nothing."""
    answer = await ahead(call)
    if not _is_ledger(call, answer):
        return answer
    seen = call.kept.setdefault("told for good", {})
    seen.update({one["transactionId"]: one for one in answer.json()})
    known = sorted(seen.values(), key=lambda one: str(one["transactionDate"]), reverse=True)
    return whole(known)(answer)


def _is_ledger(call: Call, answer: Reply) -> bool:
    """Whether the whole of the ledger is told."""
    return f"{call.method} {call.path}" == USAGE and not call.query and answer.status == 200


MUTANTS = (
    mutant(
        "video-list-empty",
        "pictory.video-list",
        bend=reply(VIDEOS, whole({"items": []})),
    ),
    mutant(
        "video-list-in-an-envelope",
        "pictory.video-list",
        "pictory.empty-list",
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
        bend=instead(
            USAGE, 200, [], when=lambda call: "year" in call.query and "month" not in call.query
        ),
    ),
    mutant(
        "quota-for-everybody",
        "pictory.all-need-a-key",
        bend=ask(
            f"GET {API}/quota",
            sent_header("authorization", KEYS[0]),
            when=lambda call: "authorization" not in call.headers,
        ),
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
    mutant(
        "video-list-of-a-hundred-and-one",
        "pictory.video-list",
        bend=reply(
            VIDEOS,
            whole(lambda body: {**body, "items": (body["items"] * 101)[:101]}),
            when=many("/items"),
        ),
    ),
    mutant(
        "video-list-without-references",
        "pictory.video-list-shows-what-was-sent",
        bend=reply(
            VIDEOS,
            whole(rows(lambda one: {k: v for k, v in one.items() if k != "referenceImageUrls"})),
        ),
    ),
    mutant(
        "video-list-of-another-size",
        "pictory.video-list-agrees",
        bend=reply(VIDEOS, whole(rows(lambda one: {**one, "width": 10}))),
    ),
    mutant(
        "video-list-to-the-second",
        "pictory.video-list-agrees",
        bend=reply(
            VIDEOS,
            whole(rows(lambda one: {**one, "createdDate": f"{one['createdDate'][:19]}Z"})),
        ),
    ),
    mutant(
        "video-list-without-end",
        "pictory.video-list-ends",
        bend=chain(
            reply(VIDEOS, member("/nextPageKey", "more"), when=status_was(200)),
            ask(VIDEOS, lambda call: replace(call, query="")),
        ),
    ),
    mutant(
        "nobody-has-no-list",
        "pictory.empty-list",
        bend=reply(VIDEOS, status(404), when=told("/items", [])),
    ),
    mutant(
        "job-list-oldest-first",
        "pictory.job-list-newest-first",
        bend=reply(
            f"GET {API}/jobs",
            whole(lambda body: {**body, "items": body["items"][::-1]}),
            when=many("/items"),
        ),
    ),
    mutant(
        "usage-of-all-months",
        "pictory.usage-of-a-month",
        bend=ask(
            USAGE, lambda call: replace(call, query=""), when=lambda call: "month=" in call.query
        ),
    ),
    mutant("usage-told-once", "pictory.usage-kept", bend=told_once),
    mutant("usage-for-good", "pictory.usage-gone", bend=told_for_good),
    mutant("signed-url-short", "pictory.signed-url-kept", chosen={"upload-url-life": "40000"}),
    mutant("signed-url-long", "pictory.signed-url-gone", chosen={"upload-url-life": "200000"}),
    mutant(
        "upload-for-one-reading",
        "pictory.upload-stays",
        bend=reply("GET */uploads/*", status(404), when=later(status_was(200))),
    ),
)
