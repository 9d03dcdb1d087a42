"""The tasks: one for each kind of work; Prefect keeps nothing of what goes in or out."""

import dataclasses
import typing

import pytest
from prefect.cache_policies import NO_CACHE
from pydantic import JsonValue

from konbit.domain import duties
from konbit.domain.desk import Done
from konbit.engine.duties import RECRUITING, DutyName
from konbit.engine.effects import DoWork
from konbit.errors import LeaseLost
from konbit.orchestrate.errand import Duty, Errand
from konbit.orchestrate.execute import DutyFailed
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect

NAMES = typing.get_args(DutyName)


@dataclasses.dataclass
class Recorder:
    """Remembers the duty it was called with."""

    output: dict[str, JsonValue] = dataclasses.field(default_factory=dict)
    error: Exception | None = None
    duty: Duty | None = None

    def __call__(self, work: DoWork, duty: Duty, task_run: str | None = None) -> Done:
        self.duty = duty
        if self.error:
            raise self.error
        return Done(self.output)


def work(duty: str) -> DoWork:
    return DoWork("a", duty, "a", "A", {})


def test_every_duty_has_a_task() -> None:
    assert set(TASKS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_task_is_never_cached_or_kept_and_tries_again_twice(name: DutyName) -> None:
    task = TASKS[name]
    assert task.cache_policy == NO_CACHE
    assert task.persist_result is False
    assert task.retries == 2
    assert task.name == name
    assert task.description


@pytest.mark.parametrize("name", NAMES)
def test_a_task_carries_out_the_duty_of_its_name_and_gives_nothing_to_prefect(name: DutyName) -> None:
    recorder = Recorder(toy_flows.ROSTER if name in RECRUITING else {})
    assert TASKS[name].fn(Errand(work(name), recorder)) is None
    assert recorder.duty is duties.DUTIES[name]


def test_an_error_reaches_prefect_without_its_words() -> None:
    with pytest.raises(DutyFailed, match=r"^inform failed with ValueError at test_tasks.py:\d+$") as caught:
        TASKS["inform"].fn(Errand(work("inform"), Recorder(error=ValueError("+1 202-555-0143"))))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_lost_lease_is_not_wrapped_because_nothing_is_to_be_tried_again() -> None:
    with pytest.raises(LeaseLost):
        TASKS["inform"].fn(Errand(work("inform"), Recorder(error=LeaseLost())))
