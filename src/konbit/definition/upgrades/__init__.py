"""What changed between versions of the language: one module for each step, named after the version it starts from.

A module `from_1` holds `UPGRADE`, which is entered in `STEPS` under 1. Its functions change the mapping they are given and
return it, so that the comments of a file stay where they are. They know nothing of models: those change, a step does not.
"""

import dataclasses
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final, Literal, TypeAlias

Kind = Literal["flowchart", "form", "message", "role"]
Data: TypeAlias = MutableMapping[str, Any]
"""What a file or a part of a bundle holds: JSON by construction."""
Change: TypeAlias = Callable[[Data], Data]


@dataclasses.dataclass(frozen=True, slots=True)
class Upgrade:
    """What one version step does to each kind of definition; kinds that are not named stay as they are."""

    changes: Mapping[Kind, Change]
    says: str
    """What changed, in a sentence for authors."""


STEPS: Final[dict[int, Upgrade]] = {}
"""By the version it starts from."""
