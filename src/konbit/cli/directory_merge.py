"""`konbit directory duplicates` and `merge`: who is probably the same person, and making them one."""

import dataclasses
import json

import click

from konbit.cli.directory_parts import country_option, directory_store, known_country
from konbit.clock import wall_now
from konbit.domain.directory_duplicates import duplicates


@click.command("duplicates")
@country_option
@click.option("--json", "as_json", is_flag=True, help="Print the pairs as JSON.")
def list_duplicates(country: str, *, as_json: bool) -> None:
    """List people who are probably the same: they share an address or a name.

    Nothing is changed. Look at each pair, then merge them or give one of them another address.
    """
    with directory_store() as store, store.read() as tx:
        known_country(tx, country)
        found = duplicates(tx.directory.snapshot(country))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
        return
    for one in found:
        click.echo(one.text)
    click.echo(f"{country}: {len(found)} pair{'' if len(found) == 1 else 's'}", err=True)


@click.command("merge")
@click.argument("keep")
@click.argument("gone")
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would be done.")
def merge_people(keep: str, gone: str, *, yes: bool) -> None:
    """Make the person GONE the person KEEP.

    KEEP gets the addresses, roles, organizations and consents of GONE; an address that asked to be left alone stays so. GONE
    leaves the directory, and a file that still names them is refused with the id to use. There is no way back.
    """
    with directory_store() as store, store.begin() as tx:
        tx.merging.check(keep, gone)
        theirs = tx.directory.endpoints_of([gone])
        what = f"{len(theirs)} address{'' if len(theirs) == 1 else 'es'}"
        if yes:
            tx.merging.merge(keep, gone)
            tx.audit.add(wall_now(), "operator", "directory-merge", details={"keep": keep, "gone": gone})
    if yes:
        click.echo(f"merged {gone} into {keep}: {what} and every role")
    else:
        click.echo(f"would merge {gone} into {keep}: {what} and every role; add --yes to do it")
