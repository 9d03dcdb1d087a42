"""The outbox with its real sender: a store, accounts, fake providers that speak real protocols, and a clock set by hand."""

import dataclasses
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from konbit.clock import wall_now
from konbit.domain.delivery import Delivery, DeliveryState, idempotency_key
from konbit.domain.directory import Directory, Endpoint, Person
from konbit.notify.accounts import read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Adapter, Dispatcher, Limits
from konbit.notify.flight import Timeouts
from konbit.notify.outbox import OutboxStore
from konbit.notify.retry import next_step
from konbit.notify.sender import AppriseAdapter
from konbit.store.database import Store
from konbit.store.outbox import SqlOutbox
from konbit.store.records import DeliveryRow, PlannedDelivery
from konbit.testing.phones import Now
from konbit.testing.providers import Provider
from tests.contracts.cases import a_run
from tests.contracts.outbox import a_delivery

QUICK = Limits(send=2.0, poll=0.02, sweep=0.05, batch_age=0.02, stop=1.0)
SNAPPY = Timeouts(connect=1.0, read=0.5, total=1.5)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def hooks(name: str = "hooks", **more: object) -> dict[str, ChannelAccount]:
    """One webhook account."""
    return read_accounts([{"name": name, "kind": "webhook", "allow_loopback": True, **more}])


def marked(mode: str) -> dict[str, str]:
    """Subject and text with the marks of the mode."""
    if mode == "actual":
        return {"subject": "[ACTUAL] Call", "body": "Can you act?"}
    banner = "EXERCISE EXERCISE EXERCISE"
    return {"subject": "[EXERCISE] Call - EXERCISE", "body": f"{banner}\n\nCan you act?\n\n{banner}"}


@dataclasses.dataclass
class Yard:
    """A store with people `p0`, `p1`, ..., each with the addresses that deliveries to them have."""

    store: Store
    path: Path
    clock: Now
    directory: Directory = dataclasses.field(default_factory=Directory)

    def plan(self, deliveries: Sequence[Delivery]) -> int:
        """Plans deliveries, with their people and addresses in the directory; how many are new."""
        for run, mode in sorted({(one.run_id, one.mode) for one in deliveries}):
            a_run(self.store, run, mode=mode)
        self._know(deliveries)
        with self.store.begin() as tx:
            tx.directory.replace_country(self.directory, "HTI")
            return tx.deliveries.plan([_planned(one) for one in deliveries], self.clock.now())

    def _know(self, deliveries: Sequence[Delivery]) -> None:
        """Adds the people and their addresses to the directory."""
        people = {one.id: one for one in self.directory.people}
        endpoints = {one.id: one for one in self.directory.endpoints}
        for one in deliveries:
            people[one.person_id] = Person(id=one.person_id, name=f"Role holder {one.person_id}")
            endpoints[one.endpoint_id] = Endpoint(
                id=one.endpoint_id, person=one.person_id, kind=one.channel, address=one.address
            )
        self.directory = Directory(people=list(people.values()), endpoints=list(endpoints.values()))

    def message(self, number: int, url: str, *, mode: str = "actual", **more: object) -> Delivery:
        """A message to person `number` at a webhook."""
        fields: dict[str, object] = {
            "person_id": f"p{number}",
            "endpoint_id": f"e{number}-{more.get('account', 'hooks')}",
            "channel": "webhook",
            "account": "hooks",
            "address": f"{url}/{number}",
            "mode": mode,
            "run_id": f"run-{mode}",
            "not_before": self.clock.now(),
            "expires_at": self.clock.now() + HOUR,
            **marked(mode),
        }
        name = str(more.pop("id", f"{mode}-{number}"))
        return a_delivery(name, **{**fields, **more})

    def outbox(self) -> SqlOutbox:
        """The outbox as production has it."""
        return SqlOutbox(self.store, next_step)

    def dispatcher(
        self,
        accounts: Mapping[str, ChannelAccount],
        *,
        adapter: Adapter | None = None,
        store: OutboxStore | None = None,
        limits: Limits = QUICK,
        wall: dt.timedelta = dt.timedelta(),
        owner: str = "yard",
    ) -> Dispatcher:
        """What sends; `wall` is how far its real clock is off."""
        return Dispatcher(
            store or self.outbox(),
            accounts,
            adapter or AppriseAdapter(SNAPPY),
            self.clock,
            owner=owner,
            limits=limits,
            wall=lambda: wall_now() + wall,
        )

    def rows(self) -> dict[str, DeliveryRow]:
        """Every delivery by its id."""
        with self.store.read() as tx:
            return {row.id: row for row in tx.deliveries.find(list(DeliveryState), limit=100_000)}

    def states(self) -> dict[str, int]:
        """State → how many."""
        with self.store.read() as tx:
            return {state.value: number for state, number in tx.deliveries.counts().items()}

    def acts(self, action: str) -> list[Mapping[str, object]]:
        """What the audit says under a name."""
        with self.store.read() as tx:
            return [act.details for act in tx.audit.list() if act.action == action]

    def sender_process(
        self, provider: Provider, fault: str = "", workers: int = 8
    ) -> "subprocess.Popen[bytes]":
        """A real sender in a process of its own, to be killed."""
        environment = {**os.environ, "KONBIT_FAULT": fault}
        arguments = [str(self.path), provider.url, str(workers), self.clock.now().isoformat()]
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.failures.sender_process", *arguments],
            env=environment,
            cwd=Path(__file__).parents[2],
        )


def _planned(delivery: Delivery) -> PlannedDelivery:
    key = idempotency_key(delivery.run_id, "s", 0, delivery.person_id, delivery.endpoint_id, delivery.id)
    return PlannedDelivery(delivery=delivery, idem_key=key, step="s", wave=0, purpose="inform")
