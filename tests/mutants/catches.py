"""A vocabulary for bending webhooks on their way from a simulator to its receiver."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.listener import Delivery
from tests.mutants.model import Catch, Take
from tests.mutants.wire import Json


def lost(delivery: Delivery, take: Take) -> int:
    """Nothing comes, and the sender is told that it came."""
    return 200


def twice(delivery: Delivery, take: Take) -> int:
    take(delivery)
    return take(delivery)


def changed(**members: Any) -> Catch:
    """Other members of the delivery: `at`, `method`, `headers`, `body`."""
    return lambda delivery, take: take(replace(delivery, **members))


def with_header(name: str, text: str) -> Catch:
    return lambda delivery, take: take(replace(delivery, headers={**delivery.headers, name: text}))


def pushed(change: Callable[[Json], Json]) -> Catch:
    """Another JSON body, made of the one that was there."""

    def catch(delivery: Delivery, take: Take) -> int:
        return take(replace(delivery, body=json.dumps(change(delivery.json())).encode()))

    return catch


def answered(status: int) -> Catch:
    """The sender is told this, whatever the receiver says."""

    def catch(delivery: Delivery, take: Take) -> int:
        take(delivery)
        return status

    return catch


def nth(number: int, catch: Catch) -> Catch:
    """Bends only so manieth requests with one body: 1 is the first attempt, 2 the first retry."""
    seen: dict[bytes, int] = {}

    def counted(delivery: Delivery, take: Take) -> int:
        seen[delivery.body] = seen.get(delivery.body, 0) + 1
        return catch(delivery, take) if seen[delivery.body] == number else take(delivery)

    return counted
