"""What came of a demo: read from the store, told in the order of time. Roles and ids, no names or addresses."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

from konbit.cli.activation import Begun
from konbit.domain.delivery import DeliveryState
from konbit.domain.matching import Balance
from konbit.engine.events import Answered, AnyEvent, Started, StoodDown, TimerFired, Unreachable
from konbit.engine.plan import Plan, RequestNode, WorkNode
from konbit.orchestrate.desk import BALANCES
from konbit.orchestrate.ledger import Page
from konbit.orchestrate.wiring import Wiring
from konbit.simulate.world import Played, Receipt
from konbit.store.records import Answer, DeliveryRow, Report, Run


@dataclasses.dataclass(frozen=True)
class Chapter:
    """One run, with what is kept of it."""

    run: Run
    plan: Plan
    page: Page
    events: Sequence[AnyEvent]
    deliveries: Sequence[DeliveryRow]
    answers: Sequence[Answer]
    reports: Sequence[Report]
    balance: Balance | None


@dataclasses.dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: dt.datetime
    what: str
    step: str
    detail: str


@dataclasses.dataclass(frozen=True)
class Story:
    """The run that was activated, and the runs it started."""

    begun: Begun
    chapters: Sequence[Chapter]

    @property
    def main(self) -> Chapter:
        """The run that was activated."""
        return self.chapters[0]

    @property
    def deliveries(self) -> list[DeliveryRow]:
        """All messages."""
        return [row for chapter in self.chapters for row in chapter.deliveries]

    @property
    def answers(self) -> list[Answer]:
        """All answers, by time."""
        return sorted(
            (answer for chapter in self.chapters for answer in chapter.answers),
            key=lambda one: one.received_at,
        )

    @property
    def reports(self) -> list[Report]:
        """All reports."""
        return [report for chapter in self.chapters for report in chapter.reports]

    @property
    def balance(self) -> Balance | None:
        """Needs against offers, as matched last."""
        found = [chapter.balance for chapter in self.chapters if chapter.balance is not None]
        return found[-1] if found else None


def gather(parts: Wiring, begun: Begun) -> Story:
    """The story so far."""
    with parts.store.read() as tx:
        runs = [begun.run.id]
        for run in runs:
            runs.extend(child.id for child in tx.runs.children(run))
    return Story(begun, [_chapter(parts, run) for run in runs])


def _chapter(parts: Wiring, run_id: str) -> Chapter:
    run, plan, page = parts.steward.look(run_id)
    with parts.store.read() as tx:
        balances = tx.facts.list(BALANCES, run_id)
        return Chapter(
            run,
            plan,
            page,
            [entry.event for entry in tx.journal.read(run_id)],
            tx.deliveries.list(run_id),
            tx.answers.list(run_id),
            tx.reports.list(run_id),
            Balance.model_validate(balances[-1].document) if balances else None,
        )


def left(row: DeliveryRow) -> bool:
    """Whether a message left for good."""
    return row.state is DeliveryState.ACCEPTED


def later_waves(story: Story, verb: str) -> list[DeliveryRow]:
    """Messages of a second or later wave that left, in steps of that verb: `contact` has waves, the others escalations."""
    return [
        row
        for chapter in story.chapters
        for row in chapter.deliveries
        if left(row)
        and row.purpose == "ask"
        and row.wave > 0
        and (_verb(chapter.plan, row.step) == "contact") == (verb == "contact")
    ]


def _verb(plan: Plan, step: str) -> str:
    node = plan.nodes.get(step)
    return node.verb if node else ""


def timeline(story: Story) -> list[Moment]:
    """Everything worth a line, by time."""
    found = [moment for chapter in story.chapters for moment in _moments(chapter)]
    return sorted(found, key=lambda one: one.at)


def _moments(chapter: Chapter) -> Iterator[Moment]:
    child = chapter.run.parent_run is not None
    for event in chapter.events:
        match event:
            case Started():
                yield Moment(event.at, "starts", "", chapter.run.flowchart)
            case Answered():
                said = str(event.data.get("answer") or event.verdict)
                yield Moment(event.at, "answers", event.request, f"{event.person}: {said}")
            case Unreachable():
                yield Moment(event.at, "unreachable", event.request, event.person)
            case TimerFired() if event.timer.endswith("#deadline"):
                yield Moment(event.at, "deadline", event.timer.removesuffix("#deadline"), "")
            case StoodDown():
                yield Moment(event.at, "stood down", "", event.reason)
            case _:
                pass
    yield from _asked(chapter)
    for key, result in chapter.page.state.done.items():
        node = chapter.plan.nodes.get(key.partition("[")[0])
        if (
            node is not None
            and node.id == node.step
            and node.verb not in ("inform", "end", "lanes", "choose")
        ):
            yield Moment(result.at, "outcome", key, result.outcome)
    if chapter.run.ended_at is not None:
        yield Moment(
            chapter.run.ended_at, "ends", chapter.run.flowchart if child else "", str(chapter.run.outcome)
        )


def _asked(chapter: Chapter) -> Iterator[Moment]:
    """Messages that left, those of one moment and step on one line."""
    groups: dict[tuple[dt.datetime, str, str, int], list[DeliveryRow]] = {}
    for row in chapter.deliveries:
        if left(row):
            groups.setdefault((row.planned_at, row.request or row.step, row.purpose, row.wave), []).append(
                row
            )
    words = {"ask": "asks", "remind": "reminds", "inform": "tells", "alarm": "ALARM"}
    for (at, step, purpose, wave), rows in groups.items():
        people = list(dict.fromkeys(row.person for row in rows))
        shown = ", ".join(people[:6]) + (f" and {len(people) - 6} more" if len(people) > 6 else "")
        contact = _verb(chapter.plan, rows[0].step) == "contact"
        later = f"{'wave' if contact else 'escalation'} {wave + 1}: " if purpose == "ask" and wave else ""
        yield Moment(at, words.get(purpose, purpose), step, f"{later}{shown}")


def played(story: Story) -> list[Played]:
    """The runs in the form in which scenarios are checked."""
    found: dict[str, Played] = {}
    for chapter in story.chapters:
        run = chapter.run
        parent = found.get(run.parent_run or "")
        found[run.id] = Played(
            run.id, chapter.plan, run.mode, run.parameters, parent, run.parent_key or "",
            state=chapter.page.state, ended_at=run.ended_at,
        )  # fmt: skip
    return list(found.values())


def receipts(story: Story) -> list[Receipt]:
    """The messages that left, in the form in which scenarios are checked."""
    return [
        Receipt(
            row.accepted_at or row.planned_at,
            row.run_id,
            row.step,
            row.purpose,
            _message(chapter.plan, row),
            row.person,
            row.channel,
        )
        for chapter in story.chapters
        for row in chapter.deliveries
        if left(row)
    ]


def _message(plan: Plan, row: DeliveryRow) -> str:
    """The message that a delivery carries, by its step."""
    if row.purpose == "remind":
        return "reminder"
    nodes = [node for node in plan.nodes.values() if node.step == row.step]
    for node in nodes:
        if (
            isinstance(node, RequestNode)
            and row.purpose == "ask"
            and (row.request or "").partition("[")[0] == node.id
        ):
            return node.waves[row.wave].message if row.wave < len(node.waves) else node.question
        if isinstance(node, WorkNode) and row.purpose == "inform" and node.message:
            return node.message
    return ""


def alarms(story: Story) -> list[tuple[dt.datetime, str, str]]:
    """The times that an owner was told of something: time, run, step."""
    rows = [row for row in story.deliveries if row.purpose == "alarm"]
    return sorted({(row.planned_at, row.run_id, row.step) for row in rows})
