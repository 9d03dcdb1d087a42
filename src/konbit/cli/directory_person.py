"""`konbit directory export-person` and `erase`: what a person may ask for."""

import json

import click

from konbit.cli.directory_parts import directory_store
from konbit.clock import wall_now
from konbit.errors import UserError


class NotSaid(UserError):
    """Erasing has no way back; add --yes to do it."""


@click.command("export-person")
@click.argument("person")
def export_person(person: str) -> None:
    """Print all that is kept about PERSON as JSON: their entry, what they were asked and sent, and what they said.

    Hand it to nobody else; that it was printed is written to the audit.
    """
    with directory_store() as store, store.begin() as tx:
        found = tx.personal.export(person)
        tx.audit.add(wall_now(), "operator", "directory-export-person", details={"person": person})
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@click.command("erase")
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do it; there is no way back.")
def erase(person: str, *, yes: bool) -> None:
    """Forget who PERSON is.

    Their name, addresses, roles, consents and the texts to and from them are erased; what waits to be sent is withdrawn. The id
    stays in the records of runs, where it stands for nobody any more, and an import that names it is refused.
    """
    if not yes:
        raise NotSaid
    with directory_store() as store, store.begin() as tx:
        tx.personal.erase(person, wall_now())
        tx.audit.add(wall_now(), "operator", "directory-erase", details={"person": person})
    click.echo(f"erased {person}; remove them from your files and backups too")
