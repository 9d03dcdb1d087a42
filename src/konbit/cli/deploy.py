"""`konbit deploy`: registers the flowcharts with Prefect, or writes `prefect.yaml`."""

from pathlib import Path

import click

from konbit.cli.drawing import chart
from konbit.cli.parts import read_settings
from konbit.definition.library import load
from konbit.orchestrate import registration
from konbit.orchestrate.deployments import prefect_yaml


@click.command()
@click.option(
    "--write",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the deployments to this file, for `prefect deploy`, instead of registering them.",
)
@click.option(
    "--root",
    envvar="KONBIT_ROOT",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where flows/ and tasks/ are.",
)
def deploy(target: Path | None, root: Path | None) -> None:
    """Register every flowchart with Prefect.

    Each becomes a deployment called konbit, with a form of its parameters and its schedules; what was registered before is
    updated. `konbit up` does it when it starts. Where Prefect is, PREFECT_API_URL says.
    """
    settings = read_settings()
    library = load(settings.folders)
    if target is not None:
        target.write_text(prefect_yaml(library, settings.pool), "utf-8")
        click.echo(f"wrote {target}")
        return
    at = registration.root(root)
    jobs = registration.jobs(settings.worker, settings.jobs, settings.shared, sealed=settings.sealed)
    for name in registration.register_all(settings.pool, library, settings.worker, at, chart(library), jobs):
        click.echo(name)
