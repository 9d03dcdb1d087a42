"""How channel accounts stand: whether they may be used, and what their buckets hold. What a watchdog and operators read."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from konbit.domain.circuit import Circuit, after
from konbit.domain.delivery import Outcome
from konbit.domain.pace import Bucket
from konbit.store.audit import Audit
from konbit.store.repository import Repository
from konbit.store.tables.channels import channel_states

_CIRCUIT = tuple(field.name for field in dataclasses.fields(Circuit))


class Channels(Repository):
    """The states of accounts. An account that never sent anything has none, and is well."""

    def states(self) -> Mapping[str, Circuit]:
        """Account → its circuit; `down` says that messages take another way, `since` since when, `reason` why."""
        rows = self._rows(sa.select(channel_states).order_by(channel_states.c.account))
        return {row["account"]: _circuit(row) for row in rows}

    def down(self) -> list[str]:
        """The accounts that are not to be used."""
        statement = sa.select(channel_states.c.account).where(channel_states.c.state != "closed")
        return list(self._connection.scalars(statement))

    def load(self, account: str) -> tuple[Circuit, Bucket | None]:
        """The account as it stands, held until the transaction ends, so that two senders share one bucket."""
        self._connection.execute(
            self._insert(channel_states).values(account=account).on_conflict_do_nothing()
        )
        row = self._row(
            sa.select(channel_states).where(channel_states.c.account == account).with_for_update()
        )
        assert row is not None
        bucket = None if row["filled_at"] is None else Bucket(row["tokens"], row["filled_at"])
        return _circuit(row), bucket

    def save(self, account: str, circuit: Circuit, bucket: Bucket | None) -> None:
        """Writes the account down."""
        values: dict[str, object] = {name: getattr(circuit, name) for name in _CIRCUIT}
        if bucket is not None:
            values |= {"tokens": bucket.tokens, "filled_at": bucket.at}
        which = channel_states.c.account == account
        self._connection.execute(sa.update(channel_states).where(which).values(**values))

    def heard(self, signs: Iterable[tuple[str, Outcome]], now: dt.datetime, wall: dt.datetime) -> set[str]:
        """Takes in what sends say about their accounts, in order; returns those that have just gone down.

        Going down and coming back are written into the audit, where whoever has to mend it finds it.
        """
        told: dict[str, list[Outcome]] = {}
        for account, outcome in signs:
            if outcome.sign:
                told.setdefault(account, []).append(outcome)
        fallen: set[str] = set()
        for account, outcomes in sorted(told.items()):
            before, _ = self.load(account)
            circuit = before
            for outcome in outcomes:
                circuit = after(circuit, outcome.sign, outcome.reason, outcome.wait, wall)
            if circuit != before:
                self.save(account, circuit, None)
            if circuit.down != before.down:
                self._tell(account, circuit, now)
            if circuit.down and not before.down:
                fallen.add(account)
        return fallen

    def close(self, account: str, actor: str, reason: str, now: dt.datetime) -> bool:
        """Says that an account is well again, for an operator has mended it; false if it was not down."""
        circuit, _ = self.load(account)
        self.save(account, Circuit(), None)
        if circuit.down:
            details = {"account": account}
            Audit(self._connection).add(now, actor, "channel_closed", reason=reason, details=details)
        return circuit.down

    def _tell(self, account: str, circuit: Circuit, now: dt.datetime) -> None:
        action = "channel_down" if circuit.down else "channel_up"
        Audit(self._connection).add(
            now, "outbox", action, reason=circuit.reason, details={"account": account}
        )


def _circuit(row: sa.RowMapping) -> Circuit:
    return Circuit(**{name: row[name] for name in _CIRCUIT})
