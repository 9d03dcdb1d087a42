"""Ten thousand runs that wait: no process, and a clock and a worker that hardly notice; then a thousand timers fall due at once.

`make soak` runs it. SOAK_PARKED and SOAK_DUE say how many. A sample is in tests/unit/orchestrate/test_parked.py.
"""

import datetime as dt
import json
import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from konbit.store.tables.runs import runs, timers
from konbit.testing.databases import POSTGRES
from tests.acceptance import crowding
from tests.acceptance.stacks import QUESTION, ROOT, Site, attempts_in_processes, strays, up

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
PARKED = int(os.environ.get("SOAK_PARKED", "10000"))
DUE = int(os.environ.get("SOAK_DUE", "1000"))
LOOK_SECONDS = float(os.environ.get("SOAK_LOOK_SECONDS", "120"))
SETTLE_SECONDS = 30.0
WATCHED = ("clock", "worker", "portal", "prefect")
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used so far."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS


def shares(site: Site, seconds: float) -> dict[str, float]:
    """Per cent of a core that each process uses."""
    pids = {name: site.stack.pid(name) for name in WATCHED}
    before = {name: cpu(pid) for name, pid in pids.items()}
    began = time.monotonic()
    time.sleep(seconds)
    return {
        name: round(100 * (cpu(pid) - before[name]) / (time.monotonic() - began), 2)
        for name, pid in pids.items()
    }


def fall_due(engine: sa.Engine, ids: list[str], now: dt.datetime) -> None:
    with engine.begin() as connection:
        for start in range(0, len(ids), 500):
            chosen = timers.c.run_id.in_(ids[start : start + 500])
            connection.execute(
                sa.update(timers).where(chosen, timers.c.timer.like("%deadline")).values(at=now)
            )


def test_ten_thousand_parked_runs_cost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(POSTGRES, raising=False)  # flow runs are copied within Prefect's SQLite
    home = tmp_path / "home"
    with up(home, factor=1) as site:
        model = site.request(QUESTION)
        site.waits(model.id)
        idle = shares(site, SETTLE_SECONDS)
        prefect = sa.create_engine(
            f"sqlite:///{home / 'prefect' / 'prefect.db'}", connect_args={"timeout": 60}
        )
        flow_runs = crowding.flow_run_copies(prefect, site.flow_run_id(model.id), PARKED)
        ours = sa.create_engine(site.parts.settings.database, connect_args={"timeout": 60})
        ids = crowding.copies(ours, model.id, PARKED, flow_runs)
        time.sleep(SETTLE_SECONDS)
        parked = shares(site, LOOK_SECONDS)
        processes = len(strays(home)), len(attempts_in_processes(home))
        due = ids[:DUE]
        began = time.monotonic()
        fall_due(ours, due, site.parts.clock.now())
        left = wait_for_end(ours, due)
        took = time.monotonic() - began
    figures = {
        "parked": PARKED,
        "cpu_percent_with_one": idle,
        "cpu_percent_parked": parked,
        "processes": processes[0],
        "processes_of_attempts": processes[1],
        "due": DUE,
        "seconds": round(took, 1),
        "due_per_second": round(DUE / took, 2),
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures))  # noqa: T201 - the figures are the result
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "soak-parked.json").write_text(json.dumps(figures, indent=2) + "\n")
    assert not left
    assert processes == (len(WATCHED), 0)


def wait_for_end(engine: sa.Engine, ids: list[str]) -> int:
    """How many of the runs have not ended when nothing moves for two minutes."""
    last, since = len(ids), time.monotonic()
    while last and time.monotonic() - since < 120:
        time.sleep(0.5)
        with engine.connect() as connection:
            ended = sum(
                connection.scalar(
                    sa.select(sa.func.count()).where(
                        runs.c.id.in_(ids[start : start + 500]), runs.c.status == "ended"
                    )
                )
                or 0
                for start in range(0, len(ids), 500)
            )
        if len(ids) - ended < last:
            last, since = len(ids) - ended, time.monotonic()
    return last
