"""A flowchart whose steward keeps its journal in a folder: what the flow, the worker and Prefect do is real."""

import datetime as dt
import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from konbit.clock import wall_now
from konbit.definition.library import load
from konbit.domain.desk import Done
from konbit.engine.effects import DoWork
from konbit.errors import InvalidParameter, LeaseLost, ServiceUnavailable
from konbit.orchestrate import build
from konbit.orchestrate.errand import Duty, Executor, Standing
from konbit.orchestrate.exhibits import Exhibits, Silence
from tasks import TASKS

HERE = Path(__file__).parent
ROSTER: dict[str, JsonValue] = {
    "slots": [
        {"slot": "chair", "need": 1, "critical": True, "waves": [["p1"], ["p2"]]},
        {"slot": "cluster_lead.WSH", "need": 1, "critical": False, "waves": [["p3"], []]},
    ]
}
STEPS = {
    "verify": DoWork("verify", "inform", "verify", "Verify", {}),
    "call_down": DoWork("call_down", "contact", "call_down", "Call down", {}, after=("verify",)),
    "tell[WSH]": DoWork("tell[WSH]", "inform", "tell", "Tell", {}, after=("call_down",)),
    "tell[HEA]": DoWork("tell[HEA]", "inform", "tell", "Tell", {}, after=("call_down",)),
}


class FolderSteward:
    """Two steps, a wait for an answer, two more steps at the same time, the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, run_id: str, part: str) -> Path:
        return self.folder / f"{run_id}.{part}"

    def begin(
        self,
        flowchart: str,
        parameters: Mapping[str, object],
        mode: str,
        flow_run_id: str,
        idempotency_key: str | None,
        started_by: str,
        confirm: str,
    ) -> str:
        path = self.path(flow_run_id, "born.json")
        if parameters.get("note") == "away":
            raise OSError("postgresql://user:secret@db.example.org")
        if parameters.get("note") == "refused":
            raise InvalidParameter("parameter 'areas' is required")
        if not path.exists():
            born = {"flowchart": flowchart, "parameters": dict(parameters), "mode": mode, "by": started_by}
            path.write_text(json.dumps(born | ({"confirm": confirm} if confirm else {})))
        return flow_run_id

    def preflight(self, run_id: str) -> str:
        return "" if self.task_runs(run_id) else "**2 people**, one message to each takes under a minute.\n"

    def task_runs(self, run_id: str) -> dict[str, str]:
        path = self.path(run_id, "done.json")
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def attempt(self, run_id: str, executor: Executor) -> Standing:
        with self.path(run_id, "attempts").open("a") as log:
            log.write(f"{os.getpid()} {wall_now().isoformat()}\n")
        note = json.loads(self.path(run_id, "born.json").read_text())["parameters"].get("note")
        if note == "down":
            raise ServiceUnavailable("The database does not answer.")
        if note == "raise":
            raise ValueError("a person's number: +1 202-555-0143")
        if note == "exit":
            raise SystemExit(3)
        self.do(run_id, executor, "verify")
        self.do(run_id, executor, "call_down")
        if note == "fail":
            return Standing("ended", "Failed step handled", "1 step", outcome="failed_step")
        if note == "race" and not self.path(run_id, "answer").exists():
            self.path(run_id, "race").touch()
        elif not self.path(run_id, "answer").exists():
            wakes_at = wall_now() + dt.timedelta(hours=1)
            return Standing("waiting", "Awaiting answers", "1 of 2 answered", wakes_at)
        if self.path(run_id, "race").exists() and not self.path(run_id, "answer").exists():
            # The answer comes between the last look and the state.
            self.path(run_id, "answer").touch()
            return Standing("waiting", "Awaiting answers", "none", wall_now() + dt.timedelta(hours=1))
        self.do(run_id, executor, "tell[WSH]", "tell[HEA]")
        return Standing("ended", "Activated", "4 steps", outcome="activated")

    def do(self, run_id: str, executor: Executor, *names: str) -> None:
        done = self.task_runs(run_id)
        works: Sequence[DoWork] = [STEPS[name] for name in names if name not in done]
        if works:
            executor(works, Carrier(self, run_id))

    def stirred(self, run_id: str) -> bool:
        return self.path(run_id, "answer").exists()

    def exhibits(self, run_id: str) -> Exhibits:
        silent = [Silence("call_down", "cluster_lead.WSH", "1 of 2", "2026-11-21 12:00 UTC")]
        chart = 'flowchart TD\n  n0["Verify"] --> n1["Call down"]\n  n1 --> n2["Tell"]\n  style n1 stroke-width:4px'
        return Exhibits(chart, silent, asked=2, answered=1)

    def wall(self, moment: dt.datetime) -> dt.datetime:
        return moment


class Carrier:
    """Records work that is done in a file."""

    def __init__(self, steward: FolderSteward, run_id: str) -> None:
        self.steward, self.run_id = steward, run_id
        self.lock = threading.Lock()

    def __call__(self, work: DoWork, duty: Duty, task_run: str | None = None) -> Done:
        born = json.loads(self.steward.path(self.run_id, "born.json").read_text())
        if born["parameters"].get("note") == "fail" and work.work == "call_down":
            raise ValueError("a person's number: +1 202-555-0143")
        if born["parameters"].get("note") == "lost" and work.work == "call_down":
            raise LeaseLost
        path = self.steward.path(self.run_id, f"{work.work}.work")
        path.write_text(task_run or "")
        merged = {
            one.name.removeprefix(f"{self.run_id}.").removesuffix(".work"): one.read_text()
            for one in self.steward.folder.glob(f"{self.run_id}.*.work")
        }
        self.steward.path(self.run_id, "done.json").write_text(json.dumps(merged))
        return Done(ROSTER if work.duty == "contact" else {})

    def failed(self, work: DoWork, reason: str) -> None:
        self.steward.path(self.run_id, "failed").write_text(f"{work.work}: {reason}")


steward = FolderSteward(Path(os.environ["TOY_FOLDER"]))

definitions = load([HERE / "definitions"])
toy_call = build.flow("response", "toy_call", TASKS, definitions, steward=lambda: steward)
