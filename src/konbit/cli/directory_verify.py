"""`konbit directory verify` and `confirm`: asking people whether an address is theirs, and whether all is still right."""

import collections
import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from konbit.cli.directory_parts import country_option, known_country
from konbit.cli.parts import open_store, read_settings
from konbit.clock import wall_now
from konbit.domain.delivery import Accepted, Delivery, Permanent, SendResult, Stopped
from konbit.domain.directory import Directory, Endpoint, Person
from konbit.notify.accounts import serves
from konbit.notify.channels import ChannelAccount
from konbit.notify.links import Purpose
from konbit.notify.verification import Asked, ask
from konbit.orchestrate import sending
from konbit.orchestrate.wiring import Wiring, wire

VALID = dt.timedelta(hours=72)
"""How long a link works: people read mail when they come to it, and nobody sits waiting for this one."""
_DAYS = 180
SILENT = 2
"""Whoever was asked so often whether their entry is right, and never answered, may be gone."""


@dataclass(frozen=True)
class Letter:
    """Whom to ask where, and through which account."""

    person: Person
    endpoint: Endpoint
    account: ChannelAccount


@click.command("verify")
@country_option
@click.option("--person", "ids", multiple=True, metavar="ID", help="Only this person; may be given again.")
@click.option(
    "--again", is_flag=True, help="Also those whose verification failed, or who have a link that still works."
)
@click.option("--dry-run", is_flag=True, help="Say whom it would ask, and send nothing.")
def verify(country: str, ids: tuple[str, ...], *, again: bool, dry_run: bool) -> None:
    """Send each address that is not verified a link by which its owner confirms it.

    Only addresses that one person reads are asked, and none that asked to be left alone. A link works for three days. Opening it
    changes nothing; a press on its page verifies the address, or says that it reached the wrong person, which stops it.
    """
    wiring = _wiring()
    with wiring.store.read() as tx:
        known_country(tx, country)
        found = tx.directory.snapshot(country)
        wanted: tuple[str, ...] = ("unverified", "failed") if again else ("unverified",)
        now = wall_now()
        asked = [
            one
            for one in found.endpoints
            if one.verification in wanted and (again or not tx.confirmations.asked_at(one, "address", now))
        ]
    letters = _letters(found, asked, wiring, ids)
    _send(wiring, letters, "address", dry_run=dry_run)


@click.command("confirm")
@country_option
@click.option(
    "--days",
    default=_DAYS,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="How old a confirmation may be.",
)
@click.option("--send", is_flag=True, help="Ask each of them by a link; without this they are only listed.")
def confirm(country: str, days: int, *, send: bool) -> None:
    """List who has not confirmed their entry for a while, and ask them whether it is still right.

    Each is asked at their first address that works. Whoever has let two such links expire is marked: they may be gone. Those who
    said that something is wrong are listed first: ask them what, and correct the file.
    """
    wiring = _wiring()
    now = wall_now()
    with wiring.store.read() as tx:
        known_country(tx, country)
        found = tx.directory.snapshot(country)
        wrong = tx.confirmations.incorrect()
        vain = tx.confirmations.in_vain(now)
        under_way = {one.id for one in found.endpoints if tx.confirmations.asked_at(one, "entry", now)}
    here = {person.id for person in found.people}
    for id, at in wrong:
        if id in here:
            click.echo(f"{id}: said on {at:%Y-%m-%d} that something is wrong")
    stale = stale_people(found, now, dt.timedelta(days=days))
    for person in stale:
        last = f"confirmed on {person.confirmed_at:%Y-%m-%d}" if person.confirmed_at else "never confirmed"
        asked = vain.get(person.id, 0)
        lost = (
            f"; asked {asked} times in vain, find out whether they still hold their role"
            if asked >= SILENT
            else ""
        )
        click.echo(f"{person.id}: {last}{lost}")
    letters = []
    for person in stale:
        theirs = [one for one in found.endpoints if one.person == person.id]
        letters += _letters(found, theirs, wiring, (person.id,))[:1]
    if send:
        _send(wiring, [one for one in letters if one.endpoint.id not in under_way], "entry", dry_run=False)
    click.echo(f"{country}: {len(stale)} of {len(here)} not confirmed for {days} days", err=True)


