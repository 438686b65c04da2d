"""Which IP addresses a webhook may never reach: an explicit list, since `ipaddress.is_global` lets special ranges by.

Sources: the IANA IPv4 and IPv6 special-purpose address registries, and the cloud providers' metadata addresses.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_FORBIDDEN: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud metadata"),
    ("169.254.0.0/16", "link local and cloud metadata"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments and cloud metadata"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "automatic multicast tunnels"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved and broadcast"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("::/96", "IPv4-compatible"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard"),
    ("100:0:0:1::/64", "dummy prefix"),
    ("2001::/23", "Teredo, ORCHID, benchmarking and other protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3ffe::/16", "6bone, returned"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link local"),
    ("fec0::/10", "site local"),
    ("ff00::/8", "multicast"),
)
_NETWORKS: tuple[tuple[Network, str], ...] = tuple((ip_network(text), reason) for text, reason in _FORBIDDEN)
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
_LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_ALLOWABLE: tuple[Network, ...] = (
    *map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")),
    IPv6Network("fc00::/7"),
)
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254")))


def forbidden(address: str, allow_loopback: bool = False, allowed: Sequence[Network] = ()) -> bool:
    """Tell whether no packet may go to `address`; anything that is not a plain IP address counts as forbidden."""
    return refusal(address, allow_loopback, allowed) is not None


def refusal(address: str, allow_loopback: bool = False, allowed: Sequence[Network] = ()) -> str | None:
    """Name the reason an address is forbidden, or None. `allowed` opens private ranges for a platform inside the plant.

    Nothing opens link-local or metadata addresses; `allow_loopback` is for development and tests.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an IP address"
    if isinstance(ip, IPv6Address) and ip.scope_id is not None:
        return "scoped address"
    if ip in _METADATA:
        return "cloud metadata"
    if (allow_loopback and _within(ip, _LOOPBACK)) or (_within(ip, _ALLOWABLE) and _within(ip, allowed)):
        return None
    elsewhere = "not global unicast" if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST_V6 else None
    return next((reason for network, reason in _NETWORKS if ip in network), elsewhere)


def _within(ip: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(ip in network for network in networks)
