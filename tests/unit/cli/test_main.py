"""The frame of all commands: found by name, explained, and every error one line with the right exit code."""

import importlib

import click
import pytest
from click.testing import CliRunner

from konbit.cli.main import COMMANDS, cli
from konbit.errors import KonbitError, ServiceUnavailable, UnknownRun
from tests.unit.cli.conftest import Call, one_line_error


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says_of_itself(name: str) -> None:
    module, line = COMMANDS[name]
    command = getattr(importlib.import_module(f"konbit.cli.{module}"), name)
    assert command.help.partition("\n\n")[0].replace("\n", " ").strip() == line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_is_explained(name: str) -> None:
    def check(command: click.Command) -> None:
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                explained = parameter.help or parameter.name == "kind"
                assert explained, f"{command.name} {parameter.opts}"
        if isinstance(command, click.Group):
            for inner in command.commands.values():
                assert inner.help
                check(inner)

    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    check(command)


def test_an_unknown_command_names_the_one_that_was_meant(call: Call) -> None:
    one_line_error(call("chek"), "'chek'", "did you mean 'check'?")
    one_line_error(call("xyzzy"), "`konbit --help` lists the commands")


def test_an_unknown_option_is_one_line(call: Call) -> None:
    one_line_error(call("check", "--frob"), "--frob")


def test_a_group_without_a_command_shows_its_help(call: Call) -> None:
    done = call("runs")
    assert done.exit_code == 2
    assert "stand-down" in done.output


def test_the_version_is_printed(call: Call) -> None:
    assert call("--version").output.startswith("konbit ")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UnknownRun("there is no\nrun 'x'"), 2, "error: there is no run 'x'"),
        (ServiceUnavailable("Prefect does not answer"), 1, "error: Prefect does not answer"),
        (KonbitError("it broke"), 1, "error: it broke"),
    ],
)
def test_errors_of_ours_end_with_their_exit_code(
    error: KonbitError, code: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _failing(error, monkeypatch)
    assert (done.exit_code, done.stderr.strip()) == (code, line)


def test_an_unexpected_error_says_where_and_not_what(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message of a foreign error may quote an address."""
    done = _failing(ValueError("a.person@example.org"), monkeypatch)
    assert done.exit_code == 1
    assert "unexpected ValueError at test_main.py:" in done.stderr
    assert "example.org" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_traceback_is_shown_for_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONBIT_DEBUG", "1")
    assert "Traceback" in _failing(ValueError("x"), monkeypatch).stderr


def test_an_interrupt_is_no_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    done = _failing(KeyboardInterrupt(), monkeypatch)
    assert (done.exit_code, done.stderr.strip()) == (130, "error: interrupted")


def test_a_wrong_setting_names_the_variable(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONBIT_CLOCK_FACTOR", "fast")
    one_line_error(call("runs", "list"), "KONBIT_CLOCK_FACTOR")


def _failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> "click.testing.Result":
    @click.command()
    def fails() -> None:
        raise error

    monkeypatch.setattr("konbit.cli.check.check", fails)
    return CliRunner().invoke(cli, ["check"], prog_name="konbit")