def stale_people(found: Directory, now: dt.datetime, age: dt.timedelta) -> list[Person]:
    """Active people who never confirmed their entry, or longer ago than that."""
    return [
        person
        for person in found.people
        if person.status == "active" and (person.confirmed_at is None or person.confirmed_at <= now - age)
    ]


def _wiring() -> Wiring:
    settings = read_settings()
    # Says in one line what is missing before anything is put together.
    open_store(settings).close()
    return wire(settings)


def _letters(
    found: Directory, endpoints: Iterable[Endpoint], wiring: Wiring, ids: Sequence[str]
) -> list[Letter]:
    """Those of the endpoints that may be asked, and through what; a drill's account is not for this."""
    people = {person.id: person for person in found.people if person.status != "left"}
    letters = []
    for one in endpoints:
        usable = one.state in ("ok", "suspect") and one.audience == "private" and one.person in people
        account = next(
            (each for each in wiring.accounts.values() if serves(each, one.kind) and each.allows("actual")),
            None,
        )
        if usable and account is not None and (not ids or one.person in ids):
            letters.append(Letter(people[one.person], one, account))
    return letters


def _send(wiring: Wiring, letters: Sequence[Letter], kind: Asked, *, dry_run: bool) -> None:
    if dry_run:
        kinds = collections.Counter(letter.endpoint.kind for letter in letters)
        told = ", ".join(f"{number} by {name}" for name, number in sorted(kinds.items())) or "nobody"
        click.echo(f"would ask {told}")
        return
    adapter = sending.Adapter(vault=wiring.vault())
    ends: collections.Counter[str] = collections.Counter()
    for letter in letters:
        result = _send_one(wiring, adapter, letter, kind)
        ends["asked" if isinstance(result, Accepted) else "not known" if _unknown(result) else "failed"] += 1
        if not isinstance(result, Accepted):
            click.echo(f"{letter.endpoint.id}: {_reason(result)}", err=True)
        if isinstance(result, Permanent) and kind == "address":
            with wiring.store.begin() as tx:
                tx.confirmations.failed(letter.endpoint.id, wall_now())
    with wiring.store.begin() as tx:
        tx.audit.add(wall_now(), "operator", f"directory-ask-{kind}", details=dict(ends))
    click.echo(", ".join(f"{ends[name]} {name}" for name in ("asked", "failed", "not known")))


def _send_one(wiring: Wiring, adapter: sending.Adapter, letter: Letter, kind: Asked) -> SendResult:
    """Keeps that the person is asked, then sends: a link that arrives is always known."""
    now = wall_now()
    until = now + VALID
    with wiring.store.begin() as tx:
        row = tx.confirmations.ask(letter.endpoint, kind, now, until)
    token = wiring.signer.mint(Purpose.VERIFY, "actual", row, until)
    link = f"{wiring.settings.portal_url.rstrip('/')}/v/{token}"
    person, endpoint = letter.person, letter.endpoint
    text = ask(kind, person.name, link, person.languages, endpoint.kind)
    delivery = Delivery(
        id=secrets.token_hex(16),
        run_id="",
        mode="actual",
        person_id=person.id,
        endpoint_id=endpoint.id,
        channel=endpoint.kind,
        account=letter.account.name,
        address=endpoint.address,
        subject=text.subject,
        body=text.body,
        language=text.language,
        lane="bulk",
        not_before=now,
        expires_at=until,
        reference="",
    )
    return adapter.send(letter.account, delivery)


def _unknown(result: SendResult) -> bool:
    return not isinstance(result, Permanent | Stopped)


def _reason(result: SendResult) -> str:
    return str(getattr(result, "reason", "not accepted"))
