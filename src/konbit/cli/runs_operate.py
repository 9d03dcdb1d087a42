"""`konbit runs extend`, `skip`, `pause` and the other commands by which an operator steers a run."""

import datetime as dt
from collections.abc import Callable
from typing import Final

import click

from konbit.cli.activate import operator
from konbit.cli.runs_parts import ALL, opened, resolve
from konbit.definition.durations import parse
from konbit.errors import UserError
from konbit.orchestrate import registration
from konbit.orchestrate.approving import approve as let_begin
from konbit.orchestrate.correcting import correct as send_correction
from konbit.orchestrate.flow_runs import PrefectFlows
from konbit.orchestrate.operating import Operator
from konbit.orchestrate.releasing import release as let_leave
from konbit.orchestrate.revoking import revoke

REASON: Final = click.option("--reason", required=True, help="Why; it is kept in the audit.")
RUN: Final = click.argument("run")
STEP: Final = click.argument("step")


class BadTime(UserError):
    """The time cannot be read."""


def act(run: str, deed: Callable[[Operator, str], str]) -> None:
    """Does something to a run as the operator at this terminal, and says what became of it."""
    with opened() as parts:
        found = resolve(parts.store, run)
        click.echo(deed(Operator(parts.steward, operator()), found.id))


@click.command()
@RUN
@STEP
@click.option("--by", metavar="LENGTH", help="By how much, from the deadline that it has: 2h, 1h30m.")
@click.option("--until", metavar="TIME", help="Until when, with the offset: 2021-08-14T18:00-04:00.")
@REASON
def extend(run: str, step: str, by: str | None, until: str | None, reason: str) -> None:
    """Move the deadline of an open request.

    \b
    konbit runs extend 3f2a verify --by 2h --reason "The power is out in Jeremie"
    """  # noqa: D301 - \b is how click is told to keep lines
    length, moment = _length(by), _moment(until)
    act(run, lambda who, it: who.extend(it, step, reason, by=length, until=moment))


@click.command()
@RUN
@STEP
@REASON
def skip(run: str, step: str, reason: str) -> None:
    """Pass over a step: one that is under way, or one that has not been reached."""
    act(run, lambda who, it: who.skip(it, step, reason))


@click.command()
@RUN
@STEP
@REASON
def redo(run: str, step: str, reason: str) -> None:
    """Have a step done again, and what comes after it in its list."""
    act(run, lambda who, it: who.redo(it, step, reason))


@click.command()
@RUN
@STEP
@click.argument("outcome")
@REASON
def force(run: str, step: str, outcome: str, reason: str) -> None:
    """End a step with an outcome that it can have."""
    act(run, lambda who, it: who.force(it, step, outcome, reason))


@click.command()
@RUN
@STEP
@click.option("--person", required=True, metavar="ID", help="Who was asked and is silent.")
@click.option("--to", required=True, metavar="ID", help="Who is asked instead.")
@REASON
def reassign(run: str, step: str, person: str, to: str, reason: str) -> None:
    """Ask somebody else instead of a person who was asked."""
    act(run, lambda who, it: who.reassign(it, step, person, to, reason))


@click.command("revoke-links")
@RUN
@STEP
@click.option("--person", required=True, metavar="ID", help="Whose links came into wrong hands.")
@REASON
def revoke_links(run: str, step: str, person: str, reason: str) -> None:
    """Take back every link that a person was sent for an open request, and send them another.

    What they answered before stands, and so do the digits by which they reply.
    """
    with opened() as parts:
        found = resolve(parts.store, run)
        click.echo(revoke(parts.steward, found.id, step, person, operator(), reason))


@click.command("add-item")
@RUN
@STEP
@click.argument("item")
@REASON
def add_item(run: str, step: str, item: str, reason: str) -> None:
    """Have a loop that is under way take one more item, such as another cluster."""
    act(run, lambda who, it: who.add_item(it, step, item, reason))


