"""Runs that wait cost nothing to look over, and a storm of answers to one costs few attempts. The crowds are in soak/."""

import datetime as dt
import os
import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from konbit.clock import wall_now
from konbit.engine.events import Signalled
from konbit.orchestrate.lookout import SHORTEST, Lookout
from konbit.orchestrate.steward import directly
from tests.acceptance import crowding
from tests.unit.orchestrate.conftest import World

pytestmark = pytest.mark.slow
STORM = int(os.environ.get("STORM", "200"))
"""Answers to one run; the figure in the notes is that of 1,000."""


def cpu(deed: Callable[[], object]) -> float:
    """Seconds of CPU of the quickest of some tries."""
    took = []
    for _ in range(7):
        began = time.thread_time()
        deed()
        took.append(time.thread_time() - began)
    return min(took)


def test_looking_costs_no_more_for_two_thousand_runs_that_wait(world: World) -> None:
    run = world.run()
    world.stand(run)
    lookout = Lookout(world.steward)

    def held() -> None:
        with world.store.read() as tx:
            assert not tx.runs.held()

    few = cpu(lookout.stirred), cpu(held)
    with world.store.connect(write=False) as connection:
        address = connection.engine.url
    crowding.copies(sa.create_engine(address), run.id, 2_000)
    many = cpu(lookout.stirred), cpu(held)
    assert lookout.stirred() == []
    assert many[0] < 3 * few[0]
    assert many[1] < 3 * few[1]


def test_the_look_comes_when_the_next_timer_falls_due(world: World) -> None:
    lookout = Lookout(world.steward)
    assert lookout.rest(30.0) == 30.0
    run = world.run()
    with world.store.begin() as tx:
        world.clock.time = wall_now()
        tx.timers.set(run.id, "soon", wall_now() + dt.timedelta(seconds=10))
        tx.timers.set(run.id, "over", wall_now() - dt.timedelta(seconds=10))
    assert 5.0 < lookout.rest(30.0) <= 10.0
    assert lookout.rest(1.0) == 1.0
    with world.store.begin() as tx:
        tx.timers.set(run.id, "soon", wall_now() + dt.timedelta(seconds=0.01))
    assert lookout.rest(30.0) == SHORTEST


def test_a_storm_of_answers_costs_few_attempts(world: World) -> None:
    run = world.run()
    world.stand(run)
    lookout, attempts, over = Lookout(world.steward), 0, threading.Event()

    def storm() -> None:
        for number in range(STORM):
            event = Signalled(at=world.clock.now(), name=f"answer-{number}")
            with world.store.begin() as tx:
                tx.inbox.put(run.id, event, f"storm:{number}", event.at)
        over.set()

    sender = threading.Thread(target=storm)
    sender.start()
    while not over.is_set() or lookout.stirred():
        for found in lookout.stirred():
            attempts += 1
            world.steward.attempt(found.id, directly)
    sender.join()
    print(f"{STORM} answers, {attempts} attempts")  # noqa: T201 - the figure is the result
    assert world.events(run).count("signalled") == STORM
    assert attempts <= STORM / 10
