"""Work pools in which Prefect's own workers start a process, a container or a Kubernetes job for each attempt.

A container is given its image, its network, its volumes and the settings that all processes of an installation share. Job
variables are shown in clear to whoever may look at Prefect: a secret is only ever referred to.
"""

import functools
import importlib.resources
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import WorkPool
from prefect.exceptions import ObjectNotFound
from prefect.workers.base import BaseWorker

from konbit.definition.source import read_bytes
from konbit.errors import UserError
from konbit.orchestrate.worker import CONTAINERS, Kind, KonbitWorker

Variables: TypeAlias = dict[str, Any]
"""Job variables: JSON, as Prefect keeps them."""
REFERENCE: Final = re.compile(r"\{\{\s*prefect\.blocks\.secret\.([a-z0-9-]+)\s*\}\}")
"""A Secret block of Prefect; the worker puts in what it holds when it starts the container."""
_PRIVATE: Final = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|AUTH_STRING|_KEYS?$")
_PRIVATE_ELSEWHERE: Final = re.compile(
    r"(?i)(password|passwd|token|credentials?|auth_string|api_?keys?|private_?key)$"
)
"""The same for job variables that are not the container's environment, where `secrets` and `secretName` hold names alone."""
_PASSWORD_IN_URL: Final = re.compile(r"://[^/\s:]*:[^\s@]+@")
_PASSWORD_OF_DATABASE: Final = re.compile(r"://[^/:]*:[^@]+@")
"""As SQLAlchemy reads an address: a password may hold anything but an `@`."""
_PASSWORD_GIVEN: Final = re.compile(
    r"(?i)(?:^|[?&;\s-])\w*(password|passwd|pwd|token|secret)=(?!\s*\{\{)[^&\s]"
)
"""In the query of an address, or in a command."""
_REFERENCE_TO_ANY: Final = re.compile(r"\{\{[^{}]*\}\}")
DATABASE: Final = "KONBIT_DATABASE_URL"
NEEDED: Final = (DATABASE, "KONBIT_SECRET")
"""Without these a container would set up a database and a secret of its own, and lose both with itself."""
DATA_KEYS: Final = ("KONBIT_DATA_KEYS", "KONBIT_DATA_KEYS_FILE")
"""Where names and addresses are sealed with keys of their own, a container without one of these can read none."""
KEPT_OUT: Final = (
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_PASSWORD",
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_SERVER_ENCRYPTION_KEY",
)
"""A worker hands its own Prefect settings on to the containers it starts; these are the server's alone."""
KEPT_OUT_OF_MANIFESTS: Final = ("PREFECT_API_AUTH_STRING", "PREFECT_API_KEY")
"""And these a pod is given by the secret it names, not in the clear text of its job."""
_VIEW: Final = "collections_data/views/aggregate-worker-metadata.json"
_POD: Final[Mapping[str, tuple[str, str]]] = {
    "config_maps": ("Config Maps", "Config maps whose keys become environment variables."),
    "secrets": ("Secrets", "Secrets whose keys become environment variables."),
    "volumes": ("Volumes", "Volumes of the pod, as Kubernetes writes them."),
    "volume_mounts": ("Volume Mounts", "Where the container sees them, as Kubernetes writes it."),
}


class PoolOfAnotherKind(UserError):
    """Prefect cannot change the kind of a work pool; name another pool with KONBIT_POOL."""


class BadJobs(UserError):
    """The file of job variables (KONBIT_JOBS) cannot be used as it is."""


def ensure(client: SyncPrefectClient, name: str, kind: Kind) -> WorkPool:
    """The pool, made with the template of its kind of worker if there is none; PoolOfAnotherKind if there is another."""
    try:
        found = client.read_work_pool(name)
    except ObjectNotFound:
        made = WorkPoolCreate(name=name, type=kind, base_job_template=template(kind))
        return client.create_work_pool(made)
    if found.type != kind:
        raise PoolOfAnotherKind(
            f"the pool '{name}' is one of {found.type} workers, and KONBIT_WORKER is {kind}: "
            "name another pool with KONBIT_POOL"
        )
    return found


def template(kind: Kind) -> Variables:
    """What a pool of this kind is made with: the template of the worker if it is installed, else the one Prefect brings."""
    worker = KonbitWorker if kind == "konbit" else BaseWorker.get_worker_class_from_type(kind)
    made = json.loads(json.dumps(worker.get_default_base_job_template() if worker else _brought(kind)))
    if kind in CONTAINERS:
        # A variable of the worker that is given as null stays out of the container.
        made["variables"]["properties"]["env"]["additionalProperties"] = {"type": ["string", "null"]}
    return _with_pods(made) if kind == "kubernetes" else made


@functools.cache
def _view() -> dict[str, Any]:
    """What Prefect knows of workers that are not installed; its server would ask another machine for it first."""
    text = importlib.resources.files("prefect.server.api").joinpath(_VIEW).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _brought(kind: Kind) -> Variables:
    made: Variables = _view()[f"prefect-{kind}"][kind]["default_base_job_configuration"]
    return made


