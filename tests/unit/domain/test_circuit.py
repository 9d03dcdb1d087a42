"""The circuit breaker: when an account is left alone, and when one message may look."""

import dataclasses
import datetime as dt

from konbit.domain.circuit import COOLDOWN, LONGEST, Circuit, admitted, after, probing

WALL = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
LEASE = 90 * SECOND


def _fail(circuit: Circuit, times: int, every: dt.timedelta = SECOND) -> Circuit:
    for number in range(times):
        circuit = after(circuit, "bad", "dropped", None, WALL + every * number)
    return circuit


def test_five_failures_in_a_row_open_it_and_a_success_between_them_does_not_count() -> None:
    assert not _fail(Circuit(), 4).down
    assert _fail(Circuit(), 5).down
    healed = after(_fail(Circuit(), 4), "good", "", None, WALL)
    assert not _fail(healed, 4).down


def test_failures_far_apart_are_not_in_a_row() -> None:
    assert not _fail(Circuit(), 20, 61 * SECOND).down


def test_a_refused_account_opens_it_at_once_with_the_reason() -> None:
    circuit = after(Circuit(), "refused", "http_402", None, WALL)
    assert (circuit.state, circuit.reason, circuit.since) == ("open", "http_402", WALL)
    assert admitted(circuit, WALL) == 0
    assert admitted(circuit, WALL + COOLDOWN) == 1


def test_only_one_message_looks_and_another_if_nothing_is_heard_of_it() -> None:
    at = WALL + COOLDOWN
    circuit = probing(after(Circuit(), "refused", "x", None, WALL), at, LEASE)
    assert admitted(circuit, at + SECOND) == 0
    assert admitted(circuit, at + LEASE) == 1


def test_each_failed_look_doubles_the_wait_up_to_a_limit_and_a_good_one_closes_it() -> None:
    circuit, at, waits = after(Circuit(), "refused", "x", None, WALL), WALL, []
    for _ in range(7):
        assert circuit.probe_at is not None
        waits.append(circuit.probe_at - at)
        at = circuit.probe_at
        circuit = after(probing(circuit, at, LEASE), "bad", "dropped", None, at)
    assert waits == [COOLDOWN * 2**n for n in range(4)] + [LONGEST] * 3
    assert circuit.since == WALL, "down since the first time"
    closed = after(probing(circuit, at, LEASE), "good", "", None, at)
    assert closed == Circuit(since=at)


def test_results_that_come_in_after_it_opened_count_once() -> None:
    circuit = _fail(Circuit(), 5)
    assert _fail(circuit, 20).trips == 1


def test_a_pause_is_what_was_asked_and_grows_when_nothing_was_said() -> None:
    asked = after(Circuit(), "throttled", "rate", 30 * SECOND, WALL)
    assert (admitted(asked, WALL + 29 * SECOND), admitted(asked, WALL + 30 * SECOND)) == (0, None)
    circuit, at, waits = Circuit(), WALL, []
    for _ in range(4):
        circuit = after(circuit, "throttled", "rate", None, at)
        assert circuit.paused_until is not None
        waits.append((circuit.paused_until - at) / SECOND)
        at = circuit.paused_until
    assert waits == [5, 10, 20, 40]
    assert dataclasses.replace(circuit, paused_until=None).state == "closed", (
        "a busy provider is not a broken one"
    )
