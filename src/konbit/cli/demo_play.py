"""The course of the demo: set the stage, start the stack, trigger, watch, tell, judge."""

import dataclasses
import os
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.live import Live

from konbit.check.refusal import sound
from konbit.cli import demo_print, drawing, terminal
from konbit.cli.activation import Begun, begin
from konbit.cli.demo_stage import Stage, clock_settings, cues, stage
from konbit.cli.demo_story import Story, gather
from konbit.cli.demo_verdict import OPEN, expectations, shortcomings
from konbit.cli.house import House
from konbit.cli.links import flow_run_url
from konbit.cli.parts import read_settings
from konbit.cli.up import addresses, keep_up, stop_event
from konbit.clock import wall_now
from konbit.definition.library import load
from konbit.domain.directory import Directory
from konbit.errors import ServiceUnavailable
from konbit.orchestrate import registration
from konbit.orchestrate.stack import Stack
from konbit.orchestrate.wiring import Wiring, wire
from konbit.simulate.scenario import Scenario
from konbit.testing.players import Players

LOOK_SECONDS = 0.4
SHOW_SECONDS = 1.5
"""Between two looks at the whole story, which costs more."""
LIMIT_SECONDS = 120.0
"""Beyond what the scenario takes at its factor, how long the demo waits for the run to end."""
SETTLE_SECONDS = 12.0
"""After the run has ended: the last messages leave, and Prefect hears of the end."""
LENGTH_HOURS = 3.5


def play(house: House, stack: Stack, scenario: Scenario, factor: float | None, *, keep: bool) -> int:
    """Plays the demo; the exit code."""
    console = terminal.console()
    folders = read_settings().folders
    speed = factor or scenario.clock.factor
    stop = stop_event()
    with stage() as set_up:
        set_up.write_channels(house.home)
        with console.status("starting") as status:
            house.open(
                lambda what: status.update(f"starting: {what}"),
                stack,
                lambda: clock_settings(scenario, speed),
                _register,
            )
        faults: list[str] = []
        try:
            os.environ.update(stack.environment)
            console.print(
                f"The stack is up after {time.monotonic() - stack.began:.0f} s: {house.prefect_url}"
            )
            faults = Performance(console, house, stack, set_up, scenario, folders, speed).perform()
            console.print(f"Took {time.monotonic() - stack.began:.0f} s.")
            if keep:
                _linger(console, house, stack, stop)
        except KeyboardInterrupt:
            faults = ["interrupted"]
        finally:
            house.close(stack)
    faults += [f"a process of the stack is left running ({group})" for group in stack.left()]
    demo_print.verdict(console, faults)
    if not faults and not keep:
        shutil.rmtree(house.home / "prefect", ignore_errors=True)
    return 1 if faults else 0


def _register() -> None:
    settings = read_settings()
    library = load(settings.folders)
    registration.register_all(
        settings.pool, library, settings.worker, registration.root(), drawing.chart(library)
    )


@dataclasses.dataclass
class Performance:
    """One performance on a stack that is up."""

    console: Console
    house: House
    stack: Stack
    set_up: Stage
    scenario: Scenario
    folders: list[Path]
    speed: float

    def perform(self) -> list[str]:
        """Everything between the start of the stack and its end; what was missing."""
        scenario, set_up = self.scenario, self.set_up
        parts = wire(read_settings())
        sound(parts.library, scenario.flowchart)
        try:
            directory = set_up.import_directory(parts, scenario, self.folders)
            people, script = set_up.people(directory), cues(parts, scenario, directory)
            with Players(
                set_up.mail, set_up.hooks, people, self.house.portal_url, parts.clock, script
            ) as players:
                time.sleep(max(0.0, (parts.clock.wall(scenario.starts) - wall_now()).total_seconds()))
                begun = begin(
                    parts, scenario.flowchart, scenario.parameters, scenario.mode, "operator:demo", None
                )
                self._watch(parts, begun, players)
                states = self._settle(parts, begun)
                return self._tell(parts, directory, gather(parts, begun), players, states)
        finally:
            parts.store.close()

    def _watch(self, parts: Wiring, begun: Begun, players: Players) -> None:
        """Shows how the run goes on until it has ended, or for too long."""
        deadline = time.monotonic() + LENGTH_HOURS * 3600 / self.speed + LIMIT_SECONDS
        with Live(console=self.console, refresh_per_second=4, transient=True) as live:
            shown = 0.0
            while time.monotonic() < deadline:
                self.stack.watch()
                with parts.store.read() as tx:
                    if tx.runs.get(begun.run.id).status == "ended":
                        return
                if time.monotonic() - shown >= SHOW_SECONDS:
                    story, shown = gather(parts, begun), time.monotonic()
                    live.update(demo_print.progress(story, players, parts.clock.now(), self.speed))
                time.sleep(LOOK_SECONDS)

    def _settle(self, parts: Wiring, begun: Begun) -> Mapping[str, str | None]:
        """Waits until every message has left and Prefect has heard of the end; the states of the flow runs."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            self.stack.watch()
            story = gather(parts, begun)
            states = {chapter.run.id: _state(chapter.run.flow_run_id) for chapter in story.chapters}
            quiet = not any(row.state in OPEN for row in story.deliveries)
            if (quiet and set(states.values()) == {"COMPLETED"}) or time.monotonic() > deadline:
                return states
            time.sleep(LOOK_SECONDS)

    def _tell(
        self,
        parts: Wiring,
        directory: Directory,
        story: Story,
        players: Players,
        states: Mapping[str, str | None],
    ) -> list[str]:
        """Prints what happened and writes the reports down; what was missing."""
        console = self.console
        checks = expectations(self.scenario, story, directory)
        now = parts.clock.now()
        by = {parts.signer.read(deed.token, now).row_id: deed.channel for deed in players.deeds}
        demo_print.story(console, story, demo_print.zone_of(self.scenario, parts.library.codes), players, by)
        for path in demo_print.write_reports(story, self.house.home / "reports"):
            console.print(f"  {path}", soft_wrap=True)
        console.print(f"\nPrefect: {flow_run_url(story.main.run.flow_run_id)}", soft_wrap=True)
        met = sum(1 for one in checks if one.met)
        console.print(f"Expectations of the scenario: {met} of {len(checks)} met.")
        found = shortcomings(story, players, checks, states)
        if self.stack.restarts:
            died = self.stack.restarts
            found.append(f"{died} processes died and were started again; see {self.stack.logs}")
        return found


def _state(flow_run_id: str | None) -> str | None:
    try:
        return registration.flow_run_state(flow_run_id) if flow_run_id else None
    except ServiceUnavailable:
        return None


def _linger(console: Console, house: House, stack: Stack, stop: threading.Event) -> None:
    console.print(addresses(house))
    console.print(f"export KONBIT_HOME={house.home}", soft_wrap=True)
    keep_up(stack, stop, console)
