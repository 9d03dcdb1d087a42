"""The signature of a flow out of the parameters of its flowchart: Prefect makes the run form of it."""

import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from konbit.definition.base import Mode, pick
from konbit.definition.codelists import CodeList, CodeLists
from konbit.definition.parameters import Parameter

MODE = "mode"
"""The parameter every flow has beside those of its flowchart."""
MODE_TITLE = "Drill or actual"
MODE_HELP = "A drill marks every message as an exercise."
CONFIRM = "confirm"
"""The parameter in which the name of an actual run is typed."""
CONFIRM_TITLE = "Confirm an actual run"
CONFIRM_HELP = "Empty for a drill. To reach people for real type the name of the run, such as {name}."

Kind = object
"""A type, or a form such as Literal[...]; the typing module has no name for both."""


def signature(parameters: Mapping[str, Parameter], codes: CodeLists) -> inspect.Signature:
    """Keyword parameters with the types that the run form needs, required ones first, then the mode and its confirmation."""
    made = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=_annotation(parameter, codes),
            default=inspect.Parameter.empty if parameter.required else _default(parameter),
        )
        for name, parameter in parameters.items()
    ]
    mode = inspect.Parameter(MODE, inspect.Parameter.KEYWORD_ONLY, annotation=Mode, default="drill")
    confirm = inspect.Parameter(CONFIRM, inspect.Parameter.KEYWORD_ONLY, annotation=str, default="")
    return inspect.Signature([*made, mode, confirm])


def described(parameters: Mapping[str, Parameter], codes: CodeLists, confirm: str) -> str:
    """The `Args:` section of a docstring; Prefect takes the descriptions of the run form from it."""
    lines = [
        f"    {name}: {title_of(name, parameter)}. {help_of(parameter, codes)}".rstrip()
        for name, parameter in parameters.items()
    ]
    mode = f"    {MODE}: {MODE_TITLE}. {MODE_HELP}"
    return "\n".join(["Args:", *lines, mode, f"    {CONFIRM}: {CONFIRM_TITLE}. {confirm}"])


def title_of(name: str, parameter: Parameter) -> str:
    """The label of a field of the run form, in English: Prefect's UI has no other language."""
    return " ".join(pick(parameter.title).split()) if parameter.title else name.replace("_", " ").capitalize()


def help_of(parameter: Parameter, codes: CodeLists) -> str:
    """What stands under a field of the run form: the help as written, then what the codes mean."""
    sentences = [" ".join(pick(parameter.help).split())] if parameter.help else []
    known = _list_of(parameter, codes)
    if known is not None:
        sentences.append(", ".join(f"{item.code} {item.name('en')}" for item in known.items))
    elif parameter.type == "country":
        sentences.append("ISO 3166 code of three letters, such as HTI")
    elif parameter.type in ("place", "places") and not parameter.help:
        sentences.append("P-code, such as HT07" if parameter.type == "place" else "P-codes, such as HT07")
    return ". ".join(sentence.rstrip(".") for sentence in sentences) + ("." if sentences else "")


def _list_of(parameter: Parameter, codes: CodeLists) -> CodeList | None:
    name = {"hazard": "hazards", "cluster": "clusters", "clusters": "clusters"}.get(parameter.type)
    return codes.get(name) if name else None


def _annotation(parameter: Parameter, codes: CodeLists) -> Kind:
    simple: dict[str, Kind] = {
        "text": str,
        "number": float,
        "truth": bool,
        "country": Annotated[str, Field(pattern="^[A-Z]{3}$")],
        "place": str,
        "places": list[str],
        "moment": dt.datetime,
        "choice": Literal[*parameter.of] if parameter.of else str,
    }
    if parameter.type in simple:
        return simple[parameter.type]
    known = _list_of(parameter, codes)
    code: Kind = Literal[*known.by_code] if known else str
    return list[code] if parameter.many else code  # type: ignore[valid-type]  # a type made of data


def _default(parameter: Parameter) -> JsonValue:
    if parameter.default is not None:
        return list(parameter.default) if isinstance(parameter.default, list) else parameter.default
    return [] if parameter.many else None


Body = Callable[..., object]


def dress(body: Body, made: inspect.Signature, doc: str) -> None:
    """Gives a function that takes any keywords the signature and docstring that Prefect reads."""
    body.__signature__ = made  # type: ignore[attr-defined]  # the attribute that inspect looks for
    body.__doc__ = doc
    body.__annotations__ = {name: parameter.annotation for name, parameter in made.parameters.items()}
