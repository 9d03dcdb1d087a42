"""Cluster reporting: chase the inputs, assemble the report, have it approved, publish it."""

from konbit.domain import duties
from konbit.orchestrate import artifacts
from konbit.orchestrate.errand import Errand
from konbit.orchestrate.execute import carried
from tasks.base import errand_task, recruit


@errand_task
def collect_inputs(errand: Errand) -> None:
    """Finds those whose inputs the report needs."""
    recruit(errand)


@errand_task
def draft(errand: Errand) -> None:
    """Assembles the report from what the run has collected."""
    for report in carried(errand, duties.draft).reports:
        artifacts.situation(artifacts.current_run(), report)


@errand_task
def approve(errand: Errand) -> None:
    """Finds the person who approves the report."""
    recruit(errand)


@errand_task
def send(errand: Errand) -> None:
    """Finds those who receive the report; the outbox then sends it."""
    carried(errand, duties.tell)
