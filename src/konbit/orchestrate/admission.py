"""What a run must pass before there is one, whoever asks for it: a command, a form of Prefect's, a schedule."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from konbit.definition.codelists import CodeLists, check_pcode
from konbit.definition.flowchart import Flowchart
from konbit.definition.parameters import Parameter, Value, accepted
from konbit.definition.problems import did_you_mean
from konbit.errors import InvalidParameter, UserError

LISTS = {"country": "countries", "hazard": "hazards", "cluster": "clusters", "clusters": "clusters"}
"""Type of a parameter → the code list its values are in."""
SCHEDULE: Final = "schedule"
"""Who starts what no person starts."""


class Unconfirmed(UserError):
    """An actual run is confirmed by its name."""


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


def run_name(flowchart: str, checked: Mapping[str, Value]) -> str:
    """What is typed to start an actual run: it says that it is one, of what, and where. No drill has such a name."""
    country = checked.get("country")
    parts = ["ACTUAL", flowchart.rpartition("/")[2], country if isinstance(country, str) else ""]
    return "-".join(part for part in parts if part)


def require_name(flowchart: str, checked: Mapping[str, Value], typed: str) -> None:
    """Unconfirmed unless the name of the actual run was typed."""
    name = run_name(flowchart, checked)
    if typed.strip() == name:
        return
    if not typed.strip():
        raise Unconfirmed(f"not started: an actual run is confirmed by typing its name, {name}")
    raise Unconfirmed(f"not started: '{typed.strip()[:80]}' is not {name}")


def require_person(flowchart: str, checked: Mapping[str, Value], typed: str, started_by: str) -> None:
    """Unconfirmed unless somebody is there who typed the name of the actual run: a schedule starts drills alone."""
    if started_by == SCHEDULE:
        raise Unconfirmed("not started: a schedule starts drills; an actual run is started by a person")
    require_name(flowchart, checked, typed)


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
