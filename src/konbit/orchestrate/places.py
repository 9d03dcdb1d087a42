"""How many drills may do heavy work at the same time: one concurrency limit of Prefect, for all workers together.

Matching and drafting compute; everything else an attempt does waits for the database. Many drills that begin in the same
minute must not take the processor from an actual activation, which never waits here. It is a global limit and no tag on the
tasks: a task that waits for the slot of a tag keeps the lease of its run and its place in the worker for as long as it takes.
Here the run goes back to sleep after two seconds and holds nothing.
"""

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.runtime import flow_run

from konbit.engine.duties import DutyName
from konbit.engine.effects import DoWork
from konbit.errors import ServiceUnavailable
from konbit.orchestrate import connection
from konbit.orchestrate.errand import Carry, Executor
from konbit.orchestrate.signature import MODE

log = logging.getLogger(__name__)
LIMIT: Final = "konbit-heavy-drills"
"""The name of the limit in Prefect, where an operator may change or switch it off."""
PLACES: Final = 2
"""What it is made with."""
HEAVY: Final[frozenset[DutyName]] = frozenset({"match", "draft"})
"""Work that computes: a solver, and the assembling of reports."""
PATIENCE: Final = 2.0
AGAIN: Final = 0.4
"""Seconds for which an attempt asks for a place, and between two questions, before it lets go of its run."""
HOLDS: Final = 120.0
"""Seconds after which a place is free again if its process died; no heavy work takes as long."""


class NoPlace(ServiceUnavailable):
    """Other drills are doing heavy work, and this one lets them (the limit konbit-heavy-drills in Prefect)."""


def limited(execute: Executor) -> Executor:
    """Carries work out as `execute` does; heavy work of a drill once there is a place for it. NoPlace if there is none soon."""

    def within(works: Sequence[DoWork], carry: Carry) -> None:
        heavy = any(work.duty in HEAVY for work in works)
        with _place() if heavy and _is_drill() else contextlib.nullcontext():
            execute(works, carry)

    return within


def ensure(client: SyncPrefectClient) -> None:
    """The limit, made if there is none; one that is there stays as an operator has set it."""
    with contextlib.suppress(ObjectAlreadyExists):
        client.create_global_concurrency_limit(
            GlobalConcurrencyLimitCreate(name=LIMIT, limit=PLACES, active=True)
        )


def standing(client: SyncPrefectClient) -> str | None:
    """What is wrong with the limit, for `konbit doctor`; None if nothing is."""
    try:
        found = client.read_global_concurrency_limit_by_name(LIMIT)
    except ObjectNotFound:
        return f"Prefect has no concurrency limit '{LIMIT}': drills may slow an actual activation; run `konbit deploy`"
    if not found.active:
        return f"the concurrency limit '{LIMIT}' is switched off: drills may slow an actual activation"
    if found.limit == 0:
        return f"the concurrency limit '{LIMIT}' is 0: no drill gets on"
    return None


def _is_drill() -> bool:
    return (flow_run.get_parameters() or {}).get(MODE) != "actual"


@contextlib.contextmanager
def _place() -> Iterator[None]:
    client = connection.client()
    try:
        lease = _taken(client)
    except httpx.HTTPError as error:
        # A limit that cannot be asked for holds nothing up.
        log.warning("heavy work of a drill goes on without a place: %s", type(error).__name__)
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(httpx.HTTPError):
            client.release_concurrency_slots_with_lease(lease)


def _taken(client: SyncPrefectClient) -> UUID:
    """The lease of a place; NoPlace if none is free within a moment."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            reply = client.increment_concurrency_slots_with_lease([LIMIT], 1, "concurrency", HOLDS)
            return UUID(reply.json()["lease_id"])
        except httpx.HTTPStatusError as error:
            # 422 is how Prefect says that the limit is 0: an operator lets no drill get on.
            if error.response.status_code not in (httpx.codes.LOCKED, httpx.codes.UNPROCESSABLE_ENTITY):
                raise
        if time.monotonic() > deadline:
            raise NoPlace
        time.sleep(AGAIN)
