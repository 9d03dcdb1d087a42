"""Failure group 27: the scheduler stopped for ten minutes. Each overdue step fires once, in order; the watchdog had called.

And what else a watchdog is for: each fault is told once, by another path than the one that failed, within two minutes.
"""

import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from konbit.domain.delivery import Accepted, Delivery, Quota, SendResult, Unknown
from konbit.domain.watch import Alarm, Fault, judge
from konbit.notify.accounts import read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.retry import next_step
from konbit.orchestrate.clock_service import CLOCK
from konbit.orchestrate.heartbeat import Heartbeat, InvalidHeartbeat
from konbit.orchestrate.siren import InvalidRoute, Siren, paths
from konbit.orchestrate.watchdog import Limits, Watchdog
from konbit.store.outbox import SqlOutbox
from tests.unit.orchestrate.conftest import World, bundles, database, library, world

__all__ = ["bundles", "database", "library", "world"]

MINUTE = dt.timedelta(minutes=1)
WALL = dt.datetime(2026, 9, 9, 9, 0, tzinfo=dt.UTC)
ACCOUNTS = read_accounts(
    [
        {
            "name": name,
            "kind": "mail",
            "host": "127.0.0.1",
            "secure": "none",
            "sender_address": "unit@example.org",
        }
        for name in ("mail", "spare")
    ]
)
ROUTES = "mail=duty@example.org, spare=duty@example.net"


@dataclasses.dataclass
class Phone:
    """An adapter that remembers by which account it was called, and with what."""

    calls: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    broken: set[str] = dataclasses.field(default_factory=set)

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        if account.name in self.broken:
            return Unknown("lost")
        self.calls.append((account.name, delivery.body))
        return Accepted()

    def abort(self, delivery_id: str, generation: int) -> None:
        """Nothing hangs here."""


@dataclasses.dataclass
class Watched:
    """A world with a watchdog, and two clocks that are set by hand."""

    world: World
    phone: Phone
    dog: Watchdog
    wall: list[dt.datetime]

    def pass_time(self, length: dt.timedelta, *, clock_lives: bool = True) -> None:
        self.world.clock.time += length
        self.wall[0] += length
        if clock_lives:
            with self.world.store.begin() as tx:
                tx.watch.beat(CLOCK, self.wall[0])

    def feed(self) -> None:
        with self.world.store.begin() as tx:
            tx.watch.beat("feed:gdacs", self.wall[0])

    def look(self) -> list[str]:
        return sorted(fault.kind for fault in self.dog.look())


@pytest.fixture
def watched(world: World) -> Watched:
    phone, wall = Phone(), [WALL]
    limits = Limits(feeds={"gdacs": 30 * MINUTE})
    dog = Watchdog(world.store, world.clock, Siren(phone, paths(ROUTES, ACCOUNTS)), limits, lambda: wall[0])
    found = Watched(world, phone, dog, wall)
    found.feed()
    found.pass_time(dt.timedelta())
    return found


def _send(world: World, result: SendResult, number: int = 50) -> int:
    outbox, now = SqlOutbox(world.store, next_step), world.clock.now()
    held = outbox.claim("w", now, now, dt.timedelta(seconds=90), [Quota("mail", number)])
    outbox.record([next_step(one, result, now) for one in held], now, WALL)
    return len(held)


@pytest.mark.slow
def test_a_scheduler_that_stood_still_is_found_within_two_minutes_and_catches_up_once_and_in_order(
    watched: Watched,
) -> None:
    """The first reminder of `verify` is due at 30 minutes; the scheduler stops just before."""
    world = watched.world
    run = world.run()
    world.stand(run)
    _send(world, Accepted())
    watched.pass_time(29 * MINUTE)
    assert watched.look() == []
    watched.feed()
    found: dict[str, dt.datetime] = {}
    for _ in range(16):
        watched.pass_time(dt.timedelta(seconds=15), clock_lives=False)
        for kind in watched.look():
            found.setdefault(kind, watched.wall[0])
    assert found["clock_away"] - (WALL + 29 * MINUTE) <= 2 * MINUTE
    assert found["overdue_run"] - (WALL + 30 * MINUTE) <= 2 * MINUTE
    assert len(watched.phone.calls) == 2
    watched.pass_time(6 * MINUTE)
    before = world.deliveries(run)
    world.stand(run)
    after = world.deliveries(run)
    assert [purpose for _, purpose, _ in after[len(before) :]] == ["remind"]
    world.stand(run)
    assert world.deliveries(run) == after
    _send(world, Accepted())
    watched.feed()
    assert watched.look() == []
    assert len(watched.phone.calls) == 2


