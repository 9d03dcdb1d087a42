"""A change between two versions of a flowchart: a value."""

import dataclasses
from typing import Literal

from konbit.definition.mentions import Path

Weight = Literal["structure", "settings", "outcomes", "words"]
"""Which steps there are, how a step works, what follows its outcomes, or only what people read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    kind: str
    """What it is, for programs: `step-added`, `deadline`, `addressees`, `message-text`."""
    about: str
    """The id of the step, or the name of what changed."""
    words: str
    weight: Weight
    roles: tuple[str, ...] = ()
    """Whom it concerns; without any, everybody."""
    before: tuple[Path, ...] = ()
    """The steps of the old version it is about."""
    after: tuple[Path, ...] = ()
    """The steps of the new version it is about."""
