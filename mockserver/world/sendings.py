"""When a push is sent and what is wrong with it, as a rule wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from mockserver.contract.model import Json, Policy
from mockserver.scenario.model import PushFault
from mockserver.webhooks.model import Parcel

STALE = 3600.0  # seconds that a stale signature is old
SWAPPED = 90.0  # seconds that a push is held back so that later ones overtake it
SOON = 1.0  # seconds after the birth of a job that somebody else claims it is done
ODD = "archived"  # a state that no page knows
STATES = ("event", "status", "state")
ODD_CODE = 299  # a code that no page knows


class Sending(NamedTuple):
    """One delivery: when, by which policy, and how what it carries is changed."""

    due: float
    policy: Policy
    early: bool = False
    stale: bool = False
    odd: bool = False

    @property
    def spoils(self) -> bool:
        """Whether what is sent is not what the provider would send."""
        return self.stale or self.odd

    def spoilt(self, parcel: Parcel) -> Parcel:
        """What is sent instead."""
        if self.stale:
            parcel = parcel._replace(age=STALE)
        if self.odd and parcel.file is None:
            body = orjson.dumps(_odd(orjson.loads(parcel.body)))
            parcel = parcel._replace(body=body)
        return parcel


def sendings(
    fault: PushFault | None, born: float, ends: float, policy: Policy
) -> Sequence[Sending]:
    """The deliveries of one push. Lost: none."""
    usual = Sending(ends, policy)
    if fault is None:
        return (usual,)
    return {
        "lost": (),
        "late": (Sending(ends + fault.seconds, policy),),
        "twice": (usual, usual),
        "early": (Sending(born, policy, early=True),),
        "reordered": (Sending(ends + (fault.seconds or SWAPPED), policy),),
        "forged": (Sending(min(born + SOON, ends), _forged(policy)), usual),
        "stale": (Sending(ends, policy, stale=True),),
        "unknown": (Sending(ends, policy, odd=True),),
    }[fault.fault]


def _forged(policy: Policy) -> Policy:
    """The policy of somebody who does not know the secret, and has no reason to try again."""
    signature = policy.signature
    if signature is not None:
        signature = signature._replace(secret="not the secret")
    return policy._replace(signature=signature, retries=())


def _odd(body: Json) -> Json:
    """A body with a state that no page knows, wherever it tells one."""
    if not isinstance(body, dict):
        return body
    changed = {
        name: ODD if name in STATES and isinstance(value, str) else _odd(value)
        for name, value in body.items()
    }
    return changed | {"code": ODD_CODE} if isinstance(body.get("code"), int) else changed
