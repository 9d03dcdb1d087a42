"""What all tasks have in common: how often they try, and that Prefect keeps neither what goes in nor what comes out."""

from collections.abc import Callable

from prefect import Task
from prefect.cache_policies import NO_CACHE

from konbit.domain import duties
from konbit.engine.duties import Roster
from konbit.orchestrate import artifacts
from konbit.orchestrate.errand import Errand
from konbit.orchestrate.execute import WorkTask, carried, worth_retrying

RETRY_SECONDS = [2.0, 10.0]
"""Pauses before the second and the third try: enough for a database that restarts, short for people who wait."""


def errand_task(do: Callable[[Errand], None]) -> WorkTask:
    """Makes a Prefect task of a function that does one errand; its docstring is the description of the task."""
    return Task(
        do,
        cache_policy=NO_CACHE,
        retries=len(RETRY_SECONDS),
        retry_delay_seconds=RETRY_SECONDS,
        retry_condition_fn=worth_retrying,
        persist_result=False,
    )


def recruit(errand: Errand) -> None:
    """Finds out who is asked, and shows operators the roles and the size of each wave."""
    done = carried(errand, duties.recruit)
    roster = Roster.model_validate(done.output)
    rows = [
        (slot.slot, slot.need, [len(wave) for wave in slot.waves], slot.critical) for slot in roster.slots
    ]
    artifacts.roster(artifacts.current_run(), errand.work.step, rows)
