"""kill -9 of the worker or the flow process at twenty random moments of the demo's own chart and story.

`response/activation` with its children, played by the people of 14 August 2021; a new activation begins when one has ended.
DEMO_KILLS says how many kills for each kind of worker, CRASH_SEED repeats a campaign.
"""

import json
import os
import random
import time
from pathlib import Path

import pytest

from tests.acceptance.campaign import Campaign
from tests.acceptance.stacks import ROOT, Site, eventually, up

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]
KILLS = int(os.environ.get("DEMO_KILLS", "20"))
STORY = "haiti-2021-08-14"
FACTOR = {"konbit": 120.0, "process": 30.0}
"""How fast the clock runs: a process for each attempt is slow, and nobody's deadline is to pass for that alone."""


@pytest.mark.parametrize(("kind", "victim"), [("konbit", "worker"), ("process", "attempt")])
def test_the_demo_chart_completes_whatever_is_killed(tmp_path: Path, kind: str, victim: str) -> None:
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(1_000_000))
    began = time.monotonic()
    with up(tmp_path / "home", kind, factor=FACTOR[kind], play=STORY) as site, site.crowd() as crowd:
        campaign = Campaign(site, crowd, seed, abreast=1)
        while campaign.kills[victim] < KILLS:
            campaign.keep_busy()
            if victim == "worker":
                campaign.at_any_moment(victim, within=15.0)
            else:
                campaign.site.revive()
                campaign.attempt(within=15.0)
                _moves(site, campaign.runs[-1].id)
        campaign.conclude()
        figures = {
            "worker": kind,
            "seed": seed,
            "kills": dict(campaign.kills),
            "runs": len(campaign.runs),
            "outcomes": sorted({str(site.run(run.id).outcome) for run in campaign.runs}),
            "answers": sum(crowd.taken.values()),
            "messages": len(site.stage.mail.mails) + len(site.stage.hooks.posts),
            "seconds": round(time.monotonic() - began),
        }
    print(json.dumps(figures))  # noqa: T201 - the figures are the result
    (ROOT / "var").mkdir(exist_ok=True)
    (ROOT / "var" / f"soak-demo-{kind}.json").write_text(json.dumps(figures, indent=2) + "\n")


def _moves(site: Site, run_id: str) -> None:
    """The run takes a step before its next process is killed, as it would between two accidents."""
    before = site.run(run_id).last_seq
    eventually(
        lambda: site.run(run_id), lambda run: run.last_seq > before or run.status == "ended", 180, "a step"
    )
