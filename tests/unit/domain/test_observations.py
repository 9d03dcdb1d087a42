"""Consolidation: duplicates count once, official figures replace ours, and no information is never zero."""

import datetime as dt
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.observations import (
    Confidence,
    NeedsCell,
    NeedsPicture,
    Observation,
    consolidate,
    people_in_need,
)

Observe = Callable[..., Observation]
T0 = dt.datetime(2021, 8, 14, 13, tzinfo=dt.UTC)
CLUSTERS = ["WSH", "SHL"]
PLACES = ["HT0711", "HT0712"]

counts = st.none() | st.integers(0, 5000)
observations = st.lists(
    st.builds(
        Observation,
        id=st.sampled_from(["a", "b", "c", "d"]),
        run_id=st.just("run-1"),
        cluster=st.sampled_from(["WSH", "SHL", "HEA"]),
        place=st.sampled_from(["HT07", "HT0711", "HT0711001", "HT0711002", "HT0713"]),
        what=st.sampled_from(["no water", "No  Water", "roof gone"]),
        basis=st.sampled_from(["seen", "heard", "official"]),
        people=counts,
        households=st.none() | st.integers(0, 900),
        urgency=st.sampled_from(["unknown", "days", "life_threatening"]),
        observed_at=st.sampled_from([T0, T0 + dt.timedelta(hours=1)]),
        reporter_role=st.just("focal_point"),
        source_id=st.sampled_from(["p1", "p2", "p3", "p4"]),
        sensitivity=st.sampled_from(["low", "high"]),
    ),
    max_size=12,
)


def only(items: list[Observation]) -> NeedsCell:
    """The cell for water in Les Cayes."""
    cell = consolidate(items, ["WSH"], ["HT0711"]).cell("WSH", "HT0711")
    assert cell is not None
    return cell


@given(observations, st.randoms(use_true_random=False))
def test_the_order_of_observations_does_not_matter(items: list[Observation], random: Random) -> None:
    """Answers arrive in any order; the picture is the same."""
    shuffled = sorted(items, key=lambda item: (random.random(), item.id))

    assert consolidate(items, CLUSTERS, PLACES) == consolidate(shuffled, CLUSTERS, PLACES)


@given(observations)
def test_saying_everything_twice_changes_nothing(items: list[Observation]) -> None:
    """Duplicates are never added up."""
    assert consolidate(items, CLUSTERS, PLACES) == consolidate([*items, *items], CLUSTERS, PLACES)


@given(observations)
def test_no_information_is_never_zero(items: list[Observation]) -> None:
    """Every requested cell is there; without an observation it has no figure, no source and no grade."""
    picture = consolidate(items, CLUSTERS, PLACES)

    for cluster in CLUSTERS:
        for place in PLACES:
            cell = picture.cell(cluster, place)
            reported = any(item.cluster == cluster and item.place.startswith(place) for item in items)
            assert cell is not None
            assert cell.no_information is not reported
            if not reported:
                assert (cell.people, cell.sources, cell.confidence) == (None, 0, None)
    for cell in picture.cells:
        if cell.people == 0 and not cell.official:
            assert any(item.people == 0 or item.households == 0 for item in items)


@given(observations)
def test_an_estimate_lies_within_what_the_sources_said(items: list[Observation]) -> None:
    """Independent sources are summarised, not summed: no estimate exceeds all that was said."""
    for cell in consolidate(items, CLUSTERS, PLACES).cells:
        said = [item for item in items if item.cluster == cell.cluster and item.place.startswith(cell.place)]
        total = sum(item.people if item.people is not None else (item.households or 0) * 5 for item in said)
        assert cell.people is None or cell.people <= total
        if cell.place in PLACES:
            assert cell.sources == len({item.source_id for item in said})


def test_the_estimate_is_the_median_of_the_sources(observe: Observe) -> None:
    """Three people who speak of the same place are not three crowds."""
    items = [observe(id=s, source_id=s, people=n) for s, n in [("p1", 100), ("p2", 140), ("p3", 200)]]

    assert only(items).people == 140


def test_a_source_counts_with_its_greatest_figure_in_a_place(observe: Observe) -> None:
    """Two needs of one cluster in one place may concern the same people."""
    items = [observe(id="1", what="no water", people=100), observe(id="2", what="no toilets", people=60)]

    assert only(items).people == 100


