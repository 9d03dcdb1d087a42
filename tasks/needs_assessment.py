"""Needs assessment: who is asked to observe."""

from konbit.orchestrate.errand import Errand
from tasks.base import errand_task, recruit


@errand_task
def assess(errand: Errand) -> None:
    """Finds those who are asked for observations, by cluster and place."""
    recruit(errand)
