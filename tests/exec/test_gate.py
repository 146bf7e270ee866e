"""Which hosts lead to the simulator, which out, and which nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mockserver import egress
from mockserver.proxy import gate
from mockserver.proxy.gate import Gate, Ours, Shut

PUBLIC = "93.184.215.14"


async def resolved(name: str, port: int) -> Sequence[str]:
    return [PUBLIC]


async def never(name: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{name} was looked up")


def made(policy: str = "loopback", resolver: egress.Resolver = never) -> Gate:
    served, idle = {"api.acme.test": "acme", "files.acme.test": "acme"}, {"api.bond.test": "bond"}
    return Gate(served, idle, egress.parse(policy), resolver)


@pytest.mark.parametrize("policy", ["loopback", "any", "api.acme.test"])
async def test_a_providers_host_leads_to_the_simulator_whatever_the_policy(policy: str) -> None:
    one = made(policy)
    assert await one.way("files.acme.test", 443) == Ours("acme")
    assert await one.way("api.acme.test", 80) == Ours("acme")
    assert one.tunnels == {"files.acme.test": 1, "api.acme.test": 1}
    assert one.refused == []


@pytest.mark.parametrize("policy", ["loopback", "any", "api.bond.test"])
async def test_a_provider_that_is_left_out_is_never_reached(policy: str) -> None:
    one = made(policy)
    found = await one.way("api.bond.test", 443)
    assert isinstance(found, Shut)
    assert "--provider bond" in found.reason


async def test_any_other_host_is_refused_unasked_and_counted() -> None:
    one = made()
    for _ in range(3):
        assert isinstance(await one.way("telemetry.example.com", 443), Shut)
    (refusal,) = one.refused
    assert refusal == (
        "telemetry.example.com",
        443,
        "telemetry.example.com belongs to no provider; --egress telemetry.example.com opens it",
        3,
    )


async def test_the_policy_opens_hosts_at_the_addresses_they_have() -> None:
    one = made("loopback,cdn.example.com", resolved)
    found = await one.way("cdn.example.com", 8443)
    assert isinstance(found, egress.Pinned)
    assert (found.addresses, found.port) == ((PUBLIC,), 8443)
    assert isinstance(await one.way("other.example.com", 443), Shut)


async def test_this_machine_is_open() -> None:
    found = await made().way("localhost", 5000)
    assert isinstance(found, egress.Pinned)
    assert found.port == 5000


@pytest.mark.parametrize("host", ["169.254.169.254", "metadata.google.internal"])
async def test_what_nothing_opens_is_not_said_to_be_opened(host: str) -> None:
    found = await made("any", resolved).way(host, 80)
    assert isinstance(found, Shut)
    assert "--egress" not in found.reason
    assert "never contacted" in found.reason


async def test_a_flood_of_names_is_counted_in_one_line() -> None:
    one = made()
    for number in range(gate.MOST + 50):
        await one.way(f"host-{number}.example.com", 443)
    assert len(one.refused) == gate.MOST + 1
    assert one.refused[-1].times == 50
