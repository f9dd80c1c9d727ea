"""Which addresses may be asked: the guard against being sent to machines that only we can reach (SSRF).

Pure. What is public is what the IANA special-purpose address registries (RFC 6890) do not list; for IPv6 that is the
global unicast space 2000::/3 less the listed parts, so that whatever is not known is not public. Addresses that carry
an IPv4 address (mapped, compatible, NAT64) are judged by it too.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL_V4 = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.169.254/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
SPECIAL_V6 = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("fd00:ec2::254/128", "cloud metadata"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
CARRIES_V4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
"""IPv4-mapped (RFC 4291), NAT64 (RFC 6052), and the old IPv4-compatible: the last 32 bits are an IPv4 address."""

LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa")
"""Names (and everything below them) that never mean a public host."""


def literal(host: str) -> Address | None:
    """The address that a host spells out, in any spelling that a resolver would take; None for a name.

    `127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1` are addresses too (inet_aton(3)).
    """
    host = host.rstrip(".").strip("[]")
    try:
        return ip_address(host)
    except ValueError:
        pass
    if not host.rpartition(".")[2][:1].isdigit():
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why an address is not public, in a word; None where it is, or where `allowed` has it."""
    carried = _carried(address)
    if any(face in network for face in (address, carried) for network in allowed if face is not None):
        return None
    if carried is not None:
        return next((kind for network, kind in SPECIAL_V4 if carried in network), None)
    special = next((kind for network, kind in SPECIAL_V6 if address in network), None)
    return special or (None if address in GLOBAL_UNICAST else "reserved")


def local_name(host: str) -> bool:
    """Whether a name is one that never means a public host."""
    host = host.rstrip(".").lower()
    return any(host == name or host.endswith(f".{name}") for name in LOCAL_NAMES)


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address that an address is or holds."""
    if isinstance(address, IPv4Address):
        return address
    if int(address) > 1 and any(address in network for network in CARRIES_V4):  # :: and ::1 are themselves
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