@pytest.mark.slow
def test_what_is_due_and_not_sent_and_what_is_stuck_in_sending_is_found(watched: Watched) -> None:
    world = watched.world
    world.stand(world.run())
    watched.pass_time(dt.timedelta(seconds=50))
    assert watched.look() == []
    watched.pass_time(dt.timedelta(seconds=20))
    assert watched.look() == ["silent_sender", "untold_request"]
    outbox = SqlOutbox(world.store, next_step)
    outbox.claim("w", world.clock.now(), watched.wall[0], dt.timedelta(seconds=90), [Quota("mail", 9)])
    assert watched.look() == []
    watched.pass_time(3 * MINUTE)
    assert watched.look() == ["stuck_sending"]
    outbox.sweep(world.clock.now(), watched.wall[0])
    assert watched.look() == []


@pytest.mark.slow
def test_a_channel_that_fails_again_and_again_is_told_by_another_one(watched: Watched) -> None:
    world = watched.world
    for _ in range(5):
        world.stand(world.run())
    assert _send(world, Unknown("lost")) == 5
    watched.pass_time(MINUTE)
    assert watched.look() == ["dead_channel"]
    assert [account for account, _ in watched.phone.calls] == ["spare"]
    assert "a channel fails again and again: mail (5)" in watched.phone.calls[0][1]
    assert "example.org" not in watched.phone.calls[0][1]


def test_a_feed_and_a_clock_that_fall_silent_are_found(watched: Watched) -> None:
    watched.pass_time(29 * MINUTE)
    assert watched.look() == []
    watched.pass_time(2 * MINUTE)
    assert watched.look() == ["dead_feed"]
    watched.pass_time(2 * MINUTE, clock_lives=False)
    assert watched.look() == ["clock_away", "dead_feed"]
    with watched.world.store.begin() as tx:
        tx.watch.beat("feed:gdacs", watched.wall[0])
        tx.watch.beat(CLOCK, watched.wall[0])
    assert watched.look() == []


def test_a_mailbox_that_no_look_went_through_is_found(watched: Watched) -> None:
    limits = Limits(mailboxes=frozenset({"answers"}))
    siren = Siren(watched.phone, paths(ROUTES, ACCOUNTS))
    dog = Watchdog(watched.world.store, watched.world.clock, siren, limits, lambda: watched.wall[0])
    with watched.world.store.begin() as tx:
        tx.watch.beat("mailbox:answers", watched.wall[0])
    watched.pass_time(4 * MINUTE)
    assert dog.look() == []
    watched.pass_time(2 * MINUTE)
    assert [(fault.kind, fault.subject) for fault in dog.look()] == [("dead_mailbox", "answers")]
    assert "a mailbox with answers cannot be read: answers" in watched.phone.calls[0][1]


def test_a_fault_is_told_once_again_after_the_cool_down_and_by_one_watchdog_of_several(
    watched: Watched,
) -> None:
    other = Watchdog(
        watched.world.store,
        watched.world.clock,
        Siren(watched.phone, paths(ROUTES, ACCOUNTS)),
        Limits(),
        lambda: watched.wall[0],
    )
    watched.pass_time(2 * MINUTE, clock_lives=False)
    for _ in range(4):
        watched.look()
        other.look()
        watched.pass_time(MINUTE, clock_lives=False)
    assert len(watched.phone.calls) == 1
    watched.pass_time(60 * MINUTE, clock_lives=False)
    watched.look()
    assert [body.count("clock") > 0 for _, body in watched.phone.calls].count(True) >= 2


