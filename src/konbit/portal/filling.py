"""The text of a question with the values of the run in it.

Unlike the renderer of messages it never fails: a page that lacks one value is still better than none. Links and reply codes
are left out, because whoever reads them is already here.
"""

import datetime as dt
import re
from collections.abc import Mapping

from pydantic import JsonValue

from konbit.definition.base import LANGUAGES
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.notify.text import clean, one_line
from konbit.notify.words import option_word
from konbit.portal.choices import code_name
from konbit.portal.ports import Addressee
from konbit.portal.words import Said, local_moment, say, word

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}")
_WAYS_HERE = r"\{(?:link|reply_code)\}"
_AT_THE_END = re.compile(rf"(?:\s*:)?\s*{_WAYS_HERE}\.?\s*$", re.MULTILINE)
_LABELLED = re.compile(r"[^{}]*:\s*\{([a-z][a-z0-9_]*)\}\.?")
_CODES = ("country", "cluster", "clusters", "hazard", "place", "places")
_GAP = "…"


def title_line(addressee: Addressee, bundle: Bundle, codelists: CodeLists, language: str) -> Said:
    """The subject of the message that asks, else the title of the step."""
    message = bundle.messages.get(addressee.question)
    said = say(message.subject if message else addressee.title, language)
    return Said(one_line(_filled(said, addressee, bundle, codelists)), said.language)


def paragraphs(addressee: Addressee, bundle: Bundle, codelists: CodeLists, language: str) -> tuple[Said, ...]:
    """The body of the message that asks, by paragraph."""
    message = bundle.messages.get(addressee.question)
    if message is None:
        return ()
    said = say(message.body, language)
    without_links = re.sub(_WAYS_HERE, "", _AT_THE_END.sub(".", clean(said.text)))
    filled = _filled(Said(without_links, said.language), addressee, bundle, codelists)
    return tuple(Said(part.strip(), said.language) for part in re.split(r"\n\s*\n", filled) if part.strip())


def spoken(value: JsonValue, kind: str, codelists: CodeLists, language: str, zone: str = "UTC") -> str:
    """A value in words: a code by its name, a truth as yes or no, a moment in the person's zone."""
    if isinstance(value, list):
        return ", ".join(spoken(item, kind, codelists, language, zone) for item in value)
    if isinstance(value, bool):
        return word("yes" if value else "no", language)
    if isinstance(value, float):
        return f"{value:.15g}"
    if value is None or isinstance(value, dict):
        return _GAP
    if kind in _CODES:
        return code_name(kind, str(value), codelists, language)
    if kind == "moment":
        return _moment(str(value), language, zone)
    if kind == "choice":
        return option_word(str(value), language) or str(value)
    return str(value)


def _filled(said: Said, addressee: Addressee, bundle: Bundle, codelists: CodeLists) -> str:
    values = _values(
        addressee, bundle, codelists, said.language if said.language in LANGUAGES else LANGUAGES[0]
    )
    braces = {"{{": "{", "}}": "}"}
    lines = [
        line for line in said.text.split("\n") if line.strip() != "." and not _lacks_its_value(line, values)
    ]
    return _PLACEHOLDER.sub(
        lambda found: braces.get(found[0]) or values.get(found[1], _GAP), "\n".join(lines)
    )


def _lacks_its_value(line: str, values: Mapping[str, str]) -> bool:
    """True for a line such as 'Reference: {reference}' that would end in nothing."""
    found = _LABELLED.fullmatch(line.strip())
    return found is not None and found[1] not in values


def _values(addressee: Addressee, bundle: Bundle, codelists: CodeLists, language: str) -> Mapping[str, str]:
    parameters = bundle.flowchart.parameters
    values: dict[str, str] = {}
    for name, value in addressee.values.items():
        kind = parameters[name].type if name in parameters else {"areas": "places"}.get(name, name)
        values[name] = clean(spoken(value, kind, codelists, language, addressee.zone))
    values |= {
        "flowchart": say(bundle.flowchart.title, language).text,
        "step": say(addressee.title, language).text,
        "name": addressee.name,
    }
    if addressee.closes_at:
        values["deadline"] = local_moment(addressee.closes_at, addressee.zone, language)
    if owner := bundle.roles.get(bundle.flowchart.owner.partition(".")[0]):
        values["owner"] = say(owner.title, language).text
    return values


def _moment(text: str, language: str, zone: str) -> str:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return local_moment(at, zone, language) if at.tzinfo else text
