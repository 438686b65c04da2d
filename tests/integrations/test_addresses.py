"""No packet goes to a special address, however it is written."""

from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.addresses import forbidden, refusal
from tests.integrations.hostile import FORBIDDEN_V4, FORBIDDEN_V6, NOT_ADDRESSES, PUBLIC


@pytest.mark.parametrize("address", [*FORBIDDEN_V4, *FORBIDDEN_V6, *NOT_ADDRESSES])
def test_special_addresses_are_forbidden(address: str) -> None:
    assert forbidden(address)
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_beside_every_special_range_are_allowed(address: str) -> None:
    assert refusal(address) is None


@given(st.ip_addresses(v=4))
def test_every_ipv4_address_python_calls_special_is_forbidden(ip: object) -> None:
    plain = ip_address(str(ip))
    if plain.is_private or plain.is_loopback or plain.is_multicast or plain.is_reserved or plain.is_link_local:
        assert forbidden(str(plain))


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:", "::", "64:ff9b::", "::ffff:0:"]))
def test_an_ipv4_address_inside_an_ipv6_one_is_forbidden_even_if_public(ip: object, prefix: str) -> None:
    assert forbidden(f"{prefix}{ip}")


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_outside_global_unicast_is_forbidden(ip: object) -> None:
    if int(ip_address(str(ip))) >> 125 != 0b001:
        assert forbidden(str(ip))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.5.5.5", "::1"])
def test_loopback_opens_only_when_asked_for(address: str) -> None:
    assert forbidden(address)
    assert not forbidden(address, allow_loopback=True)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "::ffff:127.0.0.1", "::127.0.0.1"])
def test_allowing_loopback_opens_nothing_else(address: str) -> None:
    assert forbidden(address, allow_loopback=True)


def test_a_platform_inside_the_plant_can_be_allowed_by_its_network() -> None:
    allowed = (IPv4Network("10.20.0.0/16"), IPv6Network("fd12:3456::/32"))
    assert not forbidden("10.20.3.4", allowed=allowed)
    assert not forbidden("fd12:3456::9", allowed=allowed)
    assert forbidden("10.21.0.1", allowed=allowed)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254", "127.0.0.1", "168.63.129.16", "224.0.0.1"],
)
def test_no_allowed_network_opens_metadata_loopback_or_multicast(address: str) -> None:
    everything = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
    assert forbidden(address, allowed=everything)
