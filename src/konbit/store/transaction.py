"""A transaction: all repositories on one connection, committed together or not at all."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.store.acceptance import Intake
from konbit.store.answers import Answers
from konbit.store.approvals import Approvals
from konbit.store.audit import Audit
from konbit.store.channels import Channels
from konbit.store.complaints import Complaints
from konbit.store.confirmations import Confirmations
from konbit.store.contacts import Contacts
from konbit.store.deliveries import Deliveries
from konbit.store.directory import People
from konbit.store.doubts import Doubts
from konbit.store.facts import Facts
from konbit.store.holds import Holds
from konbit.store.inbound import Replies
from konbit.store.inbox import Inbox
from konbit.store.journal import Journal
from konbit.store.merging import Merging
from konbit.store.personal import Personal
from konbit.store.plans import Plans
from konbit.store.receipts import Receipts
from konbit.store.records import Acceptance, Verdict
from konbit.store.reply_codes import ReplyCodes
from konbit.store.reports import Reports
from konbit.store.requests import Requests
from konbit.store.revoking import Links
from konbit.store.runs import Runs
from konbit.store.timers import Timers
from konbit.store.watch import Watch


class Tx:
    """One transaction of the store, with a repository for each subject."""

    def __init__(self, connection: sa.Connection) -> None:
        self.plans = Plans(connection)
        self.runs = Runs(connection)
        self.journal = Journal(connection)
        self.inbox = Inbox(connection)
        self.timers = Timers(connection)
        self.requests = Requests(connection)
        self.answers = Answers(connection)
        self.links = Links(connection)
        self.deliveries = Deliveries(connection)
        self.channels = Channels(connection)
        self.directory = People(connection)
        self.merging = Merging(connection)
        self.confirmations = Confirmations(connection)
        self.personal = Personal(connection)
        self.facts = Facts(connection)
        self.reports = Reports(connection)
        self.audit = Audit(connection)
        self.replies = Replies(connection)
        self.reply_codes = ReplyCodes(connection)
        self.receipts = Receipts(connection)
        self.complaints = Complaints(connection)
        self.approvals = Approvals(connection)
        self.holds = Holds(connection)
        self.contacts = Contacts(connection)
        self.watch = Watch(connection)
        self.doubts = Doubts(connection)
        self._intake = Intake(connection)

    def accept_answer(
        self,
        row_id: int,
        verdict: Verdict,
        data: Mapping[str, JsonValue],
        channel: str,
        at: dt.datetime,
        nonce: str,
        actor: str | None = None,
        *,
        partial: bool = False,
    ) -> Acceptance:
        """Takes an answer in, see `Intake.accept`."""
        return self._intake.accept(row_id, verdict, data, channel, at, nonce, actor, partial=partial)
