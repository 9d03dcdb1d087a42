"""What a stack on many machines must bear: its database restarted, Redis flushed, an API replica killed, a network cut.

On PostgreSQL and Redis of its own, with two Prefect API replicas, two workers and two clocks, one of the workers in a network
of its own. OUTAGE_ROUNDS says how many rounds of all four. The figures are printed and written to var/soak-outages.json.
"""

import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from konbit.cli.scenarios import read
from konbit.orchestrate.server import free_port
from soak.scaled import HERE, Balancer, Cable, Postgres, Scaled, cable, postgres, prefect_on_redis, redis
from tests.acceptance.campaign import Campaign
from tests.acceptance.stacks import FACTOR, FOLDERS, ROOT, Site, eventually, settings, standing

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
ROUNDS = int(os.environ.get("OUTAGE_ROUNDS", "5"))
DOWN = 6.0
"""Seconds for which something is away."""


def outages(site: Site, cluster: Postgres, redis_port: int, wire: Cable) -> dict[str, Callable[[], None]]:
    """Name → what brings it about, and ends it."""

    def database() -> None:
        cluster.stop()
        time.sleep(DOWN / 2)
        cluster.start()

    def flush() -> None:
        subprocess.run(["redis-cli", "-p", str(redis_port), "flushall"], check=True, capture_output=True)

    def replica(name: str) -> None:
        site.kill(name)
        time.sleep(DOWN)
        site.start(name, ready=True)

    def cut() -> None:
        wire.pull()
        time.sleep(DOWN * 3)
        wire.plug()

    return {
        "database": database,
        "redis": flush,
        "replica-a": lambda: replica("prefect"),
        "replica-b": lambda: replica("prefect-b"),
        "network": cut,
    }


def test_no_outage_loses_or_doubles_anything(tmp_path: Path) -> None:
    """All runs end, no step's work and no message is done twice, and every answer that was taken is kept."""
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(1_000_000))
    began = time.monotonic()
    ports = (free_port(), free_port())
    scenario = read("small", FOLDERS)
    done: Counter[str] = Counter()
    with (
        postgres(Path(f"/tmp/konbit-pg-{os.getpid()}")) as cluster,
        redis(tmp_path) as redis_port,
        cable() as wire,
    ):
        told = settings(scenario, "konbit", FACTOR) | prefect_on_redis(redis_port, tmp_path / "packages")
        told["KONBIT_DATABASE_URL"] = cluster.url("psycopg", "konbit")
        told["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = cluster.url("asyncpg", "prefect")
        house = Scaled(
            tmp_path / "home", "127.0.0.1", free_port(), free_port(), "konbit", told, replica_ports=ports
        )
        with Balancer(house.prefect_port, ports), standing(house, scenario) as site, site.crowd() as crowd:
            services = house.services()
            for name in ("prefect-b", "services", "clock-b"):
                site.stack.start(services[name])
            usual = dict(site.stack.environment)
            site.stack.environment |= {
                "PREFECT_API_URL": f"http://{HERE}:{house.prefect_port}/api",
                "KONBIT_DATABASE_URL": cluster.url("psycopg", "konbit", HERE),
            }
            site.stack.start(wire.within(services["worker-b"], "worker-b"))
            site.stack.environment = usual
            site.stack.wait_ready()
            campaign = Campaign(site, crowd, seed, abreast=4)
            for _ in range(ROUNDS):
                todo = list(outages(site, cluster, redis_port, wire).items())
                campaign.dice.shuffle(todo)
                for name, happen in todo:
                    campaign.keep_busy()
                    time.sleep(campaign.dice.uniform(1.0, 6.0))
                    happen()
                    done[name] += 1
                eventually(lambda: _alive(site), bool, 60, "the API behind the balancer")
                campaign.conclude()
            figures = {
                "seed": seed,
                "outages": dict(done),
                "runs": len(campaign.runs),
                "answers": sum(crowd.taken.values()),
                "messages": len(site.stage.mail.mails) + len(site.stage.hooks.posts),
                "seconds": round(time.monotonic() - began),
            }
    print(json.dumps(figures))  # noqa: T201 - the figures are the result
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / "soak-outages.json").write_text(json.dumps(figures, indent=2) + "\n")


def _alive(site: Site) -> bool:
    return site.api.get("/health") is True
