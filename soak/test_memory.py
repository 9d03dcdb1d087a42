"""Runs begin, are answered and end for as long as one likes; no process grows. SOAK_MINUTES says how long (20).

The resident memory of each process after the first part of the time, when everything is loaded, and at the end: printed and
written to var/soak-memory.json.
"""

import json
import os
import time
from pathlib import Path

import pytest

from tests.acceptance.stacks import QUESTION, ROOT, Site, up

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))
WATCHED = ("worker", "clock", "portal", "prefect")
MAY_GROW = 1.15


def resident(site: Site) -> dict[str, float]:
    """MiB of memory that each process holds."""
    found = {}
    for name in WATCHED:
        status = Path(f"/proc/{site.stack.pid(name)}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        found[name] = round(int(line.split()[1]) / 1024, 1)
    return found


def test_memory_stays_flat_over_continuous_runs(tmp_path: Path) -> None:
    ended = 0
    with up(tmp_path / "home", factor=1) as site:
        began = time.monotonic()
        seen: list[tuple[float, dict[str, float]]] = []
        while (passed := time.monotonic() - began) < MINUTES * 60:
            run = site.request(QUESTION)
            (row,) = site.asked(run.id, "verify")
            site.answer(row)
            site.ends(run.id)
            ended += 1
            if not seen or passed - seen[-1][0] >= MINUTES * 60 / 40:
                seen.append((passed, resident(site)))
        restarts = site.stack.restarts
        seen.append((time.monotonic() - began, resident(site)))
    warm = next(sizes for passed, sizes in seen if passed >= MINUTES * 60 / 5)
    figures = {
        "minutes": MINUTES,
        "runs": ended,
        "mib_warm": warm,
        "mib_end": seen[-1][1],
        "mib_over_time": [sizes for _, sizes in seen],
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures))  # noqa: T201 - the figures are the result
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "soak-memory.json").write_text(json.dumps(figures, indent=2) + "\n")
    assert restarts == 0
    grown = {name: seen[-1][1][name] / warm[name] for name in ("worker", "clock", "portal")}
    assert max(grown.values()) < MAY_GROW, grown
