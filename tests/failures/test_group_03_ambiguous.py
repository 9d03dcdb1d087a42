"""Group 3: a time-out, a dropped connection or a 500 after acceptance is unknown; a drill never resends."""

import pytest

from konbit.testing.providers import Misbehaviour, Provider
from tests.failures.yard import MINUTE, Yard, hooks

pytestmark = pytest.mark.slow
REASONS: dict[Misbehaviour, str] = {
    "hang": "no_answer",
    "close": "dropped",
    "error_after_accept": "http_500",
}


@pytest.mark.parametrize("behaviour", REASONS)
@pytest.mark.parametrize(("mode", "copies"), [("actual", 2), ("drill", 1)])
def test_an_answer_that_was_lost(yard: Yard, behaviour: Misbehaviour, mode: str, copies: int) -> None:
    with Provider(behaviour) as provider:
        yard.plan([yard.message(0, provider.url, mode=mode)])
        yard.dispatcher(hooks()).drain_once()
        (row,) = yard.rows().values()
        assert (row.state, row.reason) == ("unknown", REASONS[behaviour])
        assert len(provider.taken) == 1, "no blind retry"
        for _ in range(3):
            yard.clock.time += 2 * MINUTE
            yard.dispatcher(hooks()).drain_once()
        assert len(provider.taken) == copies
    (row,) = yard.rows().values()
    assert (row.state, row.not_before) == ("unknown", None)


def test_the_second_copy_carries_the_same_words_and_reference(yard: Yard) -> None:
    with Provider("close") as provider:
        yard.plan([yard.message(0, provider.url)])
        yard.dispatcher(hooks()).drain_once()
        provider.behaviour = "accept"
        yard.clock.time += 2 * MINUTE
        yard.dispatcher(hooks()).drain_once()
        first, second = provider.requests
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
