"""The figures of a study, ready to be shown: shares, quantiles, and the same as data."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from konbit.definition.durations import show
from konbit.simulate.odds.montecarlo import Difference, Study
from konbit.simulate.odds.tally import LOAD_HOURS, Cover, Ends
from konbit.simulate.scenario import Scenario

WINDOWS = (15, 30, 60)
"""Minutes after a call began at which critical roles should have somebody."""


@dataclasses.dataclass(frozen=True, slots=True)
class RoleFigure:
    """How likely a critical role is covered, by the windows."""

    call: str
    role: str
    shares: tuple[float, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class StepFigure:
    """When a step ends, if it does: tenth, fiftieth and ninetieth percentile in minutes after the start."""

    step: str
    reached: float
    p10: int
    p50: int
    p90: int
    outcomes: tuple[tuple[str, float], ...]
    """With the share of the plays that reached it, the most frequent first."""


@dataclasses.dataclass(frozen=True, slots=True)
class LoadFigure:
    """Messages to one person in the first days, over the people who got any."""

    mean: float
    p95: int
    most: int


def quantile(counts: Mapping[int, int], share: float) -> int:
    """The smallest value that at least this share of the counted is not above; 0 if there is none."""
    total = sum(counts.values())
    below = 0
    for value in sorted(counts):
        below += counts[value]
        if below >= share * total:
            return value
    return 0


def roles(study: Study) -> tuple[RoleFigure, ...]:
    """Critical roles, and all of them together for each call; shares of the plays in which the call began."""
    found = [RoleFigure(call, slot, _by(cover)) for (call, slot), cover in sorted(study.tally.roles.items())]
    together = [
        RoleFigure(call, "all of them", _by(cover)) for call, cover in sorted(study.tally.calls.items())
    ]
    return tuple(found + together)


def _by(cover: Cover) -> tuple[float, ...]:
    return tuple(cover.by(window) / max(1, cover.opened) for window in WINDOWS)


def steps(study: Study) -> tuple[StepFigure, ...]:
    """Steps in the order of their median."""
    found = [_step(name, ends, study.tally.runs) for name, ends in study.tally.steps.items()]
    return tuple(sorted(found, key=lambda one: (one.p50, one.p90, one.step)))


def _step(name: str, ends: Ends, runs: int) -> StepFigure:
    total = sum(ends.outcomes.values())
    outcomes = sorted(ends.outcomes.items(), key=lambda item: (-item[1], item[0]))
    return StepFigure(
        name,
        total / max(1, runs),
        quantile(ends.minutes, 0.1),
        quantile(ends.minutes, 0.5),
        quantile(ends.minutes, 0.9),
        tuple((outcome, count / total) for outcome, count in outcomes),
    )


def outcomes(study: Study) -> tuple[tuple[str, float], ...]:
    """How the run ends, the most frequent first; `never` if it does not."""
    counted = dict(study.tally.ends.outcomes)
    if study.tally.endless:
        counted["never"] = study.tally.endless
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple((outcome, count / study.tally.runs) for outcome, count in ranked)


def load(study: Study) -> LoadFigure:
    """The burden of messages."""
    counts = study.tally.load
    total = sum(counts.values())
    mean = sum(value * count for value, count in counts.items()) / total if total else 0.0
    return LoadFigure(mean, quantile(counts, 0.95), max(counts, default=0))


def burdened(study: Study, number: int = 10) -> Iterator[tuple[str, float, int]]:
    """Who gets the most messages in the first days: the mean over all plays, and the most in one."""
    ranked = sorted(study.tally.people.items(), key=lambda item: (-item[1].messages, item[0]))
    for person, burden in ranked[:number]:
        yield person, burden.messages / study.tally.runs, burden.most


def after(minutes: int) -> str:
    """Minutes as a duration; in whole hours from a day on."""
    if minutes >= 1440:
        minutes = round(minutes / 60) * 60
    return show(dt.timedelta(minutes=minutes))


def percent(share: float) -> str:
    """A share in whole percent; what is not quite all or nothing does not look so."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 < share < 1:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")


def as_json(study: Study, scenario: Scenario) -> str:
    """The figures as JSON: the same study gives the same bytes."""
    return json.dumps(data(study, scenario), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def data(study: Study, scenario: Scenario) -> dict[str, JsonValue]:
    """The figures as data; times are minutes after the start, coverage counts from the beginning of the call."""
    burden = load(study)
    return {
        "scenario": scenario.scenario,
        "flowchart": scenario.flowchart,
        "seed": study.seed,
        "runs": study.tally.runs,
        "outcomes": dict(outcomes(study)),
        "roles": [
            {"call": one.call, "role": one.role}
            | {f"by_{window}m": share for window, share in zip(WINDOWS, one.shares, strict=True)}
            for one in roles(study)
        ],
        "steps": [
            {
                "step": one.step,
                "reached": one.reached,
                "p10": one.p10,
                "p50": one.p50,
                "p90": one.p90,
                "outcomes": dict(one.outcomes),
            }
            for one in steps(study)
        ],
        "load": {"hours": LOAD_HOURS, "mean": burden.mean, "p95": burden.p95, "max": burden.most},
        "burdened": [{"person": person, "mean": mean, "max": most} for person, mean, most in burdened(study)],
        "compared": study.compared,
        "untried": study.untried,
        "silence": [_as_data(one) for one in study.silence],
        "channels": [_as_data(one) for one in study.channels],
    }


def _as_data(one: Difference) -> dict[str, JsonValue]:
    return {
        "of": one.what,
        "roles": list(one.roles),
        "coverage": one.coverage,
        "all_covered": one.all_covered,
        "lost_coverage": one.lost_coverage,
        "lost_all": one.lost_all,
    }
