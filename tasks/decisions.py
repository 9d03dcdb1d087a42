"""Decisions: who is asked to decide, or to confirm that something is done."""

from konbit.orchestrate.errand import Errand
from tasks.base import errand_task, recruit


@errand_task
def ask(errand: Errand) -> None:
    """Finds those who are asked, and who comes next if they stay silent."""
    recruit(errand)
