"""The real stack for tests: every process as `konbit up` starts it, a fast clock, sinks, and people who answer.

A test may kill, stop and start each process by its name. One stack at a time: it takes a good part of a machine.
"""

import collections
import contextlib
import dataclasses
import datetime as dt
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar

import httpx

from konbit.cli.demo_stage import Stage, cues, stage
from konbit.cli.house import House
from konbit.cli.scenarios import read
from konbit.clock import UTC, wall_now
from konbit.domain.directory import Directory
from konbit.domain.quiet_hours import QuietHours
from konbit.notify.links import Purpose
from konbit.orchestrate.server import free_port
from konbit.orchestrate.stack import Stack
from konbit.orchestrate.wiring import Wiring, wire
from konbit.settings import Settings
from konbit.simulate.scenario import Scenario
from konbit.store.records import DeliveryRow, Entry, Run
from konbit.testing.players import Cues, Line, Players
from konbit.testing.webform import encoded, forms
from tests.acceptance.prefect_api import JSON, Api
from tests.acceptance.prefect_database import prefect_database

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"
FOLDERS = [ROOT / "definitions", DATA]
CALL = "response/small-call"
QUESTION = "response/small-question"
FACTOR = 300.0
"""An hour of a run takes twelve seconds."""
LOOK = 0.1
LONG = 240.0
"""Seconds that a run of the small call may take, on a busy machine."""
RETRY = 120.0
"""Seconds for which people try to reach a portal that is away."""


class Crowd(Players):
    """People who try again when the portal is away; `taken` counts the answers it said it took, by link."""

    def __init__(self, site: "Site", script: Cues) -> None:
        super().__init__(
            site.stage.mail, site.stage.hooks, site.stage.people(site.directory), site.house.portal_url,
            site.parts.clock, script,
        )  # fmt: skip
        self.taken: collections.Counter[str] = collections.Counter()
        self.taken_at: dict[str, float] = {}
        self._http.event_hooks = {"response": [self._note]}

    def _note(self, reply: httpx.Response) -> None:
        if reply.request.method == "POST" and reply.status_code == httpx.codes.SEE_OTHER:
            token = reply.request.url.path.rpartition("/")[2]
            self.taken[token] += 1
            self.taken_at[token] = time.time()

    def _answer(self, token: str, line: Line) -> str:
        deadline = time.monotonic() + RETRY
        while True:
            before = self.taken[token]
            try:
                trouble = super()._answer(token, line)
            except httpx.HTTPError:
                if self.taken[token] > before:
                    return ""
                if time.monotonic() > deadline:
                    raise
            else:
                if not trouble.startswith(("the page answered 5", "the portal answered 5")):
                    return trouble
                if time.monotonic() > deadline:
                    return trouble
            time.sleep(0.2)


