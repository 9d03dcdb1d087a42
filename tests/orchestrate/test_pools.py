"""Pools of docker and kubernetes workers on a real server: what their containers are given, and that a run lives in such.

There is no container engine here. What the engine would be given is looked at, and its command is run in a bare process with
nothing but the environment of the image and of the job. Where prefect-docker or prefect-kubernetes is installed, their own
worker prepares the job; else what every worker of Prefect does with the same template.
"""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled
from prefect.workers.base import BaseJobConfiguration, BaseWorker

from konbit.clock import wall_now
from konbit.definition.library import Library, load
from konbit.engine.events import StoodDown
from konbit.orchestrate import deployments, pools, registration, states
from konbit.orchestrate.server import PrefectServer
from konbit.orchestrate.steward import hand_over
from konbit.orchestrate.worker import Kind
from konbit.store.database import Store
from tasks import TASKS
from tests.orchestrate.toy import toy_flows
from tests.unit.orchestrate.conftest import directory

pytestmark = pytest.mark.prefect
ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-of-thirty-two-characters"
CHART = "preparedness/calldown-drill"


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'konbit.sqlite'}"
    store = Store(url, keys=[SECRET])
    store.upgrade()
    with store.begin() as tx:
        tx.directory.replace_country(directory(), "HTI")
    store.close()
    return url


def block(client: SyncPrefectClient, name: str, value: str) -> str:
    """Makes a Secret block and gives how it is referred to."""
    asyncio.run(_saved(name, value))
    return f"{{{{ prefect.blocks.secret.{name} }}}}"


async def _saved(name: str, value: str) -> None:
    await Secret(value=value).asave(name, overwrite=True)


def jobs(client: SyncPrefectClient, kind: Kind, database: str) -> dict[str, Any]:
    env = {
        "KONBIT_DATABASE_URL": block(client, "pools-database", database),
        "KONBIT_SECRET": block(client, "pools-secret", SECRET),
    }
    if kind == "docker":
        given: dict[str, Any] = {"image": "konbit:0.1.0", "networks": ["konbit_default"], "env": env}
        given["volumes"] = ["/etc/konbit/channels.yaml:/etc/konbit/channels.yaml:ro"]
    else:
        given = {
            "image": "konbit:0.1.0",
            "namespace": "konbit",
            "secrets": ["konbit"],
            "config_maps": ["konbit"],
        }
        given |= {
            "volumes": [{"name": "channels", "secret": {"secretName": "konbit"}}],
            "finished_job_ttl": 600,
        }
        given |= {"volume_mounts": [{"name": "channels", "mountPath": "/etc/konbit"}]}
    return pools.variables(kind, given, {"KONBIT_PORTAL_URL": "https://answers.example.org"})


def registered(client: SyncPrefectClient, kind: Kind, database: str, library: Library) -> FlowRun:
    """Everything registered in a pool of this kind, and a run of the drill asked for by the form."""
    registration.register_all(f"pool-{kind}", library, kind, ROOT, job_variables=jobs(client, kind, database))
    deployment = client.read_deployment_by_name("preparedness-calldown-drill/konbit")
    return client.create_flow_run_from_deployment(
        deployment.id, parameters={"country": "HTI"}, state=Scheduled()
    )


def prepared(kind: Kind, run: UUID) -> Any:
    """The job of a flow run as the worker of this kind makes it: the package's own if it is installed."""
    worker = BaseWorker.get_worker_class_from_type(kind)
    configuration = worker.job_configuration if worker else Untyped
    return asyncio.run(_prepared(configuration, f"pool-{kind}", run))


async def _prepared(configuration: type[BaseJobConfiguration], pool: str, run: UUID) -> BaseJobConfiguration:
    async with get_client() as client:
        return await configuration.resolve_for_flow_run(
            await client.read_flow_run(run),
            client=client,
            work_pool=await client.read_work_pool(pool),
            worker_name="test",
        )


class Untyped(BaseJobConfiguration, extra="allow"):
    """A job as every worker of Prefect prepares it, with what its template holds besides."""


def image_environment(text: str, home: Path, app: Path) -> dict[str, str]:
    """What `ENV` says in the Dockerfile, with the folders of the image in places of this machine."""
    words = re.findall(r"^(?:ENV|   ) +([A-Z_]+)=(\S+)", text, re.MULTILINE)
    return {
        name: value.replace("/var/lib/konbit", str(home)).replace("/app", str(app)) for name, value in words
    }


def test_a_docker_worker_gives_a_container_image_network_volumes_and_resolved_secrets(
    client: SyncPrefectClient, database: str, library: Library
) -> None:
    run = registered(client, "docker", database, library)
    job = prepared("docker", run.id)
    assert (job.image, job.networks) == ("konbit:0.1.0", ["konbit_default"])
    assert job.volumes == ["/etc/konbit/channels.yaml:/etc/konbit/channels.yaml:ro"]
    assert job.command == "prefect flow-run execute"
    assert job.env["KONBIT_DATABASE_URL"] == database
    assert job.env["KONBIT_SECRET"] == SECRET
    assert job.env["KONBIT_PORTAL_URL"] == "https://answers.example.org"
    assert job.env["PREFECT__FLOW_RUN_ID"] == str(run.id)
    assert job.env["PREFECT_API_URL"].endswith("/api")


def test_what_prefect_shows_of_a_deployment_holds_no_secret(
    client: SyncPrefectClient, database: str, library: Library
) -> None:
    run = registered(client, "docker", database, library)
    deployment = client.read_deployment(run.deployment_id)  # type: ignore[arg-type]  # it has one
    shown = deployment.model_dump_json() + client.read_work_pool("pool-docker").model_dump_json()
    assert SECRET not in shown
    assert database not in shown
    assert "{{ prefect.blocks.secret.pools-secret }}" in shown


