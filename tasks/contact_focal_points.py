"""Contacting focal points: who is called down, wave by wave."""

from konbit.orchestrate.errand import Errand
from tasks.base import errand_task, recruit


@errand_task
def contact(errand: Errand) -> None:
    """Finds the people of each role for a call-down; the outbox then sends, wave by wave."""
    recruit(errand)
