"""What follows a send."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.base import Mode
from konbit.domain.delivery import (
    Accepted,
    DeliveryState,
    Permanent,
    Refused,
    SendResult,
    Stopped,
    Temporary,
    Throttled,
    Unknown,
    idempotency_key,
)
from konbit.notify import retry
from tests.contracts.outbox import NOW, a_delivery

RESULTS = st.sampled_from(
    [Accepted(), Permanent("p"), Temporary("t"), Unknown("u"), Throttled("r"), Refused("a"), Stopped("s")]
)
MODES: st.SearchStrategy[Mode] = st.sampled_from(["drill", "actual"])


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 15), (2, 60), (3, 300), (4, 900), (7, 900)])
def test_waits_grow_and_vary_by_a_fifth_at_most(attempt: int, seconds: int) -> None:
    waits = set()
    for number in range(50):
        row = a_delivery(f"d{number}", attempts=attempt, max_attempts=9)
        at = retry.next_step(row, Temporary("unreachable"), NOW).not_before
        assert at is not None
        waits.add((at - NOW).total_seconds())
    assert seconds * 0.8 <= min(waits) < max(waits) <= seconds * 1.2
    assert len(waits) > 25


@given(RESULTS, MODES, st.integers(1, 9), st.integers(0, 3), st.integers(-10, 4000), st.text(max_size=8))
def test_nothing_is_put_off_past_its_expiry_and_the_same_inputs_give_the_same_outcome(
    result: SendResult, mode: Mode, attempts: int, unknowns: int, seconds: int, name: str
) -> None:
    expiry = NOW + dt.timedelta(seconds=seconds)
    row = a_delivery(name, mode=mode, attempts=attempts, unknowns=unknowns, expires_at=expiry)
    outcome = retry.next_step(row, result, NOW)
    assert outcome == retry.next_step(row, result, NOW)
    assert outcome.not_before is None or NOW < outcome.not_before < expiry
    if mode == "drill" and outcome.unknowns:
        assert outcome.not_before is None or isinstance(result, Temporary | Throttled | Refused)


@given(st.integers(0, 500))
def test_the_second_copy_of_an_actual_run_leaves_between_30_and_90_seconds_later(number: int) -> None:
    at = retry.next_step(a_delivery(f"d{number}", attempts=1), Unknown("u"), NOW).not_before
    assert at is not None
    assert dt.timedelta(seconds=30) <= at - NOW <= dt.timedelta(seconds=90)


def test_the_last_attempt_from_which_nothing_left_has_failed() -> None:
    row = a_delivery(attempts=5, max_attempts=5)
    assert retry.next_step(row, Temporary("unreachable"), NOW).state is DeliveryState.FAILED


def test_without_time_for_another_attempt_the_delivery_expires() -> None:
    row = a_delivery(attempts=1, expires_at=NOW + dt.timedelta(seconds=5))
    assert retry.next_step(row, Temporary("unreachable"), NOW).state is DeliveryState.EXPIRED


def test_what_may_have_arrived_once_is_not_called_failed_later() -> None:
    row = a_delivery(attempts=2, unknowns=1)
    assert retry.next_step(row, Permanent("invalid_address"), NOW).state is DeliveryState.UNKNOWN
    assert retry.next_step(row, Accepted(), NOW).state is DeliveryState.ACCEPTED


def test_an_outcome_carries_the_generation_that_fences_it() -> None:
    row = dataclasses.replace(a_delivery(), generation=7)
    assert retry.next_step(row, Accepted(), NOW).generation == 7
    assert retry.dropped(row, "opted_out").generation == 7


def test_a_delivery_does_not_show_address_or_text_when_printed() -> None:
    shown = repr(a_delivery())
    assert "example.org" not in shown
    assert "Can you act" not in shown


@given(st.lists(st.text(max_size=4), min_size=10, max_size=10), st.integers(0, 3), st.integers(0, 3))
def test_two_deliveries_share_a_key_only_if_all_their_parts_agree(
    parts: list[str], wave: int, other: int
) -> None:
    first, second = parts[:5], parts[5:]
    one = idempotency_key(first[0], first[1], wave, *first[2:])
    two = idempotency_key(second[0], second[1], other, *second[2:])
    assert (one == two) == (first == second and wave == other)
    assert len(one) == 64


def test_moving_a_character_between_parts_changes_the_key() -> None:
    assert idempotency_key("r", "ab", 1, "c", "e", "ask") != idempotency_key("r", "a", 1, "bc", "e", "ask")


@pytest.mark.parametrize(
    ("result", "sign"),
    [
        (Accepted("id-1"), "good"),
        (Temporary("unreachable"), "bad"),
        (Temporary("recipient_busy", blames_account=False), ""),
        (Permanent("gone"), ""),
        (Unknown("dropped"), "bad"),
        (Stopped("blocked"), "good"),
        (Throttled("rate"), "throttled"),
        (Refused("http_401"), "refused"),
    ],
)
def test_a_send_says_about_the_account_only_what_it_knows(result: SendResult, sign: str) -> None:
    outcome = retry.next_step(a_delivery(attempts=1), result, NOW)
    assert outcome.sign == sign
    assert outcome.spent is (sign not in ("throttled", "refused"))
    assert outcome.stopped is isinstance(result, Stopped)


def test_a_wait_that_the_provider_names_is_kept_and_never_past_the_expiry() -> None:
    asked = retry.next_step(a_delivery(), Throttled("rate", dt.timedelta(seconds=17)), NOW)
    assert asked.not_before == NOW + dt.timedelta(seconds=17)
    late = retry.next_step(a_delivery(), Throttled("rate", dt.timedelta(hours=2)), NOW)
    assert (late.state, late.not_before) == (DeliveryState.EXPIRED, None)
