"""What the demo shows: progress while it runs, and the whole story at the end."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from konbit.cli.demo_story import Story, later_waves, left, timeline
from konbit.definition.codelists import CodeLists
from konbit.definition.durations import show
from konbit.domain.matching import Balance
from konbit.simulate.scenario import Scenario
from konbit.testing.players import Players

STYLES = {
    "ALARM": "bold red",
    "unreachable": "red",
    "outcome": "green",
    "ends": "bold green",
    "starts": "bold",
}


def progress(story: Story, players: Players, now: dt.datetime, speed: float) -> RenderableType:
    """How the run stands, in a few lines."""
    rows = Table.grid(padding=(0, 2))
    for chapter in story.chapters:
        frames = chapter.page.state.requests
        waits = [
            f"{chapter.plan.nodes[frame.node].step}{frame.suffix} {len(frame.replies)}/{len(frame.places)}"
            for frame in frames
        ]
        ended = f"ended: {chapter.run.outcome}" if chapter.run.status == "ended" else ""
        rows.add_row(chapter.run.flowchart, ended or ", ".join(waits[:5]) or chapter.run.status)
    sent = sum(1 for row in story.deliveries if left(row))
    counts = f"{sent} messages, {len(story.answers)} answers, {players.waiting} people about to answer"
    return Panel(
        Group(rows, Text(counts, style="dim")), title=f"{now:%H:%M} UTC, {speed:g} times faster", expand=False
    )


def story(
    console: Console, told: Story, zone: zoneinfo.ZoneInfo, players: Players, by: Mapping[int, str]
) -> None:
    """Prints the timeline, who answered when and how, waves and escalations, needs against offers.

    `by` is the channel of the message whose link was followed, by the row that the link names.
    """
    console.rule("Timeline")
    _timeline(console, told, zone)
    console.rule("Who answered")
    console.print(_answers(told, zone, by))
    console.rule("Waves and escalations")
    lines = [
        (row.planned_at, f"{row.request or row.step}: {name} {row.wave + 1} to {row.person}")
        for verb, name in (("contact", "wave"), ("ask", "escalation"))
        for row in later_waves(told, verb)
    ]
    for at, line in sorted(dict.fromkeys(lines)):
        console.print(f"  {_local(at, zone)}  {line}", highlight=False)
    for address in dict.fromkeys(players.mail.refused):
        console.print(f"  refused by its mail server: {players.people.get(address, 'somebody')}")
    console.rule("Needs against offers")
    console.print(_balance(told.balance))
    console.rule("Reports")


def zone_of(scenario: Scenario, codes: CodeLists) -> zoneinfo.ZoneInfo:
    """The time zone of the affected country."""
    country = (
        codes["countries"].get(str(scenario.parameters.get("country"))) if "countries" in codes else None
    )
    return zoneinfo.ZoneInfo((country.fact("zone") if country else "") or "UTC")


def _local(at: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _timeline(console: Console, told: Story, zone: zoneinfo.ZoneInfo) -> None:
    begin = told.main.run.started_at or told.main.run.created_at
    table = Table(box=None, pad_edge=False)
    for head in ("run time", zone.key.rpartition("/")[2], "UTC", "", "step", ""):
        table.add_column(head, no_wrap=head != "")
    for moment in timeline(told):
        since = dt.timedelta(seconds=max(0, round((moment.at - begin).total_seconds() / 60) * 60))
        times = (f"+{show(since) if since else '0m'}", _local(moment.at, zone), f"{moment.at:%H:%M}")
        table.add_row(
            *times, Text(moment.what, style=STYLES.get(moment.what, "")), moment.step, moment.detail
        )
    console.print(table)


def _answers(told: Story, zone: zoneinfo.ZoneInfo, by: Mapping[int, str]) -> Table:
    """One line for each answer: when, who, what, and the channel that reached them."""
    table = Table(box=None, pad_edge=False)
    for head in ("local", "UTC", "person", "step", "answer", "link came by", "answered by"):
        table.add_column(head)
    for answer in told.answers:
        said = str(answer.data.get("answer") or answer.verdict) + (" (late)" if answer.late else "")
        table.add_row(
            _local(answer.received_at, zone), f"{answer.received_at:%H:%M}", answer.person, answer.request, said,
            by.get(answer.row_id, ""), answer.channel,
        )  # fmt: skip
    return table


def _balance(balance: Balance | None) -> RenderableType:
    if balance is None:
        return Text("no needs and no offers", style="dim")
    table = Table(box=None, pad_edge=False)
    for head in ("cluster", "place", "item", "needed", "offered", "gap"):
        table.add_column(head, justify="right" if head in ("needed", "offered", "gap") else "left")
    for row in sorted(balance.rows, key=lambda one: (one.need.cluster, one.need.place, one.need.item)):
        covered = row.need.quantity - row.gap
        gap = Text(str(row.gap), style="bold red") if row.gap else Text("0", style="green")
        item = f"{row.need.item} ({row.need.unit})"
        table.add_row(row.need.cluster, row.need.place, item, str(row.need.quantity), str(covered), gap)
    notes = [f"held: {flag.organization} ({', '.join(flag.gates)})" for flag in balance.held]
    notes += [f"ad hoc, recorded: {flag.organization} ({', '.join(flag.gates)})" for flag in balance.notices]
    notes += [f"left over: {one.quantity} of {one.organization} ({one.reason})" for one in balance.overlaps]
    return Group(table, *(Text(note, style="dim") for note in notes))


def write_reports(told: Story, folder: Path) -> list[Path]:
    """Writes every report as Markdown, and its rows as CSV if it has any; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for report in told.reports:
        path = folder / f"{report.kind}-{report.number}.md"
        path.write_text(report.markdown, "utf-8")
        written.append(path)
        if report.csv:
            rows = path.with_suffix(".csv")
            rows.write_text(report.csv, "utf-8", newline="")
            written.append(rows)
    return written


def verdict(console: Console, faults: Sequence[str]) -> None:
    """The last lines."""
    if not faults:
        console.print(Text("The demo is complete.", style="bold green"))
        return
    console.print(Text(f"{len(faults)} pieces are missing:", style="bold red"))
    for fault in faults:
        console.print(f"  {fault}", soft_wrap=True, highlight=False)
