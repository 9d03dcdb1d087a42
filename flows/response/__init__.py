"""The flows of response: one for each flowchart in `definitions/response`, such as `flows.response.NAME`."""

from konbit.orchestrate import build
from tasks import TASKS


def __getattr__(name: str) -> build.KonbitFlow:
    """The flow of that name; AttributeError with those there are if there is none."""
    if name.startswith("__"):
        raise AttributeError(name)
    return build.flow("response", name, TASKS)


def __dir__() -> list[str]:
    """The names of the flows."""
    return build.names("response")
