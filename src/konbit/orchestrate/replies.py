"""Reads what people wrote back, one reply in a transaction: it becomes an answer, or it is kept for a person to read."""

import dataclasses
import datetime as dt
import logging
from typing import Final

from konbit.clock import Clock
from konbit.domain.questions import Question, about
from konbit.domain.replies import Offer, Reply, chosen, fresh, read_reply
from konbit.engine.events import Seen
from konbit.errors import ServiceUnavailable
from konbit.notify.replying import UNPRODUCTIVE, Said
from konbit.orchestrate.optouts import opt_in, opt_out, stopped
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.saying_back import Saying, say_back
from konbit.store.database import Store
from konbit.store.records import Addressee, Verdict
from konbit.store.reply_records import Inbound, Ruling
from konbit.store.transaction import Tx

logger = logging.getLogger(__name__)
UNPRODUCTIVE_A_DAY: Final = 5
LOOP: Final = 20
"""So often the same text from the same sender within `LOOP_TIME` is a machine that talks to ours."""
LOOP_TIME: Final = dt.timedelta(minutes=5)
DAY: Final = dt.timedelta(days=1)
DOUBLED: Final = dt.timedelta(minutes=10)
"""The same answer again within this time is the same answer; later it is a second word, which counts."""
_VERDICTS: Final[dict[str, Verdict]] = {
    "accept": "accept",
    "decline": "decline",
    "wrong_person": "wrong_person",
}


