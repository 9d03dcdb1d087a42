"""`konbit messages`: which texts a native speaker has not read, and how many SMS segments they take."""

import dataclasses
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

import click
import yaml
from rich.table import Table

from konbit.cli import terminal
from konbit.cli.definitions import definitions_option, read_library
from konbit.definition.base import Mode
from konbit.definition.library import Library
from konbit.definition.reviews import TextReview, form_reviews, reviews, word_reviews
from konbit.notify import marking, standard, text, verification
from konbit.notify import words as replies
from konbit.portal import words as pages

MODES: Final[tuple[Mode, ...]] = ("drill", "actual")
LANGUAGE = click.option("--language", "languages", multiple=True, help="Only this language, such as ht.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")


@click.group()
def messages() -> None:
    """Look at the texts of messages by language."""


@messages.command()
@definitions_option
@LANGUAGE
@AS_JSON
def review(folders: Sequence[Path], languages: Sequence[str], *, as_json: bool) -> None:
    """List the texts that need to be read by a native speaker.

    Messages and forms, and what pages, replies and requests to confirm an address say by themselves. Somebody who grew up with
    the language reads them; then the mark is written into the message or form: `reviewed: {ht: 1a2b3c4d}`; that of words and
    standard messages into `src/konbit/notify/reviewed.yaml`. It stands for these very words: once they change, they are listed
    again.
    """
    found = [
        one
        for one in _every(read_library(folders))
        if one.status != "reviewed" and (not languages or one.language in languages)
    ]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
        return
    for one in sorted(found, key=lambda one: (one.language, one.kind, one.message)):
        changed = "  changed since it was read" if one.status == "changed" else ""
        many = f"  {one.texts} texts" if one.texts > 1 else ""
        click.echo(f"{one.language:<4} {one.kind:<8} {one.message:<28} {one.mark}{many}{changed}")
    number = sum(one.texts for one in found)
    count = f"{number} texts need a native speaker" if found else "every text was read by a native speaker"
    click.echo(count, err=True)


def _every(library: Library) -> list[TextReview]:
    """All that people are told or asked, of the library and of the software itself."""
    source = resources.files("konbit.notify").joinpath("reviewed.yaml").read_text("utf-8")
    read: dict[str, dict[str, str]] = yaml.safe_load(source) or {}
    own = {
        name: message.model_copy(update={"reviewed": read.get(name, {})})
        for name, message in standard.messages().items()
        if name not in library.messages
    }
    words = {
        "answer_page": pages.table(),
        "replies": replies.table(),
        "verification": verification.words(),
        "exercise": {"word": marking.LOCAL_WORDS},
    }
    found = [*reviews(dict(library.messages) | own), *form_reviews(library.forms)]
    for name, table in words.items():
        found += word_reviews(name, table, read.get(name, {}))
    return found


@messages.command()
@definitions_option
@LANGUAGE
@click.option("--all", "every", is_flag=True, help="Those of one segment too.")
@AS_JSON
def segments(folders: Sequence[Path], languages: Sequence[str], *, every: bool, as_json: bool) -> None:
    """Count the SMS segments of each text, as it is sent in a drill and in an actual run.

    A segment holds 160 characters of the GSM alphabet (153 if there are several), or 70 (67) as soon as one character is
    outside it. What placeholders stand for is not counted.
    """
    rows = []
    for name, message in sorted(read_library(folders).messages.items()):
        for language, subject in message.subject.items():
            short = (message.sms or {}).get(language, subject)
            counts = {mode: text.segments(marking.mark_sms(short, language, mode)) for mode in MODES}
            if (languages and language not in languages) or not (every or max(counts.values()) > 1):
                continue
            alphabet = "GSM-7" if text.gsm7(marking.mark_sms(short, language, "drill")) else "UCS-2"
            rows.append((name, language, alphabet, len(short), counts["drill"], counts["actual"]))
    heads = ("message", "language", "alphabet", "characters", "drill", "actual")
    if as_json:
        click.echo(json.dumps([dict(zip(heads, row, strict=True)) for row in rows], indent=2))
        return
    if rows:
        table = Table(box=None, pad_edge=False)
        for head in heads:
            table.add_column(head)
        for row in rows:
            table.add_row(*map(str, row))
        terminal.console().print(table)
    else:
        click.echo("every text fits into one segment", err=True)
