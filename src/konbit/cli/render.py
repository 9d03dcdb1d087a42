"""`konbit render`: a flowchart as a drawing."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from konbit.check.refusal import sound
from konbit.cli import drawing, environment
from konbit.cli.definitions import definitions_option, select
from konbit.definition.base import LANGUAGES
from konbit.engine.plan import Plan
from konbit.errors import UserError
from konbit.render.bpmn import bpmn
from konbit.render.html import html
from konbit.render.lanes import By
from konbit.render.live import Live
from konbit.render.mermaid import mermaid
from konbit.render.paper import paper
from konbit.render.svg import svg
from konbit.render.text import outline

Draw = Callable[[Plan, str, By, Live | None], str]
OVERLAID = ("mermaid", "svg", "html")
"""The drawings that a run can be laid over."""


def _bpmn(plan: Plan, language: str, by: By, _: Live | None) -> str:
    """The document; what did not survive goes to the error stream, so that the document stays clean."""
    export = bpmn(plan, language=language, by=by)
    for sentence in export.lost:
        click.echo(f"lost in BPMN: {sentence}", err=True)
    return export.xml


DRAWINGS: Mapping[str, Draw] = {
    "mermaid": lambda plan, language, _, live: (
        mermaid(plan, done=live.done, current=live.current, language=language)
        if live
        else mermaid(plan, language=language)
    ),
    "text": lambda plan, language, _, __: outline(plan, language=language),
    "svg": lambda plan, language, by, live: svg(plan, language=language, by=by, live=live),
    "html": lambda plan, language, by, live: html(plan, language=language, by=by, live=live),
    "bpmn": _bpmn,
    "paper": lambda plan, language, _, __: paper(plan, language=language),
}


@click.command()
@click.argument("flowchart", metavar="ID")
@click.option(
    "--format",
    "shape",
    type=click.Choice(list(DRAWINGS)),
    default="mermaid",
    show_default=True,
    help="mermaid for Markdown and the Prefect UI, text for the terminal, svg for a picture, html for a page with "
    "picture and steps, bpmn for modelers, paper for sheets to print.",
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of titles and roles."
)
@click.option(
    "--lanes",
    "by",
    type=click.Choice(["level", "actor", "none"]),
    default="level",
    show_default=True,
    help="What the swim lanes of svg, html and bpmn are.",
)
@click.option(
    "--run",
    metavar="RUN",
    help="Lay how this run stands over its own version of the flowchart; an id, or the beginning of one.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it; the terminal if it is not given.",
)
@definitions_option
def render(
    flowchart: str,
    shape: str,
    language: str,
    by: By,
    run: str | None,
    output: Path | None,
    folders: tuple[Path, ...],
) -> None:
    """Draw a flowchart.

    ID is a flowchart such as response/activation, or its file.

    \b
    konbit render response/activation --format svg -o activation.svg
    konbit render response/activation --format html --run 1a2b3c -o run.html
    """  # noqa: D301 - \b is how click is told to keep lines
    plan, live = _as_written(flowchart, folders) if run is None else _as_it_stands(flowchart, run, shape)
    drawn = DRAWINGS[shape](plan, language, by, live)
    if output is None:
        click.echo(drawn, nl=False)
        return
    try:
        output.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error.strerror}") from error


def _as_written(flowchart: str, folders: tuple[Path, ...]) -> tuple[Plan, None]:
    library, ids = select([flowchart], folders)
    if not ids or len(ids) != 1:
        raise UserError(f"{flowchart} is not one flowchart; name one, such as response/activation")
    sound(library, ids[0])
    return drawing.plan(library, ids[0]), None


def _as_it_stands(flowchart: str, name: str, shape: str) -> tuple[Plan, Live]:
    """The plan that a run began with, and how it stands; UserError if it is a run of something else."""
    if shape not in OVERLAID:
        raise UserError(f"--run is drawn as {', '.join(OVERLAID)}, not as {shape}")
    environment.adopt()
    # Here, not above: it brings Prefect and the database, for which no author shall wait.
    overlay = importlib.import_module("konbit.cli.overlay")
    plan, live = overlay.standing(name)
    if not Path(flowchart).with_suffix("").as_posix().endswith(plan.flowchart):
        raise UserError(f"run {name} is one of {plan.flowchart}, not of {flowchart}")
    return plan, live
