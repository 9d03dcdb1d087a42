"""A command of an operator whose process is killed in the middle: all of it is there, or nothing; and it can be given again."""

import dataclasses
import os
import signal
import warnings
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from konbit.clock import wall_now
from konbit.orchestrate import faults, migrating
from konbit.orchestrate.operating import Operator
from konbit.store.records import Run
from konbit.store.tables.runs import runs
from tests.unit.orchestrate.conftest import World
from tests.unit.orchestrate.test_migrating import changed, hours

pytestmark = pytest.mark.slow
WHY = "the chair needs longer"
HOW = "operator:maria"


def killed(world: World, fault: str, deed: Callable[[], object]) -> bool:
    """Does something in a process of its own, which is killed where the fault says; whether it was."""
    world.store.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child does one thing and ends
        child = os.fork()
    if child == 0:
        try:
            faults._fault = faults.read(fault)
            deed()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@dataclasses.dataclass(frozen=True)
class Seen:
    """What the store says of a run."""

    digest: str
    last: str
    audit: list[str]
    inbox: list[str]


def seen(world: World, run: Run) -> Seen:
    with world.store.read() as tx:
        return Seen(
            tx.runs.get(run.id).digest,
            tx.journal.read(run.id)[-1].event.kind,
            [act.action for act in tx.audit.list(run.id)],
            [item.event.kind for item in tx.inbox.pending(run.id)],
        )


@pytest.fixture
def run(world: World) -> Run:
    begun = world.run()
    world.stand(begun)
    return begun


@pytest.mark.parametrize("fault", ["after-claim", "within-command", "within-append"])
def test_a_migration_that_is_cut_off_has_not_been_and_can_be_made(world: World, run: Run, fault: str) -> None:
    before, new = seen(world, run), changed(world, "verify", within=hours(7))

    def move() -> migrating.Judged:
        return migrating.migrate(world.steward, run.id, new, HOW, WHY, decision="again")

    assert killed(world, f"{fault}:1:kill", move)
    assert seen(world, run) == before
    with world.store.connect(write=True) as connection:
        # As if the lease of the dead process had run out.
        connection.execute(sa.update(runs).where(runs.c.id == run.id).values(lease_until=wall_now()))
    assert move().moved
    assert seen(world, run) == Seen(new.digest, "migrated", ["migrated", "redone"], ["redone"])


def test_a_migration_that_is_stored_is_whole_although_its_process_dies(world: World, run: Run) -> None:
    new = changed(world, "verify", within=hours(7))
    assert killed(
        world,
        "after-append:1:kill",
        lambda: migrating.migrate(world.steward, run.id, new, HOW, WHY, decision="again"),
    )
    assert seen(world, run) == Seen(new.digest, "migrated", ["migrated", "redone"], ["redone"])


def test_a_pause_holds_the_whole_family_or_nobody(world: World, run: Run) -> None:
    child = world.run()
    world.stand(child)
    with world.store.connect(write=True) as connection:
        tie = sa.update(runs).where(runs.c.id == child.id).values(parent_run=run.id, parent_key="by hand")
        connection.execute(tie)
    who, before = Operator(world.steward, HOW), [seen(world, one) for one in (run, child)]

    assert killed(world, "within-command:2:kill", lambda: who.pause(run.id, WHY))
    assert [seen(world, one) for one in (run, child)] == before

    assert "1 that it started" in who.pause(run.id, WHY)
    assert [seen(world, one).inbox for one in (run, child)] == [["paused"], ["paused"]]


def test_a_step_is_redone_with_its_line_in_the_audit_or_not_at_all(world: World, run: Run) -> None:
    who, before = Operator(world.steward, HOW), seen(world, run)
    assert killed(world, "within-command:1:kill", lambda: who.redo(run.id, "verify", WHY))
    assert seen(world, run) == before
    who.redo(run.id, "verify", WHY)
    assert seen(world, run) == dataclasses.replace(before, audit=["redone"], inbox=["redone"])
