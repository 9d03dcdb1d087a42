"""What every model of the language has in common: frozen, closed, and readable names for its scalars."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """A part of a definition: frozen, refuses keys it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True
    )


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", value):
        raise PydanticCustomError(
            "bad-name",
            "'{found}' cannot be a name",
            {
                "found": value[:70],
                "hint": "use small letters, digits and _, starting with a letter, 64 at most",
            },
        )
    return value


def _flowchart_id(value: str) -> str:
    if not re.fullmatch(r"(preparedness|response|recovery)/[a-z][a-z0-9]*(-[a-z0-9]+)*", value):
        raise PydanticCustomError(
            "bad-flowchart-id",
            "'{found}' cannot be the id of a flowchart",
            {
                "found": value[:90],
                "hint": "write phase/name, such as response/activation; the phases are preparedness, response, recovery",
            },
        )
    return value


def _role_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)?", value):
        raise PydanticCustomError(
            "bad-role-name",
            "'{found}' cannot be a role",
            {
                "found": value[:70],
                "hint": "write a role such as chair, or a role of something such as cluster_lead.HEA",
            },
        )
    return value


def _texts(value: object) -> object:
    if isinstance(value, str):
        return {"en": value}
    if isinstance(value, dict):
        return value
    raise PydanticCustomError(
        "bad-text",
        "a text was expected",
        {"hint": "write a text, or one for each language: {en: ..., fr: ...}"},
    )


LANGUAGES = ("en", "fr", "ht", "es", "fil")
"""The languages Konbit ships texts in; the first is the fallback."""

Name = Annotated[str, AfterValidator(_name)]
"""A name that expressions can use: small letters, digits and underscores."""
FlowchartId = Annotated[str, AfterValidator(_flowchart_id)]
"""`phase/name`, the same as the path of the file."""
RoleName = Annotated[str, AfterValidator(_role_name)]
"""A role, or a role of something: `chair`, `cluster_lead.HEA`."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
"""A BCP 47 language tag."""
Text = Annotated[dict[Language, str], BeforeValidator(_texts), Field(min_length=1)]
"""A text by language; a bare text is English."""
Code = Annotated[str, Field(min_length=1, max_length=64)]
"""A code out of a versioned code list."""

Level = Literal["global", "regional", "country", "local", "residence"]
Function = Literal["information_sharing", "capacity_exchange", "resource_mobilization", "joint_initiative"]
Pathway = Literal["streamlined", "ad_hoc"]
Scope = Literal["internal", "external", "joint"]
Phase = Literal["preparedness", "response", "recovery"]
Mode = Literal["drill", "actual"]


def pick(text: dict[str, str], *languages: str) -> str:
    """The text in the first of `languages` it exists in, else in English, else in any it has."""
    for language in (*languages, "en"):
        if language in text:
            return text[language]
    return next(iter(text.values()))
