"""Runs: created once, found again, begun, ended; and the lease that decides who advances one."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.errors import RunFinished, UnknownRun
from konbit.store.approvals import undecided
from konbit.store.records import Lease, NewRun, Run, RunStatus
from konbit.store.repository import Repository
from konbit.store.signals import notify
from konbit.store.tables.runs import plans, runs, timers

_NEXT_TIMER = sa.select(sa.func.min(timers.c.at)).where(timers.c.run_id == runs.c.id).scalar_subquery()
_RUN = sa.select(runs, plans.c.title, _NEXT_TIMER.label("wakes_at")).join_from(runs, plans)


class Runs(Repository):
    """Runs, and the leases on them."""

    def create(self, run: NewRun) -> Run:
        """The run as created, or the one that the same idempotency key, parent or id created before.

        What came first stands: the caller who needs to know compares ids.
        """
        values = {
            "id": run.id,
            "flowchart": run.flowchart,
            "digest": run.digest,
            "mode": run.mode,
            "parameters": dict(run.parameters),
            "marks": {name: at.isoformat() for name, at in run.marks.items()},
            "country": run.country,
            "started_by": run.started_by,
            "parent_run": run.parent_run,
            "parent_key": run.parent_key,
            "idempotency_key": run.idempotency_key,
            "created_at": run.created_at,
        }
        if self._add(runs, values):
            notify(self._connection)
        same_child = sa.and_(runs.c.parent_run == run.parent_run, runs.c.parent_key == run.parent_key)
        same = [runs.c.id == run.id]
        if run.idempotency_key is not None:
            same.append(runs.c.idempotency_key == run.idempotency_key)
        if run.parent_run is not None and run.parent_key is not None:
            same.append(same_child)
        return self._one(sa.or_(*same))

    def get(self, id: str) -> Run:
        """The run; UnknownRun if there is none."""
        return self._one(runs.c.id == id)

    def by_flow_run(self, flow_run_id: str) -> Run | None:
        """The run that a Prefect flow run carries out, if it is known."""
        row = self._row(_RUN.where(runs.c.flow_run_id == flow_run_id))
        return None if row is None else _run(row)

    def open_by_flow_runs(self, flow_run_ids: Iterable[str]) -> Sequence[Run]:
        """The runs that have not ended, of these Prefect flow runs."""
        which = sa.and_(runs.c.flow_run_id.in_(list(flow_run_ids)), runs.c.status != "ended")
        return [_run(row) for row in self._rows(_RUN.where(which).order_by(runs.c.id))]

    def set_flow_run(self, id: str, flow_run_id: str | None) -> None:
        """Ties the run to a Prefect flow run, or to none."""
        self._change(id, flow_run_id=flow_run_id)

    def list(self, status: RunStatus | None = None, limit: int = 100) -> Sequence[Run]:
        """Runs, the latest first."""
        statement = _RUN.order_by(runs.c.created_at.desc(), runs.c.id).limit(limit)
        if status is not None:
            statement = statement.where(runs.c.status == status)
        return [_run(row) for row in self._rows(statement)]

    def beginning(self, id: str, limit: int = 100) -> Sequence[Run]:
        """Runs whose id begins so."""
        named = runs.c.id.startswith(id, autoescape=True)
        return [_run(row) for row in self._rows(_RUN.where(named).order_by(runs.c.id).limit(limit))]

    def unplaced(self, limit: int = 100) -> Sequence[Run]:
        """Runs that have not ended and belong to no Prefect flow run yet, the oldest first."""
        waiting = sa.and_(runs.c.flow_run_id.is_(None), runs.c.status != "ended")
        return [_run(row) for row in self._rows(_RUN.where(waiting).order_by(runs.c.created_at).limit(limit))]

    def open_drills(self, country: str) -> Sequence[Run]:
        """Drills of the country that have not ended; of a family that goes on there, its eldest."""
        parents = runs.alias()
        parent = sa.select(parents.c.id).where(
            parents.c.id == runs.c.parent_run,
            parents.c.status != "ended",
            parents.c.country == runs.c.country,
        )
        which = sa.and_(
            runs.c.mode == "drill",
            runs.c.country == country,
            runs.c.status != "ended",
            ~parent.exists(),
        )
        return [_run(row) for row in self._rows(_RUN.where(which).order_by(runs.c.created_at, runs.c.id))]

    def open_actual(self, country: str, prefix: str) -> Run | None:
        """The oldest actual run of the country that has not ended and waits for nobody to let it begin."""
        which = sa.and_(
            runs.c.mode == "actual",
            runs.c.country == country,
            runs.c.status != "ended",
            runs.c.flowchart.startswith(prefix, autoescape=True),
            ~undecided(runs.c.id),
        )
        rows = self._rows(_RUN.where(which).order_by(runs.c.created_at, runs.c.id).limit(1))
        return next((_run(row) for row in rows), None)

    def open_after(self, id: str, limit: int) -> Sequence[Run]:
        """Runs that have not ended, by id, from the one after `id` on."""
        which = sa.and_(runs.c.status != "ended", runs.c.id > id)
        return [_run(row) for row in self._rows(_RUN.where(which).order_by(runs.c.id).limit(limit))]

    def held(self) -> Sequence[Run]:
        """Runs that have not ended and have a lease, expired or not: a process is at them, or died at it."""
        # The few that are held first, by their index; whether they have ended is seen then.
        leased = self._connection.scalars(sa.select(runs.c.id).where(runs.c.lease_until.is_not(None))).all()
        if not leased:
            return []
        which = sa.and_(runs.c.id.in_(leased), runs.c.status != "ended")
        return [_run(row) for row in self._rows(_RUN.where(which).order_by(runs.c.id))]

    def ended_since(self, at: dt.datetime | None, limit: int = 100) -> Sequence[Run]:
        """Runs that ended at `at` or later (any time if None), the latest first."""
        statement = (
            _RUN.where(runs.c.status == "ended").order_by(runs.c.ended_at.desc(), runs.c.id).limit(limit)
        )
        return [
            _run(row)
            for row in self._rows(statement if at is None else statement.where(runs.c.ended_at >= at))
        ]

    def children(self, id: str) -> Sequence[Run]:
        """The runs that this run started, in the order they were created."""
        return [
            _run(row)
            for row in self._rows(_RUN.where(runs.c.parent_run == id).order_by(runs.c.created_at, runs.c.id))
        ]

    def started(self, id: str, at: dt.datetime) -> None:
        """The run is active from now on; the moment it first became so stays. RunFinished if it has ended."""
        started_at = sa.func.coalesce(runs.c.started_at, sa.bindparam("at", at, runs.c.started_at.type))
        self._move(id, status="active", started_at=started_at)

    def ended(self, id: str, outcome: str, results: Mapping[str, JsonValue], at: dt.datetime) -> None:
        """The run has ended; it takes no more answers into account. RunFinished if it had ended before."""
        self._move(id, status="ended", outcome=outcome, results=dict(results), ended_at=at)

    def hold(self, id: str, at: dt.datetime | None) -> None:
        """The run is held since `at`, or goes on if it is None."""
        self._change(id, paused_at=at)

    def may_reach(self, id: str, people: int | None) -> None:
        """To how many people the run may write, with those it starts."""
        self._change(id, reach=people)

    def root(self, id: str) -> Run:
        """The run that everything began with: itself, or the one that started it, or that one's."""
        run = self.get(id)
        while run.parent_run is not None:
            run = self.get(run.parent_run)
        return run

    def moved(self, id: str, digest: str) -> None:
        """The run is pinned to another plan, which must be stored."""
        self._change(id, digest=digest)

    def lease(self, id: str, owner: str, wall: dt.datetime, length: dt.timedelta) -> Lease | None:
        """The right to advance the run, if it is free or its holder let it expire; None if somebody has it.

        Each lease has a generation of its own, so that a holder who was paused and comes back can write nothing.
        """
        free = sa.or_(runs.c.lease_until.is_(None), runs.c.lease_until <= wall)
        statement = (
            sa.update(runs)
            .where(runs.c.id == id, free)
            .values(
                lease_owner=owner,
                lease_generation=runs.c.lease_generation + 1,
                lease_until=wall + length,
                heartbeat_at=wall,
            )
            .returning(runs.c.lease_generation)
        )
        generation = self._connection.execute(statement).scalar()
        if generation is None:
            self._require(id)
            return None
        return Lease(id, owner, generation, wall + length)

    def renew(self, lease: Lease, wall: dt.datetime, length: dt.timedelta) -> bool:
        """Holds the lease until `wall + length` and notes the heartbeat; False if it was taken over."""
        return self._held(lease, lease_until=wall + length, heartbeat_at=wall)

    def heartbeat(self, lease: Lease, wall: dt.datetime) -> bool:
        """Notes that the holder lives, without holding longer; False if the lease was taken over."""
        return self._held(lease, heartbeat_at=wall)

    def release(self, lease: Lease) -> bool:
        """Frees the run for the next; False if the lease was taken over already."""
        return self._held(lease, lease_owner=None, lease_until=None)

    def _held(self, lease: Lease, **values: object) -> bool:
        held = sa.and_(
            runs.c.id == lease.run_id,
            runs.c.lease_generation == lease.generation,
            runs.c.lease_owner == lease.owner,
        )
        return self._connection.execute(sa.update(runs).where(held).values(**values)).rowcount == 1

    def _one(self, condition: sa.ColumnElement[bool]) -> Run:
        row = self._row(_RUN.where(condition))
        if row is None:
            raise UnknownRun
        return _run(row)

    def _require(self, id: str) -> None:
        if self._row(sa.select(runs.c.id).where(runs.c.id == id)) is None:
            raise UnknownRun

    def _move(self, id: str, **values: object) -> None:
        going = sa.and_(runs.c.id == id, runs.c.status != "ended")
        if self._connection.execute(sa.update(runs).where(going).values(**values)).rowcount != 1:
            self._require(id)
            raise RunFinished

    def _change(self, id: str, **values: object) -> None:
        if self._connection.execute(sa.update(runs).where(runs.c.id == id).values(**values)).rowcount != 1:
            raise UnknownRun


def _run(row: sa.RowMapping) -> Run:
    marks = {name: dt.datetime.fromisoformat(at) for name, at in row["marks"].items()}
    plain = {name: row[name] for name in Run.__dataclass_fields__ if name not in ("marks", "results")}
    return Run(**plain, marks=marks, results=row["results"] or {})
