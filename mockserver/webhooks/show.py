"""Deliveries and messages as JSON, and as lines of the journal. Secrets are left out."""

from __future__ import annotations

from mockserver.contract.model import Json
from mockserver.jobs.clock import iso
from mockserver.journal.entry import KEPT_BYTES, Entry, readable
from mockserver.journal.redact import address
from mockserver.webhooks.inbox import Message
from mockserver.webhooks.model import KEPT_URL, Attempt, Delivery


def brief(delivery: Delivery) -> Json:
    """A delivery as a list shows it."""
    view: Json = {
        "id": delivery.id,
        "provider": delivery.provider,
        "push": delivery.push,
        "job": delivery.job,
        "method": delivery.method,
        "url": delivery.address,
        "state": delivery.state,
        "attempts": delivery.attempts[-1].number if delivery.attempts else 0,
        "born": iso(delivery.born),
        "due": None if delivery.due is None else iso(delivery.due),
    }
    if delivery.attempts:
        view["status"] = delivery.attempts[-1].status
    if delivery.why:
        view["why"] = delivery.why
    return view


def whole(delivery: Delivery) -> Json:
    """A delivery with what it carries and everything that happened to it."""
    view = brief(delivery)
    view["attempts"] = [_attempt(one) for one in delivery.attempts]
    if delivery.media_type:
        view["media_type"] = delivery.media_type
        view["size"] = delivery.size
    if delivery.body:
        view["body"] = readable(delivery.body, delivery.size)
    return view


def message(one: Message) -> Json:
    """What came to an inbox."""
    view: Json = {
        "number": one.number,
        "at": iso(one.at),
        "method": one.method,
        "headers": dict(one.headers),
        "size": one.size,
        "body": readable(one.body, one.size),
        "answered": "hung up" if one.answered.hangup else one.answered.status,
        "pushes": list(one.pushes),
        "problems": list(one.problems),
    }
    if one.query:
        view["query"] = address(f"?{one.query[:KEPT_URL]}")[1:]
    if one.signature:
        view["signature"] = one.signature
    return view


def entry(delivery: Delivery, number: int, at: float, bug: str = "") -> Entry:
    """The journal's line about what just happened to a delivery."""
    last = delivery.attempts[-1] if delivery.attempts else None
    if bug or delivery.state in ("refused", "dropped"):
        last = None  # the last attempt is not what happened
    return Entry(
        number=number,
        at=last.at if last else at,
        kind="delivery",
        provider=delivery.provider,
        operation=delivery.push,
        method=delivery.method,
        target=delivery.address,
        status=last.status if last else 0,
        job=delivery.job,
        say=say(delivery, bug),
        request=delivery.body[:KEPT_BYTES],
        request_bytes=delivery.size,
        reply=last.answer[:KEPT_BYTES] if last else b"",
        bug=bug,
    )


def say(delivery: Delivery, bug: str = "") -> str:
    """What just happened to a delivery, in a sentence."""
    named = f"{delivery.push} of job {delivery.job}"
    if delivery.state == "dropped":
        return f"{named} is given up: {delivery.why}"
    if bug or delivery.state == "refused" or not delivery.attempts:
        return f"{named} was not sent: {delivery.why or bug}"
    last = delivery.attempts[-1]
    asked = ", asked for by hand," if last.asked else ""
    if not last.why:
        return f"{named} was delivered by attempt {last.number}{asked} with {last.status}"
    told = f"attempt {last.number}{asked} at {named} failed: the receiver {last.why}"
    if delivery.due is not None:
        return f"{told}; next attempt at {iso(delivery.due)}"
    return f"{told}; it is given up" if delivery.state == "failed" and not last.asked else told


def _attempt(attempt: Attempt) -> Json:
    view: Json = {
        "number": attempt.number,
        "at": iso(attempt.at),
        "ended": iso(attempt.ended),
        "seconds": round(attempt.ended - attempt.at, 3),
        "request_headers": dict(attempt.headers),
        "status": attempt.status,
        "answer_headers": dict(attempt.answer_headers),
        "answer": attempt.answer.decode("utf-8", "replace"),
        "delivered": not attempt.why,
        "asked": attempt.asked,
    }
    if attempt.why:
        view["why"] = attempt.why
    return view
