"""What cannot be used is refused with one clear line and exit code 2, or one clear page, and changes nothing."""

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from konbit.cli.demo_stage import Stage, stage
from konbit.cli.house import House
from konbit.cli.scenarios import read
from konbit.notify.links import Purpose
from konbit.orchestrate.server import free_port
from konbit.orchestrate.stack import Stack
from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring
from konbit.store.records import Run
from tests.acceptance.stacks import DATA, FOLDERS, QUESTION, ROOT, Once, wired

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]
GOOD = {"country": "HTI", "hazard": "EQ", "areas": "HT07"}


def pairs(given: dict[str, str]) -> list[str]:
    """As the command line takes them."""
    return [part for name, value in given.items() for part in ("--set", f"{name}={value}")]


ACTIVATE = ("activate", "response/activation", *pairs(GOOD))


@dataclasses.dataclass
class Desk:
    """A home with a database and a portal, and nothing else: no Prefect is needed to refuse."""

    house: House
    stack: Stack
    parts: Wiring

    @property
    def database(self) -> Path:
        return self.house.home / "konbit.sqlite"

    def konbit(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "konbit.cli", *arguments],
            env=self.stack.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def content(self) -> list[str]:
        """Everything in the database, as SQL."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return list(connection.iterdump())

    def refuses(self, *arguments: str, **environment: str) -> str:
        """The one line that a command says instead of doing anything."""
        before = self.content()
        done = self.konbit(*arguments, **environment)
        assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: ")
        assert self.content() == before
        return line

    def asked(self) -> tuple[Run, int]:
        """A run that waits for an answer, and the row of somebody's page."""
        run = self.parts.steward.request(QUESTION, {"country": "HTI"}, "drill", "operator:test")
        self.parts.steward.attempt(run.id, directly)
        with self.parts.store.read() as tx:
            (request,) = tx.requests.list_open(run.id)
            (asked,) = tx.requests.asked(run.id, request.key)
        return run, asked.row_id

    def link(self, row_id: int, hours: float = 48) -> str:
        expires = self.parts.clock.now() + dt.timedelta(hours=hours)
        return f"{self.house.portal_url}/a/{self.parts.signer.mint(Purpose.ANSWER, 'drill', row_id, expires)}"

    def answers(self, run: Run) -> int:
        with self.parts.store.read() as tx:
            return len(tx.answers.list(run.id))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("home")
    settings = {
        "KONBIT_DEFINITIONS": ":".join(str(folder) for folder in FOLDERS),
        "KONBIT_MINIMUM_SECONDS": "0",
        "KONBIT_ROOT": str(ROOT),
    }
    house = House(home, "127.0.0.1", free_port(), free_port(), more=settings)
    with stage() as set_up:
        stack = Stack(house.environment(), home / "logs")
        try:
            yield opened(house, stack, set_up)
        finally:
            house.close(stack)


def opened(house: House, stack: Stack, set_up: Stage) -> Desk:
    set_up.write_channels(house.home)
    stack.once("upgrade", (sys.executable, "-m", "konbit.cli", "db", "upgrade"))
    parts = wired(house)
    set_up.import_directory(parts, read("small", FOLDERS), FOLDERS)
    stack.start(house.services()["portal"])
    stack.wait_ready(["portal"])
    return Desk(house, stack, parts)


@pytest.fixture
def visitor(desk: Desk) -> Iterator[Once]:
    with Once(desk.house.portal_url) as once:
        yield once


def test_an_unknown_flowchart_is_named_with_the_one_that_was_meant(desk: Desk) -> None:
    line = desk.refuses("activate", "response/activaton", "--set", "country=HTI")
    assert "response/activaton" in line
    assert "response/activation" in line


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"contry": "HTI"}, "contry"),
        ({"country": "Haiti"}, "Haiti"),
        ({"level": "huge"}, "huge"),
        ({"hazard": "XX"}, "XX"),
        ({"areas": "HT99999999"}, "HT99999999"),
        ({"occurred_at": "yesterday"}, "yesterday"),
    ],
)
def test_a_wrong_parameter_is_named(desk: Desk, changed: dict[str, str], named: str) -> None:
    assert named in desk.refuses("activate", "response/activation", *pairs(GOOD | changed))


def test_parameters_that_are_missing_doubled_or_no_pairs_are_named(desk: Desk) -> None:
    assert "country" in desk.refuses("activate", "response/activation")
    assert "'country' is given twice" in desk.refuses(*ACTIVATE, "--set", "country=DOM")
    assert "NAME=VALUE" in desk.refuses(*ACTIVATE, "--set", "level")


