"""Older versions of the language brought up to the present one, step by step.

Stored bundles say their version as `schema_version` and are upgraded when they are read. A flowchart says it as `konbit`,
and without that it is of version 1; files are upgraded by `konbit upgrade`, and only then.
"""

from typing import Final

from konbit.definition.upgrades import STEPS, Data, Kind, Upgrade
from konbit.errors import InvalidDefinition

FIRST: Final = 1
"""The version of what says none."""
VERSION_KEY: Final = "konbit"
PARTS: Final[dict[str, Kind]] = {"forms": "form", "messages": "message", "roles": "role"}
"""The parts of a bundle, and what each of them holds by name."""


class UnknownVersion(InvalidDefinition):
    """This was written in a version of the language that this Konbit does not know; install a newer one."""


def version_of(data: Data) -> int:
    """The version that the data of a file says."""
    version = data.get(VERSION_KEY, FIRST)
    if isinstance(version, bool) or not isinstance(version, int):
        raise UnknownVersion(
            f"found `{VERSION_KEY}: {version}`, expected the number of a version of the language"
        )
    return version


def path(version: int, to: int) -> list[Upgrade]:
    """The steps from a version to another; UnknownVersion if there is no way."""
    if version > to:
        raise UnknownVersion(f"this was written in version {version} of the language, this Konbit knows {to}")
    missing = [number for number in range(version, to) if number not in STEPS]
    if missing:
        raise UnknownVersion(f"there is no way from version {missing[0]} of the language to {missing[0] + 1}")
    return [STEPS[number] for number in range(version, to)]


def upgrade_definition(kind: Kind, data: Data, version: int, to: int) -> Data:
    """One definition, changed in place where its steps allow it."""
    for step in path(version, to):
        if kind in step.changes:
            data = step.changes[kind](data)
    return data


def upgrade_file(data: Data, to: int) -> Data:
    """The flowchart that a file holds, with the version it now has; the first version is not named."""
    data = upgrade_definition("flowchart", data, version_of(data), to)
    if to == FIRST:
        data.pop(VERSION_KEY, None)
    else:
        data[VERSION_KEY] = to
    return data


def upgrade_bundle(data: Data, to: int) -> Data:
    """A stored bundle, each of its parts upgraded; the same again if it is of version `to`."""
    version = data.get("schema_version", FIRST)
    if not isinstance(version, int):
        raise UnknownVersion
    if version == to:
        return data
    data["flowchart"] = upgrade_definition("flowchart", data["flowchart"], version, to)
    for part, kind in PARTS.items():
        data[part] = {
            name: upgrade_definition(kind, one, version, to) for name, one in data.get(part, {}).items()
        }
    data["schema_version"] = to
    return data
