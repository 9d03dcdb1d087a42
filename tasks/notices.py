"""Notices: who is informed, and who is alarmed when something stays silent or fails."""

from konbit.domain import duties
from konbit.orchestrate.errand import Errand
from konbit.orchestrate.execute import carried
from tasks.base import errand_task


@errand_task
def inform(errand: Errand) -> None:
    """Finds those who are told; the outbox then sends."""
    carried(errand, duties.tell)


@errand_task
def alarm(errand: Errand) -> None:
    """Finds those who hear that a step failed or that nobody answered, deputies too."""
    carried(errand, duties.alarm)
