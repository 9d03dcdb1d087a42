"""Registers what this installation has with Prefect, and asks Prefect a few things on behalf of the command line."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict
from uuid import UUID

import httpx
import prefect
import prefect.settings
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from konbit.definition.library import Library
from konbit.errors import ServiceUnavailable, UserError
from konbit.orchestrate import deployments, places, pools
from konbit.orchestrate.build import Chart, KonbitFlow
from konbit.orchestrate.execute import Tasks
from konbit.orchestrate.operating import COMMANDS
from konbit.orchestrate.worker import Kind

PREFECT_VERSION = prefect.__version__


class _More(TypedDict):
    """What deployments are registered with beside the library."""

    kind: Kind
    root: Path
    chart: Chart | None
    operators: list[KonbitFlow]
    job_variables: Mapping[str, object]


class NoFlows(UserError):
    """The folders `flows` and `tasks` are not found; start Konbit in the folder that holds them, or set KONBIT_ROOT."""


class NoApi(ServiceUnavailable):
    """PREFECT_API_URL is not set and no stack runs in this home; `konbit up` starts one."""


def root(named: Path | None = None) -> Path:
    """Where the packages `flows` and `tasks` are: the folder named, else this one, else the checkout this package is in."""
    places = [named] if named else [Path.cwd(), Path(__file__).resolve().parents[3]]
    for place in places:
        if (place / "flows").is_dir() and (place / "tasks").is_dir():
            return place.resolve()
    raise NoFlows


def tasks(at: Path) -> Tasks:
    """The Prefect tasks in the package `tasks` there. This package imports it by name alone: it lies above."""
    if str(at) not in sys.path:
        sys.path.insert(0, str(at))
    found: Tasks = importlib.import_module("tasks").TASKS
    return found


def operators(at: Path) -> list[KonbitFlow]:
    """The flows by which operators act on runs, in the package `flows.operate` there."""
    if str(at) not in sys.path:
        sys.path.insert(0, str(at))
    package = importlib.import_module("flows.operate")
    return [getattr(package, command) for command in COMMANDS]


def jobs(
    kind: Kind, file: Path | None, shared: Mapping[str, str], *, sealed: bool = False
) -> dict[str, object]:
    """The job variables of deployments: those in the file, and the settings that containers share. BadJobs if they do not fit."""
    return pools.variables(kind, pools.read(file, kind) if file else {}, shared, sealed=sealed)


def register_all(
    pool: str,
    library: Library,
    kind: Kind,
    at: Path,
    chart: Chart | None = None,
    job_variables: Mapping[str, object] | None = None,
) -> list[str]:
    """Registers a deployment for each flowchart and each command of operators; their names.

    ServiceUnavailable if Prefect does not answer; BadJobs if it lacks a secret that the job variables refer to.
    """
    require_api()
    known, acts = tasks(at), operators(at)
    given = job_variables or {}
    more: _More = {"kind": kind, "root": at, "chart": chart, "operators": acts, "job_variables": given}
    try:
        with get_client(sync_client=True) as client:
            gone = pools.missing(client, pools.references(given))
            if gone:
                raise pools.BadJobs(f"KONBIT_JOBS: Prefect has no Secret block named {', '.join(gone)}")
            try:
                return deployments.register(client, pool, library, known, **more)
            except ObjectAlreadyExists:
                # A worker that starts at the same moment has made the pool between our look and our attempt.
                return deployments.register(client, pool, library, known, **more)
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"Prefect does not answer ({type(error).__name__})") from None


def registered() -> set[str]:
    """The deployments that Prefect has: `response-activation/konbit`. ServiceUnavailable if it does not answer."""
    try:
        with get_client(sync_client=True) as client:
            flows = {flow.id: flow.name for flow in client.read_flows()}
            return {f"{flows.get(one.flow_id, '?')}/{one.name}" for one in client.read_deployments()}
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"Prefect does not answer ({type(error).__name__})") from None


def pool(name: str) -> tuple[str | None, list[str]]:
    """The kind of workers of a pool, None if there is none; and the Secret blocks its jobs refer to that are not there."""
    try:
        with get_client(sync_client=True) as client:
            try:
                kind = client.read_work_pool(name).type
            except ObjectNotFound:
                return None, []
            ours = [one for one in client.read_deployments() if one.name == deployments.NAME]
            given = {block: None for one in ours for block in pools.references(one.job_variables or {})}
            return kind, pools.missing(client, given)
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"Prefect does not answer ({type(error).__name__})") from None


def limit() -> str | None:
    """What is wrong with the limit that keeps drills from slowing an actual activation; None if nothing is."""
    try:
        with get_client(sync_client=True) as client:
            return places.standing(client)
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"Prefect does not answer ({type(error).__name__})") from None


def require_api() -> str:
    """The address of Prefect's API; NoApi if none is set: Prefect would start a server of its own that nobody sees."""
    address = prefect.settings.PREFECT_API_URL.value()
    if not address:
        raise NoApi
    return str(address)


def has_api() -> bool:
    """Whether the address of Prefect's API is set."""
    return bool(prefect.settings.PREFECT_API_URL.value())


def flow_run_state(flow_run_id: str) -> str | None:
    """The type of the state of a flow run, None if Prefect does not know it. ServiceUnavailable if it does not answer."""
    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(UUID(flow_run_id)).state
            return state.type.value if state else None
    except ObjectNotFound:
        return None
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"Prefect does not answer ({type(error).__name__})") from None
