"""One attempt of a run inside its Prefect flow: the work as tasks, then sleep, or the end."""

import copy
import dataclasses
import datetime as dt
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol, runtime_checkable
from uuid import UUID

from prefect import Task, get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, RunInput, State, TaskRunResult
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectFuture, wait
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner
from prefect.utilities.annotations import quote
from prefect.utilities.callables import get_call_parameters
from pydantic import TypeAdapter

from konbit.clock import wall_now
from konbit.definition.base import Mode
from konbit.domain.desk import Done
from konbit.engine.duties import DutyName
from konbit.engine.effects import DoWork
from konbit.errors import KonbitError, LeaseLost, ServiceUnavailable, UserError
from konbit.orchestrate import artifacts, places, states
from konbit.orchestrate.admission import SCHEDULE
from konbit.orchestrate.errand import Carry, Duty, Errand, Executor, Standing
from konbit.orchestrate.exhibits import Exhibits
from konbit.orchestrate.signature import CONFIRM, MODE

WorkTask = Task[[Errand], None]
"""A task does one errand; what comes of it is in the journal, not in Prefect."""
Tasks = Mapping[DutyName, WorkTask]
DUTY_NAMES: TypeAdapter[DutyName] = TypeAdapter(DutyName)
BUSY_SECONDS = 30
"""How long an attempt stays away from a run that another process is advancing, or from a database that is away."""
TRYING_AGAIN = "Trying again"
REFUSED = "Refused"
"""The state of a flow run for which there is no run: what was asked for cannot be done."""


class DutyFailed(KonbitError):
    """The work could not be carried out."""


class AttemptFailed(KonbitError):
    """The run could not be advanced."""


@runtime_checkable
class TakesFailures(Protocol):
    """What the steward hands to the executor beside `Carry`."""

    def failed(self, work: DoWork, reason: str) -> None:
        """Records that the work could not be done."""
        ...


class Stewardship(Protocol):
    """Keeps the runs in our store; `konbit.orchestrate.attempt.Steward` is the one in production."""

    def begin(
        self,
        flowchart: str,
        parameters: Mapping[str, object],
        mode: str,
        flow_run_id: str,
        idempotency_key: str | None,
        started_by: str,
        confirm: str,
    ) -> str:
        """The id of the run of a flow run; it is created on the first attempt and found on every later one.

        UserError on the first attempt if the parameters do not fit, or if an actual run is not confirmed by its name; later
        attempts ignore them.
        """
        ...

    def preflight(self, run_id: str) -> str:
        """What a run that has not begun would send, in Markdown; empty for one that has."""
        ...

    def attempt(self, run_id: str, executor: Executor) -> Standing:
        """Does what can be done now."""
        ...

    def task_runs(self, run_id: str) -> Mapping[str, str]:
        """For each work done in earlier attempts, the task run that did it."""
        ...

    def wall(self, run_time: dt.datetime) -> dt.datetime:
        """The wall time of a run time."""
        ...

    def stirred(self, run_id: str) -> bool:
        """Whether the run has something to do now: an unprocessed answer, a due timer."""
        ...

    def exhibits(self, run_id: str) -> Exhibits:
        """What operators are shown of the run."""
        ...


def run(flowchart: str, tasks: Tasks, stewards: Callable[[], Stewardship]) -> State[None]:
    """The body of every flow: begins or goes on with the run, then sleeps (raises Pause) or gives the final state.

    While our database is away the run sleeps and tries again: nobody else would know that it was asked for.
    """
    states.install_calm_waits()
    states.current_flow_run_id()
    try:
        steward = stewards()
        run_id = _begin(flowchart, steward, _flow_run())
    except states.NoDeployment:
        raise
    except UserError as error:
        return Failed(name=REFUSED, message=str(error))
    except Exception as error:  # noqa: BLE001 - the activation must not be lost, whatever it is
        _try_again(error)
    before = _look_before(steward, run_id)
    try:
        standing = steward.attempt(run_id, places.limited(TaskExecutor(tasks, steward.task_runs(run_id))))
        links = artifacts.show(artifacts.current_run(), steward.exhibits(run_id)) | before
    except LeaseLost:
        standing, links = Standing("busy", "Handed over", "another process goes on with this run"), {}
    except ServiceUnavailable as error:
        _try_again(error)
    except KonbitError:
        raise
    except Exception as error:  # noqa: BLE001 - nothing of it may reach Prefect but its kind
        raise AttemptFailed(f"the run could not be advanced: {_told(error)}") from None
    where = [f"{part} {link}" for part, link in links.items()]
    get_run_logger().info("%s: %s", standing.name, "; ".join([standing.message, *where]))
    if standing.status == "ended":
        return Completed(name=standing.name, message=standing.message)
    return _sleep(steward, run_id, standing)


def _begin(flowchart: str, steward: Stewardship, flow_run: FlowRun) -> str:
    parameters = dict(flow_run.parameters)
    mode: Mode = "actual" if parameters.pop(MODE, "drill") == "actual" else "drill"
    confirm = str(parameters.pop(CONFIRM, None) or "")
    run_id = steward.begin(
        flowchart=flowchart,
        parameters=parameters,
        mode=mode,
        flow_run_id=str(flow_run.id),
        idempotency_key=flow_run.idempotency_key,
        started_by=_started_by(flow_run),
        confirm=confirm,
    )
    _tag(flow_run, flowchart, mode)
    return run_id


