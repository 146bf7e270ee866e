"""Pictory, bent: its webhooks."""

from __future__ import annotations

from collections.abc import Callable

from conformance.connection import KEYS
from conformance.listener import Delivery
from tests.mutants.catches import changed, lost, pushed, twice, with_header
from tests.mutants.model import Take, maker
from tests.mutants.wire import Json

mutant = maker("pictory")
OTHER = "11111111-1111-4111-8111-111111111111"
PUSHED = "pictory.webhook-is-the-poll"


def in_data(**members: Json) -> Callable[[Json], Json]:
    return lambda body: {**body, "data": {**body["data"], **members}}


def as_failed(body: Json) -> Json:
    data = {"status": "failed", "error_code": "A", "error_message": "b"}
    return {**body, "success": False, "data": data}


def failures_lost(delivery: Delivery, take: Take) -> int:
    return 200 if delivery.json()["data"]["status"] == "failed" else take(delivery)


def images_lost(delivery: Delivery, take: Take) -> int:
    """Nothing comes of an image."""
    made = str(delivery.json()["data"].get("url"))
    return 200 if made.endswith("image.png") else take(delivery)


MUTANTS = (
    mutant(
        "webhook-never",
        "webhook.sent",
        "webhook.failure-is-sent",
        "pictory.image-is-told-of",
        catch=lost,
    ),
    mutant("image-not-sent", "pictory.image-is-told-of", catch=images_lost),
    mutant("webhook-twice", "webhook.sent-once", "webhook.retries-end", catch=twice),
    mutant("webhook-retried", "webhook.retries-end", chosen={"webhook-retries": "three"}),
    mutant("failure-not-sent", "webhook.failure-is-sent", catch=failures_lost),
    mutant(
        "webhook-is-put",
        "webhook.request",
        "pictory.webhook-is-a-post",
        "pictory.image-is-told-of",
        catch=changed(method="PUT"),
    ),
    mutant(
        "webhook-is-a-form",
        "webhook.request",
        catch=with_header("content-type", "application/x-www-form-urlencoded"),
    ),
    mutant(
        "webhook-before-the-answer",
        "webhook.not-before-the-end",
        catch=changed(at=0.0),
    ),
    mutant(
        "webhook-tells-the-key",
        "webhook.has-no-key",
        catch=with_header("authorization", KEYS[0]),
    ),
    mutant(
        "webhook-of-another",
        "webhook.names-the-job",
        "webhook.failure-is-sent",
        PUSHED,
        catch=pushed(lambda body: {**body, "job_id": OTHER}),
    ),
    mutant(
        "webhook-says-failed",
        "webhook.agrees-with-poll",
        "webhook.url-works",
        PUSHED,
        catch=pushed(as_failed),
    ),
    mutant(
        "webhook-to-nowhere",
        "webhook.url-works",
        PUSHED,
        catch=pushed(
            lambda body: (
                in_data(url="http://mock.test/pictory/results/x/video.mp4")(body)
                if "url" in body["data"]
                else body
            )
        ),
    ),
    mutant(
        "webhook-in-an-envelope",
        "webhook.schema",
        "webhook.names-the-job",
        "webhook.agrees-with-poll",
        "webhook.url-works",
        "webhook.failure-is-sent",
        PUSHED,
        catch=pushed(lambda body: {"event": "job.ended", "payload": body}),
    ),
)
