"""What operators see of a run in the Prefect UI: the chart, who is silent, needs against offers, the reports.

Artifacts hold roles, codes, ids and counts, never a name or an address.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence

from prefect.artifacts import create_markdown_artifact, create_progress_artifact
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_UI_URL
from pydantic import JsonValue

from konbit.domain.calldown import MINUTES, Tally
from konbit.domain.desk import ReportDocument
from konbit.domain.matching import Balance
from konbit.domain.watch import WORDS, Fault
from konbit.orchestrate.exhibits import Exhibits, Silence, Vacancy

log = logging.getLogger(__name__)
MAX_ROWS = 200
"""Rows of a table; what is beyond is counted."""


def current_run() -> str:
    """How the artifacts of the current flow run begin, empty outside of one: `activation-hti-eq-drill-1a2b3c4d`."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return f"{run.name}-{str(run.id)[:8]}" if run else ""


def key(run: str, part: str) -> str:
    """The key of an artifact of a run: small letters, digits and hyphens only."""
    return re.sub(r"[^a-z0-9]+", "-", f"{run}-{part}".lower()).strip("-")


def fenced(mermaid: str) -> str:
    """Mermaid as a fence that its own content cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", mermaid)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}mermaid\n{mermaid.strip()}\n{fence}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; long ones are cut and say so."""
    every = [[_cell(value) for value in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *every[:MAX_ROWS]]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    rest = len(every) - MAX_ROWS
    return f"{text}\n\nand {rest} more.\n" if rest > 0 else f"{text}\n"


def _cell(value: object) -> str:
    return re.sub(r"([|\\<>`*_\[\]])", r"\\\1", " ".join(str(value).split()))


def _write(run: str, part: str, markdown: str, description: str) -> str:
    """Where the artifact is shown, empty if it was not written or the UI has no known address.

    Work that is done stays done if its artifact cannot be written.
    """
    if not run:
        return ""
    try:
        made = create_markdown_artifact(markdown, key(run, part), description)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not undo the work
        log.warning("the artifact %s was not written: %s", part, type(error).__name__)
        return ""
    base = PREFECT_UI_URL.value()
    # Without /v2 the old UI opens, which shows the source of a chart.
    return f"{base}/v2/artifacts/artifact/{made}" if base else ""


def show(run: str, exhibits: Exhibits) -> dict[str, str]:
    """Writes all artifacts of how a run stands, and says where they are shown.

    The page of a waiting run in Prefect's UI has no tab for artifacts: a line in its log leads there.
    """
    links = {}
    if exhibits.chart:
        links["chart"] = chart(run, fenced(exhibits.chart))
    if exhibits.asked:
        links["silent"] = silent(run, exhibits.silent, exhibits.vacant)
        progress(run, exhibits.answered, exhibits.asked)
    if exhibits.tallies:
        links["call-down"] = calldown(run, exhibits.tallies)
    return {part: where for part, where in links.items() if where}


def preflight(run: str, markdown: str) -> str:
    """Writes what a run would send, before it does; where it is shown."""
    return _write(run, "preflight", f"# Before the start\n\n{markdown}", "Whom it would reach, and how.")


def chart(run: str, markdown: str) -> str:
    """Writes the chart, a fence of Mermaid; where it is shown."""
    return _write(run, "chart", markdown, "The flowchart; the current steps are marked.")


def silent(run: str, silences: Sequence[Silence], vacancies: Sequence[Vacancy] = ()) -> str:
    """Writes who was asked and has not answered, critical roles first, and which roles nobody holds; where it is shown."""
    ordered = sorted(silences, key=lambda one: (not one.critical, one.step, one.slot))
    rows = [(one.step, one.slot, one.wave, one.since, "yes" if one.critical else "") for one in ordered]
    heads = ("step", "role", "last wave", "asked", "critical")
    body = table(heads, rows) if rows else "Everybody who was asked has answered.\n"
    text = f"# Silent: {len(rows)}\n\n{body}"
    if vacancies:
        nobody = sorted(vacancies, key=lambda one: (not one.critical, one.step, one.slot))
        empty = [(one.step, one.slot, "yes" if one.critical else "") for one in nobody]
        text += f"\n# Vacant: {len(empty)}\n\nNobody holds these roles, so nobody was asked.\n\n"
        text += table(("step", "role", "critical"), empty)
    return _write(run, "silent", text, "Roles that were asked and have not answered.")


def calldown(run: str, every: Sequence[Tally]) -> str:
    """Writes how the call-downs of a run go, in counts: who was asked, reached, answered what, and how fast."""
    heads = ("request", "asked", "handed over", "seen", "accepted", "declined", "silent", "unreachable")
    figures = table(
        heads,
        [
            (
                one.request,
                one.asked,
                one.handed_over,
                one.seen,
                one.accepted,
                one.declined,
                one.silent,
                one.unreachable,
            )
            for one in every
        ],
    )
    reach = table(
        ("request", *(f"{minutes} min" for minutes in MINUTES)),
        [
            (one.request, *(f"{handed} / {answered} of {one.asked}" for handed, answered in one.within))
            for one in every
        ],
    )
    text = f"# Call-down\n\n{figures}\n## Reach\n\nHanded over / answered, after each person was asked.\n\n{reach}"
    return _write(
        run, "call-down", text, "Asked, reached, accepted, declined, silent; reach after 5 to 60 minutes."
    )


def progress(run: str, answered: int, asked: int) -> None:
    """Writes how many of those asked have answered, in per cent."""
    share = 100 * answered / asked if asked else 100.0
    if not run:
        return
    try:
        create_progress_artifact(share, key(run, "answered"), f"{answered} of {asked} answered.")
    except Exception as error:  # noqa: BLE001 - see _write
        log.warning("the progress was not written: %s", type(error).__name__)


def watchdog(found: Sequence[Fault]) -> None:
    """Writes what the watchdog finds wrong now, outside of any run."""
    rows = [
        (WORDS[fault.kind], fault.subject, fault.count, f"{fault.since:%Y-%m-%d %H:%M} UTC")
        for fault in found
    ]
    body = table(("what", "of what", "how many", "since"), rows) if rows else "Nothing is wrong.\n"
    _write(
        "konbit", "watchdog", f"# Watchdog: {len(rows)}\n\n{body}", "What should have happened and has not."
    )


def needs_against_offers(run: str, balance: Mapping[str, JsonValue]) -> None:
    """Writes needs against offers; `balance` is the JSON of `konbit.domain.matching.Balance`."""
    found = Balance.model_validate(balance)
    rows = [
        (row.need.cluster, row.need.place, row.need.item, row.need.quantity, row.need.unit, row.gap)
        for row in sorted(found.rows, key=lambda row: (row.gap == 0, row.need.cluster, row.need.place))
    ]
    gaps = sum(1 for row in found.rows if row.gap)
    text = (
        f"# Needs against offers\n\n{len(rows)} needs, {gaps} with a gap; "
        f"{len(found.held)} offers held, {len(found.overlaps)} offers not used up.\n\n"
        + table(("cluster", "place", "item", "needed", "unit", "missing"), rows)
    )
    _write(run, "needs-and-offers", text, "Needs against offers.")


def situation(run: str, report: ReportDocument) -> None:
    """Writes a report as it goes out."""
    rows = (
        f"{report.quarantined} rows are held back until somebody corrects them.\n\n"
        if report.quarantined
        else ""
    )
    description = f"{report.title}, number {report.number}."
    _write(run, f"report-{report.kind}", rows + report.markdown, description)


def roster(run: str, step: str, slots: Iterable[tuple[str, int, Sequence[int], bool]]) -> None:
    """Writes who is asked in a step: for each role how many are needed and how many people each wave holds."""
    every = list(slots)
    rows = [
        (slot, need, " / ".join(str(size) for size in waves) or "nobody", "yes" if critical else "")
        for slot, need, waves, critical in every
    ]
    vacant = sum(1 for _, _, waves, _ in every if not any(waves))
    text = f"# Who is asked: {step}\n\n{len(every)} roles, {vacant} without anybody.\n\n" + table(
        ("role", "needed", "people by wave", "critical"), rows
    )
    _write(run, f"asked-{step}", text, "Roles asked, with the size of each wave.")
