"""A flowchart on A4 for when the network is down: steps to tick, blanks for names and clock times, and what to say."""

import dataclasses
import functools
import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from konbit.definition.base import pick
from konbit.definition.content import Message
from konbit.engine.plan import STAND_DOWN, Plan, WorkNode
from konbit.render.html import templates
from konbit.render.phrases import PHRASES, say
from konbit.render.rows import Row, rows


@dataclasses.dataclass(frozen=True)
class Script:
    """A message to read out or to write, with blanks where the run would fill in values."""

    name: str
    subject: Markup
    body: tuple[Markup, ...]
    short: Markup
    steps: str
    """The numbers of the steps it is used in."""


def paper(plan: Plan, *, language: str = "en") -> str:
    """The sheets as one HTML page for printing; nothing in it needs a network."""
    table = rows(plan, language)
    return (
        templates()
        .get_template("paper.html")
        .render(
            plan=plan,
            language=language,
            title=pick(dict(plan.bundle.flowchart.title), language),
            rows=table,
            scripts=list(scripts(plan, table, language)),
            say=functools.partial(_said, language),
            running=Markup(css_text(_running(plan, language))),  # noqa: S704 (escaped for CSS)
            page=Markup(_page(language)),  # noqa: S704 (escaped for CSS)
        )
    )


def scripts(plan: Plan, table: list[Row], language: str) -> Iterator[Script]:
    """The messages the steps send, in the order in which they are first used."""
    used: dict[str, list[int]] = {}
    for row in table:
        for name in row.messages:
            used.setdefault(name, []).append(row.number)
    for node in plan.blocks[STAND_DOWN].nodes:
        if isinstance(node, WorkNode) and node.message in plan.bundle.messages:
            used.setdefault(node.message, [])
    for name, numbers in used.items():
        yield _script(name, plan.bundle.messages[name], numbers, language)


def _script(name: str, message: Message, numbers: list[int], language: str) -> Script:
    body = pick(dict(message.body), language)
    short = pick(dict(message.sms), language) if message.sms else ""
    paragraphs = tuple(blanks(" ".join(part.split())) for part in re.split(r"\n\s*\n", body) if part.strip())
    subject = blanks(pick(dict(message.subject), language))
    return Script(name, subject, paragraphs, blanks(short), ", ".join(map(str, numbers)))


def blanks(text: str) -> Markup:
    """The text with each `{name}` as a box to write in."""
    parts = re.split(r"\{([a-z][A-Za-z0-9_.]*)\}", text)
    found = [
        Markup('<span class="blank">{}</span>').format(part.replace("_", " ")) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    ]
    return Markup("").join(found)


def css_text(text: str) -> str:
    """A text as a CSS string: whatever could end it, or the style it stands in, is written by its number."""
    safe = "".join(letter if letter.isalnum() or letter == " " else f"\\{ord(letter):x} " for letter in text)
    return f'"{safe}"'


def _running(plan: Plan, language: str) -> str:
    """What stands at the top of every page."""
    title = pick(dict(plan.bundle.flowchart.title), language)
    return f"{title} · {plan.flowchart} · {say('version', language, plan.version)} · {plan.digest[:12]}"


def _page(language: str) -> str:
    """The page number as CSS content: `"Page " counter(page) " of " counter(pages)`."""
    pattern = pick(dict(PHRASES["page"]), language)
    before, between, after = re.split(r"\{[01]\}", pattern)
    return f"{css_text(before)} counter(page) {css_text(between)} counter(pages) {css_text(after)}"


def _said(language: str, name: str, *values: object) -> str:
    return say(name, language, *values)