class Once:
    """One visit of a page."""

    def __init__(self, portal: str) -> None:
        self._http = httpx.Client(base_url=portal, timeout=20, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def form(self, link: str) -> tuple[str, dict[str, list[str]]]:
        """Where the form of a page goes, and what it sends if its first choice is accepted."""
        page = self._http.get(link)
        assert page.status_code == httpx.codes.OK, page.status_code
        form = next(one for one in forms(page.text) if ("verdict", "accept") in one.buttons)
        choice = form.controls.get("f_answer")
        given = {"f_answer": [next(one for one in choice.choices or () if one)]} if choice else {}
        return str(page.url.join(form.action)), form.filled(given, ("verdict", "accept"))

    def post(self, address: str, sent: Mapping[str, Sequence[str]]) -> httpx.Response:
        """Presses the button."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        return self._http.post(address, content=encoded(sent), headers=headers)

    def answer(self, link: str, option: str | None = None) -> httpx.Response:
        """Opens a page and accepts."""
        address, sent = self.form(link)
        return self.post(address, sent | ({"f_answer": [option]} if option else {}))


@dataclasses.dataclass
class Site:
    """A stack that is up, and what a test looks at."""

    house: House
    stack: Stack
    stage: Stage
    parts: Wiring
    scenario: Scenario
    directory: Directory
    api: Api
    quiet: set[str] = dataclasses.field(default_factory=set)
    """Runs whose people say nothing."""

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends a process and its group, and waits until it is gone."""
        process = self.stack._running[name].process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.wait(30)

    def start(self, name: str, *, ready: bool = False, **environment: str) -> None:
        """Starts a process again, on the same port and database; `environment` is for this one alone."""
        usual = dict(self.stack.environment)
        self.stack.environment |= environment
        try:
            self.stack.start(self.house.services()[name])
        finally:
            self.stack.environment = usual
        if ready:
            self.stack.wait_ready([name])

    def revive(self, but: str = "") -> None:
        """Starts again every process that has died, but one."""
        for name, running in list(self.stack._running.items()):
            if name != but and running.process.poll() is not None:
                self.start(name)

    def request(self, flowchart: str | None = None, key: str | None = None, **parameters: object) -> Run:
        """Asks for a run in our store, of the scenario's flowchart if none is named; the clock hands it to Prefect."""
        chart = flowchart or self.scenario.flowchart
        given = dict(self.scenario.parameters) if chart == self.scenario.flowchart else {"country": "HTI"}
        return self.parts.steward.request(
            chart, given | parameters, "drill", "operator:test", idempotency_key=key
        )

    def run(self, run_id: str) -> Run:
        with self.parts.store.read() as tx:
            return tx.runs.get(run_id)

    def journal(self, run_id: str) -> Sequence[Entry]:
        with self.parts.store.read() as tx:
            return tx.journal.read(run_id)

    def family(self, run_id: str) -> list[Run]:
        """The run and those it started."""
        with self.parts.store.read() as tx:
            return [tx.runs.get(run_id), *tx.runs.children(run_id)]

    def deliveries(self, run_id: str) -> Sequence[DeliveryRow]:
        with self.parts.store.read() as tx:
            return tx.deliveries.list(run_id)

    def flow_run_id(self, run_id: str, seconds: float = 90) -> str:
        """The flow run of a run, once it has one."""
        run = eventually(
            lambda: self.run(run_id), lambda run: run.flow_run_id is not None, seconds, "a flow run"
        )
        return str(run.flow_run_id)

    def state(self, run_id: str) -> JSON:
        """The Prefect state of a run, `{}` while it has none."""
        flow_run_id = self.run(run_id).flow_run_id
        flow_run = self.api.flow_run(flow_run_id) if flow_run_id else None
        return (flow_run or {}).get("state") or {}

    def task_runs(self, flow_run_id: str, least: int, seconds: float = 90) -> list[JSON]:
        """The task runs of a flow run, once there are so many: Prefect hears of them a little later."""
        return eventually(
            lambda: self.api.task_runs(flow_run_id), lambda rows: len(rows) >= least, seconds, "task runs"
        )

    def becomes(self, run_id: str, kind: str, seconds: float = 120) -> JSON:
        """The Prefect state of a run, once it is of this type; the stack is looked after meanwhile."""

        def look() -> JSON:
            self.stack.watch()
            return self.state(run_id)

        try:
            return eventually(look, lambda state: state.get("type") == kind, seconds, f"the state {kind}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.last_words()}") from None

    def waits(self, run_id: str, seconds: float = 90) -> JSON:
        """The Prefect state of a run, once it sleeps until somebody answers."""
        return eventually(
            lambda: self.state(run_id),
            lambda state: state.get("name") == "Awaiting answers",
            seconds,
            "a wait",
        )

    def ends(self, run_id: str, seconds: float = LONG) -> Run:
        """The run once it has ended; the stack is looked after meanwhile, as `konbit up` does."""

        def look() -> Run:
            self.stack.watch()
            return self.run(run_id)

        try:
            return eventually(look, lambda run: run.status == "ended", seconds, "the end of the run")
        except AssertionError as error:
            raise AssertionError(f"{error}\nPrefect: {self.state(run_id)}\n{self.last_words()}") from None

    def last_words(self) -> str:
        """The ends of the logs of the stack: what a failure far from here can be understood by."""
        logs = sorted((self.house.home / "logs").glob("*.log"))
        return "\n".join(
            f"--- {log.stem}\n" + "\n".join(log.read_text("utf-8", "replace").splitlines()[-12:])
            for log in logs
        )

    def asked(self, run_id: str, step: str, seconds: float = 90) -> list[int]:
        """The rows of those who are asked in a step, once somebody is."""

        def rows() -> list[int]:
            with self.parts.store.read() as tx:
                requests = [one for one in tx.requests.list_open(run_id) if one.step == step]
                return [asked.row_id for one in requests for asked in tx.requests.asked(run_id, one.key)]

        return eventually(rows, bool, seconds, f"somebody asked in {step}")

    def link(self, row_id: int) -> str:
        """The address of somebody's page."""
        with self.parts.store.read() as tx:
            row = tx.requests.addressee(row_id)
        expires = self.parts.clock.now() + dt.timedelta(days=2)
        return (
            f"{self.house.portal_url}/a/{self.parts.signer.mint(Purpose.ANSWER, row.mode, row_id, expires)}"
        )

    def crowd(self) -> Crowd:
        """The people of the scenario; those whom a run in `quiet` asks say nothing."""
        script = cues(self.parts, self.scenario, self.directory)

        def of(person: str, token: str) -> Sequence[Line]:
            claims = self.parts.signer.read(token, self.parts.clock.now(), purpose=Purpose.ANSWER)
            with self.parts.store.read() as tx:
                run_id = tx.requests.addressee(claims.row_id).run_id
            return [] if run_id in self.quiet else script(person, token)

        return Crowd(self, of)

    def answer(self, row_id: int, option: str | None = None) -> None:
        """Somebody opens their page and answers; the portal says that it took the answer."""
        with Once(self.house.portal_url) as once:
            assert once.answer(self.link(row_id), option).status_code == httpx.codes.SEE_OTHER


T = TypeVar("T")


def eventually(
    look: Callable[[], T], wanted: Callable[[T], bool], seconds: float = 90.0, what: str = "it"
) -> T:
    """What is seen once it is as wanted; AssertionError with the last look if it never is."""
    deadline = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}, found {seen!r}"
        time.sleep(LOOK)
    return seen


