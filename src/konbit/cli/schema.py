"""`konbit schema`: the JSON Schema of what authors write, by which editors complete and explain."""

from pathlib import Path
from typing import Final

import click
from pydantic import BaseModel

from konbit.definition.content import Form
from konbit.definition.flowchart import Flowchart
from konbit.definition.jsonschema import schema_text
from konbit.definition.library import Messages, Roles
from konbit.simulate.scenario import Scenario

KINDS: Final[dict[str, tuple[type[BaseModel], str]]] = {
    "flowchart": (Flowchart, "Konbit flowchart"),
    "roles": (Roles, "Konbit roles"),
    "messages": (Messages, "Konbit messages"),
    "form": (Form, "Konbit form"),
    "scenario": (Scenario, "Konbit scenario"),
}
"""What a file can hold → its model, and the title of its schema."""


def file_schema(kind: str = "flowchart") -> str:
    """The schema of a kind of file, as the text that is kept in `definitions/`."""
    return schema_text(*KINDS[kind])


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)), default="flowchart")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
def schema(kind: str, output: Path | None) -> None:
    """Print the JSON Schema of flowcharts, or of roles, messages, a form or a scenario, for editors.

    A flowchart whose first line is `# yaml-language-server: $schema=../flowchart.schema.json` is completed and explained by
    every editor that speaks the YAML language server.
    """
    text = file_schema(kind)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
