"""Many plays: figures that can be computed by hand, the same journals as with reports, and the same bytes for the same seed."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from konbit.definition.codelists import CodeLists
from konbit.simulate.odds import figures, report_html
from konbit.simulate.odds.counting import counting
from konbit.simulate.odds.montecarlo import Batch, Study, in_a_row, play, study
from konbit.simulate.scenario import Chance, Scenario, require_scenario
from konbit.simulate.simulator import Simulator
from konbit.simulate.stage import AS_IT_IS, Stage, Twist
from tests.unit.engine.running import plan_of
from tests.unit.simulate.playing import CHART, HEAD, SHIPPED, few, library, people_of, plans, shipped

pytestmark = pytest.mark.slow

CALL = """\
steps:
  - id: call
    contact:
      who: [chair, hub]
      message: called
      need: {critical: [chair]}
      waves: [{to: primary}, {to: backup, after: 20m}]
    within: 60m
    on: {uncovered: []}
"""


def stage(scenario: str) -> Stage:
    plan = plan_of(CALL, CHART.format(name="example"))
    return Stage(
        require_scenario((HEAD + scenario).encode(), "example"),
        few(),
        lambda _: plan,
        CodeLists(),
        counting(),
    )


def found(scenario: str, runs: int) -> Study:
    one = stage(scenario)
    return study(one, 1, runs, in_a_row(one))


HALF = "chances: [{who: everyone, silent: 50%}]\npeople: [{who: everyone, after: 10m, answer: {}}]"


@pytest.mark.parametrize("name", SHIPPED)
def test_counting_duties_give_the_same_journals(name: str) -> None:
    """A play in which nobody reads the reports comes to exactly what it comes to with them, event by event."""
    scenario = shipped(name)
    people, codes = people_of(scenario), library().codes
    written = Simulator(Stage(scenario, people, plans(), codes), 1)
    counted = Simulator(Stage(scenario, people, plans(), codes, counting()), 1, record=False)
    written.play()
    counted.play()

    assert [run.journal for run in counted.runs] == [run.journal for run in written.runs]
    assert counted.witness.receipts == written.witness.receipts


def test_the_share_of_nights_in_which_a_role_is_covered() -> None:
    """Half are silent: the holder answers in half of the nights after 10 minutes, the backup in a half of the others after 30."""
    result = found(HALF, 2000)
    chair, together = figures.roles(result)

    assert chair.role == "chair"
    assert chair.shares == pytest.approx((0.5, 0.75, 0.75), abs=0.04)
    assert together.shares == chair.shares


def test_whose_silence_hurts_most_comes_first() -> None:
    result = found(HALF, 600)

    assert {one.what for one in result.silence[:2]} == {"chair-a", "chair-b"}
    assert result.silence[0].lost_all > 0.1
    assert next(one for one in result.silence if one.what == "hub-a").lost_all == 0
    mail = next(one for one in result.channels if one.what == "mail")
    assert mail.lost_all > 0


def test_steps_and_burden_are_counted() -> None:
    result = found("chances: [{who: everyone, silent: 0%, spread: 2}]\n" + HALF.partition("\n")[2], 300)
    (step,) = figures.steps(result)

    assert (step.step, step.reached, step.outcomes) == ("call", 1.0, (("covered", 1.0),))
    assert step.p10 < step.p50 < step.p90
    assert 8 <= step.p50 <= 20
    # Who was asked as well, and was not needed, is told so.
    assert (figures.load(result).p95, figures.load(result).most) == (1, 2)
    assert figures.outcomes(result) == (("completed", 1.0),)


def test_it_does_not_matter_how_the_plays_are_spread() -> None:
    one = stage(HALF)
    whole = play(one, Batch(1, AS_IT_IS, range(120)))
    parts = play(one, Batch(1, AS_IT_IS, range(50)))
    parts.merge(play(stage(HALF), Batch(1, AS_IT_IS, range(50, 120))))

    assert parts == whole


def test_a_twist_changes_nothing_else() -> None:
    one = stage(HALF)
    silenced = play(one, Batch(1, Twist(silenced=("hub-a",)), range(100)))

    assert silenced.roles == play(one, Batch(1, AS_IT_IS, range(100))).roles


def test_the_same_study_gives_the_same_bytes() -> None:
    scenario = stage(HALF).scenario

    assert figures.as_json(found(HALF, 60), scenario) == figures.as_json(found(HALF, 60), scenario)
    assert json.loads(figures.as_json(found(HALF, 60), scenario))["runs"] == 60
    assert report_html.page(found(HALF, 60), scenario) == report_html.page(found(HALF, 60), scenario)


def test_the_page_loads_nothing_and_has_a_table_beside_every_chart() -> None:
    scenario = stage(HALF).scenario
    page = report_html.page(found(HALF, 60), scenario)

    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert page.count("<svg") == page.count("<table") == 5


def test_a_page_of_a_chart_that_calls_nobody_down_says_so() -> None:
    plan = plan_of("steps: [{id: pause, wait: 1h}]", CHART.format(name="example"))
    one = Stage(require_scenario((HEAD + HALF).encode(), "e"), few(), lambda _: plan, CodeLists(), counting())
    page = report_html.page(study(one, 1, 30, in_a_row(one)), one.scenario)

    assert "calls nobody down" in page
    assert "no single silence costs anything" in page


def test_quantiles() -> None:
    counts = Counter({10: 9, 60: 1})

    assert [figures.quantile(counts, share) for share in (0.1, 0.5, 0.9, 0.95)] == [10, 10, 10, 60]
    assert figures.quantile({}, 0.5) == 0
    assert figures.percent(0.001) == "<1 %"
    assert figures.percent(0.999) == ">99 %"


def chancy(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"chances": [Chance(silent=0.15, bounced=0.03, spread=3)]})


def test_the_activation_of_haiti_is_played_by_chance() -> None:
    scenario = chancy(shipped("haiti-2021-08-14"))
    one = Stage(scenario, people_of(scenario), plans(), library().codes, counting())
    tally = play(one, Batch(1, AS_IT_IS, range(30)))

    assert {"verify", "call_down", "assessment: observe", "situation"} <= set(tally.steps)
    assert {slot for _, slot in tally.roles} == {"chair", "cluster_lead.HEA", "cluster_lead.LOG"}
    assert 0 < tally.all_covered < 1


PLAY = """\
from tests.unit.simulate.test_montecarlo import HALF, found, stage
from konbit.simulate.odds import figures
print(figures.as_json(found(HALF, 40), stage(HALF).scenario))
"""


def test_the_same_study_gives_the_same_bytes_in_every_process() -> None:
    """Whatever the seed of the hashes."""
    root = Path(__file__).parents[3]
    outputs = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root}/src:{root}"}
        done = subprocess.run(
            [sys.executable, "-c", PLAY],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
            cwd=root,
        )
        outputs.add(done.stdout)

    assert len(outputs) == 1