@contextlib.contextmanager
def up(
    home: Path,
    kind: str = "konbit",
    *,
    factor: float = FACTOR,
    more: Mapping[str, str] | None = None,
    play: str = "small",
) -> Iterator[Site]:
    """A stack in `home` with the people of the scenario `play` in its directory; nothing of it is left at the end."""
    scenario = read(play, FOLDERS)
    with prefect_database(home / "prefect") as database:
        told = settings(scenario, kind, factor) | database | dict(more or {})
        with standing(House(home, "127.0.0.1", free_port(), free_port(), kind, told), scenario) as site:
            yield site


def settings(scenario: Scenario, kind: str, factor: float) -> dict[str, str]:
    """What the processes of a test's stack are told: a fast clock, short leases, our folders."""
    return {
        "KONBIT_DEFINITIONS": ":".join(str(folder) for folder in FOLDERS),
        "KONBIT_ROOT": str(ROOT),
        "KONBIT_MINIMUM_SECONDS": "0",
        "KONBIT_LEASE_SECONDS": "6",
        # A process takes a while to start on a busy machine; it must not count as lost for that.
        "KONBIT_GRACE_SECONDS": "12" if kind == "konbit" else "30",
        "KONBIT_CLOCK_ORIGIN": wall_now().isoformat(),
        "KONBIT_CLOCK_START": scenario.starts.astimezone(UTC).isoformat(),
        "KONBIT_CLOCK_FACTOR": str(factor),
    }


@contextlib.contextmanager
def standing(house: House, scenario: Scenario) -> Iterator[Site]:
    """The stack of a house, up, with its sinks and its directory."""
    with stage() as set_up:
        set_up.write_channels(house.home)
        stack = house.begin()
        api = Api(house.prefect_url)
        try:
            house.open(lambda _what: None, stack)
            parts = wired(house)
            directory = awake(parts, set_up.import_directory(parts, scenario, FOLDERS))
            yield Site(house, stack, set_up, parts, scenario, directory, api)
            parts.store.close()
        finally:
            api.close()
            house.close(stack)
            for pid in strays(house.home):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def wired(house: House) -> Wiring:
    """The parts of a stack in this process, by the same settings."""
    given = {
        name.removeprefix("KONBIT_").lower(): value
        for name, value in house.settings().items()
        if name.startswith("KONBIT_")
    }
    return wire(Settings.model_validate(given))


def strays(home: Path) -> list[int]:
    """Processes of this home, by what they were told when they started: those that lost their parent too."""
    mark = f"KONBIT_HOME={home.resolve()}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def attempts_in_processes(home: Path) -> list[int]:
    """Processes that carry out an attempt of their own: what Prefect's process worker starts."""
    mark = b"PREFECT__FLOW_RUN_ID="
    found = []
    for pid in strays(home):
        with contextlib.suppress(OSError):
            if mark in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(pid)
    return found


def awake(parts: Wiring, directory: Directory) -> Directory:
    """The same people, asleep at the same hours and never out of reach; they are put into the store so.

    Whom a call-down asks first depends on who is awake, and a night passes in a minute here, or in seconds.
    """
    alike = {"quiet_hours": QuietHours(), "zone": "UTC"}
    people = [one.model_copy(update=alike) for one in directory.people]
    found = directory.model_copy(update={"people": people})
    with parts.store.begin() as tx:
        tx.directory.replace_country(found, "HTI")
    return found
