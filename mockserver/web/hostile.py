"""Every liberty a provider may take, and nothing that its contract forbids.

A deviation has the number of its call, so that it can be played again alone: `--hostile SEED:17`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mockserver.contract.message import Reply
from mockserver.contract.model import Json
from mockserver.jobs.chance import Chance, chance
from mockserver.scenario.model import Wire

SHARE = 0.5  # of the calls that deviate
SLOW_POLL = "slow poll"
SLOW = 0.3  # of the polls that deviate
SLOW_SECONDS = 4.0  # of the clock, that a slow poll takes
REFUSED = 0.1  # of the creates are refused for coming too fast
PIECE = 7  # bytes of a piece, where a body comes in pieces
EXTRA = {"x_not_in_any_page": {"new": [1, None, "two"]}}
ODD_HEADERS: tuple[Mapping[str, str], ...] = (
    {"Server": "cloudflare", "CF-RAY": "8f0c0ffee-FRA", "Vary": "Accept-Encoding"},
    {"Set-Cookie": "JSESSIONID=0; Path=/; HttpOnly"},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"},
    {"Deprecation": "false", "X-Empty": ""},
)
KINDS = ("order", "extra", "headers", "charset", "pieces")

Legal = Callable[[Reply], bool]
"""Whether a reply keeps the contract."""


class Profile(NamedTuple):
    """Which deviations are played: those of a seed, or of these only one."""

    seed: int
    only: int = 0

    @classmethod
    def parse(cls, text: str) -> Profile:
        """`SEED` or `SEED:NUMBER`. ValueError for anything else."""
        seed, colon, only = text.partition(":")
        return cls(int(seed), int(only) if colon else 0)


class Deviation(NamedTuple):
    """A reply that is legal and unusual, how it is sent, and what is unusual about it."""

    reply: Reply
    fault: Wire | None
    say: str


def deviation(profile: Profile, number: int, reply: Reply, legal: Legal) -> Deviation | None:
    """What becomes of the reply to a call; None where nothing does."""
    if profile.only not in (0, number):
        return None
    draw = chance(profile.seed, "hostile", str(number))
    if draw.uniform(0, 1) >= SHARE:
        return None
    kind = draw.choice(KINDS)
    changed, fault, what = _deviations(draw, kind, reply)
    if changed is None or not legal(changed):
        return None
    return Deviation(changed, fault, f"hostile #{number}: {what}")


def whim(profile: Profile, number: int, does: str) -> str | None:
    """The case that a call meets without anybody's fault: too many requests, or another of the
    forms that a poll may have."""
    if profile.only not in (0, number):
        return None
    draw = chance(profile.seed, "whim", str(number))
    if does == "create" and draw.uniform(0, 1) < REFUSED:
        return "rate_limited"
    if does != "show" or draw.uniform(0, 1) >= SHARE:
        return None
    return SLOW_POLL if draw.uniform(0, 1) < SLOW else "liberties"


def _deviations(draw: Chance, kind: str, reply: Reply) -> tuple[Reply | None, Wire | None, str]:
    if kind == "headers":
        odd = draw.choice(ODD_HEADERS)
        headers = {**odd, **reply.headers}
        return reply._replace(headers=headers), None, f"headers {', '.join(odd)}"
    if not isinstance(reply.body, dict):
        return None, None, ""
    if kind == "order":
        return reply._replace(body=_turned(reply.body)), None, "the fields in another order"
    if kind == "extra":
        return reply._replace(body={**EXTRA, **reply.body}), None, "a field that no page lists"
    if kind == "charset":
        media = f"{reply.media_type}; charset=utf-8"
        return reply._replace(media_type=media), None, "a charset beside the media type"
    return reply, Wire("pieces", bytes=PIECE), "a body in many pieces, of a length not told before"


def _turned(value: Json) -> Json:
    """A value with the fields of every object from last to first."""
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(one) for one in value] if isinstance(value, list) else value
