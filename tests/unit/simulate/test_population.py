"""What is left to chance: exact shares, distributions, sleeping hours; and that a seed decides all of it."""

import collections
import datetime as dt
import itertools
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.directory import Directory
from konbit.simulate.chance import Reply, Shares, Sleep, lognormal, unit
from konbit.simulate.luck import awake_after
from konbit.simulate.population import Population, bounced, generate, traits
from konbit.simulate.scenario import read_scenario
from tests.unit.simulate.playing import HEAD, play

MANY = """\
scenario: example
title: An example
flowchart: response/example
starts: 2021-08-14T13:00:00Z
"""
CALL = """\
steps:
  - id: call
    contact: {who: focal_point, message: called, waves: [{to: primary}, {to: backup, after: 15m}]}
    within: 60m
    on: {uncovered: []}
"""


def of(**given: object) -> Population:
    return Population.model_validate({"fill": [{"role": "focal_point", "of": 100, "holders": 2}], **given})


def test_shares_are_exact_and_the_seed_says_who() -> None:
    population = of(silent="30%", late="5%", declines="2%", bounced="3%")
    dealt = traits([population], 1)

    assert collections.Counter(dealt.values()) == {None: 126, "silent": 60, "late": 10, "declines": 4}
    assert len(bounced([population], 1)) == 6
    assert traits([population], 1) == dealt
    assert traits([population], 2) != dealt


def test_generated_people_hold_the_roles_they_fill_and_live_where_they_are_said_to() -> None:
    population = of(zones={"Europe/Paris": "25%", "America/Toronto": "75%"}, channels=["mail", "sms"])
    directory = generate([population], 1, Directory())

    assert collections.Counter(person.zone for person in directory.people) == {
        "Europe/Paris": 50,
        "America/Toronto": 150,
    }
    assert collections.Counter(binding.rank for binding in directory.bindings) == {1: 100, 2: 100}
    assert len({binding.of for binding in directory.bindings}) == 100
    assert len(directory.endpoints) == 400


def test_a_role_with_no_holders_is_vacant() -> None:
    empty = Population.model_validate({"fill": [{"role": "chair", "holders": 0}, {"role": "hub"}]})

    assert [binding.role for binding in generate([empty], 1, Directory()).bindings] == ["hub"]


@given(st.floats(0, 1, exclude_max=True))
def test_a_draw_between_two_times_is_between_them(share: float) -> None:
    reply = Reply.model_validate({"between": ["5m", "30m"]})

    assert dt.timedelta(minutes=5) <= reply.draw(share) <= dt.timedelta(minutes=30)


def test_half_of_a_lognormal_is_below_its_median_and_nine_of_ten_below_its_p90() -> None:
    reply = Reply.model_validate({"median": "10m", "p90": "45m"})

    assert reply.draw(0.5) == dt.timedelta(minutes=10)
    assert reply.draw(0.9) == dt.timedelta(minutes=45)
    assert lognormal(dt.timedelta(minutes=10), 1, 0.99) == dt.timedelta(minutes=10)


def test_draws_are_spread_evenly_and_follow_from_what_they_are_about_alone() -> None:
    draws = [unit("seed", number) for number in range(10_000)]

    assert unit(1, "a") == unit(1, "a") != unit(1, "b")
    assert all(0 <= one < 1 for one in draws)
    assert abs(sum(draws) / len(draws) - 0.5) < 0.01


def test_shares_of_more_than_everybody_are_refused() -> None:
    with pytest.raises(ValueError, match="more than everybody"):
        Shares.model_validate({"silent": "70%", "late": "40%"})


PORT = zoneinfo.ZoneInfo("America/Port-au-Prince")
NIGHT = Sleep.model_validate({"from": "22:00", "to": "06:00"})


@pytest.mark.parametrize(
    ("at", "takes", "expected"),
    [
        ("2021-08-14T10:00", 30, "2021-08-14T10:30"),
        ("2021-08-14T21:50", 30, "2021-08-15T06:20"),
        ("2021-08-14T23:00", 5, "2021-08-15T06:05"),
        ("2021-08-14T03:00", 17 * 60, "2021-08-15T07:00"),
    ],
    ids=["by day", "over the night", "asleep", "a day and more"],
)
def test_the_time_an_answer_takes_counts_while_one_is_awake(at: str, takes: int, expected: str) -> None:
    start = dt.datetime.fromisoformat(at).replace(tzinfo=PORT)
    found = awake_after(start.astimezone(dt.UTC), dt.timedelta(minutes=takes), PORT, NIGHT)

    assert found.astimezone(PORT).replace(tzinfo=None).isoformat("T", "minutes") == expected


