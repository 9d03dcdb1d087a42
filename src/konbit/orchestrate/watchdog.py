"""The watchdog: looks at what should have happened and has not, and calls by another path than the one that failed.

It runs beside the clock, not in it. What it finds it derives from the database; if the database does not answer, that is
what it finds. An escalation that stands still is found within `Limits.late` and one look: well under two minutes.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from konbit.clock import Clock, wall_now
from konbit.domain.watch import COOL_DOWN, FEED, Alarm, Fault, FaultKind, judge
from konbit.orchestrate.clock_service import CLOCK
from konbit.orchestrate.mail_round import MAILBOX
from konbit.orchestrate.siren import Siren
from konbit.store.database import Store
from konbit.store.records import Hold

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """When something counts as wrong, in wall time."""

    every: float = 15.0
    """Seconds between two looks."""
    late: dt.timedelta = dt.timedelta(seconds=60)
    """How late a timer, an answer or a message may be."""
    stuck: dt.timedelta = dt.timedelta(seconds=30)
    """How long after its lease a delivery may still be in sending."""
    failures: int = 5
    within: dt.timedelta = dt.timedelta(minutes=10)
    """So many failures in so long, and no success: the channel is dead."""
    held: dt.timedelta = dt.timedelta(minutes=15)
    """How long nobody may have decided about messages that are held at the cap of their run."""
    clock: dt.timedelta = dt.timedelta(seconds=60)
    """How long the clock may give no sign of life."""
    complaints: dt.timedelta = dt.timedelta(hours=1)
    """How long ago a complaint may be to be told of."""
    feeds: Mapping[str, dt.timedelta] = field(default_factory=dict)
    """How long each feed may be silent."""
    mailboxes: frozenset[str] = frozenset()
    """From which mailboxes answers are fetched."""
    mailbox: dt.timedelta = dt.timedelta(minutes=5)
    """How long a mailbox may not be read."""
    cool_down: dt.timedelta = COOL_DOWN


class Watchdog:
    """Looks, tells, and remembers what it told; more than one may run."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        siren: Siren,
        limits: Limits | None = None,
        wall: Callable[[], dt.datetime] = wall_now,
    ) -> None:
        self._store, self._clock, self._siren, self._wall = store, clock, siren, wall
        self._limits = limits or Limits()
        self._began = wall()
        self.untold = False
        """Whether something is wrong that nobody could be told."""
        self._away: Alarm | None = None
        """What is known of a database that does not answer: it cannot be written there."""

    def run(self, stop: threading.Event, after: Callable[[list[Fault]], None] = lambda _: None) -> None:
        """Looks until told to stop; `after` is called with what each look found."""
        while not stop.is_set():
            try:
                after(self.look())
            except Exception as error:  # noqa: BLE001  a watchdog does not die of what it sees
                logger.error("the watchdog could not look: %s", type(error).__name__)  # noqa: TRY400 - no addresses
            stop.wait(self._limits.every)

    def look(self) -> list[Fault]:
        """What is wrong now. Tells what was not told; forgets what is over."""
        try:
            found = self._found()
            self._note(found)
        except Exception:  # noqa: BLE001  whatever a driver raises
            return self._store_away()
        self._away = None
        return found

    def _found(self) -> list[Fault]:
        wall, now, limits = self._wall(), self._clock.now(), self._limits
        late = now - limits.late * self._pace(now)
        with self._store.read() as tx:
            watch = tx.watch
            beats = watch.beats()
            found = [
                *watch.overdue(late, wall),
                *watch.untold(late),
                *watch.stuck(wall - limits.stuck),
                *watch.complaints(now - limits.complaints * self._pace(now)),
                *watch.dead(now - limits.within * self._pace(now), limits.failures),
            ]
            failing = {fault.account for fault in found if fault.kind == "dead_channel"}
            found += [
                Fault("dead_channel", account, circuit.since or wall, 1, account)
                for account, circuit in tx.channels.states().items()
                if circuit.down and account not in failing
            ]
            found += _held(tx.holds.since(now - limits.held * self._pace(now)))
            dead = {fault.account for fault in found if fault.kind == "dead_channel"}
            found += [fault for fault in watch.silent(late, now) if fault.account not in dead]
        return found + self._signs(beats, wall)

    def _signs(self, beats: Mapping[str, dt.datetime], wall: dt.datetime) -> list[Fault]:
        """Who gave no sign of life for too long; whoever never gave one is given the time since we began."""
        limits = self._limits
        expected: dict[str, tuple[FaultKind, str, dt.timedelta]] = {
            CLOCK: ("clock_away", CLOCK, limits.clock)
        }
        expected |= {f"{FEED}{name}": ("dead_feed", name, length) for name, length in limits.feeds.items()}
        expected |= {
            f"{MAILBOX}{name}": ("dead_mailbox", name, limits.mailbox) for name in sorted(limits.mailboxes)
        }
        found = []
        for sign, (kind, subject, length) in expected.items():
            last = beats.get(sign, self._began)
            if wall - last > length:
                found.append(Fault(kind, subject, last))
        return found

    def _note(self, found: list[Fault]) -> None:
        wall, cool_down = self._wall(), self._limits.cool_down
        with self._store.read() as tx:
            known = tx.watch.alarms()
        verdict = judge(found, known, wall, cool_down)
        if not found and not verdict.over:
            self.untold = False
            return
        with self._store.begin() as tx:
            for fault in found:
                tx.watch.seen(fault, wall)
            tx.watch.over(verdict.over, wall)
            mine = [fault for fault in verdict.tell if tx.watch.claim(fault, wall, cool_down)]
        for fault in mine:
            by = self._siren.tell(fault)
            with self._store.begin() as tx:
                tx.watch.told(fault, by)
        with self._store.read() as tx:
            known = tx.watch.alarms()
        self.untold = any(known[fault.key].told_at is None for fault in found)

    def _store_away(self) -> list[Fault]:
        wall = self._wall()
        since = self._away.since if self._away else wall
        fault = Fault("store_away", "database", since)
        known = {fault.key: self._away} if self._away else {}
        told = self._away.told_at if self._away else None
        # One look that fails may be a restart; the second is told.
        if self._away is not None and judge([fault], known, wall, self._limits.cool_down).tell:
            told = wall if self._siren.tell(fault) is not None else None
        self._away = Alarm(fault.key, since, told, None)
        self.untold = told is None
        return [fault]

    def _pace(self, now: dt.datetime) -> float:
        """How much faster than real time runs go: a drill may be compressed."""
        hour = dt.timedelta(hours=1)
        return hour / (self._clock.wall(now + hour) - self._clock.wall(now))


def _held(holds: Sequence[Hold]) -> list[Fault]:
    """One fault for each run of which messages are held."""
    by_run: dict[str, list[Hold]] = {}
    for one in holds:
        by_run.setdefault(one.run_id, []).append(one)
    return [Fault("held_messages", run, of[0].held_at, len(of)) for run, of in by_run.items()]
