"""What containers are given: an image, what they cannot do without, and no secret in clear."""

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prefect.workers.base import BaseWorker

from konbit.cli.deploy import deploy
from konbit.domain.caution import Caps
from konbit.orchestrate import pools, wiring, worker
from konbit.orchestrate.pools import BadJobs
from konbit.settings import SHARED, Settings, WorkerKind

DEPLOY = Path(__file__).parents[3] / "deploy"
SECRETS = {
    "KONBIT_DATABASE_URL": "{{ prefect.blocks.secret.konbit-database-url }}",
    "KONBIT_SECRET": "{{ prefect.blocks.secret.konbit-secret }}",
}
DOCKER: dict[str, Any] = {"image": "konbit:0.1.0", "networks": ["konbit_default"], "env": SECRETS}


def test_the_settings_and_the_workers_name_the_same_kinds() -> None:
    assert WorkerKind == worker.Kind


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_the_example_fits_its_kind_of_worker(kind: worker.Kind) -> None:
    given = pools.read(DEPLOY / f"jobs.{kind}.example.yaml", kind)
    assert pools.variables(kind, given, {})["image"]


def test_a_variable_that_the_worker_does_not_have_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "jobs.yaml"
    file.write_text("image: konbit:0.1.0\nnetwork: konbit\n")
    with pytest.raises(BadJobs, match=r"jobs.yaml:2: 'network' is no job variable of docker.*networks"):
        pools.read(file, "docker")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadJobs, match=r"jobs.yaml cannot be read: No such file"):
        pools.read(tmp_path / "jobs.yaml", "docker")


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("docker", "KONBIT_SECRET", "s3cr3t-in-clear"),
        ("docker", "KONBIT_DATA_KEYS", "s3cr3t-in-clear"),
        ("docker", "PREFECT_API_AUTH_STRING", "admin:s3cr3t-in-clear"),
        (
            "docker",
            "KONBIT_DATABASE_URL",
            "postgresql+psycopg://konbit:s3cr3t-in-clear@db.example.org/konbit",
        ),
        ("docker", "KONBIT_DATABASE_URL", "postgresql+psycopg://konbit:s3cr3t/in clear@db.example.org/k"),
        ("docker", "KONBIT_DATABASE_URL", "postgresql+psycopg://ana@house:s3cr3t@db.example.org/konbit"),
        ("docker", "KONBIT_DATABASE_URL", "postgresql+psycopg://db.example.org/k?user=k&password=s3cr3t"),
        ("docker", "KONBIT_DATABASE_URL", "postgresql+psycopg://db.example.org/k?sslpassword=s3cr3t"),
        ("docker", "KONBIT_PORTAL_URL", "https://konbit:s3cr3t/1@answers.example.org"),
        ("docker", "KONBIT_TWILIO_AUTH_TOKEN", "s3cr3t-in-clear"),
        ("kubernetes", "KONBIT_SECRET", "s3cr3t-in-clear"),
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(kind: worker.Kind, name: str, value: str) -> None:
    given = {**DOCKER, "env": {**SECRETS, name: value}, "secrets": ["konbit"]}
    with pytest.raises(BadJobs, match=rf"`env`: {name} holds a secret in clear") as refused:
        pools.variables(kind, given, {})
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "more", "place"),
    [
        ("docker", {"command": "konbit --password=s3cr3t run"}, "`command`"),
        ("docker", {"labels": {"from": "https://konbit:s3cr3t@a.example.org"}}, "`labels`: from"),
        ("docker", {"registry_credentials": {"password": "s3cr3t"}}, "`registry_credentials`: password"),
        ("docker", {"volumes": ["/a:/b", "https://a.example.org/?token=s3cr3t:/c"]}, "`volumes`: 2"),
        (
            "kubernetes",
            {"volumes": [{"name": "a", "csi": {"attributes": {"accessToken": "s3cr3t"}}}]},
            "`volumes`: 1.csi.attributes.accessToken",
        ),
        ("process", {"env": {"KONBIT_SECRET": "s3cr3t"}}, "`env`: KONBIT_SECRET"),
    ],
)
def test_a_secret_in_any_job_variable_is_refused_and_not_repeated(
    kind: worker.Kind, more: dict[str, Any], place: str
) -> None:
    with pytest.raises(BadJobs, match=rf"KONBIT_JOBS: {re.escape(place)} holds a secret in clear") as refused:
        pools.variables(kind, {**DOCKER, "secrets": ["konbit"], **more}, {})
    assert "s3cr3t" not in str(refused.value)


