"""What is said back to a reply: one short message to the address it came from, through the outbox like every other."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Final

from konbit.definition.base import LANGUAGES
from konbit.domain.delivery import Delivery, idempotency_key
from konbit.domain.questions import Question
from konbit.domain.replies import Offer
from konbit.notify.accounts import serves
from konbit.notify.message import render
from konbit.notify.replying import Said, choices, label, said_back
from konbit.orchestrate.planning import Planner, reference
from konbit.store.records import PlannedDelivery
from konbit.store.reply_records import Inbound
from konbit.store.transaction import Tx

GOOD_FOR: Final = dt.timedelta(hours=1)
"""An answer to a reply that is later than this says nothing to anybody."""


@dataclasses.dataclass(frozen=True)
class Saying:
    """What is to be said back, and about which questions."""

    said: Said
    questions: list[Question]
    offer: Offer | None = None
    """What was recorded."""


def say_back(tx: Tx, planner: Planner, inbound: Inbound, saying: Saying) -> bool:
    """Plans the message; False if no account can send it to that address in the mode of the run."""
    question = saying.questions[-1]
    there = tx.directory.endpoints_of([question.person])
    endpoint = next(
        (one for one in there if (one.address, one.kind) == (inbound.sender, inbound.channel)), None
    )
    person = tx.directory.people_by_ids([question.person]).get(question.person)
    if endpoint is None or person is None or endpoint.state not in ("ok", "suspect"):
        return False
    usable = (one for one in planner.accounts.values() if serves(one, endpoint.kind))
    account = next((one for one in usable if one.allows(question.mode)), None)
    if account is None:
        return False
    rendered = render(
        said_back(saying.said, _values(tx, saying)), {}, person.languages, question.mode, endpoint.kind
    )
    key = idempotency_key(question.run_id, question.request, 0, person.id, endpoint.id, f"reply:{inbound.id}")
    delivery = Delivery(
        id=key[:32],
        run_id=question.run_id,
        mode=question.mode,
        person_id=person.id,
        endpoint_id=endpoint.id,
        channel=endpoint.kind,
        account=account.name,
        address=endpoint.address,
        subject=rendered.subject,
        body=rendered.body,
        language=rendered.language,
        lane="urgent",
        not_before=inbound.received_at,
        expires_at=inbound.received_at + GOOD_FOR,
        reference=reference(key),
        audience=endpoint.audience,
    )
    _plan(tx, delivery, key, question)
    return True


def _plan(tx: Tx, delivery: Delivery, key: str, question: Question) -> None:
    step = question.request.partition("/")[0]
    planned = PlannedDelivery(delivery=delivery, idem_key=key, step=step, wave=0, purpose="reply")
    tx.deliveries.plan([planned], delivery.not_before)


def _values(tx: Tx, saying: Saying) -> Mapping[str, Mapping[str, str]]:
    """By language: what was recorded, and what can be chosen."""
    bundles = {one.row_id: tx.plans.get(tx.requests.addressee(one.row_id).digest) for one in saying.questions}
    answer, there = {}, {}
    for language in LANGUAGES:
        last = saying.questions[-1]
        answer[language] = label(saying.offer, bundles[last.row_id], language) if saying.offer else ""
        there[language] = "; ".join(
            choices(one.code, one.offers, bundles[one.row_id], language) for one in saying.questions
        )
    return {"answer": answer, "choices": there}
