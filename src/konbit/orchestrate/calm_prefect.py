"""Prefect's own command, with garbage collected apart: `python -m konbit.orchestrate.calm_prefect server start`.

For a Prefect server on SQLite; one on PostgreSQL has no need of it.
"""

from prefect.cli import app

from konbit.orchestrate import collecting

if __name__ == "__main__":
    collecting.apart()
    app()
