"""The outbox in memory keeps the contract."""

import pytest

from konbit.domain.delivery import Delivery, Drop
from konbit.domain.quiet_hours import Rest
from konbit.notify.outbox import OutboxStore
from konbit.notify.retry import next_step
from konbit.testing.outbox import InMemoryOutbox
from tests.contracts.outbox import OutboxBench, OutboxContract, Seen, a_delivery


class _Bench:
    def __init__(self) -> None:
        self._outbox = InMemoryOutbox(next_step)

    @property
    def store(self) -> OutboxStore:
        return self._outbox

    def add(self, delivery: Delivery) -> None:
        assert self._outbox.add(delivery)

    def withdraw(self, delivery_id: str, drop: Drop) -> None:
        self._outbox.withdraw(delivery_id, drop)

    def rest(self, person: str, rest: Rest) -> None:
        self._outbox.rest(person, rest)

    def look(self, delivery_id: str) -> Seen:
        row = self._outbox.row(delivery_id)
        return Seen(row.state, row.not_before, row.reason, row.delivery.attempts, row.delivery.unknowns)


class TestInMemoryOutbox(OutboxContract):
    """Runs the whole contract."""

    @pytest.fixture
    def outbox(self) -> OutboxBench:
        return _Bench()


def test_planning_the_same_delivery_again_inserts_nothing() -> None:
    outbox = InMemoryOutbox(next_step)
    assert outbox.add(a_delivery())
    assert not outbox.add(a_delivery(subject="[ACTUAL] Another"))
    assert outbox.row("d1").delivery.subject == "[ACTUAL] Call"
