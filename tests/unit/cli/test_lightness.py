"""Commands of authors start without what only a running system needs."""

import subprocess
import sys

import pytest

HEAVY = ("prefect", "sqlalchemy", "apprise", "fastapi", "alembic")
SCRIPT = """
import sys
from click.testing import CliRunner
from konbit.cli.main import cli
done = CliRunner().invoke(cli, sys.argv[1:], prog_name="konbit")
assert done.exit_code == 0, done.output
print(sorted(name for name in sys.modules if name in {heavy}))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("check",),
        ("check", "--help"),
        ("explain", "unknown-role"),
        ("schema",),
        ("render", "response/activation", "--format", "mermaid"),
        ("render", "response/activation", "--format", "text"),
        ("simulate", "response/activation", "--scenario", "haiti-2021-08-14"),
    ],
    ids=" ".join,
)
def test_it_imports_neither_prefect_nor_the_database_nor_the_sender(arguments: tuple[str, ...]) -> None:
    script = SCRIPT.replace("{heavy}", repr(HEAVY))
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