def test_finer_places_inside_the_cell_add_up(observe: Observe) -> None:
    """Two communal sections hold different people."""
    items = [observe(id="1", place="HT0711001"), observe(id="2", place="HT0711002", people=50)]

    assert only(items).people == 150


def test_a_later_word_without_a_number_keeps_the_number(observe: Observe) -> None:
    """The source confirms the need the next day and does not count again."""
    later = observe(id="2", people=None, urgency="days", observed_at=T0 + dt.timedelta(days=1))
    cell = only([observe(), later])

    assert (cell.people, cell.urgency) == (100, "days")


def test_a_later_number_replaces_the_earlier(observe: Observe) -> None:
    """What a source says again corrects what it said."""
    assert (
        only([observe(people=500), observe(id="2", people=80, observed_at=T0 + dt.timedelta(days=1))]).people
        == 80
    )


def test_households_count_as_five_people(observe: Observe) -> None:
    """Where only households were counted."""
    assert only([observe(people=None, households=30)]).people == 150


def test_an_observation_without_a_number_is_information(observe: Observe) -> None:
    """Somebody reported, nobody counted: the number is unknown, the need is not."""
    cell = only([observe(people=None)])

    assert (cell.no_information, cell.people, cell.sources) == (False, None, 1)


def test_an_official_figure_replaces_ours_and_the_difference_is_kept(observe: Observe) -> None:
    """No rival figure is published; the difference is for the next coordination meeting."""
    official = observe(id="2", basis="official", people=400, source_id="authority")
    cell = only([observe(people=550), official])

    assert (cell.people, cell.official, cell.ours, cell.difference) == (400, True, 550, 150)
    assert cell.confidence == "A"


def test_the_last_official_figure_stands(observe: Observe) -> None:
    """Authorities revise too."""
    first = observe(id="1", basis="official", people=400, source_id="authority")
    second = observe(
        id="2", basis="official", people=300, source_id="ministry", observed_at=T0 + dt.timedelta(days=2)
    )

    assert only([second, first]).people == 300


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([("heard", 100)], "D"),
        ([("seen", 100)], "C"),
        ([("heard", 100), ("heard", 110)], "C"),
        ([("heard", 100), ("heard", 110), ("heard", 120)], "C"),
        ([("seen", 100), ("heard", 110), ("heard", 120)], "B"),
        ([("seen", 100), ("heard", 110), ("heard", 301)], "C"),
        ([("heard", 0), ("heard", 50)], "D"),
        ([("official", None), ("heard", 100)], "C"),
        ([("official", 100)], "A"),
    ],
)
def test_confidence_follows_sources_basis_and_agreement(
    observe: Observe, sources: list[tuple[str, int | None]], expected: Confidence
) -> None:
    """A official, B three sources and one saw, C two or one who saw, D hearsay; discord costs a grade."""
    items = [
        observe(id=str(number), source_id=f"p{number}", basis=basis, people=people)
        for number, (basis, people) in enumerate(sources)
    ]

    assert only(items).confidence == expected


def test_danger_to_life_on_one_word_is_verified_first(observe: Observe) -> None:
    """One source, unofficial: to the authority within the hour. Two sources are not flagged."""
    danger = observe(urgency="life_threatening", sensitivity="high")

    assert only([danger]).verify_first
    assert only([danger]).sensitivity == "high"
    assert not only([danger, observe(id="2", source_id="p2")]).verify_first


def test_observations_outside_the_request_keep_a_cell(observe: Observe) -> None:
    """Nothing that was reported is lost because nobody asked."""
    picture = consolidate([observe(cluster="HEA", place="HT0834")], ["WSH"], ["HT0711"])

    assert [(cell.cluster, cell.place) for cell in picture.cells] == [("HEA", "HT0834"), ("WSH", "HT0711")]
    assert picture.cell("HEA", "HT0711") is None


def test_people_in_need_counts_each_person_once() -> None:
    """The greatest cluster per place, and a department not on top of its communes."""
    cells = [("WSH", "HT07", 90), ("WSH", "HT0711", 60), ("SHL", "HT0711", 40), ("SHL", "HT0712", 50)]
    picture = NeedsPicture(cells=tuple(NeedsCell(cluster=c, place=p, people=n) for c, p, n in cells))

    assert people_in_need(picture) == 110


def test_people_in_need_of_nothing_known_is_unknown() -> None:
    """No figure anywhere is no figure, not zero."""
    assert people_in_need(consolidate([], ["WSH"], ["HT0711"])) is None
