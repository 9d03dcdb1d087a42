"""`konbit channels`: the accounts that messages leave through, how they stand, and a message to see whether they work."""

import datetime as dt
import json
import uuid

import click

from konbit.cli.activate import operator
from konbit.cli.runs_parts import opened
from konbit.clock import wall_now
from konbit.definition.base import Mode
from konbit.domain.delivery import Accepted, Delivery, SendResult
from konbit.domain.directory import ChannelKind
from konbit.errors import UserError
from konbit.notify import marking
from konbit.notify.accounts import secrets_of
from konbit.notify.address import canonical, mask
from konbit.notify.channels import ChannelAccount
from konbit.notify.message import is_short
from konbit.notify.sender import AppriseAdapter
from konbit.notify.vault import NoSecret, Vault
from konbit.orchestrate.wiring import Wiring

TEXT = "Konbit test message. Nothing has happened; please do nothing."
SUBJECT = "Konbit test message"


class UnknownAccount(UserError):
    """There is no channel account of this name; `konbit channels list` shows them."""


@click.group()
def channels() -> None:
    """Look at the accounts that messages leave through, and try them."""


@channels.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_accounts(*, as_json: bool) -> None:
    """List channel accounts: what they send, at what rate, whether their secrets can be read, and how they stand."""
    with opened() as parts:
        with parts.store.read() as tx:
            states = tx.channels.states()
        vault = parts.vault()
        rows = []
        for name, account in parts.accounts.items():
            circuit = states.get(name)
            down = circuit is not None and circuit.down
            rows.append(
                {
                    "name": name,
                    "kind": account.kind,
                    "channel": account.channel,
                    "mode": account.mode,
                    "per_second": account.per_second,
                    "workers": account.workers,
                    "secrets": _secrets(account, vault),
                    "state": f"down ({circuit.reason})" if down and circuit else "well",
                    "since": circuit.since.isoformat() if down and circuit and circuit.since else None,
                }
            )
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        rate = f"{row['per_second']:g}/s" if row["per_second"] else "no limit"
        click.echo(
            f"{row['name']:<16} {row['kind']:<16} {row['mode']:<7} {rate:<9} {row['secrets']:<28} {row['state']}"
        )
    click.echo(f"{len(rows)} account{'' if len(rows) == 1 else 's'}", err=True)


@channels.command()
@click.argument("account")
@click.argument("address")
@click.option(
    "--actual", is_flag=True, help="With the marks of an actual message, for accounts of that mode."
)
def test(account: str, address: str, *, actual: bool) -> None:
    """Send one test message to ADDRESS through ACCOUNT, and say what the provider answered.

    It leaves at once, past the outbox and its rates, and is written into the audit, without the address. It says that it is a
    test. Ends with 1 if it was not accepted.
    """
    with opened() as parts:
        chosen = _account(parts, account)
        mode: Mode = "actual" if actual else "drill"
        delivery = _message(chosen, address, mode)
        result = AppriseAdapter(vault=parts.vault()).send(chosen, delivery)
        details = {"account": account, "result": _code(result)}
        with parts.store.begin() as tx:
            tx.audit.add(
                parts.clock.now(), operator(), "channel-test", reason="test message", details=details
            )
    click.echo(f"{mask(delivery.address)}: {_said(result)}")
    if not isinstance(result, Accepted):
        raise click.exceptions.Exit(1)


@channels.command()
@click.argument("account")
@click.option("--reason", required=True, help="What was mended; it is kept in the audit.")
def close(account: str, reason: str) -> None:
    """Use an account again that is left alone, without waiting until one message has tried it."""
    with opened() as parts:
        _account(parts, account)
        with parts.store.begin() as tx:
            was_down = tx.channels.close(account, operator(), reason, parts.clock.now())
    click.echo(f"{account} is used again" if was_down else f"{account} was in use")


def _account(parts: Wiring, name: str) -> ChannelAccount:
    found = parts.accounts.get(name)
    if found is None:
        known = ", ".join(parts.accounts) or "none"
        raise UnknownAccount(f"there is no channel account '{name}'; there are: {known}")
    return found


def _secrets(account: ChannelAccount, vault: Vault) -> str:
    for reference in secrets_of(account):
        try:
            vault.read(reference)
        except NoSecret:
            return f"cannot read {reference}"
    return "readable" if secrets_of(account) else "none"


def _message(account: ChannelAccount, address: str, mode: Mode) -> Delivery:
    """The test message; InvalidAddress if the address is none of the account's kind."""
    kind: ChannelKind = account.channel
    where = canonical(kind, address, allow_loopback=account.allow_loopback)
    short = is_short(kind)
    body = marking.mark_sms(TEXT, "en", mode) if short else marking.mark_body(TEXT, "en", mode)
    now = wall_now()
    return Delivery(
        id=uuid.uuid4().hex,
        run_id="test",
        mode=mode,
        person_id="test",
        endpoint_id="test",
        channel=kind,
        account=account.name,
        address=where,
        subject="" if short else marking.mark_subject(SUBJECT, "en", mode),
        body=body,
        language="en",
        lane="bulk",
        not_before=now,
        expires_at=now + dt.timedelta(minutes=5),
        reference="TEST",
        # Whoever tests an account names the address themselves.
        audience="private",
    )


def _code(result: SendResult) -> str:
    reason = "" if isinstance(result, Accepted) else result.reason
    return " ".join(filter(None, (type(result).__name__.lower(), reason)))


def _said(result: SendResult) -> str:
    if isinstance(result, Accepted):
        return f"accepted, known there as {result.provider_id}" if result.provider_id else "accepted"
    return f"not accepted: {_code(result)}"
