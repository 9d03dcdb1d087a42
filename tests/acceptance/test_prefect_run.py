"""A run as Prefect shows it: one task run for each step execution, edges as in the chart, waits that hold nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.engine.advance import fold
from konbit.engine.events import WorkDone
from konbit.engine.turn import work_of
from konbit.store.records import Run
from tests.acceptance import promises
from tests.acceptance.stacks import CALL, Crowd, Site, attempts_in_processes, eventually, up

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with up(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def waiting(site: Site) -> Run:
    """A run whose people have not answered yet."""
    run = site.request()
    site.quiet.add(run.id)
    eventually(lambda: site.state(run.id).get("name"), lambda name: name == "Awaiting answers")
    return run


@pytest.fixture(scope="module")
def crowd(site: Site, waiting: Run) -> Iterator[Crowd]:
    with site.crowd() as people:
        yield people


@pytest.fixture(scope="module")
def ended(site: Site, crowd: Crowd) -> Run:
    """A run that went through all of the chart."""
    return site.ends(site.request().id)


def chart_edges(site: Site, run: Run) -> dict[str, set[str]]:
    """Work → the work it comes after on the chart: what the engine asked for, at each line of the journal."""
    _, plan, _ = site.parts.steward.look(run.id)
    events = [entry.event for entry in site.journal(run.id)]
    edges: dict[str, set[str]] = {}
    for length in range(1, len(events) + 1):
        for frame in fold(plan, events[:length]).work:
            asked = work_of(plan, frame)
            edges[asked.work] = set(asked.after)
    return edges


def test_the_run_ends_completed_in_prefect_and_nothing_was_done_twice(
    site: Site, ended: Run, crowd: Crowd
) -> None:
    assert ended.outcome == "activated"
    promises.kept(site, ended.id, crowd)
    assert site.state(ended.id)["name"] == "Activated"
    assert crowd.troubles == []
    assert crowd.strangers == 0


def test_each_step_execution_is_one_task_run_named_by_the_step(site: Site, ended: Run) -> None:
    for run in site.family(ended.id):
        done = [entry.event for entry in site.journal(run.id) if isinstance(entry.event, WorkDone)]
        rows = site.task_runs(str(run.flow_run_id), len(done))
        assert sorted(row["name"] for row in rows) == sorted(event.work for event in done)
        assert {row["state_type"] for row in rows} == {"COMPLETED"}
        assert {row["id"] for row in rows} == {event.task_run for event in done}


def test_the_edges_of_the_task_runs_are_those_of_the_chart(site: Site, ended: Run) -> None:
    rows = site.api.task_runs(str(ended.flow_run_id))
    names = {row["id"]: row["name"] for row in rows}
    drawn = {
        row["name"]: {
            names[one["id"]] for named in row["task_inputs"].values() for one in named if "id" in one
        }
        for row in rows
    }
    assert drawn == chart_edges(site, ended)
    assert drawn["verify"] == set()
    assert drawn["call_down"] == {"verify"}
    assert drawn["link[HEA]"] == {"call_down"}
    graph = site.api.get(f"/flow_runs/{ended.flow_run_id}/graph-v2")
    edges = {(names[parent["id"]], node["label"]) for _, node in graph["nodes"] for parent in node["parents"]}
    assert edges == {(before, work) for work, after in drawn.items() for before in after}


def test_a_run_that_waits_is_scheduled_with_a_telling_name_and_holds_nothing(
    site: Site, waiting: Run
) -> None:
    flow_run = site.api.flow_run(site.flow_run_id(waiting.id))
    assert flow_run is not None
    state = flow_run["state"]
    assert (state["type"], state["name"]) == ("SCHEDULED", "Awaiting answers")
    assert re.fullmatch(
        r"verify: 0 of [12] answered, (next wave|deadline) \d\d:\d\d UTC", state["message"]
    ), state["message"]
    assert flow_run["infrastructure_pid"] is None
    assert site.run(waiting.id).lease_until is None
    assert attempts_in_processes(site.house.home) == []
    worker = site.stack.pid("worker")
    children = [path.read_text().split() for path in Path(f"/proc/{worker}/task").glob("*/children")]
    assert not any(children)


def test_the_run_form_of_the_deployment_has_the_typed_parameters(site: Site) -> None:
    found = site.api.get(f"/deployments/name/{CALL.replace('/', '-')}/konbit")
    schema = found["parameter_openapi_schema"]
    fields = schema["properties"]
    assert found["enforce_parameter_schema"]
    assert schema["required"] == ["country"]
    assert {name: field["title"] for name, field in fields.items()} == {
        "country": "Affected country",
        "hazard": "Hazard",
        "areas": "Affected areas",
        "clusters": "Clusters to link",
        "level": "Proposed level",
        "occurred_at": "When it happened",
        "mode": "Drill or actual",
        "confirm": "Confirm an actual run",
    }
    assert fields["level"]["enum"] == ["standby", "partial", "full"]
    assert fields["level"]["default"] == "partial"
    assert fields["clusters"]["type"] == "array"
    assert fields["occurred_at"]["format"] == "date-time"
    assert (fields["mode"]["enum"], fields["mode"]["default"]) == (["drill", "actual"], "drill")


def test_a_run_is_tagged_with_its_mode_country_and_phase(site: Site, ended: Run) -> None:
    for run in site.family(ended.id):
        flow_run = site.api.flow_run(str(run.flow_run_id))
        assert flow_run is not None
        assert {"drill", "country:HTI", "phase:response"} <= set(flow_run["tags"])


def test_a_run_shows_its_chart_the_silent_its_needs_against_offers_and_its_report(
    site: Site, ended: Run, waiting: Run
) -> None:
    now = site.api.artifacts(site.flow_run_id(waiting.id))
    chart = next(text for key, text in now.items() if key.endswith("-chart"))
    assert "```mermaid" in chart
    (box,) = [line for line in chart.splitlines() if "Verify the event" in line]
    assert box.endswith(":::current")
    silent = next(text for key, text in now.items() if key.endswith("-silent"))
    assert r"country\_facilitator" in silent
    kept = site.api.artifacts(str(ended.flow_run_id))
    report = next(text for key, text in kept.items() if key.endswith("-report-situation-report"))
    assert report.startswith("**EXERCISE")
    offers = next(text for key, text in kept.items() if key.endswith("-needs-and-offers"))
    assert "SHL" in offers
