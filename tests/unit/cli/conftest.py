"""A home with a database, a directory and a run, and a way to call commands in it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konbit.cli.main import cli
from konbit.definition.library import bundled
from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring, wire
from konbit.settings import Settings

Call = Callable[..., Result]
CHANNELS = """\
accounts:
  - {name: mail, kind: mail, mode: drill, host: 127.0.0.1, port: 2525, secure: none, sender_address: unit@example.org}
"""
PARAMETERS = ("--set", "country=HTI", "--set", "hazard=EQ", "--set", "areas=HT07,HT08")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; no stack runs in it."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    monkeypatch.setenv("KONBIT_HOME", str(place))
    return place


@pytest.fixture
def call(home: Path) -> Call:
    """Calls a command as the console would."""

    def invoke(*arguments: str, **more: object) -> Result:
        return CliRunner().invoke(cli, list(arguments), prog_name="konbit", **more)  # type: ignore[arg-type]  # input and env

    return invoke


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a database, channel accounts and the sample directory: made once, copied for each test."""
    place = tmp_path_factory.mktemp("template") / "home"
    place.mkdir(mode=0o700)
    (place / "channels.yaml").write_text(CHANNELS)
    for arguments in (
        ("db", "upgrade"),
        ("directory", "import", str(bundled() / "directories" / "haiti.csv"), "--country", "HTI"),
    ):
        done = CliRunner().invoke(cli, list(arguments), prog_name="konbit", env={"KONBIT_HOME": str(place)})
        assert done.exit_code == 0, done.output
    return place


@pytest.fixture
def furnished(home: Path, template: Path) -> Path:
    """A home with a database, channel accounts and the sample directory."""
    shutil.copytree(template, home, dirs_exist_ok=True)
    return home


@pytest.fixture
def parts(furnished: Path) -> Iterator[Wiring]:
    """The parts of that home."""
    made = wire(Settings())
    yield made
    made.store.close()


@pytest.fixture
def run(parts: Wiring) -> str:
    """A drill that has asked its first question and waits."""
    given = {"country": "HTI", "hazard": "EQ", "areas": ["HT07"]}
    begun = parts.steward.request("response/activation", given, "drill", "operator:test")
    standing = parts.steward.attempt(begun.id, directly)
    assert standing.status == "waiting"
    return begun.id


def one_line_error(result: Result, *words: str) -> None:
    """The command refused with one clear line and the exit code for users."""
    assert result.exit_code == 2, result.output
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    for word in words:
        assert word in lines[0], lines[0]
    assert "Traceback" not in result.output
