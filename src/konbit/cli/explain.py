"""`konbit explain CODE`: the page of a finding."""

import textwrap

import click

from konbit.definition.problems import did_you_mean
from konbit.errors import UserError


class UnknownCode(UserError):
    """There is no finding with this code; `konbit explain` lists them."""


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Say what a finding of `konbit check` means and how to mend it.

    Without CODE all codes are listed.
    """
    # Imported here and not above: it loads every rule, and the reference page alone needs `page`.
    from konbit.check.catalogue import ENTRIES  # noqa: PLC0415

    if code is None:
        width = max(map(len, ENTRIES))
        for entry in ENTRIES.values():
            click.echo(f"{entry.code:<{width}}  {entry.severity.value:<7}  {entry.title}")
        return
    found = ENTRIES.get(code)
    if found is None:
        near = did_you_mean(code, ENTRIES)
        meant = f"did you mean '{near}'?" if near else "`konbit explain` lists them"
        raise UnknownCode(f"there is no finding '{code}'; {meant}")
    for title, text in (("", found.title), ("Why", found.why), ("Mend", found.fix)):
        click.echo(
            textwrap.fill(
                f"{title}: {text}" if title else f"{found.code} ({found.severity.value}): {text}", 100
            )
        )
    for title, example in (("Wrong", found.bad), ("Right", found.good)):
        click.echo(f"\n{title}:\n{textwrap.indent(example, '    ')}")
