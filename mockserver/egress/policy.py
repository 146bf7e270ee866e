"""The policy on outgoing requests, and the decision on one of them. Connects to nothing."""

import asyncio
import difflib
import re
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, get_args

from mockserver.egress.addresses import Address, Reach, address_of, reach
from mockserver.egress.places import Place, Refused, authority, bracketed, place_of

Level = Literal["loopback", "private", "any"]
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Asks for the addresses of a name and port; raises OSError when there are none."""

LEVELS: tuple[Level, ...] = get_args(Level)
PERMITTED: Mapping[Level, frozenset[Reach]] = {
    "loopback": frozenset({"loopback"}),
    "private": frozenset({"loopback", "private"}),
    "any": frozenset({"loopback", "private", "public"}),
}
METADATA_NAMES = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.azure.internal",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.packet.net",
        "metadata.platformequinix.com",
        "metadata.tencentyun.com",
    }
)


class PolicyError(ValueError):
    """A policy that its author wrote wrongly. The text says what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How far requests may go, and which hosts they may reach beyond that.

    An entry of `allow` is `host`, `host:port` or either with `*.` before it for all subdomains.
    It lifts the level for that host, but never the ban on metadata and link-local addresses.
    """

    level: Level = "loopback"
    allow: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise PolicyError(f"{self.level!r} is no egress level; allowed: {', '.join(LEVELS)}")
        object.__setattr__(self, "allow", frozenset(map(_entry, self.allow)))

    def lists(self, host: str, port: int) -> bool:
        """Whether the allow-list names this host, for this port or for every port."""
        if not self.allow:
            return False
        return any(not self.allow.isdisjoint((n, f"{n}:{port}")) for n in _names_for(host))


@dataclass(frozen=True, slots=True)
class Pinned:
    """A permitted request: the URL in one spelling, and the only addresses it may connect to."""

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address tried first."""
        return self.addresses[0]

    @property
    def origin(self) -> tuple[str, int, tuple[str, ...]]:
        """Requests of one origin may share a session."""
        return self.host, self.port, self.addresses


def parse(text: str) -> Policy:
    """The policy in words: at most one level and any allowed hosts, between commas or spaces."""
    words = [word for word in re.split(r"[\s,]+", text) if word]
    levels = [level for word in words for level in LEVELS if word == level]
    if len(levels) > 1:
        raise PolicyError(f"egress takes one level, found {' and '.join(levels)}")
    hosts = [word for word in words if word not in LEVELS]
    for word in hosts:
        if near := difflib.get_close_matches(word.lower(), LEVELS, n=1, cutoff=0.75):
            raise PolicyError(f"{word!r} is no egress level; did you mean {near[0]!r}?")
    return Policy(levels[0] if levels else "loopback", frozenset(hosts))


async def system_resolver(name: str, port: int) -> Sequence[str]:
    """What the operating system answers, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def pin(
    policy: Policy, url: str, *, resolver: Resolver = system_resolver
) -> Pinned | Refused:
    """Decide on one request. Resolves at most once, and under `loopback` asks nobody outside.

    Every address of the name must be permitted; the connection is tried in their order.
    """
    place = _named(policy, url)
    if isinstance(place, Refused):
        return place
    addresses = await _addresses(place, resolver)
    if isinstance(addresses, Refused):
        return addresses
    for address in addresses:
        if refusal := _address_refusal(policy, place, address):
            return refusal
    return Pinned(place.url, place.host, place.port, tuple(map(str, addresses)))


@lru_cache(maxsize=256)
def _named(policy: Policy, url: str) -> Place | Refused:
    """The place of a URL, unless that is refused without asking for addresses."""
    place = place_of(url)
    return place if isinstance(place, Refused) else _name_refusal(policy, place) or place


def _name_refusal(policy: Policy, place: Place) -> Refused | None:
    """What is refused without asking for addresses."""
    if place.host in METADATA_NAMES:
        return Refused("not-allowed", f"{place.host} is a cloud metadata host, never contacted")
    known = place.literal or place.local or policy.lists(place.host, place.port)
    if known or policy.level != "loopback":
        return None
    return Refused(
        "not-allowed",
        f"{place.host} is not this machine and the egress policy is loopback, "
        "so the name was not even looked up",
    )


async def _addresses(place: Place, resolver: Resolver) -> tuple[Address, ...] | Refused:
    if place.literal:
        return (place.literal,)
    if place.local:
        return IPv4Address("127.0.0.1"), IPv6Address("::1")
    try:
        answer = await resolver(place.host, place.port)
    except OSError as error:
        return Refused("unresolved", f"{place.host} has no address: {error.strerror or error}")
    found = [address for text in answer if (address := address_of(text))]
    if not found or len(found) < len(answer):
        return Refused("unresolved", f"{place.host} has no address that can be read")
    return tuple(found)


def _address_refusal(policy: Policy, place: Place, address: Address) -> Refused | None:
    found, what = reach(address)
    subject = f"{place.host} is" if place.literal else f"{place.host} leads to {address},"
    if found == "never":
        return Refused("not-allowed", f"{subject} {what}, never contacted")
    if found in PERMITTED[policy.level]:
        return None
    if policy.lists(place.host, place.port) or policy.lists(str(address), place.port):
        return None
    return Refused("not-allowed", f"{subject} {what}, and the egress policy is {policy.level}")


def _names_for(host: str) -> Iterator[str]:
    """Everything an allow-list may write to name a host, without the port."""
    yield bracketed(host)
    if address_of(host) is None:
        labels = host.split(".")
        yield from (".".join(("*", *labels[start:])) for start in range(1, len(labels)))


def _entry(text: str) -> str:
    """The one spelling of an allow-list entry, as `_names_for` writes it."""
    star = "*." if text.startswith("*.") else ""
    found = authority(text.removeprefix(star))
    if found is None or text.endswith(":"):
        raise PolicyError(
            f"{text!r} is no host to allow; write host, host:port, *.host or [IPv6]:port"
        )
    host, port = found
    literal = address_of(host)
    if star and literal:
        raise PolicyError(f"{text!r}: *. stands before a name, not before an address")
    if host in METADATA_NAMES or (literal and reach(literal)[0] == "never"):
        raise PolicyError(f"{text!r} cannot be allowed: it is never contacted")
    return f"{star}{bracketed(host)}" + (f":{port}" if port else "")
