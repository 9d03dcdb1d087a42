"""The Prefect tasks: what a step does. `TASKS` has one for each kind of work that a run can ask for."""

from konbit.orchestrate.execute import Tasks
from tasks.cluster_reporting import approve, collect_inputs, draft, send
from tasks.contact_focal_points import contact
from tasks.decisions import ask
from tasks.needs_assessment import assess
from tasks.notices import alarm, inform
from tasks.resource_mobilization import match, mobilize

TASKS: Tasks = {
    "contact": contact,
    "ask": ask,
    "assess": assess,
    "mobilize": mobilize,
    "collect_inputs": collect_inputs,
    "approve": approve,
    "match": match,
    "draft": draft,
    "send": send,
    "inform": inform,
    "alarm": alarm,
}
"""Kind of work → the task that does it."""
