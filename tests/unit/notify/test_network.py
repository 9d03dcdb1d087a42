"""What a name resolves to is checked, not only the name."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.notify.network import ForbiddenHost, UnknownHost, check_address, resolve


def test_a_name_that_resolves_to_this_machine_is_refused_unless_allowed() -> None:
    with pytest.raises(ForbiddenHost):
        resolve("localhost", 80)
    assert set(resolve("localhost", 80, allow_loopback=True)) <= {"127.0.0.1", "::1"}


def test_a_name_that_does_not_resolve_is_not_a_refusal_for_good() -> None:
    with pytest.raises(UnknownHost):
        resolve("no-such-host.invalid", 80)


def test_a_relay_of_the_operator_may_be_private_but_never_the_metadata_service() -> None:
    check_address(ipaddress.ip_address("10.1.2.3"), allow_private=True)
    for text in ("169.254.169.254", "127.0.0.1", "100.100.100.200", "224.0.0.1", "0.0.0.0", "240.0.0.1"):
        with pytest.raises(ForbiddenHost):
            check_address(ipaddress.ip_address(text), allow_private=True)


@given(st.ip_addresses(v=4))
def test_an_address_inside_ipv6_is_judged_like_the_address_itself(inner: ipaddress.IPv4Address) -> None:
    def allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        try:
            check_address(address)
        except ForbiddenHost:
            return False
        return True

    number = int(inner)
    carriers = [
        (0x0064FF9B << 96) | number,
        (0x2002 << 112) | (number << 80),
        (0xFFFF << 32) | number,
        number,
    ]
    for carrier in carriers:
        assert allowed(inner) or not allowed(ipaddress.IPv6Address(carrier))
