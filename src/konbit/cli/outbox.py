"""`konbit outbox`: the messages on their way, and those whose end nobody knows."""

import json
from collections.abc import Sequence

import click

from konbit.cli.activate import operator
from konbit.cli.runs_parts import opened
from konbit.domain.delivery import DeliveryState
from konbit.errors import UserError
from konbit.orchestrate.wiring import Wiring
from konbit.store.records import DeliveryRow

UNSETTLED = ("planned", "due", "sending", "unknown", "failed")
REASON = click.option("--reason", required=True, help="Why; it is kept in the audit.")


class UnknownDelivery(UserError):
    """There is no delivery, or more than one, whose id begins so; `konbit outbox list` shows them."""


class NotPossible(UserError):
    """The delivery does not stand so that this could be done."""


@click.group()
def outbox() -> None:
    """Look at messages on their way, and decide about those whose end nobody knows."""


@outbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in DeliveryState]),
    help="Only these states; several may be named. [default: those that are not settled, and failed]",
)
@click.option("--account", help="Only what leaves through this channel account.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="So many.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_deliveries(states: Sequence[str], account: str | None, limit: int, *, as_json: bool) -> None:
    """List messages, the latest first. Addresses and texts are not shown."""
    wanted = [DeliveryState(state) for state in states or UNSETTLED]
    with opened() as parts, parts.store.read() as tx:
        rows = tx.deliveries.find(wanted, account=account, limit=limit)
        counts = tx.deliveries.counts()
    if as_json:
        click.echo(json.dumps([_plain(row) for row in rows], indent=2))
        return
    for row in rows:
        said = f"{row.state:<10} {row.channel:<9} {row.account:<16} {row.person:<14}"
        click.echo(f"{row.id[:12]:<12}  {said} {row.run_id[:8]}  {row.step:<20} {row.reason}")
    known = ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "nothing"
    click.echo(f"{len(rows)} shown; in all: {known}", err=True)


@outbox.command()
@click.argument("delivery")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(delivery: str, *, as_json: bool) -> None:
    """Show a message: how it stands, and everything that happened to it."""
    with opened() as parts:
        row = _one(parts, delivery)
        with parts.store.read() as tx:
            events = tx.deliveries.events(row.id)
            receipts = list(tx.receipts.of(row.id))
    told = [f"{event.at:%Y-%m-%d %H:%M:%S}  {event.from_state} -> {event.to_state}" for event in events]
    causes = [" ".join(filter(None, (event.cause, event.worker))) for event in events]
    if as_json:
        happened = [f"{line}  {cause}" for line, cause in zip(told, causes, strict=True)]
        click.echo(json.dumps(_plain(row) | {"events": happened, "receipts": receipts}, indent=2))
        return
    for name, value in _plain(row).items():
        click.echo(f"{name:<14} {'-' if value in (None, '') else value}")
    if receipts:
        click.echo(f"{'receipts':<14} {', '.join(receipts)}")
    for line, cause in zip(told, causes, strict=True):
        click.echo(f"  {line}  {cause}")


@outbox.command()
@click.argument("delivery")
@REASON
def retry(delivery: str, reason: str) -> None:
    """Send a message again whose end nobody knows, or that failed.

    The person may get it twice; both copies carry the same reference. A message of a drill that may have arrived is never
    sent again.
    """
    _decide(delivery, "retry", reason)
    click.echo("it is due now")


@outbox.command()
@click.argument("delivery")
@REASON
def cancel(delivery: str, reason: str) -> None:
    """See to it that a message does not leave, or gets no second copy."""
    _decide(delivery, "cancel", reason)
    click.echo("it does not leave, or not again")


def _decide(delivery: str, what: str, reason: str) -> None:
    with opened() as parts:
        row = _one(parts, delivery)
        now = parts.clock.now()
        with parts.store.begin() as tx:
            act = tx.deliveries.again if what == "retry" else tx.deliveries.take_out
            if not act(row.id, now):
                raise NotPossible(
                    f"message {row.id[:12]} is {row.state}{f' ({row.reason})' if row.reason else ''}: {_RULES[what]}"
                )
            details = {"delivery": row.id, "was": row.state.value}
            tx.audit.add(
                now, operator(), f"delivery-{what}", run_id=row.run_id, reason=reason, details=details
            )


_RULES = {
    "retry": "only what is unknown or failed, and not out of date, is sent again; of a drill only what failed",
    "cancel": "only what has not left, or still gets a second copy, can be cancelled",
}


def _one(parts: Wiring, delivery: str) -> DeliveryRow:
    with parts.store.read() as tx:
        found = tx.deliveries.named(delivery)
    exact = [row for row in found if row.id == delivery]
    if len(exact or found) != 1:
        said = "more than one message" if found else "no message"
        raise UnknownDelivery(
            f"there is {said} whose id begins with '{delivery}'; `konbit outbox list` shows them"
        )
    return (exact or list(found))[0]


def _plain(row: DeliveryRow) -> dict[str, object]:
    return {
        "id": row.id,
        "run": row.run_id,
        "step": row.step,
        "person": row.person,
        "channel": row.channel,
        "account": row.account,
        "state": row.state.value,
        "reason": row.reason,
        "attempts": row.attempts,
        "unknowns": row.unknowns,
        "not_before": row.not_before and row.not_before.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "planned_at": row.planned_at.isoformat(),
        "accepted_at": row.accepted_at and row.accepted_at.isoformat(),
    }
