"""`konbit inbox`: what people wrote back that no machine could read, for a person to settle."""

import json

import click

from konbit.cli.activate import operator
from konbit.cli.answering import answer_for
from konbit.cli.parts import open_store, read_settings
from konbit.cli.runs_parts import opened, resolve
from konbit.errors import UserError
from konbit.notify.address import mask
from konbit.orchestrate.wiring import Wiring
from konbit.store.reply_records import Inbound, InboundState, Ruling

NUMBER = click.argument("number", type=click.IntRange(1))


class UnknownReply(UserError):
    """There is no reply with this number that waits; `konbit inbox list` shows them."""


@click.group()
def inbox() -> None:
    """Settle replies that no machine could read."""


@inbox.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are settled too, and those of machines.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_replies(*, everything: bool, as_json: bool) -> None:
    """List replies that wait for a person, the newest first.

    The last column says why: which_one and no_such_code (the question is not clear), unclear, call_me, nothing_asked,
    unknown_sender, error.
    """
    states: tuple[InboundState, ...] = (
        ("new", "answered", "opted", "parked", "ignored", "closed") if everything else ("parked",)
    )
    store = open_store(read_settings())
    try:
        with store.read() as tx:
            found = tx.replies.list(states)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps([_plain(reply) for reply in found], indent=2, ensure_ascii=False))
        return
    for reply in found:
        at = f"{reply.received_at:%Y-%m-%d %H:%M} UTC"
        words = " ".join(reply.text.split())[:60]
        who = reply.person_id or "-"
        click.echo(
            f"{reply.id:>6}  {at}  {reply.channel:<8} {mask(reply.sender):<18} {who:<12} {reply.reason:<14} {words}"
        )
    click.echo(f"{len(found)} repl{'y' if len(found) == 1 else 'ies'}", err=True)


def _plain(reply: Inbound) -> dict[str, object]:
    return {
        "number": reply.id,
        "received_at": reply.received_at.isoformat(),
        "channel": reply.channel,
        "sender": mask(reply.sender),
        "person": reply.person_id,
        "run": reply.run_id,
        "state": reply.state,
        "reason": reply.reason,
        "text": reply.text,
    }


def _waiting(parts: Wiring, number: int) -> Inbound:
    with parts.store.read() as tx:
        found = tx.replies.get(number)
    if found is None or found.state != "parked":
        raise UnknownReply
    return found


@inbox.command()
@NUMBER
@click.argument("run")
@click.argument("step")
@click.argument("person")
@click.option("--decline", is_flag=True, help="They cannot, or will not.")
@click.option("--option", metavar="OUTCOME", help="The outcome they chose, where the step offers several.")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field of the form.")
def assign(
    number: int,
    run: str,
    step: str,
    person: str,
    option: str | None,
    given: tuple[str, ...],
    *,
    decline: bool,
) -> None:
    """Take a reply as the answer of PERSON to STEP of RUN, as if they had used their link.

    \b
    konbit inbox assign 12 3f2a call_down log-a --set available_within=2h
    """  # noqa: D301 - \b is how click is told to keep lines
    fields = dict(part.partition("=")[::2] for part in given) | ({"option": option} if option else {})
    with opened() as parts:
        reply = _waiting(parts, number)
        found = resolve(parts.store, run)
        became = answer_for(parts, found, step, person, fields, operator(), decline=decline)
        ruling = Ruling(state="answered", reason=f"assigned:{became}", person=person, run_id=found.id)
        with parts.store.begin() as tx:
            tx.replies.settle(reply.id, ruling, parts.clock.now(), operator())
    click.echo(
        f"reply {number} is the answer of {person} to {step}{'; it is late' if became == 'late' else ''}"
    )


@inbox.command()
@NUMBER
@click.option("--reason", required=True, help="Why; it is kept in the audit.")
def close(number: int, reason: str) -> None:
    """Put a reply away that answers nothing."""
    with opened() as parts:
        reply = _waiting(parts, number)
        now = parts.clock.now()
        with parts.store.begin() as tx:
            ruling = Ruling(state="closed", reason="closed", person=reply.person_id, run_id=reply.run_id)
            tx.replies.settle(reply.id, ruling, now, operator())
            tx.audit.add(
                now,
                operator(),
                "reply-closed",
                run_id=reply.run_id,
                reason=reason,
                details={"reply": reply.id},
            )
    click.echo(f"reply {number} is put away")
