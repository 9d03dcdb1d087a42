"""The stage of the demo: sinks for mail and webhooks, a clock that runs fast, a directory with addresses of this machine."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from konbit.cli.scenarios import directory_of
from konbit.clock import UTC, wall_now
from konbit.domain.directory import ChannelKind, Directory
from konbit.notify.address import canonical
from konbit.notify.links import Purpose
from konbit.orchestrate.desk import slots_of
from konbit.orchestrate.wiring import Wiring
from konbit.simulate.behaviour import Script, fits, roles_held
from konbit.simulate.scenario import Scenario
from konbit.testing.players import Cues, Line, Postbox
from konbit.testing.sinks import HttpSink

HOOKS = "https://hooks.example.org"
"""The webhooks of the sample directories; nobody listens there."""
LEAD = dt.timedelta(seconds=8)
"""How long the processes that need the clock take to start: the scenario begins when they are there."""
CHANNELS = """\
# Written by `konbit demo`: messages leave for two sinks on this machine.
accounts:
  - {{name: mail, kind: mail, mode: drill, host: 127.0.0.1, port: {mail}, secure: none, workers: 8,
     sender_address: coordination@example.org, sender_name: Konbit demo, allow_loopback: true}}
  - {{name: hooks, kind: webhook, mode: drill, workers: 8, allow_loopback: true}}
"""


@dataclasses.dataclass(frozen=True)
class Stage:
    """Where messages arrive."""

    mail: Postbox
    hooks: HttpSink

    def write_channels(self, home: Path) -> None:
        """Tells the stack of this home to send here, and nowhere else."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "channels.yaml").write_text(CHANNELS.format(mail=self.mail.port), "utf-8")

    def address(self, kind: ChannelKind, text: str) -> str:
        """An address of a sample directory, as it is reached here."""
        if kind == "webhook" and text.startswith(HOOKS):
            text = self.hooks.url + text.removeprefix(HOOKS)
        return canonical(kind, text, allow_loopback=True)

    def people(self, directory: Directory) -> dict[str, str]:
        """Address → person."""
        return {endpoint.address: endpoint.person for endpoint in directory.endpoints}

    def import_directory(self, parts: Wiring, scenario: Scenario, folders: Sequence[Path]) -> Directory:
        """Imports the directory of the scenario; the mailboxes that die in it are gone here."""
        directory = directory_of(scenario, folders, parts.library, self.address)
        with parts.store.begin() as tx:
            tx.directory.replace_country(directory, str(scenario.parameters["country"]))
        held = roles_held(directory)
        self.mail.gone = frozenset(
            endpoint.address
            for endpoint in directory.endpoints
            for fate in scenario.channels
            if fate.dies
            and endpoint.kind == "mail"
            and fate.kind in (None, "mail")
            and fits(fate.address_of, endpoint.person, held.get(endpoint.person, ()))
        )
        return directory


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Both sinks, listening."""
    with Postbox() as mail, HttpSink() as hooks:
        yield Stage(mail, hooks)


def clock_settings(scenario: Scenario, factor: float) -> Mapping[str, str]:
    """The settings of a clock by which the scenario starts in a moment from now."""
    origin = wall_now() + LEAD
    return {
        "KONBIT_CLOCK_ORIGIN": origin.isoformat(),
        "KONBIT_CLOCK_START": scenario.starts.astimezone(UTC).isoformat(),
        "KONBIT_CLOCK_FACTOR": str(factor),
    }


def cues(parts: Wiring, scenario: Scenario, directory: Directory) -> Cues:
    """What each person says to each request, as the scenario has it."""
    script = Script(tuple(scenario.people), roles_held(directory))

    def of(person: str, token: str) -> list[Line]:
        claims = parts.signer.read(token, parts.clock.now(), purpose=Purpose.ANSWER)
        with parts.store.read() as tx:
            row = tx.requests.addressee(claims.row_id)
            request = tx.requests.get(row.run_id, row.request)
        slots = slots_of(request).get(person, ()) if request else ()
        return [
            Line(one.after, one.answer.verdict, one.answer.option, one.answer.data)
            for one in script.of(person, row.request, row.step, slots)
            if one.answer is not None
        ]

    return of
