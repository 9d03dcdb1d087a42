"""What must hold of a run that has ended, whatever was done to the stack: looked at from every side that keeps a record."""

import collections

import sqlalchemy as sa

from konbit.engine.events import Answered, WorkDone
from konbit.notify.links import Purpose
from konbit.store.tables.deliveries import deliveries
from tests.acceptance.stacks import Crowd, Site


def complete(site: Site, run_id: str, seconds: float = 120) -> None:
    """The run and its children have ended, here and in Prefect."""
    for run in site.family(run_id):
        assert run.status == "ended", f"{run.flowchart} is {run.status}"
        site.becomes(run.id, "COMPLETED", seconds)


def nothing_twice(site: Site, run_id: str) -> None:
    """No step's work is in the journal twice, and no step has two completed task runs."""
    for run in site.family(run_id):
        done = collections.Counter(
            entry.event.work for entry in site.journal(run.id) if isinstance(entry.event, WorkDone)
        )
        assert [work for work, times in done.items() if times > 1] == []
        completed = collections.Counter(
            task_run["name"]
            for task_run in site.api.task_runs(str(run.flow_run_id))
            if task_run["state_type"] == "COMPLETED"
        )
        assert [name for name, times in completed.items() if times > 1] == []
        with site.parts.store.read() as tx:
            assert tx.journal.verify(run.id) is None


def no_message_twice(site: Site) -> None:
    """A drill tells nobody anything twice: no more copies have arrived than messages were planned."""
    with site.parts.store.connect(write=False) as connection:
        rows = connection.execute(sa.select(deliveries.c.address, deliveries.c.subject, deliveries.c.body))
        planned = collections.Counter((row.address, row.subject, row.body.strip()) for row in rows)
    arrived = collections.Counter(
        (recipient, mail.subject, mail.text.strip())
        for mail in site.stage.mail.mails
        for recipient in mail.recipients
    )
    doubled = {key[:2]: times for key, times in arrived.items() if times > planned[key]}
    assert doubled == {}


def no_answer_lost(site: Site, crowd: Crowd) -> None:
    """Every answer that the portal said it took is stored, and its run has it in the journal or had ended by then."""
    for token, times in crowd.taken.items():
        row = site.parts.signer.read(token, site.scenario.starts, purpose=Purpose.ANSWER).row_id
        with site.parts.store.read() as tx:
            asked = tx.requests.addressee(row)
            stored = [
                one for one in tx.answers.list(asked.run_id, asked.request) if one.person == asked.person
            ]
            run = tx.runs.get(asked.run_id)
            taken = [
                entry.event
                for entry in tx.journal.read(asked.run_id)
                if isinstance(entry.event, Answered)
                and (entry.event.request, entry.event.person) == (asked.request, asked.person)
            ]
            left = [item for item in tx.inbox.pending(asked.run_id) if isinstance(item.event, Answered)]
        assert len(stored) >= times, f"{asked.person} answered {times} times, {len(stored)} are stored"
        assert len(taken) + len(left) >= sum(1 for one in stored if not one.late) or run.status == "ended"


def kept(site: Site, run_id: str, crowd: Crowd) -> None:
    """All of it."""
    complete(site, run_id)
    nothing_twice(site, run_id)
    no_message_twice(site)
    no_answer_lost(site, crowd)
