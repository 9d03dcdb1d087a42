"""The flows of recovery: one for each flowchart in `definitions/recovery`, such as `flows.recovery.NAME`."""

from konbit.orchestrate import build
from tasks import TASKS


def __getattr__(name: str) -> build.KonbitFlow:
    """The flow of that name; AttributeError with those there are if there is none."""
    if name.startswith("__"):
        raise AttributeError(name)
    return build.flow("recovery", name, TASKS)


def __dir__() -> list[str]:
    """The names of the flows."""
    return build.names("recovery")