def _look_before(steward: Stewardship, run_id: str) -> dict[str, str]:
    """Shows what a run would send before it sends anything; where that is shown. It never keeps a run from beginning."""
    try:
        found = steward.preflight(run_id)
    except Exception as error:  # noqa: BLE001 - an activation does not wait for a page about it
        get_run_logger().warning("no preflight: %s", _told(error))
        return {}
    where = artifacts.preflight(artifacts.current_run(), found) if found else ""
    return {"preflight": where} if where else {}


def _try_again(error: Exception) -> NoReturn:
    reason = str(error) if isinstance(error, KonbitError) else _told(error)
    get_run_logger().warning("trying again in %d s: %s", BUSY_SECONDS, reason)
    states.sleep_until(wall_now() + dt.timedelta(seconds=BUSY_SECONDS), TRYING_AGAIN, reason)


def _sleep(steward: Stewardship, run_id: str, standing: Standing) -> NoReturn:
    if standing.wakes_at is not None:
        wall = steward.wall(standing.wakes_at)
    else:
        days = 0 if standing.status == "busy" else 1
        wall = wall_now() + dt.timedelta(days=days, seconds=BUSY_SECONDS)
    states.sleep_until(wall, standing.name, standing.message, lambda: steward.stirred(run_id))


def stewardship() -> Stewardship:
    """The steward of this process, from its settings."""
    from konbit.orchestrate import wiring  # noqa: PLC0415 - the flow can be built where no database is set up

    return wiring.from_environment().steward


def _context() -> FlowRunContext:
    context = FlowRunContext.get()
    if context is None:
        raise states.NoDeployment
    return context


def _flow_run() -> FlowRun:
    flow_run = _context().flow_run
    if flow_run is None:
        raise states.NoDeployment
    return flow_run


def started_by() -> str:
    """Who started the flow run that this code runs in, as Prefect knows them."""
    return _started_by(_flow_run())


def _started_by(flow_run: FlowRun) -> str:
    creator = flow_run.created_by
    if flow_run.auto_scheduled:
        return SCHEDULE
    return (creator.display_value or creator.type or "prefect") if creator else "prefect"


def _tag(flow_run: FlowRun, flowchart: str, mode: Mode) -> None:
    """Marks the run for the filters of the UI."""
    country = flow_run.parameters.get("country")
    wanted = {mode, f"phase:{flowchart.partition('/')[0]}", *([f"country:{country}"] if country else [])}
    if not wanted <= set(flow_run.tags):
        with get_client(sync_client=True) as client:
            client.update_flow_run(flow_run.id, tags=sorted({*flow_run.tags, *wanted}))


class TaskExecutor:
    """Carries out work as Prefect tasks, one task run for each, drawn after the work it came after on the chart."""

    def __init__(self, tasks: Tasks, earlier: Mapping[str, str]) -> None:
        self._tasks = tasks
        self._task_runs = {work: UUID(task_run) for work, task_run in earlier.items()}

    def __call__(self, works: Sequence[DoWork], carry: Carry) -> None:
        """Returns when all are done; work that failed after its retries is told to `carry.failed`."""
        futures = [self._submit(work, carry) for work in works]
        wait(futures)
        for work, future in zip(works, futures, strict=True):
            self._task_runs[work.work] = future.task_run_id
            if not future.state.is_completed():
                _report(work, future.state, carry)

    def _submit(self, work: DoWork, carry: Carry) -> PrefectFuture[None]:
        # A copy with another name: `with_options` would look through the whole task anew for each step.
        task = copy.copy(self._tasks[DUTY_NAMES.validate_python(work.duty)])
        task.task_run_name = work.work
        # Quoted: else Prefect would walk into the errand, and look for results in everything it holds.
        parameters = get_call_parameters(task.fn, (quote(Errand(work, carry)),), {})
        # Named, not waited for: the work before is done, and what it came to is for the chart to say.
        before: set[RunInput] = {
            TaskRunResult(id=self._task_runs[name]) for name in work.after if name in self._task_runs
        }
        context = _context()
        context.flow_run_suspension_request.raise_if_requested()
        runner: TaskRunner[PrefectFuture[None]] = context.task_runner
        return runner.submit(task, parameters, dependencies=dict.fromkeys(parameters, before))


def _report(work: DoWork, state: State[Any], carry: Carry) -> None:
    error = state.result(raise_on_failure=False)
    if isinstance(error, LeaseLost):
        raise error
    reason = str(error) if isinstance(error, DutyFailed) else f"{work.duty}: {state.name}"
    if isinstance(carry, TakesFailures):
        carry.failed(work, reason)


def carried(errand: Errand, duty: Duty) -> Done:
    """Does the work of a task and records it with the id of the task run.

    DutyFailed for whatever goes wrong, except that LeaseLost passes: there is nothing to retry.
    """
    context = TaskRunContext.get()
    if context is not None:
        errand = dataclasses.replace(errand, task_run=str(context.task_run.id))
    try:
        return errand.carry_out(duty)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - the frame around every duty
        raise DutyFailed(f"{errand.work.duty} failed with {_told(error)}") from None


def _told(error: Exception) -> str:
    """An error as its kind and where it was raised: its message may quote personal data, and Prefect would keep it."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {at.filename.rpartition('/')[2]}:{at.lineno}"


def worth_retrying(_task: object, _task_run: object, state: State[Any]) -> bool:
    """Whether a failed task may do better the next time: not if another process has taken the run over."""
    return not isinstance(state.result(raise_on_failure=False), LeaseLost)
