"""Starting a run: first in our store, then in Prefect. What Prefect misses, the clock makes up for."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from konbit.definition.codelists import CodeLists, check_pcode
from konbit.definition.flowchart import Flowchart
from konbit.definition.parameters import Parameter, Value, accepted
from konbit.definition.problems import did_you_mean
from konbit.errors import InvalidParameter, ServiceUnavailable
from konbit.orchestrate import registration
from konbit.orchestrate.flow_runs import PrefectFlows
from konbit.orchestrate.wiring import Wiring
from konbit.store.records import Run

LISTS = {"country": "countries", "hazard": "hazards", "cluster": "clusters", "clusters": "clusters"}
"""Type of a parameter → the code list its values are in."""


@dataclasses.dataclass(frozen=True)
class Begun:
    """A run that was started."""

    run: Run
    flow_run_id: str | None
    """None if Prefect did not take it yet."""
    reason: str = ""
    """Why it did not."""


def values(flowchart: Flowchart, given: Mapping[str, object], codes: CodeLists) -> dict[str, Value]:
    """The values of all parameters.

    InvalidParameter for one that is unknown, missing, of the wrong type, or not in its code list.
    """
    found = accepted(flowchart.parameters, given)
    for name, value in found.items():
        for code in value if isinstance(value, list) else [value]:
            if isinstance(code, str) and code:
                _known(name, flowchart.parameters[name], code, codes)
    return found


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


def _known(name: str, parameter: Parameter, code: str, codes: CodeLists) -> None:
    if parameter.type == "moment":
        _moment(name, code)
    if parameter.type in ("place", "places"):
        wrong = check_pcode(code, codes)
        if wrong:
            raise InvalidParameter(f"parameter '{name}': {wrong}")
        return
    listed = codes.get(LISTS.get(parameter.type, ""))
    if listed is None or code in listed:
        return
    near = did_you_mean(code, listed.by_code)
    meant = f"did you mean '{near}'?" if near else f"allowed: {', '.join(listed.by_code)}"
    raise InvalidParameter(f"parameter '{name}': there is no {parameter.type} '{code}'; {meant}")


def _moment(name: str, text: str) -> None:
    try:
        known = dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        expected = "a date and time with its offset, such as 2021-08-14T08:29:00-04:00"
        raise InvalidParameter(f"parameter '{name}': found '{text}', expected {expected}")