def test_a_reference_is_taken_and_found_in_any_job_variable() -> None:
    login = {"password": "{{ prefect.blocks.secret.registry }}"}
    made = pools.variables("docker", {**DOCKER, "registry_credentials": login}, {})
    assert {*pools.references(made)} == {"konbit-database-url", "konbit-secret", "registry"}


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_where_names_are_sealed_with_data_keys_a_container_is_to_be_given_them(kind: worker.Kind) -> None:
    with pytest.raises(BadJobs, match="without KONBIT_DATA_KEYS or KONBIT_DATA_KEYS_FILE cannot read them"):
        pools.variables(kind, DOCKER, {}, sealed=True)
    keys = {
        "KONBIT_DATA_KEYS": "{{ prefect.blocks.secret.konbit-data-keys }}",
        "KONBIT_DATA_KEYS_FILE": "/run/keys",
    }
    for name, value in keys.items():
        made = pools.variables(kind, {**DOCKER, "env": {**SECRETS, name: value}}, {}, sealed=True)
        assert made["env"][name] == value
    pools.variables("kubernetes", {"image": "konbit:0.1.0", "secrets": ["konbit"]}, {}, sealed=True)
    pools.variables("process", {}, {}, sealed=True)


def test_an_installation_with_data_keys_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not Settings().sealed
    monkeypatch.setenv("KONBIT_DATA_KEYS_FILE", str(tmp_path / "keys"))
    assert Settings().sealed
    monkeypatch.delenv("KONBIT_DATA_KEYS_FILE")
    monkeypatch.setenv("KONBIT_DATA_KEYS", "k" * 32)
    assert Settings().sealed
    file = tmp_path / "jobs.yaml"
    file.write_text("image: konbit:0.1.0\nenv:\n" + "".join(f"  {n}: '{v}'\n" for n, v in SECRETS.items()))
    refused = CliRunner().invoke(deploy, env={"KONBIT_WORKER": "docker", "KONBIT_JOBS": str(file)})
    assert isinstance(refused.exception, BadJobs)
    assert "sealed with data keys" in str(refused.exception)


def test_every_setting_that_caps_are_made_of_is_handed_on() -> None:
    made = re.search(r"Caps\(([^)]*)\)", inspect.getsource(wiring.wire))
    assert made is not None
    used = re.findall(r"settings\.(\w+)", made[1])
    assert len(used) == len(dataclasses.fields(Caps))
    assert {*used} <= {*SHARED}


def test_what_only_looks_like_a_secret_is_taken() -> None:
    env = {
        "KONBIT_DATA_KEYS_FILE": "/run/keys",
        "PGPASSFILE": "/run/pgpass",
        "KONBIT_PORTAL_URL": "https://a.example.org",
    }
    assert pools.variables("docker", {**DOCKER, "env": {**SECRETS, **env}}, {})["env"].items() >= env.items()


@pytest.mark.parametrize("name", ["KONBIT_DATABASE_URL", "KONBIT_SECRET"])
def test_a_container_without_database_or_secret_would_work_on_nothing(name: str) -> None:
    without = {key: value for key, value in SECRETS.items() if key != name}
    with pytest.raises(BadJobs, match=f"a container without {name} works on nothing"):
        pools.variables("docker", {**DOCKER, "env": without}, {})


def test_an_image_is_asked_for() -> None:
    with pytest.raises(BadJobs, match="a pool of docker workers needs `image`"):
        pools.variables("docker", {}, {})


def test_pods_take_settings_and_secrets_from_the_cluster_and_none_from_the_worker() -> None:
    made = pools.variables(
        "kubernetes", {"image": "konbit:0.1.0", "config_maps": ["konbit"], "secrets": ["konbit"]}, {}
    )
    assert made["env_from"] == [{"configMapRef": {"name": "konbit"}}, {"secretRef": {"name": "konbit"}}]
    assert {*made["env"]} == {*pools.KEPT_OUT, *pools.KEPT_OUT_OF_MANIFESTS}
    assert set(made["env"].values()) == {None}


def test_what_was_set_of_the_shared_settings_is_handed_on_and_no_secret_is_among_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KONBIT_CLOCK_START", "2021-08-14T13:05:00Z")
    monkeypatch.setenv("KONBIT_LEASE_SECONDS", "5")
    monkeypatch.setenv("KONBIT_SECRET", "s" * 32)
    monkeypatch.setenv("KONBIT_HOME", "/home/somebody")
    assert Settings().shared == {
        "KONBIT_CLOCK_START": "2021-08-14T13:05:00+00:00",
        "KONBIT_LEASE_SECONDS": "5.0",
    }


def test_a_process_needs_none_of_it() -> None:
    assert pools.variables("process", {}, {"KONBIT_ENVIRONMENT": "drill"}) == {}


def test_the_image_finds_the_flows_wherever_prefect_starts_them() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"PYTHONPATH=/app\b", text)


def test_a_worker_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseWorker, "get_worker_class_from_type", lambda _kind: None)
    with pytest.raises(worker.NoWorker, match="pip install prefect-docker"):
        worker.worker_class("docker")
