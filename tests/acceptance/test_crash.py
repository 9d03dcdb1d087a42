"""kill -9 at random moments and at named points: every run ends, nothing is done twice, nothing said is lost.

A sample of the campaigns in `soak`, which also kill at twenty random moments of the demo's own chart. The seed is printed;
CRASH_SEED repeats one.
"""

import os
import random

import pytest

from tests.acceptance.campaign import Campaign
from tests.acceptance.nursery import nursery
from tests.acceptance.stacks import up

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]


def seed() -> int:
    return int(os.environ.get("CRASH_SEED") or random.randrange(1_000_000))


def play(campaign: Campaign, victims: list[str]) -> None:
    print(f"CRASH_SEED={campaign.seed}")  # noqa: T201 - pytest shows it where a test fails
    campaign.dice.shuffle(victims)
    for victim in victims:
        campaign.strike(victim)
    campaign.conclude()
    print(f"kills: {dict(campaign.kills)}, runs: {len(campaign.runs)}")  # noqa: T201 - pytest shows it where a test fails
    assert sum(campaign.kills.values()) >= len(victims)


def test_killed_and_frozen_workers_clocks_and_portals_cost_no_step_no_answer_and_no_second_message(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with up(tmp_path_factory.mktemp("home")) as site, nursery(site.stack), site.crowd() as crowd:
        campaign = Campaign(site, crowd, seed(), abreast=4)
        campaign.pause()
        play(campaign, ["worker"] * 4 + ["clock", "portal"])


def test_killed_flow_processes_cost_no_step_no_answer_and_no_second_message(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with up(tmp_path_factory.mktemp("home"), "process") as site, site.crowd() as crowd:
        play(Campaign(site, crowd, seed(), abreast=2), ["attempt"] * 3 + ["clock"])
