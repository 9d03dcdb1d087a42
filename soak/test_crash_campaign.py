"""Hundreds of kills -9, of every process, at random moments and at named points, on SQLite and on PostgreSQL.

`make soak` runs it. SOAK_KILLS says how many in all (500), CRASH_SEED repeats a campaign. Workers, clocks and portals are born in
a nursery, ready, so that a kill costs seconds; Prefect and its flow processes start from nothing, and are struck less often. The
figures are printed and written to var/soak-crash-*.json.
"""

import contextlib
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.testing.databases import postgres_available, postgres_url
from tests.acceptance.campaign import Campaign
from tests.acceptance.nursery import nursery
from tests.acceptance.stacks import ROOT, up

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
KILLS = int(os.environ.get("SOAK_KILLS", "500"))
ROUND = 50
"""Kills between two looks at every promise."""
VICTIMS = {
    "konbit": (*["worker"] * 6, *["clock"] * 3, "portal", "portal", "prefect"),
    "process": (*["attempt"] * 4, "worker", "clock", "portal", "prefect"),
}
SHARE = {"konbit": 0.42, "process": 0.08}
"""Of all kills, by the kind of worker, on each of the two databases."""


@contextlib.contextmanager
def database(dialect: str) -> Iterator[dict[str, str]]:
    """The settings of a fresh database."""
    if dialect == "sqlite":
        yield {}
        return
    with postgres_url() as url:
        yield {"KONBIT_DATABASE_URL": url}


@pytest.mark.parametrize("kind", list(VICTIMS))
@pytest.mark.parametrize(
    "dialect",
    [
        "sqlite",
        pytest.param(
            "postgresql", marks=pytest.mark.skipif(not postgres_available(), reason="no PostgreSQL")
        ),
    ],
)
def test_no_kill_loses_or_doubles_anything(tmp_path: Path, dialect: str, kind: str) -> None:
    """All runs end, no step's work and no message is done twice, and every answer that was taken is kept."""
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(1_000_000))
    print(f"CRASH_SEED={seed}")  # noqa: T201 - it repeats a campaign
    began = time.monotonic()
    kills = round(KILLS * SHARE[kind])
    with (
        database(dialect) as more,
        up(tmp_path / "home", kind, more=more) as site,
        nursery(site.stack),
        site.crowd() as crowd,
    ):
        campaign = Campaign(site, crowd, seed)
        while (left := kills - sum(campaign.kills.values())) > 0:
            for _ in range(min(ROUND, left)):
                campaign.strike(campaign.dice.choice(VICTIMS[kind]))
            if kind == "konbit":
                campaign.pause()
            campaign.conclude()
        figures = {
            "database": dialect,
            "worker": kind,
            "seed": seed,
            "kills": dict(campaign.kills),
            "runs": len(campaign.runs),
            "answers": sum(crowd.taken.values()),
            "messages": len(site.stage.mail.mails) + len(site.stage.hooks.posts),
            "seconds": round(time.monotonic() - began),
        }
    print(json.dumps(figures))  # noqa: T201 - the figures are the result
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / f"soak-crash-{dialect}-{kind}.json").write_text(json.dumps(figures, indent=2) + "\n")
    assert figures["runs"]
