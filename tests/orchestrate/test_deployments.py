"""One deployment for each flowchart: the same through the API and in `deploy/prefect.yaml`."""

from pathlib import Path

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.schedules import CronSchedule

from konbit.definition.library import load
from konbit.orchestrate import deployments
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).resolve().parents[2]
NAME = "response-toy-call/konbit"


def test_every_flowchart_has_one_deployment_with_a_dotted_entrypoint() -> None:
    (entry,) = deployments.entries(toy_flows.definitions)
    assert entry.entrypoint == "flows.response.toy_call"
    assert entry.flow == "response-toy-call"
    assert {"konbit", "phase:response", "scope:internal"} == set(entry.tags)


def test_a_schedule_always_starts_a_drill_in_its_own_zone() -> None:
    (timed,) = deployments.entries(toy_flows.definitions)[0].schedules
    assert (timed.slug, timed.cron, timed.zone) == ("weekly-drill", "0 9 * * 1", "America/Port-au-Prince")
    assert timed.parameters == {"country": "HTI", "level": "partial", "mode": "drill"}


def test_the_file_in_deploy_is_what_the_definitions_give() -> None:
    found = (ROOT / "deploy" / "prefect.yaml").read_text()
    assert found == deployments.prefect_yaml(load()), "run `konbit deploy --write deploy/prefect.yaml`"


def test_the_file_names_the_entrypoints_that_the_flow_packages_have() -> None:
    project = yaml.safe_load((ROOT / "deploy" / "prefect.yaml").read_text())
    assert project["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "/app"}}]
    assert "flows.response.activation" in [one["entrypoint"] for one in project["deployments"]]
    drills = [timed for one in project["deployments"] for timed in one.get("schedules", [])]
    assert drills
    assert {timed["parameters"]["mode"] for timed in drills} == {"drill"}


def test_what_is_registered_has_form_version_schedule_and_entrypoint(client: SyncPrefectClient) -> None:
    assert deployments.register(client, "toys-registered", toy_flows.definitions, TASKS) == [NAME]
    found = client.read_deployment_by_name(NAME)
    assert found.entrypoint == "flows.response.toy_call"
    assert found.version == toy_flows.toy_call.version
    assert found.enforce_parameter_schema
    assert (found.parameter_openapi_schema or {})["properties"]["country"]["title"] == "Affected country"
    (timed,) = found.schedules
    assert isinstance(timed.schedule, CronSchedule)
    assert (timed.schedule.cron, timed.schedule.timezone, timed.active) == (
        "0 9 * * 1",
        "America/Port-au-Prince",
        True,
    )
    assert timed.parameters["mode"] == "drill"
    assert client.read_work_pool("toys-registered").type == "konbit"


def test_registering_again_changes_nothing(client: SyncPrefectClient) -> None:
    deployments.register(client, "toys-registered", toy_flows.definitions, TASKS)
    before = client.read_deployment_by_name(NAME)
    deployments.register(client, "toys-registered", toy_flows.definitions, TASKS)
    after = client.read_deployment_by_name(NAME)
    assert (after.id, len(after.schedules)) == (before.id, 1)


def test_a_pool_of_processes_is_told_where_the_flows_are(client: SyncPrefectClient, tmp_path: Path) -> None:
    deployments.register(
        client, "toys-processes", toy_flows.definitions, TASKS, kind="process", root=tmp_path
    )
    assert client.read_deployment_by_name(NAME).job_variables == {"working_dir": str(tmp_path)}
    assert client.read_work_pool("toys-processes").type == "process"
