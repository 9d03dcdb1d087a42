"""runs: what operators see, and what they may do."""

import json

import pytest

from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring
from tests.unit.cli.conftest import Call, one_line_error


def test_no_runs_is_no_error(call: Call, parts: Wiring) -> None:
    done = call("runs", "list")
    assert (done.exit_code, done.stdout, done.stderr.strip()) == (0, "", "there are no runs")


def test_runs_are_listed_with_how_they_stand(call: Call, run: str) -> None:
    assert run[:8] in call("runs", "list").stdout
    found = json.loads(call("runs", "list", "--status", "active", "--json").stdout)
    assert [(one["run"], one["flowchart"], one["status"]) for one in found] == [
        (run, "response/activation", "active")
    ]
    assert json.loads(call("runs", "list", "--status", "ended", "--json").stdout) == []


def test_a_run_shows_its_steps_who_is_silent_and_its_timers(call: Call, run: str) -> None:
    found = json.loads(call("runs", "show", run[:6], "--json").stdout)
    assert [step["step"] for step in found["steps"]] == ["verify"]
    (request,) = found["requests"]
    assert request["slots"][0]["slot"] == "country_facilitator"
    assert request["slots"][0]["silent"] == ["cf-a"]
    assert any(timer["timer"].endswith("#deadline") for timer in found["timers"])
    shown = call("runs", "show", run).stdout
    for word in ("country_facilitator", "cf-a", "verify", "under way", "deadline"):
        assert word in shown
    assert "example.org" not in shown, "addresses are not shown"


def test_a_run_is_named_by_the_beginning_of_its_id(call: Call, run: str) -> None:
    one_line_error(call("runs", "show", "nothing"), "'nothing'")
    one_line_error(call("runs", "show", ""), "konbit runs list")


def test_an_operator_records_an_answer_and_the_audit_says_so(call: Call, parts: Wiring, run: str) -> None:
    done = call("runs", "answer", run, "verify", "--person", "cf-a", "--set", "option=confirmed")
    assert done.exit_code == 0, done.output
    with parts.store.read() as tx:
        (answer,) = tx.answers.list(run)
        acts = [act for act in tx.audit.list(run) if act.action == "answer-for"]
    assert answer.actor.startswith("operator")
    assert (answer.person, answer.data["answer"], answer.channel) == ("cf-a", "confirmed", "operator")
    assert [act.details["person"] for act in acts] == ["cf-a"]
    standing = parts.steward.attempt(run, directly)
    assert "decide" in standing.message, "the answer has moved the run on"


def test_a_decline_is_recorded(call: Call, parts: Wiring, run: str) -> None:
    assert call("runs", "answer", run, "verify", "--person", "cf-a", "--decline").exit_code == 0
    with parts.store.read() as tx:
        assert [answer.verdict for answer in tx.answers.list(run)] == ["decline"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verify", "--person", "gf-a", "--set", "option=confirmed"), ("'gf-a' was not asked", "cf-a")),
        (("decide", "--person", "cf-a", "--set", "option=full"), ("'decide'", "verify")),
        (("verify", "--person", "cf-a"), ("option", "confirmed, contradicted")),
        (("verify", "--person", "cf-a", "--set", "option=perhaps"), ("option", "confirmed, contradicted")),
        (("verify", "--person", "cf-a", "--set", "colour=red"), ("no field 'colour'", "option")),
        (("verify", "--person", "cf-a", "--decline", "--set", "option=confirmed"), ("decline",)),
    ],
)
def test_an_answer_that_does_not_fit_is_one_line_and_not_kept(
    call: Call, parts: Wiring, run: str, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    one_line_error(call("runs", "answer", run, *arguments), *words)
    with parts.store.read() as tx:
        assert not tx.answers.list(run)
        assert not [act for act in tx.audit.list(run) if act.action == "answer-for"]


def test_standing_down_ends_a_run_and_a_finished_run_takes_nothing_more(
    call: Call, parts: Wiring, run: str
) -> None:
    one_line_error(call("runs", "stand-down", run, "--reason", "false alarm"), "--yes")
    assert call("runs", "stand-down", run, "--reason", "false alarm", "--yes").exit_code == 0
    parts.steward.attempt(run, directly)
    with parts.store.read() as tx:
        ended = tx.runs.get(run)
    assert ended.status == "ended"
    answer = ("runs", "answer", run, "verify", "--person", "cf-a", "--set", "option=confirmed")
    one_line_error(call(*answer), "has ended")
    one_line_error(call("runs", "stand-down", run, "--reason", "again", "--yes"), "has ended")
    with parts.store.read() as tx:
        assert not tx.answers.list(run)
