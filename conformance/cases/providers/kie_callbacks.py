"""kie.ai: what is posted to a callBackUrl, and when again."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers.kie_stories import response_of, shared
from conformance.cases.webhook import received
from conformance.dialects import kie
from conformance.model import Blocked, Finding, NotApplicable
from conformance.registry import case
from conformance.story import RECEIVED, tell

if TYPE_CHECKING:
    from conformance.target import Target

CREATED = 201
SECONDS = re.compile(r"\d{10}")
SOON = 60.0  # seconds after the end in which a callback comes


@case("kie.callback-lists", "The URLs in a callback are the record's lists.", cost="paid")
async def callback_lists(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    info = (kie.told_by(delivery).get("data") or {}).get("info") or {}
    wanted = response_of(story).get("resultUrls")
    if not isinstance(wanted, list):
        raise Blocked("the record has no list of URLs")
    if info.get("resultUrls") != wanted:
        yield Finding(f"resultUrls {wanted}", repr(info.get("resultUrls"))[:300])
    if "fullResultUrls" in info:
        yield Finding("no fullResultUrls in a callback", repr(info["fullResultUrls"])[:300])


@case("kie.failure-callback", "The callback of a failure has a code and no info.", cost="paid")
async def failure_callback(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await target.story("doomed")
    if story.hook is None or not story.hook.deliveries:
        raise Blocked("nothing was sent")
    told = kie.told_by(story.hook.deliveries[0])
    if told.get("code") not in (400, 422, 500, 501):
        yield Finding("code 400, 422, 500 or 501", repr(told.get("code")))
    if "info" in (told.get("data") or {}):
        yield Finding("no info", repr(told["data"]["info"])[:300])


@case("kie.signature-time", "A callback is stamped in seconds since 1970.", cost="paid")
async def signature_time(target: Target) -> AsyncIterator[Finding]:
    _, delivery = await received(target)
    stamp = delivery.headers.get("x-webhook-timestamp")
    if stamp is None:
        raise Blocked("the callback is not signed")
    if not SECONDS.fullmatch(stamp):
        yield Finding("ten digits in X-Webhook-Timestamp", stamp)


@case("kie.generation-callback", "The end of a generation is sent too.", cost="paid")
async def generation_callback(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await shared(target, "generate")
    if story.hook is None:
        raise Blocked("the generation asked for no callback")
    found = await target.deliveries(story.hook, 1, SOON)
    if not found:
        yield Finding("a request to the callback's address", "none", (story.submitted,))
        return
    told = kie.told_by(found[0])
    if breach := target.contract.push_breach(("notify_generated",), told):
        yield Finding("a body as the contract has it", breach, (story.submitted,))
        return
    task, urls = kie.read(found[0]).id, (told["data"].get("info") or {}).get("resultUrls")
    if (task, urls) != (story.job, response_of(story).get("resultUrls")):
        yield Finding("the task and its resultUrls", f"{task} and {urls}", (story.end.exchange,))


@case("kie.callback-prompt-json", "promptJson of a callback is the request.", cost="paid")
async def callback_prompt_json(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    data = kie.told_by(delivery).get("data") or {}
    if "promptJson" not in data:
        raise NotApplicable("the callback has no promptJson")
    try:
        asked = json.loads(data["promptJson"]) if isinstance(data["promptJson"], str) else None
    except ValueError:
        asked = None
    wanted = {name: story.body[name] for name in ("taskId", "prompt")}
    if not isinstance(asked, dict) or any(asked.get(name) != wanted[name] for name in wanted):
        yield Finding(f"a JSON text with {wanted}", repr(data["promptJson"])[:300])


@case("kie.callback-answered-201", "Only 200 confirms a callback.", cost="paid", own=1)
async def callback_answered_201(target: Target) -> AsyncIterator[Finding]:
    push = target.push
    story = await tell(target, target.dialect.MODES["generate"], (CREATED, RECEIVED))
    assert story.hook is not None
    found = await target.deliveries(story.hook, 2, SOON + push.retries[0])
    if not found:
        raise Blocked("nothing was sent")
    if len(found) < 2:
        yield Finding(f"another attempt after {CREATED}", "none", (story.submitted,))