def _with_pods(made: Variables) -> Variables:
    """The template with what its pods take from the cluster: settings, secrets and files by reference, no root."""
    pod = made["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    pod["volumes"] = "{{ volumes }}"
    pod["securityContext"] = {"runAsNonRoot": True, "runAsUser": 10001}
    container = pod["containers"][0]
    container["envFrom"] = "{{ env_from }}"
    container["volumeMounts"] = "{{ volume_mounts }}"
    listed = {"type": "array", "default": []}
    properties = made["variables"]["properties"]
    for name, (title, description) in _POD.items():
        properties[name] = {**listed, "title": title, "description": description}
    properties["env_from"] = {
        **listed,
        "title": "Environment From",
        "description": "Made of `config_maps` and `secrets`.",
    }
    return made


def read(path: Path, kind: Kind) -> Variables:
    """The job variables in a file. BadJobs, with the place, if it does not fit this kind of worker."""
    try:
        source, problems = read_bytes(path.read_bytes(), str(path))
    except OSError as error:
        raise BadJobs(f"KONBIT_JOBS: {path} cannot be read: {error.strerror}") from None
    if source is None or problems:
        raise BadJobs(problems[0].text() if problems else f"{path} cannot be read")
    if not isinstance(source.data, dict):
        raise BadJobs(f"{path}: expected job variables, such as `image: konbit:0.1.0`")
    known = sorted({*template(kind)["variables"]["properties"]} - {"env_from"})
    for name in source.data:
        if name not in known:
            at = source.where((name,))
            raise BadJobs(
                f"{path}:{at.line}: '{name}' is no job variable of {kind} workers; there are: {', '.join(known)}"
            )
    return dict(source.data)


def variables(
    kind: Kind, given: Mapping[str, Any], shared: Mapping[str, str], *, sealed: bool = False
) -> Variables:
    """The job variables of a deployment: what is given, with the settings that are `shared` by every process.

    `sealed` says that this installation has data keys. BadJobs if a container could not do its work with them, or if a
    secret stands in them.
    """
    _require_no_secret(kind, given)
    if kind not in CONTAINERS:
        return dict(given)
    made: Variables = dict(given)
    if not made.get("image"):
        raise BadJobs(
            f"KONBIT_JOBS: a pool of {kind} workers needs `image`, the image made of deploy/Dockerfile"
        )
    own = made.get("env", {})
    if not isinstance(own, dict):
        raise BadJobs("KONBIT_JOBS: `env` is to be a mapping of names to values")
    env: dict[str, str | None] = {**shared, **own}
    _require_no_secret(kind, {"env": env})
    if not made.get("secrets"):
        _require_needed(kind, env, sealed=sealed)
    env |= dict.fromkeys(KEPT_OUT)
    if kind == "kubernetes":
        env |= dict.fromkeys(KEPT_OUT_OF_MANIFESTS)
        maps = [{"configMapRef": {"name": name}} for name in made.get("config_maps", [])]
        secrets = [{"secretRef": {"name": name}} for name in made.get("secrets", [])]
        made["env_from"] = [*maps, *secrets]
    return {**made, "env": env}


def _require_needed(kind: Kind, env: Mapping[str, str | None], *, sealed: bool) -> None:
    where = "`env`" if kind == "docker" else "`env` or by a secret under `secrets`"
    lacking = [name for name in NEEDED if not env.get(name)]
    if lacking:
        raise BadJobs(
            f"KONBIT_JOBS: a container without {' and '.join(lacking)} works on nothing: give it in {where}"
        )
    if sealed and not any(env.get(name) for name in DATA_KEYS):
        raise BadJobs(
            "KONBIT_JOBS: names and addresses are sealed with data keys here, and a container without "
            f"{' or '.join(DATA_KEYS)} cannot read them: give it in {where}"
        )


def _require_no_secret(kind: Kind, found: Mapping[str, Any]) -> None:
    for path, value in _texts(found, ()):
        if _in_clear(path, value):
            # What was found is not repeated: it may be the secret itself.
            place = f"`{path[0]}`: {'.'.join(path[1:])}" if path[1:] else f"`{path[0]}`"
            instead = "{{ prefect.blocks.secret.NAME }}"
            more = (
                ", or leave it out and name a secret of the cluster under `secrets`"
                if kind == "kubernetes"
                else ""
            )
            raise BadJobs(f"KONBIT_JOBS: {place} holds a secret in clear; refer to one: {instead}{more}")


def _texts(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value that is no mapping and no list, as text, with the names that lead to it."""
    if isinstance(found, Mapping):
        for name, value in found.items():
            yield from _texts(value, (*path, str(name)))
    elif isinstance(found, list | tuple):
        for number, value in enumerate(found, 1):
            yield from _texts(value, (*path, str(number)))
    elif found is not None and not isinstance(found, bool):
        yield path, str(found)


def _in_clear(path: tuple[str, ...], text: str) -> bool:
    of_env = path[0] == "env"
    if not text or (REFERENCE if of_env else _REFERENCE_TO_ANY).fullmatch(text.strip()):
        return False
    name = path[-1]
    private = (_PRIVATE if of_env else _PRIVATE_ELSEWHERE).search(name) and not name.endswith("_FILE")
    address = _PASSWORD_OF_DATABASE if name == DATABASE else _PASSWORD_IN_URL
    return bool(private or address.search(text) or _PASSWORD_GIVEN.search(text))


def references(found: Mapping[str, Any]) -> Iterator[str]:
    """The names of the Secret blocks that job variables refer to."""
    for _, text in _texts(found, ()):
        match = REFERENCE.fullmatch(text.strip())
        if match:
            yield match.group(1)


def missing(client: SyncPrefectClient, blocks: Iterable[str]) -> list[str]:
    """The Secret blocks that Prefect does not have."""
    gone = []
    for name in blocks:
        try:
            client.read_block_document_by_name(name, "secret", include_secrets=False)
        except ObjectNotFound:
            gone.append(name)
    return gone