def test_a_pod_takes_settings_and_secrets_from_the_cluster_and_the_manifest_holds_none(
    client: SyncPrefectClient, database: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:in-clear")
    monkeypatch.setenv(
        "PREFECT_SERVER_DATABASE_CONNECTION_URL", "postgresql+asyncpg://u:in-clear@db.example.org/p"
    )
    run = registered(client, "kubernetes", database, library)
    manifest = prepared("kubernetes", run.id).job_manifest
    pod = manifest["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["envFrom"] == [{"configMapRef": {"name": "konbit"}}, {"secretRef": {"name": "konbit"}}]
    assert container["volumeMounts"] == [{"name": "channels", "mountPath": "/etc/konbit"}]
    assert pod["volumes"] == [{"name": "channels", "secret": {"secretName": "konbit"}}]
    assert pod["securityContext"] == {"runAsNonRoot": True, "runAsUser": 10001}
    assert pod["restartPolicy"] == "Never"
    assert (container["image"], manifest["spec"]["ttlSecondsAfterFinished"]) == ("konbit:0.1.0", 600)
    assert manifest["metadata"]["namespace"] == "konbit"
    assert "in-clear" not in str(manifest)


def test_a_kubernetes_worker_writes_the_job_as_the_api_of_kubernetes_takes_it(
    client: SyncPrefectClient, database: str, library: Library
) -> None:
    pytest.importorskip("prefect_kubernetes")
    run = registered(client, "kubernetes", database, library)
    manifest = prepared("kubernetes", run.id).job_manifest
    [container] = manifest["spec"]["template"]["spec"]["containers"]
    env = {one["name"]: one.get("value") for one in container["env"]}
    assert container["args"] == ["prefect", "flow-run", "execute"]
    assert env["PREFECT__FLOW_RUN_ID"] == str(run.id)
    assert env["PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR"] == "reschedule"
    assert not {*pools.KEPT_OUT, *pools.KEPT_OUT_OF_MANIFESTS} & env.keys()


def test_the_command_of_the_container_carries_a_run_on_from_attempt_to_attempt(
    client: SyncPrefectClient, server: PrefectServer, database: str, library: Library, tmp_path: Path
) -> None:
    """With the environment of the image and of the job, and nothing else of this machine but where its programs are."""
    app = tmp_path / "app"
    app.mkdir()
    for part in ("flows", "tasks"):
        (app / part).symlink_to(ROOT / part)
    run = registered(client, "docker", database, library)
    job = prepared("docker", run.id)
    image = image_environment((ROOT / "deploy/Dockerfile").read_text(), tmp_path / "home", app)
    environment = image | {name: value for name, value in job.env.items() if name not in image}
    # The worker reaches this server by the name of the host of a container; here both are one machine.
    environment |= {"PREFECT_API_URL": server.api_url, "PATH": f"{Path(sys.executable).parent}:{os.defpath}"}

    def attempt() -> FlowRun:
        done = subprocess.run(
            job.command.split(),
            env=environment,
            cwd=app,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return client.read_flow_run(run.id)

    assert states.is_waiting(attempt().state)
    store = Store(database, keys=[SECRET])
    with store.read() as tx:
        ours = tx.runs.by_flow_run(str(run.id))
    assert ours is not None
    assert (ours.flowchart, ours.status) == (CHART, "active")
    stand_down(store, ours.id)
    client.set_flow_run_state(run.id, Scheduled(name="Answered"), force=True)
    after = attempt()
    assert after.state is not None
    assert (after.state.type.value, after.run_count) == ("COMPLETED", 2)
    with store.read() as tx:
        assert tx.runs.get(ours.id).status == "ended"
    store.close()


def stand_down(store: Store, run_id: str) -> None:
    """An operator stands the run down, on another machine."""
    with store.begin() as tx:
        hand_over(tx, run_id, StoodDown(at=wall_now(), actor="operator:test", reason="over"), "over")


def test_a_secret_block_that_is_not_there_is_named_before_anything_is_registered(
    client: SyncPrefectClient, library: Library
) -> None:
    lacking = {"env": {"KONBIT_SECRET": "{{ prefect.blocks.secret.nobody-made-it }}"}}
    with pytest.raises(pools.BadJobs, match="no Secret block named nobody-made-it"):
        registration.register_all("pool-never", library, "docker", ROOT, job_variables=lacking)
    with pytest.raises(ObjectNotFound):
        client.read_work_pool("pool-never")


def test_a_job_variable_of_another_type_is_refused_with_prefects_reason(client: SyncPrefectClient) -> None:
    wrong = {"image": "konbit:0.1.0", "networks": "konbit"}
    with pytest.raises(pools.BadJobs, match="networks"):
        deployments.register(
            client, "pool-typed", toy_flows.definitions, TASKS, kind="docker", job_variables=wrong
        )


def test_a_pool_of_another_kind_is_refused_and_left_as_it_is(client: SyncPrefectClient) -> None:
    deployments.register(client, "pool-kept", toy_flows.definitions, TASKS, kind="process")
    with pytest.raises(
        pools.PoolOfAnotherKind, match="is one of process workers, and KONBIT_WORKER is konbit"
    ):
        deployments.register(client, "pool-kept", toy_flows.definitions, TASKS)
    assert client.read_work_pool("pool-kept").type == "process"