@click.command()
@RUN
@REASON
def pause(run: str, reason: str) -> None:
    """Hold a run, and the runs it started.

    No timer fires, no step starts and nobody is asked anew until it is resumed. Answers are still taken. Deadlines do not
    move: those that pass meanwhile take effect when the run goes on, after everything that came in before, so extend
    them first if people are to have more time. Messages that were planned before the pause still leave.
    """
    act(run, lambda who, it: who.pause(it, reason))


@click.command()
@RUN
@REASON
def resume(run: str, reason: str) -> None:
    """Let a paused run go on; timers that fell due meanwhile fire now, in the order of their time."""
    act(run, lambda who, it: who.resume(it, reason))


@click.command()
@RUN
@click.argument("name")
@REASON
def signal(run: str, name: str, reason: str) -> None:
    """Give a run a signal that its flowchart waits for."""
    act(run, lambda who, it: who.signal(it, name, reason))


@click.command()
@click.argument("run", required=False)
@click.option("--all", "every", is_flag=True, help="Every run that has not ended.")
@REASON
def adopt(run: str | None, reason: str, *, every: bool) -> None:
    """Give open runs a flow run in Prefect where Prefect has lost the one they had.

    The clock does so by itself within seconds; this is for a Prefect database that was wiped while no clock ran.
    """
    if (run is None) == (not every):
        raise click.UsageError("name a run, or give --all")
    registration.require_api()
    flows = PrefectFlows()
    with opened() as parts:
        if run is not None:
            chosen = [resolve(parts.store, run)]
        else:
            with parts.store.read() as tx:
                chosen = [*tx.runs.list("requested", ALL), *tx.runs.list("active", ALL)]
        who = Operator(parts.steward, operator())
        for one in chosen:
            click.echo(f"{one.id}  {who.adopt(one.id, reason, flows)}")


@click.command()
@RUN
@REASON
def approve(run: str, reason: str) -> None:
    """Let a run begin that waits for a second person: an actual one at the full level, a drill that reaches very many.

    Whoever started it cannot. To refuse it, stand it down.
    """
    with opened() as parts:
        found = resolve(parts.store, run)
        click.echo(let_begin(parts.steward, found.id, operator(), reason))


@click.command()
@RUN
@click.option(
    "--up-to", type=click.IntRange(min=1), metavar="N", help="To how many people it may write from now on."
)
@click.option("--drop", is_flag=True, help="Drop the messages instead.")
@REASON
def release(run: str, up_to: int | None, reason: str, *, drop: bool) -> None:
    """Let messages leave that are held because the run would write to more people than it may.

    That is as many as its preflight saw, or KONBIT_DRILL_RECIPIENTS or KONBIT_ACTUAL_RECIPIENTS if they are more. A drill needs
    somebody else than who started it.
    """
    with opened() as parts:
        found = resolve(parts.store, run)
        click.echo(let_leave(parts.steward, found.id, operator(), reason, up_to=up_to, drop=drop))


@click.command()
@RUN
@click.option("--again", is_flag=True, help="Send it although it was sent before.")
@REASON
def correct(run: str, reason: str, *, again: bool) -> None:
    """Take a false alarm back: tell exactly those who were told that it was a mistake.

    Works after the run has ended too. A run that has not ended is stood down, and what it has not sent yet is taken back.
    """
    with opened() as parts:
        found = resolve(parts.store, run)
        done = send_correction(
            parts.steward, parts.library.messages, found.id, operator(), reason, again=again
        )
    people = "person" if len(done.people) == 1 else "people"
    click.echo(f"a correction goes to {len(done.people)} {people}, in {done.deliveries} messages")


def _length(text: str | None) -> dt.timedelta | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise BadTime(f"--by: {error}; expected weeks, days, hours, minutes: 30m, 2h, 1d12h") from None


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        expected = "a date and time with its offset, such as 2021-08-14T18:00-04:00"
        raise BadTime(f"--until: found '{text}', expected {expected}")
    return found


COMMANDS: Final = (
    extend,
    skip,
    redo,
    force,
    reassign,
    revoke_links,
    add_item,
    pause,
    resume,
    signal,
    adopt,
    approve,
    release,
    correct,
)
"""What `konbit runs` takes from here."""
