"""Who calls: credentials as the contract wants them, turned into a fingerprint at the door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mockserver.contract.keys import fingerprint
from mockserver.contract.message import Problem
from mockserver.contract.model import Security

WELL_FORMED = re.compile(r"[\x21-\x7e]{1,1024}")


def authenticate(
    ways: tuple[Security, ...], headers: Mapping[str, str], accepted: frozenset[str]
) -> tuple[str, Problem | None]:
    """The fingerprint of who calls, and what is wrong with the credentials.

    Of several ways the first that leads in counts; of several problems the first one.
    """
    return _recent(ways, tuple([headers.get(one.header, "") for one in ways]), accepted)


@lru_cache(maxsize=256)  # who calls once calls again
def _recent(
    ways: tuple[Security, ...], sent: tuple[str, ...], accepted: frozenset[str]
) -> tuple[str, Problem | None]:
    outcomes = [_authenticate(one, text, accepted) for one, text in zip(ways, sent, strict=True)]
    for outcome in outcomes:
        if outcome[1] is None:
            return outcome
    return outcomes[0] if outcomes else ("", None)


def _authenticate(
    security: Security, sent: str, accepted: frozenset[str]
) -> tuple[str, Problem | None]:
    if not sent:
        say = f"no {security.header} header"
        return "", Problem("unauthenticated", say=say, pointer=security.header)
    key = sent
    if security.scheme:
        scheme, _, key = sent.partition(" ")
        key = key.strip()
        if scheme.lower() != security.scheme or not key:
            say = f"the {security.header} header is not '{security.scheme.title()} <key>'"
            return "", Problem("unauthenticated", say=say, pointer=security.header)
    if not WELL_FORMED.fullmatch(key):
        say = "the key has characters no key has"
        return "", Problem("unauthenticated", say=say, pointer=security.header)
    if accepted and key not in accepted:
        say = "this key is not among those given with --keys"
        problem = Problem("bad-key", {"key": masked(key)}, say=say, pointer=security.header)
        return fingerprint(key), problem
    return fingerprint(key), None


def masked(key: str) -> str:
    """A key as error messages show it: the first two signs, stars, the last two."""
    return f"{key[:2]}***{key[-2:]}" if len(key) > 6 else "***"
