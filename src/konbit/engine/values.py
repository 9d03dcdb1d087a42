"""What names mean while a run is under way: loop variables, parameters, marks, and the results of steps."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from immutables import Map
from pydantic import JsonValue

from konbit.definition.durations import MARKS
from konbit.definition.expressions import UNKNOWN
from konbit.engine.plan import Plan
from konbit.engine.state import Env, Result, RunState


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """Looks names up at one place of a run."""

    plan: Plan
    state: RunState
    done: Map[str, Result]
    suffix: str
    env: Env

    def value(self, name: str) -> object:
        """The value of a name, `UNKNOWN` if there is none (yet)."""
        for variable, value in reversed(self.env):
            if variable == name:
                return value
        if name in MARKS:
            return self.state.marks.get(name, UNKNOWN)
        parameter = self.plan.parameters.get(name)
        if parameter is not None:
            held = self.state.parameters.get(name)
            return moment(held) if parameter.type == "moment" else UNKNOWN if held is None else held
        result = self.result(name)
        return UNKNOWN if result is None else result.output

    def result(self, step: str) -> Result | None:
        """The result of a step, in the innermost loop that has it."""
        suffix = self.suffix
        while True:
            found = self.done.get(f"{step}{suffix}")
            if found is not None or not suffix:
                return found
            suffix = suffix[: suffix.rindex("[")]

    def key(self, step: str) -> str:
        """The key of a step's execution that is nearest to here, whether or not it has ended."""
        suffix = self.suffix
        while suffix and f"{step}{suffix}" not in self.done:
            suffix = suffix[: suffix.rindex("[")]
        return f"{step}{suffix}"


def moment(value: object) -> object:
    """A parameter's text as a moment."""
    if not isinstance(value, str):
        return UNKNOWN
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return UNKNOWN
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def to_json(value: object) -> JsonValue:
    """A value of an expression as JSON: moments and durations become text."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else None


def country(state: RunState) -> str | None:
    """The country a run is about: its parameter of that name."""
    found = state.parameters.get("country")
    return found if isinstance(found, str) else None
