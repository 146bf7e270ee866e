"""Hooked, bent: its webhooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.connection import KEYS
from conformance.listener import Delivery
from tests.mutants.bends import reply, status
from tests.mutants.catches import (
    answered,
    attempt,
    changed,
    lost,
    once_more,
    pushed,
    shifted,
    with_header,
)
from tests.mutants.model import Take, maker
from tests.mutants.wire import Json

mutant = maker("hooked")
SHARE = "GET */shared/*.mp4"
GENERAL = {"webhook-body": "v2"}


def any_success(delivery: Delivery, take: Take) -> int:
    return 200 if take(delivery) < 300 else 500


def again_after_success(delivery: Delivery, take: Take) -> int:
    answer = take(delivery)
    if answer == 200:
        take(replace(delivery, at=delivery.at + 60))
    return answer


def in_data(**members: Json) -> Callable[[Json], Json]:
    return lambda body: {**body, "data": {**body["data"], **members}}


def in_metadata(**members: Json) -> Callable[[Json], Json]:
    return lambda body: in_data(metadata={**body["data"]["metadata"], **members})(body)


def in_video(**members: Json) -> Callable[[Json], Json]:
    return lambda body: {**body, "video": {**body["video"], **members}}


def as_failed(body: Json) -> Json:
    data = {name: told for name, told in body["data"].items() if name not in ("url", "shareUrl")}
    return {**body, "status": "FAILED", "data": {**data, "status": "FAILED"}}


MUTANTS = (
    mutant("webhook-never", "webhook.sent", catch=lost),
    mutant(
        "webhook-after-success",
        "webhook.sent-once",
        "webhook.no-retry-after-success",
        catch=again_after_success,
    ),
    mutant(
        "webhook-not-retried",
        "webhook.retried",
        "hooked.other-success-is-none",
        catch=answered(200),
    ),
    mutant("any-success-counts", "hooked.other-success-is-none", catch=any_success),
    mutant(
        "retry-too-early",
        "webhook.retried",
        "webhook.retry-gaps",
        "hooked.retries-by-the-minute",
        catch=attempt(2, shifted(-45)),
    ),
    mutant(
        "second-retry-too-late",
        "webhook.retry-gaps",
        "hooked.retries-by-the-minute",
        catch=attempt(3, shifted(200)),
    ),
    mutant("retries-from-the-first", "webhook.retry-gaps", catch=attempt(3, shifted(-60))),
    mutant("a-fifth-attempt", "webhook.retries-end", catch=attempt(4, once_more(900))),
    mutant(
        "retry-says-more",
        "webhook.same-body",
        catch=attempt(2, pushed(lambda body: {**body, "attempt": 2})),
    ),
    mutant("webhook-is-put", "webhook.request", catch=changed(method="PUT")),
    mutant("webhook-is-text", "webhook.request", catch=with_header("content-type", "text/plain")),
    mutant(
        "webhook-too-early",
        "webhook.not-before-the-end",
        catch=shifted(-1000),
    ),
    mutant("webhook-tells-the-key", "webhook.has-no-key", catch=with_header("x-api-key", KEYS[0])),
    mutant(
        "webhook-names-the-project",
        "webhook.names-the-job",
        catch=pushed(lambda body: in_data(videoId=body["data"]["metadata"]["projectId"])(body)),
    ),
    mutant(
        "webhook-says-failed",
        "webhook.agrees-with-poll",
        "webhook.url-works",
        catch=pushed(as_failed),
    ),
    mutant(
        "webhook-to-nowhere",
        "webhook.url-works",
        catch=pushed(in_data(url="http://mock.test/hooked/videos/none.mp4")),
    ),
    mutant(
        "webhook-without-metadata",
        "webhook.schema",
        "hooked.metadata-comes-back",
        catch=pushed(lambda body: in_data(metadata=None)(body)),
    ),
    mutant(
        "share-url-is-dead",
        "hooked.share-url-works",
        bend=reply(SHARE, status(404)),
    ),
    mutant(
        "metadata-is-lost",
        "hooked.metadata-comes-back",
        catch=pushed(in_metadata(campaign=None)),
    ),
    mutant(
        "durations-of-the-new-part",
        "hooked.durations-are-told",
        catch=pushed(in_metadata(extendedDuration="4s")),
    ),
    mutant(
        "webhook-of-two-minds",
        "hooked.notice-agrees",
        catch=pushed(in_data(status="FAILED")),
    ),
    mutant(
        "webhook-of-another-project",
        "hooked.notice-names-the-project",
        catch=pushed(in_metadata(projectId="proj_extend_000000000000")),
    ),
    mutant(
        "general-webhook-of-the-new-part",
        "hooked.notice-measures",
        chosen=GENERAL,
        catch=pushed(in_video(duration=4)),
    ),
    mutant(
        "general-webhook-of-another-size",
        "hooked.notice-measures",
        chosen=GENERAL,
        catch=pushed(in_video(resolution="1080x1920")),
    ),
    mutant(
        "general-webhook-turned",
        "hooked.notice-measures",
        chosen=GENERAL,
        catch=pushed(in_video(aspectRatio="9:16")),
    ),
    mutant(
        "general-webhook-without-a-thumbnail",
        "hooked.notice-measures",
        chosen=GENERAL,
        catch=pushed(in_video(thumbnail="http://mock.test/hooked/thumbnails/none.jpg")),
    ),
)