@dataclasses.dataclass(frozen=True)
class ReplyReader:
    """Works off what the portal and the mailbox have kept; any number may do so at once."""

    store: Store
    planner: Planner
    clock: Clock

    def work_off(self, limit: int = 500) -> int:
        """Reads what is new, and applies receipts that waited; how many replies were read."""
        done = 0
        while done < limit and self._next():
            done += 1
        with self.store.read() as tx:
            waiting = tx.receipts.waiting()
        if waiting:
            with self.store.begin() as tx:
                tx.receipts.work_off(self.clock.now())
        return done

    def _next(self) -> bool:
        """Reads one reply; False if there is none. One that cannot be read at all waits for a person."""
        with self.store.read() as tx:
            if not tx.replies.list(("new",), 1):
                return False
        tried = 0
        try:
            with self.store.begin() as tx:
                for reply in tx.replies.unread(1):
                    tried = reply.id
                    tx.replies.settle(reply.id, self.rule(tx, reply), self.clock.now())
        except ServiceUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  one bad reply must not hold up the others
            logger.error("reply %d could not be read: %s", tried, type(error).__name__)  # noqa: TRY400  its text is private
            with self.store.begin() as tx:
                tx.replies.settle(tried, Ruling(state="parked", reason="error"), self.clock.now())
        return tried > 0

    def rule(self, tx: Tx, inbound: Inbound) -> Ruling:
        """What becomes of a reply, and all that follows from it."""
        reply = read_reply(fresh(inbound.text) if inbound.channel == "mail" else inbound.text)
        owners = tx.replies.owners(inbound.channel, inbound.sender)
        if reply.kind == "opt_out" and owners:
            opt_out(tx, inbound, owners)
            return Ruling(state="opted", reason="opt_out", person=owners[0][0])
        if inbound.automatic or reply.kind == "automatic":
            return Ruling(state="ignored", reason="automatic")
        if tx.replies.repeats(inbound, inbound.received_at - LOOP_TIME) >= LOOP:
            return Ruling(state="ignored", reason="looping")
        if not owners:
            # No answer goes to a number that nobody gave us.
            return Ruling(state="parked", reason="unknown_sender")
        if reply.kind == "empty":
            return Ruling(state="ignored", reason="empty", person=owners[0][0])
        if reply.kind == "opt_in" and (not reply.soft or stopped(tx, owners)):
            opt_in(tx, inbound, owners)
            return Ruling(state="opted", reason="opt_in", person=owners[0][0])
        return self._answer(tx, inbound, reply, [person for person, _ in owners])

    def _answer(self, tx: Tx, inbound: Inbound, reply: Reply, people: list[str]) -> Ruling:
        questions = tx.replies.questions(people, inbound.received_at)
        quoted = tx.replies.quoted(inbound.provider, inbound.quoted)
        found = about(reply, questions, quoted=quoted, text=inbound.text if inbound.channel == "mail" else "")
        if isinstance(found, str):
            there = [one for one in questions if one.is_open]
            ruling = Ruling(state="parked", reason=found, person=people[0])
            return self._say(tx, inbound, ruling, Saying("which" if len(there) > 1 else "unclear", there))
        about_it = Ruling(
            state="parked", reason="unclear", person=found.person, row_id=found.row_id, run_id=found.run_id
        )
        offer = chosen(reply, found.offers)
        if offer is None:
            return self._say(tx, inbound, about_it, Saying("unclear", [found]))
        if offer.meaning == "call":
            _seen(tx, found, inbound)
            return self._say(
                tx, inbound, dataclasses.replace(about_it, reason="call_me"), Saying("call", [found])
            )
        return self._take(tx, inbound, about_it, found, offer)

    def _take(self, tx: Tx, inbound: Inbound, ruling: Ruling, question: Question, offer: Offer) -> Ruling:
        verdict = _VERDICTS[offer.meaning]
        row = tx.requests.addressee(question.row_id)
        before = row.latest
        same = before is not None and (before.verdict, dict(before.data)) == (verdict, dict(offer.data))
        if before is not None and same and inbound.received_at - before.received_at < DOUBLED:
            # The carrier brought it twice, or they made sure: it is recorded and needs no second answer.
            return dataclasses.replace(ruling, state="answered", reason="again")
        became = tx.accept_answer(
            question.row_id,
            verdict,
            offer.data,
            inbound.channel,
            inbound.received_at,
            f"{inbound.provider}:{inbound.provider_msg_id}",
            partial=verdict == "accept" and _form_is_missing(tx, row, offer),
        )
        if verdict == "wrong_person":
            for person, endpoint in tx.replies.owners(inbound.channel, inbound.sender):
                if person == question.person:
                    tx.directory.mark_endpoint(endpoint, "suspect", inbound.received_at)
            return dataclasses.replace(ruling, state="answered", reason=verdict)
        said: Said = "late" if became == "late" else "recorded"
        done = dataclasses.replace(ruling, state="answered", reason=became)
        return self._say(tx, inbound, done, Saying(said, [question], offer))

    def _say(self, tx: Tx, inbound: Inbound, ruling: Ruling, saying: Saying) -> Ruling:
        """Plans one answer of ours, unless there is nothing to speak of or the sender has had enough of them today."""
        # A key pressed in a call was answered in the call: nobody is called again for that.
        if not saying.questions or inbound.channel == "voice":
            return ruling
        if saying.said in UNPRODUCTIVE:
            told = tx.replies.told(inbound.sender, UNPRODUCTIVE, inbound.received_at - DAY)
            if told >= UNPRODUCTIVE_A_DAY:
                return ruling
        if not say_back(tx, self.planner, inbound, saying):
            return ruling
        return dataclasses.replace(ruling, said=saying.said)


def _form_is_missing(tx: Tx, row: Addressee, offer: Offer) -> bool:
    """Whether the request has a form with required fields that a digit leaves empty."""
    form = tx.plans.get(row.digest).forms.get(row.form) if row.form else None
    return form is not None and any(field.required and field.name not in offer.data for field in form.fields)


def _seen(tx: Tx, question: Question, inbound: Inbound) -> None:
    """Whoever asks for a call has seen the message: their other channels wait a little."""
    if question.is_open:
        event = Seen(
            at=inbound.received_at,
            actor=question.person,
            request=question.request,
            person=question.person,
            why="call",
            channel=inbound.channel,
        )
        tx.inbox.put(question.run_id, event, f"call:{inbound.id}", inbound.received_at)