def test_an_actual_run_is_not_started_without_its_confirmation(desk: Desk) -> None:
    assert "HTI" in desk.refuses(*ACTIVATE, "--actual")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("steps:", "steps: ["),
        ("    within: 60m", "    within: soon"),
        ("need: {per_role: 1", "need: {per_rolle: 1"),
        ("  - id: call_down", "  - id: verify"),
    ],
)
def test_a_broken_flowchart_is_refused_with_file_and_line(
    desk: Desk, tmp_path: Path, old: str, new: str
) -> None:
    folder = tmp_path / "definitions"
    shutil.copytree(DATA, folder)
    path = folder / "response" / "small-call.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    definitions = f"{FOLDERS[0]}:{folder}"
    line = desk.refuses(
        "activate", "response/small-call", "--set", "country=HTI", KONBIT_DEFINITIONS=definitions
    )
    assert f"{path}:" in line
    assert "error[" in line


@pytest.mark.parametrize("phone", ["+1 202-555-01", "call me"])
def test_a_directory_with_a_phone_number_that_cannot_be_called_is_not_imported(
    desk: Desk, tmp_path: Path, phone: str
) -> None:
    text = (ROOT / "definitions" / "directories" / "haiti.csv").read_text("utf-8")
    path = tmp_path / "people.csv"
    path.write_text(text.replace("+1 202-555-0102", phone), "utf-8")
    before = desk.content()
    done = desk.konbit("directory", "import", str(path), "--country", "HTI")
    assert done.returncode == 2
    number = next(number for number, row in enumerate(text.splitlines(), 1) if "+1 202-555-0102" in row)
    assert f"{path}:{number}:" in done.stdout + done.stderr
    assert desk.content() == before


def test_a_forged_link_is_not_found_and_stores_nothing(desk: Desk, visitor: Once) -> None:
    run, row = desk.asked()
    good = desk.link(row)
    address, sent = visitor.form(good)
    before = desk.content()
    other = "B" if good[-1] == "A" else "A"
    middle = "B" if good[-12] == "A" else "A"
    for forged in (good[:-1] + other, good[:-12] + middle + good[-11:], good[:-5]):
        assert httpx.get(forged, trust_env=False).status_code == httpx.codes.NOT_FOUND
        assert visitor.post(forged, sent).status_code == httpx.codes.NOT_FOUND
    assert desk.content() == before
    assert visitor.post(address, sent).status_code == httpx.codes.SEE_OTHER
    assert desk.answers(run) == 1


def test_an_expired_link_says_so_and_stores_nothing(desk: Desk, visitor: Once) -> None:
    run, row = desk.asked()
    _, sent = visitor.form(desk.link(row))
    old = desk.link(row, hours=-1)
    assert httpx.get(old, trust_env=False).status_code == httpx.codes.OK, "a link lives as long as its run"
    desk.parts.steward.stand_down(run.id, "operator:test", "over")
    desk.parts.steward.attempt(run.id, directly)
    with contextlib.closing(sqlite3.connect(desk.database)) as database:
        database.execute("UPDATE runs SET ended_at = datetime(ended_at, '-73 hours') || '.000000'")
        database.commit()
    before = desk.content()
    assert httpx.get(old, trust_env=False).status_code == httpx.codes.GONE
    assert visitor.post(old, sent).status_code == httpx.codes.GONE
    assert desk.content() == before
    assert desk.answers(run) == 0


def test_a_page_that_is_sent_twice_counts_once(desk: Desk, visitor: Once) -> None:
    run, row = desk.asked()
    address, sent = visitor.form(desk.link(row))
    assert visitor.post(address, sent).status_code == httpx.codes.SEE_OTHER
    before = desk.content()
    assert visitor.post(address, sent).status_code == httpx.codes.SEE_OTHER
    assert desk.content() == before
    assert desk.answers(run) == 1


def test_opening_a_link_changes_nothing_however_often(desk: Desk) -> None:
    _, row = desk.asked()
    before = desk.content()
    for _ in range(3):
        assert httpx.get(desk.link(row), trust_env=False).status_code == httpx.codes.OK
    assert desk.content() == before


def test_an_answer_to_a_run_that_has_ended_is_kept_as_late_and_the_page_says_so(
    desk: Desk, visitor: Once
) -> None:
    run, row = desk.asked()
    address, sent = visitor.form(desk.link(row))
    desk.parts.steward.stand_down(run.id, "operator:test", "over")
    desk.parts.steward.attempt(run.id, directly)
    assert visitor.post(address, sent).status_code == httpx.codes.GONE
    with desk.parts.store.read() as tx:
        assert [answer.late for answer in tx.answers.list(run.id)] == [True]
        assert tx.inbox.pending(run.id) == []


def test_a_command_to_a_run_that_has_ended_is_refused(desk: Desk) -> None:
    run, _ = desk.asked()
    desk.parts.steward.stand_down(run.id, "operator:test", "over")
    desk.parts.steward.attempt(run.id, directly)
    assert "has ended" in desk.refuses(
        "runs", "answer", run.id, "verify", "--person", "cf-a", "--set", "option=listed"
    )
    assert "has ended" in desk.refuses("runs", "stand-down", run.id, "--reason", "again", "--yes")


def test_a_command_to_a_run_that_does_not_exist_is_refused(desk: Desk) -> None:
    assert "nothing-here" in desk.refuses("runs", "show", "nothing-here")
    assert os.environ.get("KONBIT_HOME") is None
