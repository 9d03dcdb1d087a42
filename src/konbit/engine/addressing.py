"""Who is addressed: the roles a step names, with what they are of at this place of the run."""

from pydantic import JsonValue

from konbit.engine import values
from konbit.engine.plan import Who
from konbit.engine.state import Frame
from konbit.engine.turn import Place, Turn


def roles(turn: Turn, who: tuple[Who, ...], place: Place | Frame) -> list[JsonValue]:
    """The roles addressed, as JSON of `konbit.engine.duties.Addressed`."""
    found: list[JsonValue] = []
    for addressee in who:
        role, _, of = addressee.role.partition(".")
        if addressee.of is not None:
            value = turn.json(addressee.of, place)
            of = str(value) if value is not None else ""
        # Written by hand: one of these is made for every step, and a model takes longer than the step.
        asked: dict[str, JsonValue] = {"role": role}
        if of:
            asked["of"] = of
        for word, step in (("without", addressee.but), ("first", addressee.same_as)):
            if step is not None and (person := _who_answered(turn, step, place)) is not None:
                asked[word] = [person]
        found.append(asked)
    return found


def _who_answered(turn: Turn, step: str, place: Place | Frame) -> str | None:
    """The person whose answer a step ended with, if it ended with one."""
    names = values.Names(turn.plan, turn.state, turn.done, place.suffix, place.env)
    result = names.result(step)
    person = result.output.get("by") if result is not None else None
    return person if isinstance(person, str) else None
