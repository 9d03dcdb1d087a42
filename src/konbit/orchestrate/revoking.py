"""A link that came into wrong hands is taken back, and whoever it was for is sent another."""

import re
from typing import Final

from konbit.domain.delivery import idempotency_key
from konbit.engine.effects import Notify
from konbit.notify.links import TOKEN_LENGTH, Purpose
from konbit.orchestrate import checks
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.operating import said
from konbit.orchestrate.planning import LATE
from konbit.orchestrate.steward import Steward

_LINK: Final = re.compile(rf"(?<=/a/)[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}(?![A-Za-z0-9_-])")
MESSAGE: Final = "reminder"


def revoke(steward: Steward, run_id: str, step: str, person: str, actor: str, reason: str) -> str:
    """Takes back every link that a person was sent for an open request; InvalidCommand if they were not asked.

    Answers that were given stand. What has not left yet carries the new link, and a reminder brings it at once.
    """
    now, why = steward.clock.now(), said(reason)
    run, plan, page = steward.look(run_id)
    frame = checks.open_request(plan, page.state, step)
    signer = steward.ledger.planner.signer
    with steward.store.begin() as tx:
        numbers = tx.links.renew(run_id, frame.key, person)
        if numbers is None:
            raise InvalidCommand(f"'{person}' was not asked in {frame.key}")
        row = tx.requests.addressee(numbers[1])
        token = signer.mint(Purpose.ANSWER, run.mode, numbers[1], (frame.closes_at or now) + LATE)
        tx.links.rewrite(run_id, frame.key, person, lambda body: _LINK.sub(token, body))
        key = idempotency_key(run_id, frame.key, 0, person, str(numbers[1]), "revoked")
        name = plan.nodes[frame.node].step
        effect = Notify(
            key, name, "remind", 0, MESSAGE, (person,), frame.key, dict(row.values), frame.closes_at
        )
        steward.ledger.planner.plan(tx, run, plan.bundle, effect, now)
        details = {"request": frame.key, "person": person}
        tx.audit.add(now, actor, "links-revoked", run_id=run_id, reason=why, details=details)
    return (
        f"the links that {person} was sent for {frame.key} open nothing any more; a reminder brings another"
    )
