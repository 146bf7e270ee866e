"""Deliveries are found by id and by job, and settled ones make room for others."""

from __future__ import annotations

import pytest

from mockserver.webhooks.model import Delivery, State, redacted
from mockserver.webhooks.outbox import MemoryOutbox


def delivery(id: str, state: State = "waiting", job: str = "job-1") -> Delivery:
    return Delivery(id, "acme", "done", job, "POST", "http://h/", 0, 1, state)


def test_a_full_outbox_drops_what_was_settled_first() -> None:
    box = MemoryOutbox(3)
    for one in (delivery("a"), delivery("b", "delivered"), delivery("c", "failed")):
        assert box.put(one) is None
    assert box.put(delivery("b", "sending")) is None
    assert box.put(delivery("b", "delivered")) is None
    dropped = [box.put(delivery(id)) for id in "def"]
    assert [one and one.id for one in dropped] == ["c", "b", "a"]
    assert [one.id for one in box] == ["d", "e", "f"]
    assert len(box) == 3


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ([], ""),
        (["waiting"], "waiting"),
        (["delivered", "sending"], "waiting"),
        (["delivered", "delivered"], "delivered"),
        (["delivered", "failed"], "failed"),
        (["refused"], "failed"),
        (["dropped"], "failed"),
    ],
)
def test_the_outcome_of_a_job_is_that_of_its_pushes_together(
    states: list[State], outcome: str
) -> None:
    box = MemoryOutbox()
    box.put(delivery("x", "failed", job="other"))
    for number, state in enumerate(states):
        box.put(delivery(f"d{number}", state))
    assert box.outcome("job-1") == outcome


def test_what_is_forgotten_leaves_nothing() -> None:
    box = MemoryOutbox()
    box.put(delivery("a", "delivered"))
    box.forget("a")
    box.forget("a")
    assert (box.get("a"), len(box), box.outcome("job-1")) == (None, 0, "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h/p?job=1&token=abc&x=2", "http://h/p?job=1&token=redacted&x=2"),
        ("http://h/p?API_KEY=abc", "http://h/p?API_KEY=redacted"),
        ("http://h/p?X-Amz-Signature=a&X-Amz-Credential=b#f", None),
        ("http://h/p?sig=a;secret=b", "http://h/p?sig=redacted;secret=redacted"),
        ("http://h/p?design=1&assigned=2", "http://h/p?design=1&assigned=2"),
        ("http://h/token/abc", "http://h/token/abc"),
        ("http://h/p?q=a?token=b", "http://h/p?q=a?token=redacted"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str | None) -> None:
    """Also where it is long, or made to take long."""
    assert len(redacted("http://h/" + "?" * 10**6 + "=")) == 4000
    if shown is None:
        shown = "http://h/p?X-Amz-Signature=redacted&X-Amz-Credential=redacted#f"
    assert redacted(url) == shown
