"""The record of a run: what was changed in it is found, and the exported file holds no address and the same bytes each time."""

import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from konbit.orchestrate import auditing, migrating
from konbit.orchestrate.operating import Operator
from konbit.store.records import Run
from tests.unit.orchestrate.conftest import World
from tests.unit.orchestrate.test_migrating import changed, hours

pytestmark = pytest.mark.slow


@pytest.fixture
def run(world: World) -> Run:
    """A run with a move, a pause and an answer behind it."""
    begun = world.run()
    world.stand(begun)
    who = Operator(world.steward, "operator:maria")
    who.pause(begun.id, "wait for the ministry")
    world.stand(begun)
    who.resume(begun.id, "they have said yes")
    world.stand(begun)
    migrating.migrate(
        world.steward, begun.id, changed(world, "decide", within=hours(5)), "operator:maria", "too short"
    )
    world.answer(begun, "verify", "cf-1", answer="confirmed")
    world.stand(begun)
    return begun


def tamper(tmp_path: Path, statement: str, *values: object) -> None:
    """Somebody with the file in hand."""
    connection = sqlite3.connect(tmp_path / "konbit.sqlite")
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_a_record_that_nobody_touched_has_no_findings(world: World, run: Run) -> None:
    assert auditing.verify(world.steward, run.id) == []
    Operator(world.steward, "operator:maria").stand_down(run.id, "over")
    world.stand(run)
    world.stand(run)
    assert auditing.verify(world.steward, run.id) == []


def test_the_first_line_that_was_changed_is_named(world: World, run: Run, tmp_path: Path) -> None:
    tamper(
        tmp_path,
        "UPDATE journal SET event = replace(event, 'confirmed', 'contradicted') WHERE event LIKE '%confirmed%'",
    )

    (finding,) = auditing.verify(world.steward, run.id)

    with world.store.read() as tx:
        answered = [e.seq for e in tx.journal.read(run.id) if e.event.kind == "answered"]
    assert [finding.entry] == answered
    assert f"line {finding.entry} of the journal" in finding.words


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM journal WHERE seq = 2", "line 2 of the journal is missing"),
        (
            "UPDATE runs SET status = 'ended', ended_at = created_at, outcome = 'activated'",
            "the store says ended",
        ),
        ("UPDATE requests SET closed_at = opened_at", "open requests are not those"),
        ("DELETE FROM timers", "timers are not those"),
        ("UPDATE runs SET paused_at = created_at", "whether it is paused"),
        ("UPDATE plans SET bundle = replace(bundle, 'Verify the event', 'Verify')", "stored plan"),
    ],
)
def test_what_the_tables_say_must_be_what_the_journal_comes_to(
    world: World, run: Run, tmp_path: Path, statement: str, words: str
) -> None:
    tamper(tmp_path, statement)

    assert words in auditing.verify(world.steward, run.id)[0].words


def test_an_outcome_that_was_changed_is_found(world: World, run: Run, tmp_path: Path) -> None:
    Operator(world.steward, "operator:maria").stand_down(run.id, "over")
    world.stand(run)
    tamper(tmp_path, "UPDATE runs SET outcome = 'activated'")

    (finding,) = auditing.verify(world.steward, run.id)
    assert finding.words == "a replay ends stood_down, the store says activated"


def test_the_export_is_the_same_bytes_each_time_and_holds_no_address(world: World, run: Run) -> None:
    first, second = (auditing.export(world.steward, run.id) for _ in range(2))

    assert first == second
    assert b"@example.org" not in first
    assert b"http://127.0.0.1" not in first


def test_the_export_holds_plans_journal_answers_deliveries_and_decisions(world: World, run: Run) -> None:
    with zipfile.ZipFile(io.BytesIO(auditing.export(world.steward, run.id))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}

    assert len([name for name in files if name.startswith("plans/")]) == 2
    kinds = [json.loads(json.loads(line)["event"])["kind"] for line in files["journal.jsonl"].splitlines()]
    assert kinds == world.events(run)
    (answer,) = [json.loads(line) for line in files["answers.jsonl"].splitlines()]
    assert (answer["person"], answer["data"]) == ("cf-1", {"answer": "confirmed"})
    assert all("address" not in json.loads(line) for line in files["deliveries.jsonl"].splitlines())
    decisions = [json.loads(line) for line in files["decisions.jsonl"].splitlines()]
    assert {one.get("what", one.get("step")) for one in decisions} == {
        "paused", "resumed", "migrated", "verify",
    }  # fmt: skip
    reasons = [json.loads(line)["reason"] for line in files["audit.jsonl"].splitlines()]
    assert reasons == ["wait for the ministry", "they have said yes", "too short"]


def test_an_exported_file_proves_itself(world: World, run: Run, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole.zip", tmp_path / "broken.zip"
    data = auditing.export(world.steward, run.id)
    whole.write_bytes(data)
    broken.write_bytes(data.replace(b"too short", b"too shirt"))

    assert auditing.verify_file(whole) == []
    for path in (broken, tmp_path / "none.zip"):
        with pytest.raises(auditing.UnreadableExport):
            auditing.verify_file(path)


def test_a_file_changed_inside_an_archive_made_anew_is_found(world: World, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "anew.zip"
    with zipfile.ZipFile(io.BytesIO(auditing.export(world.steward, run.id))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["journal.jsonl"] = files["journal.jsonl"].replace(b"confirmed", b"contradicted")
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)

    first, second = auditing.verify_file(path)
    assert first.words == "journal.jsonl is missing or was changed"
    assert second.entry is not None


def test_the_children_of_a_run_are_in_its_file(world: World) -> None:
    run = world.run(clusters=["HEA"])
    world.stand(run)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)
    world.answer(run, "decide", "chair-1", answer="partial")
    world.stand(run)
    for person in ("chair-1", "hea-1", "log-1"):
        world.answer(run, "call_down", person)
    world.clock.move(hours=1)
    world.stand(run)
    with world.store.read() as tx:
        (child,) = tx.runs.children(run.id)

    with zipfile.ZipFile(io.BytesIO(auditing.export(world.steward, run.id))) as archive:
        assert f"children/{child.id}/journal.jsonl" in archive.namelist()
