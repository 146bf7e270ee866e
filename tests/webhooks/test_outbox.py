"""Deliveries are found by id and by job, and settled ones make room for others."""

from __future__ import annotations

import pytest

from mockserver.webhooks.model import Delivery, State
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


def test_an_address_is_shown_without_its_secrets_and_not_whole_where_it_is_long() -> None:
    long = "http://h/p?job=1&token=abc&x=" + "?" * 10**6
    shown = delivery("a")._replace(url=long).address
    assert shown.startswith("http://h/p?job=1&token=redacted&x=?")
    assert len(shown) < 4100
