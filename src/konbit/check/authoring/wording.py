"""The words in which a difference is told."""

import json
from collections.abc import Sequence
from typing import Any

from konbit.check.authoring.pairing import Content, Spot
from konbit.definition.durations import parse, show
from konbit.definition.step import Step


def step_words(step: Step) -> str:
    """What a step does, in a few words."""
    verb = getattr(step, step.verb)
    match step.verb:
        case "ask":
            return f"asks {_who(verb.who)} ({verb.question}: {', '.join(verb.outcomes())})"
        case "contact":
            return f"calls {_who(verb.who)} ({verb.message})"
        case "assess":
            return f"collects observations from {_who(verb.who)}"
        case "mobilize":
            return f"collects offers from {_who(verb.who)}"
        case "report":
            return f"sends the {verb.kind} to {_who(verb.to) or 'nobody'}"
        case "inform":
            return f"tells {_who(verb.who)} ({verb.message})"
        case "run":
            return f"runs {verb.flowchart}"
        case "end":
            return f"ends the run as '{verb}'"
        case _:
            return f"a `{step.verb}`"


def place_words(spot: Spot) -> str:
    """Where a step stands."""
    where = {"steps": "", "stand_down": " of the stand-down"}.get(spot.block, f" of '{spot.block}'")
    if spot.before is None:
        return f"at the beginning{where}"
    after = spot.before.rpartition("/")[2].replace(":", " ").strip()
    return f"after {after}" + (f" in '{spot.block}'" if where else "")


def length_words(what: str, old: str | None, new: str | None) -> str:
    """A time that became longer or shorter."""
    if old is None:
        return f"{what} is new: {new}"
    if new is None:
        return f"{what} is gone (it was {old})"
    difference = parse(new) - parse(old)
    more = "longer" if difference.total_seconds() > 0 else "shorter"
    return f"{what} is {new} instead of {old} ({show(abs(difference))} {more})"


def list_words(old: Sequence[object], new: Sequence[object], more: str, less: str) -> list[str]:
    """What came to a list and what went; its order if that is all."""
    was, now = [_one(item) for item in old], [_one(item) for item in new]
    found = []
    if came := [item for item in now if item not in was]:
        found.append(f"{more} {', '.join(came)}")
    if went := [item for item in was if item not in now]:
        found.append(f"{less} {', '.join(went)}")
    return found or [f"the order is {', '.join(now)} instead of {', '.join(was)}"]


def waves_words(value: object) -> str:
    """Waves as a row."""
    if not isinstance(value, list):
        return "nobody" if value is None else str(value)
    waves = []
    for wave in value:
        after = f" after {wave['after']}" if wave.get("after") else ""
        message = f" ({wave['message']})" if wave.get("message") else ""
        waves.append(f"{wave['to']}{after}{message}")
    return ", then ".join(waves) or "nobody"


def value_words(what: str, old: Any, new: Any) -> str:
    """Any other value."""
    if old is None:
        return f"{what} is new: {shown(new)}"
    if new is None:
        return f"{what} is gone (it was {shown(old)})"
    return f"{what} is {shown(new)} instead of {shown(old)}"


def shown(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "nothing"
    return json.dumps(value, ensure_ascii=False)


def flat(data: Content, under: str = "") -> Content:
    """Settings inside settings by their path: `need.per_role`."""
    found: Content = {}
    for key, value in data.items():
        name = f"{under}{key}"
        if isinstance(value, dict) and value:
            found |= flat(value, f"{name}.")
        else:
            found[name] = value
    return found


def _one(item: object) -> str:
    if isinstance(item, dict) and "role" in item:
        return f"{item['role']} of {item.get('of')}"
    return shown(item)


def _who(who: Sequence[object]) -> str:
    names = [
        one if isinstance(one, str) else f"{getattr(one, 'role', '')} of {getattr(one, 'of', '')}"
        for one in who
    ]
    return ", ".join(names)
