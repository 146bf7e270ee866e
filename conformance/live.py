"""Which hosts are a provider's own: they cost money, and are not contacted unasked."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address

from conformance.contract import Contract
from conformance.dialects import NAMES


@cache
def real_hosts() -> frozenset[str]:
    """Every host of every provider, and the domains that their API hosts are in."""
    hosts = {host.partition(":")[0] for name in NAMES for host in Contract(name).hosts}
    return frozenset(hosts | {one.removeprefix("api.") for one in hosts})


def is_real(host: str) -> bool:
    """Whether a host is a provider's, or below one of its."""
    name = host.lower().rstrip(".")
    return any(name == one or name.endswith(f".{one}") for one in real_hosts())


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, and so can reach the judge."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def open_to(live: bool, host: str) -> str:
    """Why a host must not be contacted; empty when it may."""
    if live or not is_real(host):
        return ""
    return f"{host} is a provider's own host, which only a run with --live contacts"
