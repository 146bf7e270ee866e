"""How far each level reaches, and which addresses are never contacted at all."""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import egress
from mockserver.egress import Pinned
from mockserver.egress.addresses import NETWORKS
from tests.egress.egress_steps import ANY, LOOPBACK, PRIVATE, Names, refused


@pytest.mark.parametrize(
    ("host", "lowest"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.3.4", "loopback"),
        ("[::1]", "loopback"),
        ("[::ffff:127.0.0.1]", "loopback"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("[fd12::1]", "private"),
        ("[::ffff:192.168.1.1]", "private"),
        ("172.32.0.1", "any"),
        ("100.64.0.1", "any"),
        ("203.0.113.9", "any"),
        ("[2001:db8::1]", "any"),
        ("[64:ff9b::203.0.113.9]", "any"),
    ],
)
async def test_a_level_permits_its_addresses_and_those_of_the_levels_below(
    host: str, lowest: str
) -> None:
    levels = ["loopback", "private", "any"]
    for policy in (LOOPBACK, PRIVATE, ANY):
        answer = await egress.pin(policy, f"http://{host}/")
        permitted = levels.index(policy.level) >= levels.index(lowest)
        assert isinstance(answer, Pinned) is permitted


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "[fe80::1]",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "[::ffff:169.254.169.254]",
        "[::169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:1:2:3:4:5:6]",
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "metadata",
    ],
)
async def test_some_hosts_are_never_contacted_under_any_policy(host: str) -> None:
    dns = Names()
    refusal = await refused(ANY, f"http://{host}/latest/meta-data/", dns)
    assert refusal.kind == "not-allowed"
    assert refusal.reason.endswith("never contacted")
    assert dns.asked == []


@settings(deadline=None)
@given(
    st.ip_addresses() | st.sampled_from(NETWORKS).flatmap(lambda n: st.ip_addresses(network=n[0]))
)
def test_loopback_permits_no_address_but_loopback(address: IPv4Address | IPv6Address) -> None:
    text = f"[{address}]" if address.version == 6 else str(address)
    answer = asyncio.run(egress.pin(LOOPBACK, f"http://{text}/", resolver=Names()))
    if isinstance(answer, Pinned):
        assert ip_address(answer.address).is_loopback


@settings(deadline=None)
@given(st.text(alphabet="0123456789abcdefx.:[]@%/\\ ①。-", max_size=24))
def test_whatever_stands_for_a_host_loopback_stays_on_loopback(host: str) -> None:
    answer = asyncio.run(egress.pin(LOOPBACK, f"http://{host}", resolver=Names()))
    if isinstance(answer, Pinned):
        assert all(ip_address(address).is_loopback for address in answer.addresses)


@settings(deadline=None)
@given(st.ip_addresses())
def test_mapping_an_address_into_ipv6_changes_nothing(address: IPv4Address | IPv6Address) -> None:
    if isinstance(address, IPv4Address):
        mapped = IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)
        assert egress.reach(mapped) == egress.reach(address)


def test_a_narrow_network_is_judged_before_the_wide_one_around_it() -> None:
    for text, found, what in NETWORKS:
        assert egress.reach(ip_network(text)[-1]) == (found, what), text
