"""What kind of address an address is, and how far away. Knows no names and no policy."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

Address = IPv4Address | IPv6Address
Reach = Literal["loopback", "private", "public", "never"]

# The first network that holds an address decides, so the narrow ones stand before the wide ones.
# Written out, because `ipaddress.is_private` and its kin differ between Python releases.
NETWORKS: tuple[tuple[str, Reach, str], ...] = (
    ("127.0.0.0/8", "loopback", "a loopback address"),
    ("::1/128", "loopback", "a loopback address"),
    ("169.254.169.254/32", "never", "a cloud metadata address"),
    ("100.100.100.200/32", "never", "a cloud metadata address"),  # Alibaba
    ("168.63.129.16/32", "never", "a cloud metadata address"),  # Azure's wire server
    ("192.0.0.192/32", "never", "a cloud metadata address"),  # Oracle
    ("fd00:ec2::/32", "never", "a cloud metadata address"),  # AWS, its neighbours included
    ("fd20:ce::254/128", "never", "a cloud metadata address"),  # Google
    ("fd00:42::42/128", "never", "a cloud metadata address"),  # Scaleway
    ("169.254.0.0/16", "never", "a link-local address"),
    ("fe80::/10", "never", "a link-local address"),
    ("0.0.0.0/8", "never", "an unspecified address"),
    ("::/128", "never", "an unspecified address"),
    ("224.0.0.0/4", "never", "a multicast address"),
    ("ff00::/8", "never", "a multicast address"),
    ("240.0.0.0/4", "never", "a reserved address"),
    ("fec0::/10", "never", "a retired site-local address"),
    # Wrappings of IPv4 in IPv6: what they lead to is not what they look like.
    ("::/96", "never", "an IPv4-compatible address"),
    ("::ffff:0:0:0/96", "never", "an IPv4-translated address"),
    ("64:ff9b:1::/48", "never", "a local NAT64 address"),
    ("2001::/32", "never", "a Teredo address"),
    ("2002::/16", "never", "a 6to4 address"),
    ("10.0.0.0/8", "private", "a private address"),
    ("172.16.0.0/12", "private", "a private address"),
    ("192.168.0.0/16", "private", "a private address"),
    ("fc00::/7", "private", "a private address"),
)
_NETWORKS = tuple((ip_network(text), found, what) for text, found, what in NETWORKS)
_NAT64 = ip_network("64:ff9b::/96")


def address_of(text: str) -> Address | None:
    """The address in its usual form, an IPv4 address mapped into IPv6 unwrapped; else None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def reach(address: Address) -> tuple[Reach, str]:
    """How far away an address is, and in words what kind of address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return reach(address.ipv4_mapped)
        if address in _NAT64:  # on an IPv6-only network, the way to the whole of IPv4
            inner, what = reach(IPv4Address(int(address) & 0xFFFFFFFF))
            return ("public" if inner == "public" else "never"), f"by NAT64 {what}"
    for network, found, what in _NETWORKS:
        if address in network:
            return found, what
    return "public", "a public address"
