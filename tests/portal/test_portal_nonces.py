"""Nonces of pages, and the buckets of failures."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.clock import UTC
from konbit.notify.links import WeakSecret
from konbit.portal.failures import FailureBuckets
from konbit.portal.nonces import Nonces

START = dt.datetime(2021, 8, 14, 12, 0, tzinfo=UTC)


class Watch:
    """Wall time under the test's hand."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> dt.datetime:
        """Now."""
        return self.at


@pytest.mark.parametrize(
    ("seconds", "finding"),
    [(0, "hasty"), (1.499, "hasty"), (1.5, "good"), (86_400, "good"), (86_400.5, "stale"), (-5, "hasty")],
)
def test_nonce_is_good_from_the_minimum_to_a_day(seconds: float, finding: str) -> None:
    watch = Watch()
    nonces = Nonces(b"k" * 32, watch, 1.5)
    nonce = nonces.make("token")
    watch.at += dt.timedelta(seconds=seconds)
    assert nonces.check("token", nonce) == finding


def test_nonce_is_bound_to_the_link_and_the_key() -> None:
    watch = Watch()
    nonce = Nonces(b"k" * 32, watch, 0).make("token")
    assert Nonces(b"k" * 32, watch, 0).check("token", nonce) == "good"
    assert Nonces(b"k" * 32, watch, 0).check("tokem", nonce) == "forged"
    assert Nonces(b"l" * 32, watch, 0).check("token", nonce) == "forged"


def test_two_pages_have_different_nonces() -> None:
    nonces = Nonces(b"k" * 32, Watch(), 0)
    assert nonces.make("token") != nonces.make("token")


@given(st.text(max_size=60))
def test_no_other_text_is_a_nonce(text: str) -> None:
    assert Nonces(b"k" * 32, Watch(), 0).check("token", text) == "forged"


@given(st.integers(min_value=0, max_value=42), st.characters(codec="ascii"))
def test_no_changed_nonce_passes(position: int, char: str) -> None:
    nonces = Nonces(b"k" * 32, Watch(), 0)
    nonce = nonces.make("token")
    changed = nonce[:position] + char + nonce[position + 1 :]
    assert nonces.check("token", changed) == ("good" if changed == nonce else "forged")


def test_short_key_is_refused() -> None:
    with pytest.raises(WeakSecret):
        Nonces(b"short", Watch(), 0)


def test_bucket_fills_up_again() -> None:
    seconds = [0.0]
    buckets = FailureBuckets(burst=2, per_minute=6, seconds=lambda: seconds[0])
    assert [buckets.failed("192.0.2.1") for _ in range(3)] == [False, False, True]
    seconds[0] += 10
    assert [buckets.failed("192.0.2.1") for _ in range(2)] == [False, True]


def test_addresses_of_one_ipv6_network_share_a_bucket() -> None:
    buckets = FailureBuckets(burst=1, per_minute=0)
    assert not buckets.failed("2001:db8::1")
    assert buckets.failed("2001:db8::ffff")
    assert not buckets.failed("2001:db8:0:1::1")


def test_clients_without_an_address_share_a_bucket() -> None:
    buckets = FailureBuckets(burst=1, per_minute=0)
    assert not buckets.failed(None)
    assert buckets.failed("testclient")


def test_buckets_do_not_grow_without_end() -> None:
    buckets = FailureBuckets(burst=1, per_minute=0)
    for number in range(10_050):
        buckets.failed(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(buckets._levels) == 10_000
