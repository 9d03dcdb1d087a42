"""Reading lists of named things out of the channels file, in which there may be secrets."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from pydantic import ValidationError

from konbit.errors import UserError


class Named(Protocol):
    """What is looked up by its name."""

    @property
    def name(self) -> str:
        """The name; no other of the list has it."""
        ...


T = TypeVar("T", bound=Named)


def read_named(
    items: Sequence[Mapping[str, object]],
    read: Callable[[Mapping[str, object]], T],
    refusal: type[UserError],
    what: str,
) -> dict[str, T]:
    """The things by name; raises `refusal` that says which one, which setting, and what is allowed.

    What was given is never in the message, for it may be a secret.
    """
    found: dict[str, T] = {}
    for number, item in enumerate(items, start=1):
        try:
            one = read(item)
        except ValidationError as error:
            faults = "; ".join(
                _fault(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False)
            )
            raise refusal(f"{what} {number}: {faults}") from None
        if one.name in found:
            raise refusal(f"{what} {number}: the name {one.name} is taken by an earlier one")
        found[one.name] = one
    return found


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """`mail.sender_name: the sender's name ...`, without the prefix that pydantic puts before it."""
    path = ".".join(str(step) for step in place)
    text = message.removeprefix("Value error, ")
    return f"{path}: {text}" if path else text
