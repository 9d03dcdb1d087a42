"""A run that is asked for in Prefect, by its form or a schedule, is refused and held as `konbit activate` does it."""

import dataclasses

import pytest

from konbit.domain.directory import Endpoint
from konbit.errors import InvalidDefinition, InvalidParameter
from konbit.orchestrate.admission import SCHEDULE, Unconfirmed
from konbit.orchestrate.approving import approve
from tests.unit.orchestrate.conftest import World

GIVEN = {"country": "HTI", "hazard": "EQ", "areas": ["HT07"], "clusters": ["HEA", "LOG"]}
CHART, NAME = "response/activation", "ACTUAL-activation-HTI"


def begin(
    world: World,
    mode: str = "drill",
    confirm: str = "",
    flow_run: str = "flow-run-1",
    by: str = "ana",
    **more: object,
) -> str:
    return world.steward.begin(CHART, {**GIVEN, **more}, mode, flow_run, None, by, confirm)


def runs(world: World) -> int:
    with world.store.read() as tx:
        return len(tx.runs.list())


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", f"typing its name, {NAME}"), ("HTI", f"'HTI' is not {NAME}"), ("ACTUAL-activation-PHL", NAME)],
)
def test_an_actual_run_is_confirmed_by_its_name_in_the_form_too(world: World, typed: str, words: str) -> None:
    with pytest.raises(Unconfirmed, match=words):
        begin(world, "actual", typed)
    assert runs(world) == 0
    run = begin(world, "actual", f" {NAME} ")
    with world.store.read() as tx:
        assert (tx.runs.get(run).mode, tx.runs.get(run).started_by) == ("actual", "ana")


def test_a_schedule_starts_drills_alone_whatever_is_written_into_it(world: World) -> None:
    with pytest.raises(Unconfirmed, match="a schedule starts drills"):
        begin(world, "actual", NAME, by=SCHEDULE)
    begin(world, by=SCHEDULE)
    assert runs(world) == 1


def test_a_run_that_is_there_is_not_confirmed_again(world: World) -> None:
    first = begin(world, "actual", NAME)
    assert begin(world, "actual", "") == first, "a later attempt of the same flow run"
    made = world.steward.request(CHART, GIVEN, "actual", "operator:ana")
    again = world.steward.begin(CHART, GIVEN, "actual", "flow-run-2", made.id, "prefect")
    assert again == made.id, "the flow run of a run that `konbit activate` has stored"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"country": "ZZZ"}, "country"),
        ({"areas": ["HT99"]}, "areas"),
        ({"hazard": "quake"}, "hazard"),
        ({"occurred_at": "2021-08-14T08:29:00"}, "with its offset"),
    ],
)
def test_a_value_that_is_in_no_code_list_is_refused(
    world: World, more: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidParameter, match=words):
        world.steward.begin(CHART, {**GIVEN, **more}, "drill", "flow-run-1")
    assert runs(world) == 0


def test_a_flowchart_with_errors_is_not_begun_and_one_under_way_goes_on(world: World) -> None:
    under_way = begin(world)

    def unsound(_: str) -> None:
        raise InvalidDefinition("activation.yaml:3:1: error[x]: found a mistake")

    world.steward = dataclasses.replace(world.steward, sound=unsound)
    with pytest.raises(InvalidDefinition, match=r"activation\.yaml:3:1"):
        begin(world, flow_run="flow-run-2")
    assert begin(world) == under_way


def test_the_preflight_says_how_many_how_long_who_is_lost_and_ends_when_the_run_begins(world: World) -> None:
    with world.store.begin() as tx:
        known = tx.directory.snapshot("HTI")
        mute = [one for one in known.endpoints if one.person != "chair-1"]
        mute.append(Endpoint(id="log-1-sms", person="log-1", kind="sms", address="+12025550123", priority=2))
        tx.directory.replace_country(known.model_copy(update={"endpoints": mute}), "HTI")
    run = begin(world)
    found = world.steward.preflight(run)
    assert "people**, one message to each takes under a minute" in found
    assert "| mail | mail |" in found
    assert "No channel reaches 1 of them." in found
    assert "cluster_lead.WSH" in found
    assert "+1202" not in found
    assert "@" not in found
    with world.store.read() as tx:
        world.stand(tx.runs.get(run))
    assert world.steward.preflight(run) == ""


def test_what_needs_a_second_person_says_so_in_one_line_with_the_command(world: World) -> None:
    run = begin(world, "actual", NAME, level="full")
    with world.store.read() as tx:
        found = tx.runs.get(run)
    standing = world.stand(found)
    assert (standing.name, standing.message) == (
        "Awaiting approval",
        f"an actual run at the full level needs a second person: konbit runs approve {run[:8]}",
    )
    assert world.deliveries(found) == []
    assert world.steward.preflight(run) != "", "whoever is to approve it sees what it would send"
    approve(world.steward, run, "prefect:ben", "seen")
    assert world.stand(found).name == "Awaiting answers"
