"""Resource mobilization: who is asked for offers, and what the offers leave open."""

from konbit.domain import duties
from konbit.orchestrate import artifacts
from konbit.orchestrate.errand import Errand
from konbit.orchestrate.execute import carried
from tasks.base import errand_task, recruit


@errand_task
def mobilize(errand: Errand) -> None:
    """Finds those who are asked for offers."""
    recruit(errand)


@errand_task
def match(errand: Errand) -> None:
    """Compares needs with offers and shows gaps and overlaps."""
    done = carried(errand, duties.match)
    if done.balance is not None:
        artifacts.needs_against_offers(artifacts.current_run(), done.balance)