def test_an_alarm_that_nobody_took_is_tried_again_at_the_next_look(watched: Watched) -> None:
    watched.phone.broken = {"mail", "spare"}
    watched.pass_time(2 * MINUTE, clock_lives=False)
    watched.look()
    assert (watched.phone.calls, watched.dog.untold) == ([], True)
    watched.phone.broken = {"mail"}
    watched.look()
    assert [account for account, _ in watched.phone.calls] == ["spare"]
    assert not watched.dog.untold


def test_a_database_that_is_away_is_told_at_the_second_look(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise OSError("postgresql://somebody:canary@db")

    monkeypatch.setattr(watched.world.store, "read", away)
    with caplog.at_level(logging.DEBUG):
        assert [watched.look(), watched.look(), watched.look()] == [["store_away"]] * 3
    assert [account for account, _ in watched.phone.calls] == ["mail"]
    assert "canary" not in caplog.text
    monkeypatch.undo()
    assert watched.look() == []


def test_a_run_that_waits_for_a_second_person_or_is_paused_is_not_overdue(watched: Watched) -> None:
    watched.world.steward.request(
        "response/activation",
        {"country": "HTI", "hazard": "EQ", "areas": ["HT07"], "level": "full"},
        "actual",
        "operator:ana",
    )
    watched.pass_time(30 * MINUTE)
    watched.feed()
    assert watched.look() == []


@pytest.mark.parametrize("known", [None, Alarm("clock_away:clock", WALL, None, None)])
def test_what_is_new_or_was_never_told_is_told(known: Alarm | None) -> None:
    fault = Fault("clock_away", "clock", WALL)
    verdict = judge([fault], {fault.key: known} if known else {}, WALL)
    assert (list(verdict.tell), list(verdict.over)) == ([fault], [])


def test_what_comes_and_goes_is_told_once_in_a_cool_down() -> None:
    fault = Fault("clock_away", "clock", WALL)
    told = Alarm(fault.key, WALL, WALL, WALL + MINUTE)
    assert not judge([fault], {fault.key: told}, WALL + 59 * MINUTE).tell
    assert judge([fault], {fault.key: told}, WALL + 60 * MINUTE).tell
    assert judge([], {fault.key: dataclasses.replace(told, cleared_at=None)}, WALL).over == [fault.key]


@pytest.mark.parametrize("text", ["nobody=duty@example.org", "mail=not an address", "mail"])
def test_a_route_that_cannot_be_used_is_refused_without_repeating_the_address(text: str) -> None:
    with pytest.raises(InvalidRoute, match="entry 1") as refused:
        paths(text, ACCOUNTS)
    assert "duty" not in str(refused.value)


class _Outside(BaseHTTPRequestHandler):
    """A dead man's switch."""

    asked: list[tuple[str, str]] = []
    status = 200

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def outside() -> Iterator[Callable[[int], str]]:
    server = HTTPServer(("127.0.0.1", 0), _Outside)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()

    def at(status: int) -> str:
        _Outside.status = status
        return f"http://localhost:{server.server_port}/ping/canary"

    yield at
    server.shutdown()
    server.server_close()


def test_the_heartbeat_asks_for_its_address_and_follows_no_redirect(
    outside: Callable[[int], str], caplog: pytest.LogCaptureFixture
) -> None:
    _Outside.asked.clear()
    with caplog.at_level(logging.DEBUG):
        assert Heartbeat(outside(200), allow_loopback=True).send()
    assert "canary" not in caplog.text
    assert not Heartbeat(outside(302), allow_loopback=True).send()
    assert [path for path, _ in _Outside.asked] == ["/ping/canary", "/ping/canary"]
    assert _Outside.asked[0][1].startswith("localhost:")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "[::1]", "2130706433"]
)
def test_a_heartbeat_does_not_go_inside(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert not Heartbeat(f"http://{host}/ping/canary").send()
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    "url", ["ftp://example.org/canary", "https:///canary", "https://user:canary@example.org/"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidHeartbeat) as refused:
        Heartbeat(url)
    assert "canary" not in str(refused.value)
