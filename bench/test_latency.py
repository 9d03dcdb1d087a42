"""How long it takes from an answer to the start of the next step: our worker, Prefect's process worker, DBOS on SQLite.

From the moment the portal says that it took the answer until the task run of the next step starts in Prefect; with DBOS, from
the moment another process has sent the message until the next step starts. Printed as JSON, and written to var/latency.json.
"""

import datetime as dt
import statistics
import time
from pathlib import Path

import pytest

from bench.peers import dbos, known, report
from tests.acceptance.stacks import QUESTION, Site, eventually, up

pytestmark = pytest.mark.timeout(900)
ROUNDS = {"konbit": 40, "process": 12}
POLLS = {"dbos as it comes": 1.0, "dbos with our poll": 0.05}
"""Seconds between two looks of DBOS into SQLite."""


def one(site: Site) -> float:
    """Seconds from an answer to the next step of one run."""
    run = site.request(QUESTION)
    site.waits(run.id)
    (row,) = site.asked(run.id, "verify")
    time.sleep(1.0)  # what the beginning of the run left behind is over
    site.answer(row)
    answered = time.time()
    flow_run_id = str(site.ends(run.id).flow_run_id)
    starts = eventually(
        lambda: [one["start_time"] for one in site.api.task_runs(flow_run_id) if one["name"] == "tell"],
        all_known,
        what="the task run of the next step",
    )
    site.becomes(run.id, "COMPLETED")
    return dt.datetime.fromisoformat(starts[0]).timestamp() - answered


def all_known(starts: list[str | None]) -> bool:
    """Prefect hears of task runs a little later, and of their name and start one after the other."""
    return bool(starts) and None not in starts


def figures(kind: str, seconds: list[float]) -> dict[str, object]:
    ordered = sorted(seconds)
    return {
        "kind": kind,
        "rounds": len(ordered),
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 3),
        "worst": round(ordered[-1], 3),
    }


@pytest.mark.parametrize("kind", list(ROUNDS))
def test_latency_from_an_answer_to_the_next_step(tmp_path: Path, kind: str) -> None:
    with up(tmp_path / "home", kind, factor=1) as site:
        one(site)  # the first loads the flow
        seconds = [one(site) for _ in range(ROUNDS[kind])]
    report("latency", figures(kind, seconds))
    assert min(seconds) > 0


@pytest.mark.parametrize("kind", list(POLLS))
def test_latency_of_dbos(tmp_path: Path, kind: str) -> None:
    seconds = dbos("latency", tmp_path, 25, POLLS[kind])
    report("latency", figures(kind, seconds))
    assert min(seconds) > 0


def test_a_warm_worker_is_ten_times_faster_than_a_process_for_each_attempt() -> None:
    assert known("latency", "konbit")["p50"] * 10 <= known("latency", "process")["p50"]