@given(st.integers(0, 72 * 60), st.integers(0, 72 * 60))
def test_nobody_answers_in_their_sleep(start: int, takes: int) -> None:
    at = dt.datetime(2021, 8, 14, tzinfo=dt.UTC) + dt.timedelta(minutes=start)
    found = awake_after(at, dt.timedelta(minutes=takes), PORT, NIGHT).astimezone(PORT)

    assert found >= at + dt.timedelta(minutes=takes)
    assert dt.time(6) <= found.time() <= dt.time(22)


def verdicts(scenario: str, seed: int = 1) -> "collections.Counter[str]":
    played = play(CALL + "  - {wait: 1d}\n", scenario, head=MANY, seed=seed, directory=Directory())
    answers = [entry for entry in played.entries if entry.kind in ("answer", "late")]
    return collections.Counter(f"{entry.kind} {entry.what}" for entry in answers)


PEOPLE = """\
population:
  - fill: [{role: focal_point, of: 50}, {role: owner}]
    silent: 20%
    late: 10%
    declines: 10%
    reply: {between: [1m, 9m]}
"""


def test_made_up_people_answer_without_a_script_and_as_their_shares_have_it() -> None:
    """Of 51 people 10 are silent, 5 late, 5 decline; one of them holds a role that is not called."""
    found = verdicts(PEOPLE)

    assert sum(found.values()) in (40, 41)
    assert found["late accept"] in (4, 5)
    assert found["answer decline"] in (5, 6)


def test_whoever_the_scenario_names_does_as_it_says() -> None:
    named = PEOPLE.replace("20%", "100%").replace("10%", "0%")
    scenario = f"{named}people: [{{who: 'person:contact-001', after: 3m, answer: {{}}}}]"

    assert verdicts(named) == {}
    assert verdicts(scenario) == {"answer accept": 1}


def test_another_seed_is_another_night() -> None:
    chances = "directory: few\nchances: [{who: everyone, silent: 50%}]\npeople: [{who: everyone, after: 5m, answer: {}}]"
    chart = CALL.replace("focal_point", "chair")
    counts = {
        len([one for one in play(chart, chances, head=MANY, seed=seed).entries if one.kind == "answer"])
        for seed in range(12)
    }

    assert counts == {0, 1}


def test_chance_stretches_the_times_of_the_script() -> None:
    chances = "chances: [{who: everyone, spread: 4}]\npeople: [{who: everyone, after: 10m, answer: {}}]"
    chart = CALL.replace("focal_point", "chair")
    plays = [play(chart, chances, seed=seed) for seed in range(40)]
    first = sorted(
        next(one.at for one in found.entries if one.kind in ("answer", "late")) - found.scenario.starts
        for found in plays
    )

    assert first[0] < dt.timedelta(minutes=10) < first[-1]
    assert len(set(first)) > 20


def test_a_bounced_person_is_not_reached() -> None:
    scenario = "chances: [{who: everyone, bounced: 100%}]\npeople: [{who: everyone, after: 5m, answer: {}}]"
    played = play(CALL.replace("focal_point", "chair"), scenario)

    assert [one.kind for one in played.entries if one.kind in ("answer", "unreachable")] == [
        "unreachable"
    ] * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("people: [{who: everyone, reply: {median: 5m}, answer: {}}]", "bad-reply"),
        ("people: [{who: everyone, after: 2m, reply: {between: [1m, 2m]}, answer: {}}]", "bad-behaviour"),
        ("chances: [{who: everyone, silent: 130%}]", "bad-share"),
        ("population: [{fill: [{role: chair}], zones: {UTC: 50%}}]", "bad-share"),
        ("inject: [{at: 1h}]", "bad-injection"),
        ("inject: [{at: 1h, signal: storm, leaves: everyone}]", "bad-injection"),
        ("inject: [{at: 1h, command: {do: force, step: decide}}]", "missing-key"),
    ],
)
def test_a_mistake_in_what_is_left_to_chance_is_a_problem(text: str, code: str) -> None:
    scenario, problems = read_scenario((HEAD + text).encode(), "example.yaml")

    assert scenario is None
    assert code in {problem.code for problem in problems}


def test_a_scenario_without_people_is_refused() -> None:
    _, problems = read_scenario(MANY.encode(), "example.yaml")

    assert "a `directory`, or a `population`" in problems[0].message


def test_ids_do_not_depend_on_who_stands_in() -> None:
    ids = [member[0] for member in of().members()]

    assert len(set(ids)) == len(ids) == 200
    assert all(one < other for one, other in itertools.pairwise(ids))
