"""What is in deploy/ against the code: settings, commands, files, and that nothing secret is in it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from konbit.cli.main import COMMANDS
from konbit.notify.accounts import read_accounts
from konbit.orchestrate import calm_prefect
from konbit.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
ENV = (DEPLOY / "env.example").read_text(encoding="utf-8")
LINE = re.compile(r"^(#?)((?:KONBIT|PREFECT)_[A-Z_]+|DO_NOT_TRACK)=(.*)$", re.MULTILINE)
BESIDE_SETTINGS = {
    "KONBIT_ROOT": "where flows/ and tasks/ are; an option of `konbit worker` and `konbit deploy`"
}
"""Variables that are no field of `Settings`."""
PREFECT_COMMANDS = ("server start", "server services start", "server database upgrade")
FILES = sorted(file for file in DEPLOY.rglob("*") if file.is_file())
YAML_FILES = [file for file in FILES if file.suffix == ".yaml"]


def documents(file: Path) -> list[Any]:
    """The YAML documents of a file; they have no types."""
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


def name(file: Path) -> str:
    """The file as seen from deploy/."""
    return file.relative_to(DEPLOY).as_posix()


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    """Each field of Settings as KONBIT_..., once, and no variable that is not read any more."""
    named = [variable for _, variable, _ in LINE.findall(ENV) if variable.startswith("KONBIT_")]

    assert sorted(named) == sorted(
        [*(f"KONBIT_{field.upper()}" for field in Settings.model_fields), *BESIDE_SETTINGS]
    )


def test_the_settings_of_the_example_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, those that are commented out too; a secret has no value to be read."""
    values = {
        variable: value
        for _, variable, value in LINE.findall(ENV)
        if variable.startswith("KONBIT_") and value
    }
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)

    settings = Settings()

    assert settings.portal_url == "https://answers.example.org"
    assert settings.clock_factor == 120


def test_every_line_of_the_example_is_a_comment_or_a_setting() -> None:
    """systemd would complain about anything else."""
    for line in ENV.splitlines():
        assert not line or line.startswith("#") or LINE.fullmatch(line), line


def test_the_example_of_channels_can_be_read() -> None:
    """By the reader that production has."""
    [document] = documents(DEPLOY / "channels.example.yaml")

    assert set(read_accounts(document["accounts"])) == {"mail_actual", "mail_drill", "hooks"}


@pytest.mark.parametrize("file", YAML_FILES, ids=name)
def test_yaml_can_be_read(file: Path) -> None:
    """Every document is a mapping."""
    assert all(isinstance(document, dict) for document in documents(file))


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line in deploy/, with where it is."""
    for file in sorted(DEPLOY.glob("systemd/*.service")):
        for line in re.findall(r"^ExecStart=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE):
            yield name(file), shlex.split(line)
    for service, parts in documents(DEPLOY / "compose.yaml")[0]["services"].items():
        yield f"compose.yaml: {service}", parts.get("command") or []
    for file in sorted(DEPLOY.glob("kubernetes/**/*.yaml")):
        for one in documents(file):
            for container in one.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
                yield f"{name(file)}: {container['name']}", container["command"]


@pytest.mark.parametrize(
    ("place", "words"), [pytest.param(place, words, id=place) for place, words in commands()]
)
def test_commands_exist(place: str, words: list[str]) -> None:
    """What is started are commands of ours or of Prefect."""
    lines = words[2].split(" && ") if words[:2] == ["sh", "-c"] else [shlex.join(words)] if words else []
    for line in lines:
        program, *rest = shlex.split(line)
        if rest[:2] == ["-m", calm_prefect.__name__]:
            program, *rest = "prefect", *rest[2:]
        if program.endswith("konbit"):
            assert rest[0] in COMMANDS, line
        elif program.endswith("prefect"):
            assert " ".join(rest).startswith(PREFECT_COMMANDS), line
        else:
            assert program == "redis-server", line


REFERENCES = ("${", "...", "{secretName", "?set it", '"{{ prefect.blocks.secret.', "false")
"""How what stands for a secret begins."""


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_secret_is_in_a_file(file: Path) -> None:
    """A password, secret or key is a variable, a reference or empty."""
    secret = re.compile(
        r"(?i)\b[\w-]*(?:password|secret|token|api_key|auth_string|encryption_key)\b\s*[:=]\s*(\S.*)$"
    )
    text = file.read_text(encoding="utf-8")

    for line in text.splitlines():
        found = secret.search(line)
        assert not found or found.group(1).startswith(REFERENCES), line
    assert not re.search(r"://[^/\s:@]+:(?!\$\{|PASSWORD)[^/\s@]+@", text), "a password in an address"


@pytest.mark.parametrize("unit", ["prefect", "setup", "worker", "clock", "portal", "watch"])
def test_each_service_has_a_unit(unit: str) -> None:
    """It runs as its own user, reads the settings, and is started again; the set-up runs once."""
    text = (DEPLOY / "systemd" / f"konbit-{unit}.service").read_text(encoding="utf-8")

    assert "User=konbit\n" in text
    assert "EnvironmentFile=/etc/konbit/env\n" in text
    assert ("Restart=on-failure" if unit == "setup" else "Restart=always") in text
    assert "NoNewPrivileges=yes" in text


def test_the_image_installs_what_was_checked_by_hash() -> None:
    """And holds what a worker loads: flows and tasks beside the installed package."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

    assert "--require-hashes" in text
    assert "COPY flows ./flows" in text
    assert "COPY tasks ./tasks" in text
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE)[-1] == "konbit"
    assert "index-url" not in text
