"""A bundle: a flowchart with every form, message and role it can name. It is what a run is pinned to, and what is stored.

Child flowcharts are not in it: a child run has a plan of its own.
"""

import hashlib
import json

from konbit.definition.base import Model
from konbit.definition.content import Form, Message, Role
from konbit.definition.flowchart import Flowchart
from konbit.definition.upgrade import upgrade_bundle

SCHEMA = 1
"""The version of the language; older bundles are upgraded when they are read."""


class Bundle(Model):
    """One flowchart and the content it names."""

    schema_version: int = SCHEMA
    flowchart: Flowchart
    forms: dict[str, Form]
    messages: dict[str, Message]
    roles: dict[str, Role]

    def dump(self) -> str:
        """Canonical JSON: the same content gives the same bytes."""
        data = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        data["schema_version"] = self.schema_version
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.dump().encode()).hexdigest()


def load(text: str) -> Bundle:
    """Reads back what `Bundle.dump` wrote, in this version or an older one; UnknownVersion for a newer one."""
    return Bundle.model_validate(upgrade_bundle(json.loads(text), SCHEMA))
