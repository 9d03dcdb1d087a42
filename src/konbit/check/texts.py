"""The texts of messages: where each stands, what it names, how much of a text message it takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from konbit.check.chart import Chart, Whole
from konbit.definition.content import Message
from konbit.definition.mentions import Mention, Path
from konbit.definition.source import Source

PARTS = ("subject", "body", "sms")
BUILT_IN = ("deadline", "flowchart", "link", "name", "owner", "reference", "step")
"""What every message may name, beside the parameters of its chart, the loops around the step and its `with:` values."""
_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")
# GSM 03.38, the basic set and its extension; `konbit.notify.text` counts what is sent, this what was written.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a message in one language, with its place."""

    message: str
    part: str
    language: str
    text: str
    source: Source
    path: Path

    def names(self) -> Iterator[tuple[int, str]]:
        """The offset and the name of each placeholder."""
        return ((found.start(), found[1]) for found in _TOKEN.finditer(self.text) if found[1])

    def strays(self) -> Iterator[int]:
        """The offset of each brace that is neither doubled nor part of a placeholder."""
        return (found.start() for found in _TOKEN.finditer(self.text) if found[0] in "{}")


def passages(whole: Whole) -> Iterator[Passage]:
    """Every text of every message that is to be checked."""
    for name, message in whole.library.messages.items():
        if whole.has("message", name):
            yield from of_message(whole, name, message)


def of_message(whole: Whole, name: str, message: Message) -> Iterator[Passage]:
    """The texts of one message."""
    source = whole.source("message", name)
    for part in PARTS:
        for language, text in (getattr(message, part) or {}).items():
            path: Path = (name, part, language) if source.keys((name, part)) else (name, part)
            yield Passage(name, part, language, text, source, path)


def uses(chart: Chart) -> Iterator[tuple[Mention, bool]]:
    """The messages a chart says, each with whether it asks for an answer."""
    for mention in chart.mentions:
        if mention.kind != "message":
            continue
        told = mention.path[-2:] == ("inform", "message") or mention.path[-1] == "cover"
        site = chart.by_path.get(mention.path[:-2])
        report = site.step.report if site else None
        if report and (
            (mention.path[-1] == "message" and not report.inputs_from)
            or (mention.path[-1] == "cover" and not report.to)
        ):
            continue
        yield mention, not told


def segments_left(text: str) -> int:
    """How many characters of one text message the words of a text leave free, its placeholders not counted."""
    words = re.sub(_TOKEN, lambda found: "" if found[1] else found[0][:1], text)
    if all(char in _BASIC or char in _EXTENSION for char in words):
        return 160 - sum(2 if char in _EXTENSION else 1 for char in words)
    return 70 - sum(2 if ord(char) > 0xFFFF else 1 for char in words)


def in_gsm(text: str) -> bool:
    """True if the text fits the GSM alphabet, of which a text message holds 160 characters."""
    return all(char in _BASIC or char in _EXTENSION for char in text)
