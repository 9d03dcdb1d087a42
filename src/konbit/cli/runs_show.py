"""A run in the terminal."""

import datetime as dt

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from konbit.cli.standing import RequestView, RunView

SHORT = 8
"""How many characters of a run's id are shown; they are enough to name it."""


def moment(at: dt.datetime | None) -> str:
    """A moment of run time in UTC, to the minute."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M}" if at else ""


def table_of(runs: list[RunView]) -> Table:
    """The list of runs."""
    table = Table(box=None, pad_edge=False)
    for head in (
        "run",
        "flowchart",
        "mode",
        "country",
        "status",
        "outcome",
        "created (UTC)",
        "next timer (UTC)",
    ):
        table.add_column(head)
    for run in runs:
        mode = Text("ACTUAL", style="bold red") if run.mode == "actual" else Text("drill")
        table.add_row(
            run.run[:SHORT], run.flowchart, mode, run.country or "", run.status, run.outcome or "",
            moment(run.created_at), moment(run.wakes_at),
        )  # fmt: skip
    return table


def show(console: Console, run: RunView) -> None:
    """Prints a run: how it stands, its steps, who is silent, what comes next."""
    console.print(_head(run))
    console.print()
    console.print(_steps(run))
    for request in run.requests:
        console.print()
        console.print(_request(request))
    if run.timers:
        console.print()
        console.print(_timers(run))
    if run.reports:
        console.print()
        console.print(_reports(run))


def _head(run: RunView) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    status = f"{run.status}: {run.outcome}" if run.outcome else run.status
    rows = [
        ("run", run.run),
        ("flowchart", run.flowchart),
        ("mode", "ACTUAL" if run.mode == "actual" else "drill"),
        ("status", status),
        ("started by", run.started_by),
        ("created", f"{moment(run.created_at)} UTC"),
        ("answers", f"{run.answers}, {run.late} of them late" if run.late else str(run.answers)),
        ("Prefect", run.url or ("not handed over yet" if run.flow_run is None else run.flow_run)),
    ]
    if run.parent:
        rows.append(("parent", run.parent))
    rows += [("awaits approval", ground) for ground in run.awaits]
    rows += [("held", one) for one in run.held]
    rows += [("child", child) for child in run.children]
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def _steps(run: RunView) -> RenderableType:
    if not run.steps:
        return Text("no step has begun")
    table = Table(box=None, pad_edge=False)
    for head in ("step", "outcome", "time (UTC)", "what"):
        table.add_column(head)
    for step in run.steps:
        outcome = step.outcome or "under way"
        table.add_row(step.step, outcome, moment(step.ended_at or step.began_at), step.title)
    return table


def _request(request: RequestView) -> RenderableType:
    until = f", until {moment(request.closes_at)} UTC" if request.closes_at else ""
    head = Text(f"{request.step}: {request.answered} of {request.asked} answered{until}", style="bold")
    table = Table(box=None, pad_edge=False)
    for name in ("role", "covered", "wave", "silent"):
        table.add_column(name)
    for slot in request.slots:
        covered = "yes" if slot.covered else "vacant" if slot.vacant else "no"
        if slot.critical and not slot.covered:
            covered += ", critical"
        table.add_row(slot.slot, covered, f"{slot.wave} of {slot.waves}", ", ".join(slot.silent))
    return Group(head, table)


def _timers(run: RunView) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    table.add_column("timer")
    table.add_column("due (UTC)")
    for timer in run.timers:
        table.add_row(timer.timer, moment(timer.at))
    return table


def _reports(run: RunView) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    for head in ("report", "approved (UTC)", "sent (UTC)"):
        table.add_column(head)
    for report in run.reports:
        table.add_row(f"{report.title}", moment(report.approved_at), moment(report.sent_at))
    return table
