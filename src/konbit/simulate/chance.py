"""What is left to chance in a scenario, and how it is drawn: every draw follows from the seed and what it is about alone.

No draw depends on the order in which things happen, so that two plays of the same seed differ only where something else
does: a person made silent, a channel made dead.
"""

import datetime as dt
import hashlib
import math
from statistics import NormalDist
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import Model
from konbit.definition.durations import Duration

Trait = Literal["silent", "late", "declines", "wrong"]
"""How somebody differs from what the scenario lets them do."""
TRAITS: tuple[Trait, ...] = ("silent", "late", "declines", "wrong")
_NORMAL = NormalDist()
_P90 = _NORMAL.inv_cdf(0.9)
_SCALE = 2.0**64
LONGEST_REPLY = dt.timedelta(days=60)
"""The tail of a distribution is cut here."""


def _share(value: object) -> object:
    if isinstance(value, str) and value.endswith("%"):
        try:
            value = float(value[:-1]) / 100
        except ValueError:
            value = None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise PydanticCustomError(
        "bad-share", "not a share", {"hint": "write a share from 0% to 100%, such as 30% or 0.3"}
    )


Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[\d.]+%$"},
            ]
        }
    ),
]
"""A share from 0 to 1, also written `30%`."""


class Reply(Model):
    """How long people take to answer: around a median (lognormal, with its 90th percentile), or anywhere between two times."""

    median: Duration | None = None
    p90: Duration | None = None
    """Nine of ten have answered by then; the same as the median if everybody takes just as long."""
    between: tuple[Duration, Duration] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> "Reply":
        around = self.median is not None and self.p90 is not None and self.between is None
        spread = self.between is not None and self.median is None and self.p90 is None
        if not around and not spread:
            raise PydanticCustomError(
                "bad-reply",
                "this does not say how long a reply takes",
                {"hint": "write `{median: 12m, p90: 45m}` or `{between: [5m, 30m]}`"},
            )
        low, high = (self.median, self.p90) if around else self.between or (None, None)
        if low is not None and high is not None and (high < low or (around and not low)):
            raise PydanticCustomError(
                "bad-reply", "the second time is before the first, or the median is nothing", {}
            )
        return self

    def draw(self, share: float) -> dt.timedelta:
        """The time below which this share of the replies lies, in whole seconds."""
        if self.between is not None:
            low, high = (one.total_seconds() for one in self.between)
            return dt.timedelta(seconds=round(low + (high - low) * share))
        assert self.median is not None
        assert self.p90 is not None
        return lognormal(self.median, self.p90 / self.median, share)


def lognormal(median: dt.timedelta, spread: float, share: float) -> dt.timedelta:
    """The quantile of a lognormal whose 90th percentile is `spread` times its median, in whole seconds."""
    sigma = math.log(spread) / _P90
    factor = math.exp(sigma * _NORMAL.inv_cdf(min(max(share, 1e-9), 1 - 1e-9)))
    return min(dt.timedelta(seconds=round(median.total_seconds() * factor)), LONGEST_REPLY)


class Shares(Model):
    """Shares of people who do not do what they are asked; the rest does."""

    silent: Share = 0.0
    """They never answer."""
    late: Share = 0.0
    """They answer when it is too late."""
    declines: Share = 0.0
    """They say they cannot."""
    wrong: Share = 0.0
    """They choose another answer, or say that they are not the right person."""
    bounced: Share = 0.0
    """No message reaches them."""

    @model_validator(mode="after")
    def _at_most_all(self) -> "Shares":
        if sum(getattr(self, trait) for trait in TRAITS) > 1 + 1e-9:
            raise PydanticCustomError(
                "bad-share", "silent, late, declines and wrong together are more than everybody", {}
            )
        return self

    def trait(self, share: float) -> Trait | None:
        """The trait of somebody whose draw this is."""
        for trait in TRAITS:
            share -= getattr(self, trait)
            if share < 0:
                return trait
        return None


class Sleep(Model):
    """Hours in which people sleep, in their own zones: the time they take to answer counts while they are awake."""

    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", alias="from")] = "23:00"
    end: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", alias="to")] = "06:30"
    woken: Share = 0.0
    """Whom a message wakes."""


def unit(*about: object) -> float:
    """A number from 0 up to 1 that follows from what it is about: the same in every process, whatever the hash seed."""
    digest = hashlib.blake2b("\0".join(map(str, about)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _SCALE
