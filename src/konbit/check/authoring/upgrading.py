"""A file of an older version of the language, written anew in the present one with its comments."""

import copy
import io
from typing import Final

from ruamel.yaml import YAML

from konbit.check.authoring.flows import CannotFormat
from konbit.check.authoring.formatting import formatted
from konbit.definition.bundle import SCHEMA
from konbit.definition.source import read
from konbit.definition.upgrade import path, upgrade_file, version_of
from konbit.errors import InvalidDefinition

_WIDEST: Final = 1_000_000
"""Lines are not folded here: `formatted` does what there is to do."""


def upgraded(text: str, file: str, to: int = SCHEMA) -> str:
    """The text of a flowchart in version `to` of the language; the same text if it has that version.

    Raises InvalidDefinition for what cannot be read, UnknownVersion where no step leads to `to`, and CannotFormat if the
    comments cannot be kept without changing what the file says.
    """
    source, problems = read(text, file)
    if source is None or problems:
        raise InvalidDefinition(problems[0].text())
    if not isinstance(source.data, dict) or "flowchart" not in source.data:
        raise InvalidDefinition(f"{file}: this is no flowchart")
    if version_of(source.data) == to:
        return text
    meant = upgrade_file(copy.deepcopy(source.data), to)
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(upgrade_file(yaml.load(source.text), to), out)
    result = formatted(out.getvalue(), file)
    again, _ = read(result, file)
    if again is None or again.data != meant:
        raise CannotFormat(f"{file}: it is written in a way that cannot be upgraded with its comments")
    return result


def what_changes(text: str, file: str, to: int = SCHEMA) -> list[str]:
    """What the steps between the version of a file and `to` change, a sentence each."""
    source, _ = read(text, file)
    if source is None or not isinstance(source.data, dict):
        return []
    return [step.says for step in path(version_of(source.data), to)]
