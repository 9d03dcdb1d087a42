"""How a run stands, laid over a picture: what is done and with which outcome, what is going on and how far it is."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Literal

from konbit.engine.plan import Plan
from konbit.render import words
from konbit.render.mermaid import mermaid

MOST_TEXTS = 2
"""What is said of one box; more executions are counted."""


@dataclasses.dataclass(frozen=True)
class Live:
    """The state of a run, by step or by execution of a step in a loop, such as `link[WSH]`."""

    done: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Step → its outcome; empty if it has none."""
    current: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Step → how far it is: `12 of 40 answered`."""


@dataclasses.dataclass(frozen=True)
class Standing:
    """How one box stands."""

    kind: Literal["done", "current"]
    texts: tuple[str, ...]


def standing(live: Live | None, covers: Collection[str], language: str) -> Standing | None:
    """How the box that covers these steps stands; None if nothing happened there yet."""
    if live is None:
        return None
    going_on = _of(live.current, covers)
    if going_on:
        return Standing("current", _few(list(going_on.values())))
    ended = _of(live.done, covers)
    if not ended:
        return None
    counts: dict[str, int] = {}
    for outcome in ended.values():
        said = words.outcome(outcome, language) if outcome else ""
        counts[said] = counts.get(said, 0) + 1
    several = len(ended) > 1
    texts = [f"{said} ({number})" if several and said else said for said, number in counts.items()]
    return Standing("done", _few([text for text in texts if text]))


def live_mermaid(plan: Plan, live: Live, language: str = "en") -> str:
    """The chart as Mermaid with the state of a run on it."""
    return mermaid(plan, done=live.done, current=live.current, language=language)


def _of(states: Mapping[str, str], covers: Collection[str]) -> dict[str, str]:
    return {key: text for key, text in states.items() if key.partition("[")[0] in covers}


def _few(texts: list[str]) -> tuple[str, ...]:
    said = [text for text in dict.fromkeys(texts) if text]
    more = [f"+{len(said) - MOST_TEXTS}"] if len(said) > MOST_TEXTS else []
    return tuple(said[:MOST_TEXTS] + more)
