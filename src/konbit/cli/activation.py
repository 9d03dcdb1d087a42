"""Starting a run: first in our store, then in Prefect. What Prefect misses, the clock makes up for."""

import dataclasses
from collections.abc import Mapping

from konbit.errors import ServiceUnavailable
from konbit.orchestrate import registration
from konbit.orchestrate.admission import values
from konbit.orchestrate.flow_runs import PrefectFlows
from konbit.orchestrate.wiring import Wiring
from konbit.store.records import Run


@dataclasses.dataclass(frozen=True)
class Begun:
    """A run that was started."""

    run: Run
    flow_run_id: str | None
    """None if Prefect did not take it yet."""
    reason: str = ""
    """Why it did not."""


def begin(
    parts: Wiring, flowchart: str, given: Mapping[str, object], mode: str, started_by: str, key: str | None
) -> Begun:
    """Starts a run; the same `key` gives the same run."""
    found = values(parts.library.flowchart(flowchart), given, parts.library.codes)
    run = parts.steward.request(flowchart, found, mode, started_by, idempotency_key=key)
    if run.flow_run_id is not None or run.status == "ended":
        return Begun(run, run.flow_run_id)
    try:
        registration.require_api()
        flow_run_id = PrefectFlows().create(run)
    except ServiceUnavailable as error:
        return Begun(run, None, str(error))
    with parts.store.begin() as tx:
        tx.runs.set_flow_run(run.id, flow_run_id)
    return Begun(run, flow_run_id)
