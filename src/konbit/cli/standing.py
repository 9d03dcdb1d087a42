"""How a run stands, as data: for `konbit runs show` and its `--json`. Roles and ids, no names or addresses."""

import datetime as dt

from pydantic import AwareDatetime, JsonValue

from konbit.cli.links import flow_run_url
from konbit.definition.base import Model
from konbit.domain.caution import GROUNDS
from konbit.engine.plan import Plan
from konbit.engine.state import RequestFrame, RunState
from konbit.orchestrate.ledger import Page
from konbit.orchestrate.wiring import Wiring
from konbit.store.records import Run


class StepView(Model):
    """One execution of a step."""

    step: str
    title: str
    outcome: str | None
    """None while it is under way."""
    began_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class SlotView(Model):
    """A role in an open request."""

    slot: str
    covered: bool
    critical: bool
    wave: int
    """How many waves were asked."""
    waves: int
    vacant: bool
    """Nobody holds it: nobody was asked."""
    silent: list[str]
    """Ids of those asked who have not answered."""


class RequestView(Model):
    """An open request."""

    request: str
    step: str
    closes_at: AwareDatetime | None
    asked: int
    answered: int
    slots: list[SlotView]


class TimerView(Model):
    """What happens if nobody does anything."""

    timer: str
    at: AwareDatetime


class ReportView(Model):
    """A report."""

    kind: str
    number: int
    title: str
    approved_at: AwareDatetime | None
    sent_at: AwareDatetime | None


class RunView(Model):
    """A run."""

    run: str
    flowchart: str
    mode: str
    country: str | None
    status: str
    outcome: str | None
    parent: str | None
    started_by: str
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    wakes_at: AwareDatetime | None
    flow_run: str | None
    url: str
    parameters: dict[str, JsonValue] = {}
    steps: list[StepView] = []
    requests: list[RequestView] = []
    timers: list[TimerView] = []
    reports: list[ReportView] = []
    children: list[str] = []
    awaits: list[str] = []
    """Why it waits for a second person."""
    held: list[str] = []
    """What is held because it would write to too many."""
    answers: int = 0
    late: int = 0


def brief(run: Run) -> RunView:
    """A run as the list shows it."""
    plain = (
        "flowchart",
        "mode",
        "country",
        "status",
        "outcome",
        "started_by",
        "created_at",
        "started_at",
        "ended_at",
    )
    return RunView(
        run=run.id,
        parent=run.parent_run,
        wakes_at=run.wakes_at,
        flow_run=run.flow_run_id,
        url=flow_run_url(run.flow_run_id),
        parameters=dict(run.parameters),
        **{name: getattr(run, name) for name in plain},
    )


def whole(parts: Wiring, run_id: str) -> RunView:
    """A run with its steps, requests, timers and reports."""
    run, plan, page = parts.steward.look(run_id)
    with parts.store.read() as tx:
        reports, answers = tx.reports.list(run_id), tx.answers.list(run_id)
        awaits = [GROUNDS[one.ground] for one in tx.approvals.waiting(run_id)]
        held = [
            f"{one.step}: {one.people + one.written} people, {one.allowed} allowed"
            for one in tx.holds.open(run_id)
        ]
        children = [child.id for child in tx.runs.children(run_id)]
    return brief(run).model_copy(
        update={
            "steps": _steps(plan, page),
            "requests": [_request(plan, frame) for frame in page.state.requests],
            "timers": _timers(page.state),
            "reports": [
                ReportView(
                    kind=one.kind,
                    number=one.number,
                    title=one.title,
                    approved_at=one.approved_at,
                    sent_at=one.sent_at,
                )
                for one in reports
            ],
            "children": children,
            "awaits": awaits,
            "held": held,
            "answers": len(answers),
            "late": sum(1 for answer in answers if answer.late),
        }
    )


def _steps(plan: Plan, page: Page) -> list[StepView]:
    """Steps that have ended, by time, then those under way; parts of steps and steps without a name are left out."""
    ended = [
        StepView(step=key, title=_title(plan, key), outcome=result.outcome, began_at=None, ended_at=result.at)
        for key, result in page.state.done.items()
        if _shown(plan, key)
    ]
    live: dict[str, StepView] = {}
    for _, frame in sorted(page.state.live.items()):
        node = plan.nodes.get(frame.node)
        if node is None or not _shown(plan, node.step + frame.suffix):
            continue
        key = node.step + frame.suffix
        known = live.get(key)
        began = min(known.began_at or frame.since, frame.since) if known else frame.since
        live[key] = StepView(step=key, title=_title(plan, key), outcome=None, began_at=began, ended_at=None)
    ended.sort(key=lambda one: (one.ended_at or dt.datetime.max.replace(tzinfo=dt.UTC), one.step))
    done = {one.step for one in ended}
    return [*ended, *(view for key, view in live.items() if key not in done)]


def _shown(plan: Plan, key: str) -> bool:
    node = plan.nodes.get(key.partition("[")[0])
    return (
        node is not None and node.step == node.id and node.verb not in ("end", "lanes", "for_each", "repeat")
    )


def _title(plan: Plan, key: str) -> str:
    node = plan.nodes[key.partition("[")[0]]
    return node.title.get("en") or next(iter(node.title.values()), "") if node.title else ""


def _request(plan: Plan, frame: RequestFrame) -> RequestView:
    return RequestView(
        request=frame.key,
        step=plan.nodes[frame.node].step + frame.suffix,
        closes_at=frame.closes_at,
        asked=len(frame.places),
        answered=len(frame.replies),
        slots=[
            SlotView(
                slot=name,
                covered=slot.covered,
                critical=slot.critical,
                wave=slot.wave + 1,
                waves=len(slot.waves),
                vacant=not any(slot.waves),
                silent=[] if slot.covered else list(slot.pending),
            )
            for name, slot in sorted(frame.slots.items())
        ],
    )


def _timers(state: RunState) -> list[TimerView]:
    return sorted(
        (TimerView(timer=name, at=at) for name, (at, _) in state.timers.items()), key=lambda one: one.at
    )
