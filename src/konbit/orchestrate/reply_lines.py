"""The code and the digits by which a question can be answered in a reply: given with the first message that asks it."""

import dataclasses
from collections.abc import Sequence

from konbit.definition.bundle import Bundle
from konbit.definition.mentions import walk
from konbit.domain.directory import ChannelKind
from konbit.domain.replies import Offer, offers
from konbit.engine.effects import Notify
from konbit.notify.message import MessageText, is_short
from konbit.notify.replying import WRITTEN_BACK, with_reply_line
from konbit.store.records import Run
from konbit.store.transaction import Tx


@dataclasses.dataclass(frozen=True)
class AskedByDigits:
    """The code of a question, and what its digits stand for."""

    code: str
    offers: tuple[Offer, ...]


def asked(
    tx: Tx, run: Run, bundle: Bundle, effect: Notify, row_id: int | None, person: str, kinds: Sequence[str]
) -> AskedByDigits | None:
    """The code of the question for this person; None if the message asks nothing, or leaves on no channel of that kind.

    Mail carries no line, for the link is there; but a mail that is answered is matched by the same codes.
    """
    request = tx.requests.get(run.id, effect.request) if effect.request else None
    if request is None or row_id is None or not kinds:
        return None
    step = next((found for _, found in walk(bundle.flowchart) if found.id == request.step), None)
    verb = "ask" if request.options else step.verb if step is not None else ""
    offered = offers(verb, request.options)
    return AskedByDigits(tx.reply_codes.give(row_id, person, offered), offered)


def added(
    message: MessageText, asked: AskedByDigits | None, bundle: Bundle, kind: ChannelKind, *, keypad: bool
) -> MessageText:
    """The message with its reply line on channels where people write back; in a call it says which key to press."""
    if asked is None or kind not in WRITTEN_BACK:
        return message
    return with_reply_line(message, asked.code, asked.offers, bundle, sms=is_short(kind), keypad=keypad)
