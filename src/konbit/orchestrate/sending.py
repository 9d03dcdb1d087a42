"""What the dispatcher sends through: Apprise and the outbox in our database, with points for crash campaigns."""

import datetime as dt
from collections.abc import Sequence

from konbit.domain.delivery import Delivery, Outcome, SendResult
from konbit.notify.channels import ChannelAccount
from konbit.notify.sender import AppriseAdapter
from konbit.orchestrate.faults import reached
from konbit.store.outbox import SqlOutbox


class Adapter(AppriseAdapter):
    """Sends messages, with a point before and after each."""

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        """Sends one message."""
        reached("before-send")
        result = super().send(account, delivery)
        reached("after-send")
        return result


class Outbox(SqlOutbox):
    """The outbox, with a point before and after outcomes are written."""

    def record(self, outcomes: Sequence[Outcome], now: dt.datetime, wall: dt.datetime) -> int:
        """Writes outcomes."""
        reached("before-record")
        written = super().record(outcomes, now, wall)
        reached("after-record")
        return written
