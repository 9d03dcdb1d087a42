"""Messages that every run can send, whatever its flowchart says: a flowchart that has one of the same name uses its own."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from konbit.definition.bundle import Bundle
from konbit.definition.content import Message


def message(bundle: Bundle, name: str) -> Message:
    """The message of the plan, else the standard one; KeyError if there is neither."""
    return bundle.messages.get(name) or messages()[name]


@cache
def messages() -> Mapping[str, Message]:
    """All of them, by name."""
    source = resources.files("konbit.notify").joinpath("standard.yaml").read_text("utf-8")
    return {name: Message.model_validate(text) for name, text in yaml.safe_load(source).items()}
