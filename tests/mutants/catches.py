"""A vocabulary for bending webhooks on their way from a simulator to its receiver."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from conformance.listener import Delivery, Hook
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


def attempt(number: int, catch: Catch) -> Catch:
    """Only that attempt is bent: 1 is the first, 2 the first retry."""

    def bent(delivery: Delivery, take: Take) -> int:
        hook = cast("Hook", getattr(take, "__self__"))  # noqa: B009  a method of the hook's own
        return catch(delivery, take) if len(hook.deliveries) == number - 1 else take(delivery)

    return bent


def shifted(seconds: float) -> Catch:
    """It comes so much later, or earlier."""
    return lambda delivery, take: take(replace(delivery, at=delivery.at + seconds))


def once_more(after: float) -> Catch:
    """It comes again, whatever the receiver says."""

    def catch(delivery: Delivery, take: Take) -> int:
        status = take(delivery)
        take(replace(delivery, at=delivery.at + after))
        return status

    return catch
