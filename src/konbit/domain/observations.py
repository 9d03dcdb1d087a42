"""Observations from people who called home, consolidated into a picture of needs by cluster and place.

Such observations are key-informant evidence of unknown bias, not statistics: every figure carries its number
of sources and a confidence, and a place nobody reported on has no figure at all. It is never zero.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import AwareDatetime, Field

from konbit.definition.base import Model

Basis = Literal["seen", "heard", "official"]
Urgency = Literal["life_threatening", "days", "weeks", "unknown"]
Sensitivity = Literal["low", "moderate", "high", "severe"]
Confidence = Literal["A", "B", "C", "D"]

HOUSEHOLD_SIZE = 5
"""People in a household where only households were counted (the planning figure of Sphere)."""
_URGENCY: tuple[Urgency, ...] = ("unknown", "weeks", "days", "life_threatening")
_SENSITIVITY: tuple[Sensitivity, ...] = ("low", "moderate", "high", "severe")
_DISAGREEMENT = 3
"""Estimates that differ by more than this factor lower the confidence by one grade."""


class Observation(Model):
    """What one person reported about one need in one place. No name: `source_id` is opaque."""

    id: str
    run_id: str
    cluster: str = Field(min_length=1)
    place: str = Field(min_length=1)
    what: str = Field(min_length=1, max_length=280)
    basis: Basis
    people: int | None = Field(default=None, ge=0)
    households: int | None = Field(default=None, ge=0)
    urgency: Urgency = "unknown"
    observed_at: AwareDatetime
    reporter_role: str
    source_id: str
    sensitivity: Sensitivity = "low"


class NeedsCell(Model):
    """What is known about one cluster in one place.

    `people` is None where nobody gave a number; `confidence` is None where nobody reported at all. Where an
    official figure replaced ours, `ours` keeps our estimate and `difference` is ours minus official.
    """

    cluster: str
    place: str
    no_information: bool = False
    people: int | None = None
    sources: int = 0
    confidence: Confidence | None = None
    official: bool = False
    ours: int | None = None
    difference: int | None = None
    urgency: Urgency = "unknown"
    sensitivity: Sensitivity = "low"
    reports: tuple[str, ...] = ()

    @property
    def verify_first(self) -> bool:
        """Danger to life on the word of one unofficial source: the authority is asked within the hour."""
        return self.urgency == "life_threatening" and self.sources == 1 and not self.official


class NeedsPicture(Model):
    """All cells, in order of cluster and place."""

    cells: tuple[NeedsCell, ...]

    def cell(self, cluster: str, place: str) -> NeedsCell | None:
        """The cell of a cluster in a place, or None where it was neither asked for nor reported."""
        return next((cell for cell in self.cells if (cell.cluster, cell.place) == (cluster, place)), None)


def consolidate(
    observations: Iterable[Observation], clusters: Iterable[str], places: Iterable[str]
) -> NeedsPicture:
    """The picture of needs for every requested cluster and place, whatever the order of the observations.

    A requested place takes in what was observed in a finer place (HT0711001 counts for HT0711). Observations
    outside the request keep a cell of their own. What a source says again about the same thing replaces what
    it said before, except that a number stands until another number replaces it.
    """
    requested = sorted(set(places) - {""}, key=lambda place: (-len(place), place))
    groups: dict[tuple[str, str], list[Observation]] = {
        (cluster, place): [] for cluster in set(clusters) for place in requested
    }
    for observation in _deduplicated(observations):
        place = next((cell for cell in requested if observation.place.startswith(cell)), observation.place)
        groups.setdefault((observation.cluster, place), []).append(observation)
    return NeedsPicture(cells=tuple(_cell(*key, groups[key]) for key in sorted(groups)))


def people_in_need(picture: NeedsPicture) -> int | None:
    """People in need of anything, or None where no cell has a figure.

    Per place the greatest figure of any cluster, because the clusters count the same people; a place and the
    finer places inside it count once, by whichever is more.
    """
    by_place: dict[str, int] = {}
    for cell in picture.cells:
        if cell.people is not None:
            by_place[cell.place] = max(cell.people, by_place.get(cell.place, 0))
    return _without_overlap(by_place) if by_place else None


def _deduplicated(observations: Iterable[Observation]) -> list[Observation]:
    latest: dict[tuple[str, ...], Observation] = {}
    for observation in sorted(
        observations, key=lambda item: (item.observed_at, item.id, item.model_dump_json())
    ):
        item = observation
        what = " ".join(item.what.casefold().split())
        key = (item.cluster, item.place, what, item.source_id, str(item.basis == "official"))
        earlier = latest.get(key)
        if earlier and item.people is None and item.households is None:
            item = item.model_copy(update={"people": earlier.people, "households": earlier.households})
        latest[key] = item
    return list(latest.values())


def _cell(cluster: str, place: str, observations: Sequence[Observation]) -> NeedsCell:
    if not observations:
        return NeedsCell(cluster=cluster, place=place, no_information=True)
    official = [item for item in observations if item.basis == "official"]
    informal = [item for item in observations if item.basis != "official"]
    estimates = _estimates(informal)
    ours = math.ceil(statistics.median(estimates)) if estimates else None
    theirs = _official_figure(official)
    return NeedsCell(
        cluster=cluster,
        place=place,
        people=ours if theirs is None else theirs,
        sources=len({item.source_id for item in observations}),
        confidence=_confidence(observations, estimates, official=theirs is not None),
        official=theirs is not None,
        ours=None if theirs is None else ours,
        difference=None if theirs is None or ours is None else ours - theirs,
        urgency=max((item.urgency for item in observations), key=_URGENCY.index),
        sensitivity=max((item.sensitivity for item in observations), key=_SENSITIVITY.index),
        reports=tuple(sorted({" ".join(item.what.split()) for item in observations})),
    )


def _confidence(
    observations: Sequence[Observation], estimates: Sequence[int], *, official: bool
) -> Confidence:
    """The grade of a cell.

    A: an official figure. B: three or more independent sources, one of whom saw it. C: two sources, or one
    who saw it. An authority that gave no figure counts like one who saw it. D: one source by hearsay.
    Estimates that disagree by more than a factor of three lower B and C by one grade.
    """
    if official:
        return "A"
    sources = len({item.source_id for item in observations})
    seen = any(item.basis != "heard" for item in observations)
    grade: Confidence = "B" if sources >= 3 and seen else "C" if sources >= 2 or seen else "D"
    if estimates and max(estimates) > _DISAGREEMENT * max(min(estimates), 1):
        grade = "C" if grade == "B" else "D"
    return grade


def _official_figure(official: Sequence[Observation]) -> int | None:
    """The figure of the official source that spoke last, if any of them gave one."""
    counted = [item for item in official if _people(item) is not None]
    if not counted:
        return None
    last = max(counted, key=lambda item: (item.observed_at, item.source_id)).source_id
    return _estimates([item for item in counted if item.source_id == last])[0]


def _estimates(observations: Iterable[Observation]) -> list[int]:
    """One estimate per source that gave a number.

    Different needs in one place may concern the same people, so a source counts with its greatest figure
    there.
    """
    by_source: dict[str, dict[str, int]] = defaultdict(dict)
    for item in observations:
        people = _people(item)
        if people is not None:
            figures = by_source[item.source_id]
            figures[item.place] = max(people, figures.get(item.place, 0))
    return [_without_overlap(by_source[source]) for source in sorted(by_source)]


def _without_overlap(by_place: dict[str, int]) -> int:
    """The sum over places; a place that contains others counts with the greater of its figure and theirs."""
    inside: dict[str, int] = defaultdict(int)
    total = 0
    for place in sorted(by_place, key=len, reverse=True):
        figure = max(by_place[place], inside[place])
        above = [other for other in by_place if other != place and place.startswith(other)]
        if above:
            inside[max(above, key=len)] += figure
        else:
            total += figure
    return total


def _people(observation: Observation) -> int | None:
    if observation.people is not None:
        return observation.people
    return None if observation.households is None else observation.households * HOUSEHOLD_SIZE
